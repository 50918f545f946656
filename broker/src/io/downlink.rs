//! The writer thread of one downlink.
//!
//! `IpcSender::send` blocks when its peer does not read (servo/ipc-channel issue 275). So each downlink has a thread that does
//! nothing else, fed by a bounded channel: a stuck renderer stalls that thread, fills that channel, and is ended for it.

use bulkhead_shared::downlink::ToRenderer;
use bulkhead_shared::ids::RendererId;
use bulkhead_shared::limits::DOWNLINK_QUEUE;
use crossbeam_channel::{Sender, TrySendError, bounded};
use ipc_channel::ipc::IpcSender;
use std::io;

/// The queue to one renderer. Dropped, it ends its thread: at once where the renderer reads, else with the renderer.
#[derive(Debug)]
pub(super) struct Downlink(Sender<ToRenderer>);

/// Why a command is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsent {
    /// The renderer does not read.
    Stalled,
    /// The thread has ended: the renderer has closed its end, as it does when it dies, or the thread has panicked.
    Closed,
}

impl Downlink {
    pub(super) fn start(renderer: RendererId, link: IpcSender<ToRenderer>) -> io::Result<Self> {
        // It runs one loop over one call: the smallest stack that the standard library's thread start-up is sure to fit.
        const STACK: usize = 128 * 1024;
        let (sender, receiver) = bounded(DOWNLINK_QUEUE);
        std::thread::Builder::new().name(format!("downlink-{}", renderer.0)).stack_size(STACK).spawn(move || {
            for command in receiver {
                if link.send(command).is_err() {
                    // The renderer is gone; its pidfd says so, too.
                    break;
                }
            }
        })?;
        Ok(Self(sender))
    }

    /// Queues a command.
    pub(super) fn send(&self, command: ToRenderer) -> Result<(), Unsent> {
        self.0.try_send(command).map_err(|error| match error {
            TrySendError::Disconnected(_) => Unsent::Closed,
            TrySendError::Full(_) => Unsent::Stalled,
        })
    }
}
