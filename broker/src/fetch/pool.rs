//! Workers that fetch, so that neither the main thread nor the I/O thread waits for a disk.
//!
//! Contract:
//! - each owner has a queue of its own, and the queues are served in turn: who asks for much waits for it, and nobody else does;
//! - of those whose turn it may be, the one whom the user looks at comes first ([`FetchPool::prefer`]);
//! - one owner has half of the workers at most, so that one slow disk leaves the others to the rest;
//! - a request whose [`Ticket`] is dropped is not begun any more, and one that is being read stops between two chunks.
//!
//! How much may wait is bounded by whoever submits: one document a tab, and for each renderer
//! [`bulkhead_shared::limits::BODIES_WAITING`].

use super::quota::Cancellation;
use super::{FetchError, FetchRequest, Fetched, Fetcher};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Workers of one pool.
const WORKERS: usize = 4;

/// Workers that one owner may have at once.
const WORKERS_OF_ONE: usize = WORKERS / 2;

/// A pool of workers for owners of type `O`. Each request carries a name of type `N`, by which its result is delivered. Dropped, it
/// lets its workers finish what they have begun and end.
#[derive(Debug)]
pub struct FetchPool<O, N>(Arc<Shared<O, N>>);

#[derive(Debug)]
struct Shared<O, N> {
    queues: Mutex<Queues<O, N>>,
    changed: Condvar,
}

/// The claim to a result. Dropped, it gives the request up.
#[derive(Debug)]
#[must_use = "a request without a ticket is given up"]
pub struct Ticket(Cancellation);

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// What waits, and who is being served.
#[derive(Debug)]
struct Queues<O, N> {
    waiting: BTreeMap<O, VecDeque<(N, FetchRequest)>>,
    /// The owners of `waiting`, in the order of their turns.
    turns: VecDeque<O>,
    /// Who is served first, while there is a worker for it.
    preferred: Option<O>,
    /// How many workers each owner has.
    served: BTreeMap<O, usize>,
    closed: bool,
}

impl<O: Ord + Clone + Send + 'static, N: Send + 'static> FetchPool<O, N> {
    /// Starts the workers, named after `what` they fetch; they hand each result to `deliver`.
    ///
    /// # Errors
    /// If a thread cannot be made.
    pub fn start(
        what: &str,
        fetcher: Arc<dyn Fetcher>,
        deliver: impl Fn(O, N, Result<Fetched, FetchError>) + Clone + Send + 'static,
    ) -> io::Result<Self> {
        let queues = Mutex::new(Queues::default());
        let pool = Self(Arc::new(Shared { queues, changed: Condvar::new() }));
        for worker in 0..WORKERS {
            let (shared, fetcher, deliver) = (Arc::clone(&pool.0), Arc::clone(&fetcher), deliver.clone());
            std::thread::Builder::new().name(format!("{what}-{worker}")).spawn(move || {
                while let Some((owner, name, request)) = shared.next() {
                    // A panic is this request's end, not the worker's, and whoever waits hears of it.
                    let result = catch_unwind(AssertUnwindSafe(|| fetcher.fetch(&request)));
                    let panicked = || FetchError::Read(io::Error::other("the browser's worker for it panicked"));
                    shared.finished(&owner);
                    if !request.quota.is_cancelled() {
                        deliver(owner, name, result.unwrap_or_else(|_| Err(panicked())));
                    }
                }
            })?;
        }
        Ok(pool)
    }

    /// Has this owner served before the others, until another one is named: the tab that the user looks at.
    pub fn prefer(&self, owner: O) {
        self.0.queues().preferred = Some(owner);
    }

    /// Queues a request of this owner.
    pub fn submit(&self, owner: O, name: N, request: FetchRequest) -> Ticket {
        // TOUR fetch 3
        let ticket = Ticket(request.quota.cancellation());
        self.0.queues().push(owner, name, request);
        self.0.changed.notify_one();
        ticket
    }
}

