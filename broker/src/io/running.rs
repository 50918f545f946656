//! The I/O threads of this process that run, for whoever has to end them while the main thread may be busy: a signal that asks the
//! browser to end.

use super::Mailbox;
use crate::events::ToIo;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

static RUNNING: Mutex<Vec<Running>> = Mutex::new(Vec::new());

/// One of them, as seen from outside.
#[derive(Debug)]
struct Running {
    mailbox: Mailbox,
    ended: Receiver<()>,
}

/// What the thread holds until the last thing that it does.
#[derive(Debug)]
pub(super) struct Alive(#[expect(dead_code, reason = "its end is the message")] Sender<()>);

/// Notes a thread that is about to start.
pub(super) fn note(mailbox: Mailbox) -> Alive {
    let (alive, ended) = bounded(0);
    let mut running = running();
    running.retain(Running::runs);
    running.push(Running { mailbox, ended });
    Alive(alive)
}

/// Ends every process of every browser of this process, and their I/O threads, and puts back what they have changed outside of it (a
/// delegated cgroup). Returns when that is done, or after this time at the latest.
pub fn end_all(patience: Duration) {
    let until = Instant::now() + patience;
    let running = std::mem::take(&mut *running());
    running.iter().for_each(|running| running.mailbox.send(ToIo::Shutdown));
    for running in running {
        if running.ended.recv_deadline(until) == Err(RecvTimeoutError::Timeout) {
            tracing::error!("the processes of pages do not end in time");
        }
    }
}

impl Running {
    fn runs(&self) -> bool {
        self.ended.try_recv() == Err(crossbeam_channel::TryRecvError::Empty)
    }
}

fn running() -> MutexGuard<'static, Vec<Running>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
