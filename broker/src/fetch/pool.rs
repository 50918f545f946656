//! Workers that fetch, so that neither the main thread nor the I/O thread waits for a disk.

use super::{FetchError, FetchRequest, Fetched, Fetcher};
use crossbeam_channel::{Sender, unbounded};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Workers of one pool: one may hang on a slow disk, and the other serves on.
const WORKERS: usize = 2;

/// A pool of workers. Each request carries a name of type `T`, by which its result is delivered.
///
/// What waits is bounded by whoever submits: one document per tab, and per renderer
/// [`bulkhead_shared::limits::FETCHES_IN_FLIGHT`] sub-resources. Dropped, it lets its workers finish and end.
#[derive(Debug)]
pub struct FetchPool<T>(Sender<(T, FetchRequest)>);

impl<T: Send + 'static> FetchPool<T> {
    /// Starts the workers, named after `what` they fetch; they hand each result to `deliver`.
    ///
    /// # Errors
    /// If a thread cannot be made.
    pub fn start(
        what: &str,
        fetcher: Arc<dyn Fetcher>,
        deliver: impl Fn(T, Result<Fetched, FetchError>) + Clone + Send + 'static,
    ) -> io::Result<Self> {
        let (sender, receiver) = unbounded::<(T, FetchRequest)>();
        for worker in 0..WORKERS {
            let (receiver, fetcher, deliver) = (receiver.clone(), Arc::clone(&fetcher), deliver.clone());
            std::thread::Builder::new().name(format!("{what}-{worker}")).spawn(move || {
                for (name, request) in receiver {
                    // A panic is this request's end, not the worker's, and whoever waits hears of it.
                    let result = catch_unwind(AssertUnwindSafe(|| fetcher.fetch(&request)));
                    let panicked = || FetchError::Read(io::Error::other("the browser's worker for it panicked"));
                    deliver(name, result.unwrap_or_else(|_| Err(panicked())));
                }
            })?;
        }
        Ok(Self(sender))
    }

    /// Queues a request.
    pub fn submit(&self, name: T, request: FetchRequest) {
        // The workers live as long as the pool: it fails only if all of them panicked, and then the navigation's own
        // "stop" is what is left.
        if self.0.send((name, request)).is_err() {
            tracing::error!("the fetch workers are gone");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Destination, Initiator, Request};
    use std::time::Duration;
    use url::Url;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[derive(Debug)]
    struct Panics;

    impl Fetcher for Panics {
        fn fetch(&self, _: &FetchRequest) -> Result<Fetched, FetchError> {
            panic!("as a bug would")
        }
    }

    fn request() -> FetchRequest {
        let url = Url::parse("about:blank").unwrap();
        let request = Request { initiator: &Initiator::User, url: &url, destination: Destination::Document };
        FetchRequest { permit: request.permit().unwrap() }
    }

    #[test]
    fn a_worker_that_panics_answers_and_serves_on() {
        let (sender, results) = unbounded();
        let deliver = move |name, result| drop(sender.send((name, result)));
        let pool = FetchPool::start("panics", Arc::new(Panics), deliver).unwrap();
        for name in 0..3 * WORKERS {
            pool.submit(name, request());
            let (answered, result) = results.recv_timeout(PATIENCE).unwrap();
            assert_eq!(answered, name);
            assert!(matches!(result, Err(FetchError::Read(_))), "{result:?}");
        }
    }
}
