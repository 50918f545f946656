//! The desktop's clipboard and its primary selection.
//!
//! What they hold is with another program, which may take its time, or never answer. So they are read on a thread:
//!
//! - [`Clipboard::read`] returns at once; the answer comes as an [`Answer`], by the event loop;
//! - an answer that has not come within [`PATIENCE`] is given up ([`Clipboard::give_up`]). The thread that waits for it is left
//!   to itself, and a new one takes its place, at most [`THREADS`] times;
//! - what is stored is stored in the order of the calls;
//! - each thread owns a share in the connection to the display that its clipboard uses (`desktop.rs`), so that the connection
//!   outlives the clipboard. The window's end waits for the thread, but not for long.

mod desktop;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use desktop::Desktop;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use winit::event_loop::OwnedDisplayHandle;

/// How long the program that holds a selection has to hand it over.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long the window's end waits for what was copied to be handed to a clipboard manager.
const FAREWELL: Duration = Duration::from_millis(500);

/// How many threads may be left to wait for programs that do not answer.
const THREADS: usize = 8;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// What was copied by command.
    Clipboard,
    /// What is selected, or was last.
    Primary,
}

/// A question's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket(u64);

/// What was read.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) ticket: Ticket,
    /// `None` where there is nothing, or no text.
    pub(super) text: Option<String>,
}

/// What the thread is told.
#[derive(Debug)]
enum Order {
    Read(Selection, Ticket),
    Store(Selection, String),
}

/// Passes an answer to the event loop.
pub(super) type Tell = Arc<dyn Fn(Answer) + Send + Sync>;

/// The clipboard.
pub(super) struct Clipboard {
    display: OwnedDisplayHandle,
    tell: Tell,
    worker: Worker,
    last: u64,
    /// The questions that are open, and until when.
    open: VecDeque<(Ticket, Instant)>,
    /// Those that did not answer in time.
    stuck: Vec<Worker>,
}

impl Clipboard {
    /// The clipboard of `display`.
    pub(super) fn new(display: OwnedDisplayHandle, tell: Tell) -> io::Result<Self> {
        let worker = Worker::start(display.clone(), Arc::clone(&tell))?;
        Ok(Self { display, tell, worker, last: 0, open: VecDeque::new(), stuck: Vec::new() })
    }

    /// Asks for what a selection holds.
    pub(super) fn read(&mut self, selection: Selection) -> Ticket {
        self.last += 1;
        let ticket = Ticket(self.last);
        self.worker.tell(Order::Read(selection, ticket));
        self.open.push_back((ticket, Instant::now() + PATIENCE));
        ticket
    }

    /// Puts text there.
    pub(super) fn store(&self, selection: Selection, text: String) {
        self.worker.tell(Order::Store(selection, text));
    }

    /// Whether this answer is one that is still waited for.
    pub(super) fn accept(&mut self, ticket: Ticket) -> bool {
        let known = self.open.iter().position(|(open, _)| *open == ticket);
        known.and_then(|index| self.open.remove(index)).is_some()
    }

    /// When the oldest question is given up.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.open.front().map(|(_, deadline)| *deadline)
    }

    /// Gives up what has not been answered in time. Whether there was such a thing; then every open question is given up,
    /// since the thread would only come to them after that one.
    pub(super) fn give_up(&mut self, now: Instant) -> bool {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return false;
        }
        self.open.clear();
        self.stuck.retain(Worker::is_running);
        if self.stuck.len() < THREADS {
            match Worker::start(self.display.clone(), Arc::clone(&self.tell)) {
                Ok(worker) => self.stuck.push(std::mem::replace(&mut self.worker, worker)),
                Err(error) => tracing::warn!(%error, "no thread for the clipboard"),
            }
        }
        true
    }
}

impl Drop for Clipboard {
    fn drop(&mut self) {
        self.worker.finish();
    }
}

/// A thread that reads and stores.
struct Worker {
    /// `None` once it has been told to end.
    orders: Option<Sender<Order>>,
    /// Nothing ever comes; it is closed when the thread ends.
    ended: Receiver<()>,
}

impl Worker {
    fn start(display: OwnedDisplayHandle, tell: Tell) -> io::Result<Self> {
        let (orders, queue) = unbounded();
        let (running, ended) = bounded(0);
        let work = move || {
            serve(display, &queue, &tell);
            drop(running);
        };
        std::thread::Builder::new().name("clipboard".to_owned()).spawn(work)?;
        Ok(Self { orders: Some(orders), ended })
    }

    fn tell(&self, order: Order) {
        if self.orders.as_ref().is_none_or(|orders| orders.send(order).is_err()) {
            tracing::warn!("the clipboard's thread has ended");
        }
    }

    fn is_running(&self) -> bool {
        self.ended.try_recv().is_err_and(|error| error.is_empty())
    }

    /// Has it end, and waits for that.
    fn finish(&mut self) {
        self.orders = None;
        if self.ended.recv_timeout(FAREWELL).is_err_and(|error| error.is_timeout()) {
            tracing::info!("the clipboard's thread waits for another program, and is left to itself");
        }
    }
}

/// Carries out orders until there can be no more.
fn serve(display: OwnedDisplayHandle, orders: &Receiver<Order>, tell: &Tell) {
    let mut desktop = Desktop::open(display).inspect_err(|error| tracing::warn!(error, "no clipboard")).ok();
    for order in orders {
        match (order, &mut desktop) {
            (Order::Read(selection, ticket), desktop) => {
                let text = desktop.as_mut().and_then(|desktop| desktop.read(selection));
                tell(Answer { ticket, text });
            }
            (Order::Store(selection, text), Some(desktop)) => desktop.store(selection, text),
            (Order::Store(..), None) => {}
        }
    }
}
