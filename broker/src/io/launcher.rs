//! The thread that starts zygotes, `zygote-start`: fork, exec and the first words take as long as they take, and the I/O thread
//! waits for nobody.
//!
//! The parent-death signal is bound to the thread that forks (prctl(2)), so this one lives until the I/O thread drops its handle;
//! it ends with that thread, too, and the zygote with it.

use super::zygote::{Zygote, ZygoteError};
use super::{Isolation, Mailbox};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io;

/// The handle on the thread.
#[derive(Debug)]
pub(super) struct Launcher {
    orders: Sender<()>,
    results: Receiver<Result<Zygote, ZygoteError>>,
}

impl Launcher {
    /// Starts the thread. It rings the mailbox's bell when a result is there.
    pub(super) fn start(isolation: Isolation, mailbox: Mailbox) -> io::Result<Self> {
        // One zygote at a time is asked for, so neither side ever waits for room.
        let (orders, asked) = bounded(1);
        let (done, results) = bounded(1);
        std::thread::Builder::new().name("zygote-start".to_owned()).spawn(move || {
            for () in asked {
                if done.send(Zygote::start(&isolation)).is_err() {
                    break;
                }
                mailbox.ring();
            }
        })?;
        Ok(Self { orders, results })
    }

    /// Asks for a zygote. Whether there is anybody to do it: not where the one before was never heard of, or the thread has died.
    pub(super) fn launch(&self) -> bool {
        self.orders.try_send(()).is_ok()
    }

    /// What has come of it, if that is known.
    pub(super) fn result(&self) -> Option<Result<Zygote, ZygoteError>> {
        self.results.try_recv().ok()
    }
}