impl<O, N> Drop for FetchPool<O, N> {
    fn drop(&mut self) {
        let mut queues = self.0.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.closed = true;
        queues.waiting.clear();
        queues.turns.clear();
        self.0.changed.notify_all();
    }
}

impl<O: Ord + Clone, N> Shared<O, N> {
    fn queues(&self) -> MutexGuard<'_, Queues<O, N>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next request to serve, as soon as there is one; `None` once the pool is closed.
    fn next(&self) -> Option<(O, N, FetchRequest)> {
        let mut queues = self.queues();
        loop {
            if queues.closed {
                return None;
            }
            if let Some(next) = queues.pop() {
                return Some(next);
            }
            queues = self.changed.wait(queues).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn finished(&self, owner: &O) {
        self.queues().finished(owner);
        // What this owner has waiting may be served now.
        self.changed.notify_one();
    }
}

impl<O, N> Default for Queues<O, N> {
    fn default() -> Self {
        Self {
            waiting: BTreeMap::new(),
            turns: VecDeque::new(),
            preferred: None,
            served: BTreeMap::new(),
            closed: false,
        }
    }
}

impl<O: Ord + Clone, N> Queues<O, N> {
    fn push(&mut self, owner: O, name: N, request: FetchRequest) {
        let queue = self.waiting.entry(owner.clone()).or_default();
        if queue.is_empty() {
            self.turns.push_back(owner);
        }
        queue.push_back((name, request));
    }

    /// The preferred owner is the next, if it waits. The others have the workers that one owner cannot have.
    fn advance_preferred(&mut self) {
        let place = self.turns.iter().position(|owner| Some(owner) == self.preferred.as_ref());
        if let Some(owner) = place.and_then(|place| self.turns.remove(place)) {
            self.turns.push_front(owner);
        }
    }

    /// The next request of the first owner whose turn it is and who has not all the workers that it may have.
    fn pop(&mut self) -> Option<(O, N, FetchRequest)> {
        self.advance_preferred();
        for _ in 0..self.turns.len() {
            let owner = self.turns.pop_front()?;
            if self.served.get(&owner).is_some_and(|served| *served >= WORKERS_OF_ONE) {
                self.turns.push_back(owner);
                continue;
            }
            let Some(queue) = self.waiting.get_mut(&owner) else { continue };
            let next = std::iter::from_fn(|| queue.pop_front()).find(|(_, request)| !request.quota.is_cancelled());
            if queue.is_empty() {
                self.waiting.remove(&owner);
            } else {
                self.turns.push_back(owner.clone());
            }
            if let Some((name, request)) = next {
                let served = self.served.entry(owner.clone()).or_default();
                *served = served.saturating_add(1);
                return Some((owner, name, request));
            }
        }
        None
    }

    fn finished(&mut self, owner: &O) {
        if let Some(served) = self.served.get_mut(owner) {
            *served = served.saturating_sub(1);
            if *served == 0 {
                self.served.remove(owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::Quota;
    use crate::policy::{Destination, Initiator, Request};
    use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
    use std::time::Duration;
    use url::Url;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn request() -> FetchRequest {
        let url = Url::parse("about:blank").unwrap();
        let question = Request { initiator: &Initiator::User, url: &url, destination: Destination::Document };
        FetchRequest { permit: question.permit().unwrap(), quota: Quota::default() }
    }

    /// The owners in the order in which one worker would serve them.
    fn order(queues: &mut Queues<char, u32>) -> String {
        let mut order = String::new();
        while let Some((owner, ..)) = queues.pop() {
            queues.finished(&owner);
            order.push(owner);
        }
        order
    }

    #[test]
    fn owners_are_served_in_turn() {
        let mut queues = Queues::default();
        (0..4).for_each(|n| queues.push('a', n, request()));
        (0..2).for_each(|n| queues.push('b', n, request()));
        queues.push('c', 0, request());
        assert_eq!(order(&mut queues), "abcabaa");
        queues.push('b', 0, request());
        assert_eq!(order(&mut queues), "b");
    }

    #[test]
    fn the_preferred_owner_comes_first_and_leaves_workers_to_the_others() {
        let mut queues = Queues { preferred: Some('b'), ..Queues::default() };
        (0..3).for_each(|n| queues.push('a', n, request()));
        (0..4).for_each(|n| queues.push('b', n, request()));
        let first: Vec<_> = std::iter::from_fn(|| queues.pop()).map(|(owner, ..)| owner).take(WORKERS).collect();
        assert_eq!(first, ['b', 'b', 'a', 'a']);
        queues.finished(&'a');
        assert_eq!(queues.pop().map(|(owner, ..)| owner), Some('a'));
        queues.finished(&'b');
        assert_eq!(queues.pop().map(|(owner, ..)| owner), Some('b'));
    }

    #[test]
    fn one_owner_leaves_workers_to_the_others() {
        let mut queues = Queues::default();
        (0..9).for_each(|n| queues.push('a', n, request()));
        let first: Vec<_> = std::iter::from_fn(|| queues.pop()).map(|(owner, ..)| owner).collect();
        assert_eq!(first, ['a'; WORKERS_OF_ONE]);
        queues.push('b', 0, request());
        assert_eq!(queues.pop().map(|(owner, ..)| owner), Some('b'));
        queues.finished(&'a');
        assert_eq!(queues.pop().map(|(owner, ..)| owner), Some('a'));
    }

    #[test]
    fn what_was_given_up_is_never_begun() {
        let mut queues = Queues::default();
        let requests: Vec<_> = (0..3).map(|_| request()).collect();
        let tickets: Vec<_> = requests.iter().map(|request| Ticket(request.quota.cancellation())).collect();
        requests.into_iter().enumerate().for_each(|(n, request)| queues.push('a', n, request));
        tickets.into_iter().take(2).for_each(drop);
        assert!(queues.pop().is_none(), "the iterator drops the rest, too");
        assert!(queues.waiting.is_empty() && queues.turns.is_empty());
    }

    #[derive(Debug)]
    struct Panics;

    impl Fetcher for Panics {
        fn fetch(&self, _: &FetchRequest) -> Result<Fetched, FetchError> {
            panic!("as a bug would")
        }
    }

    #[test]
    fn a_worker_that_panics_answers_and_serves_on() {
        let (sender, results) = unbounded();
        let deliver = move |_: char, name, result| drop(sender.send((name, result)));
        let pool = FetchPool::start("panics", Arc::new(Panics), deliver).unwrap();
        for name in 0..3 * WORKERS {
            let _ticket = pool.submit('a', name, request());
            let (answered, result) = results.recv_timeout(PATIENCE).unwrap();
            assert_eq!(answered, name);
            assert!(matches!(result, Err(FetchError::Read(_))), "{result:?}");
        }
    }

    /// Fetches when it is let.
    struct Gate(Receiver<()>, Sender<()>);

    impl Fetcher for Gate {
        fn fetch(&self, request: &FetchRequest) -> Result<Fetched, FetchError> {
            self.1.send(()).unwrap();
            self.0.recv_timeout(PATIENCE).unwrap();
            Fetched::internal_page(request.permit.url(), "")
        }
    }

    #[test]
    fn the_result_of_what_was_given_up_meanwhile_is_not_delivered() {
        let ((open, gate), (began, begun), (sender, delivered)) = (bounded(0), unbounded(), unbounded());
        let pool = FetchPool::start("test", Arc::new(Gate(gate, began)), move |owner: char, name: u32, _| {
            let _ = sender.send((owner, name));
        })
        .unwrap();
        let given_up = pool.submit('a', 1, request());
        begun.recv_timeout(PATIENCE).unwrap();
        drop(given_up);
        open.send_timeout((), PATIENCE).unwrap();
        let _kept = pool.submit('a', 2, request());
        begun.recv_timeout(PATIENCE).unwrap();
        open.send_timeout((), PATIENCE).unwrap();
        assert_eq!(delivered.recv_timeout(PATIENCE), Ok(('a', 2)));
        assert!(delivered.is_empty());
    }
}
