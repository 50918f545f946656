//! To compare with: `crossbeam-channel` between two threads, behind the contract of the links between processes.

use super::Placement;
use super::place;
use crate::error::{Error, Result};
use crate::link::Endpoint;
use crossbeam_channel::{Receiver, Sender, bounded};
use nix::unistd::{Pid, gettid};

/// Messages under way at most: as many as a mailbox has slots.
const SLOTS: usize = 2;

/// One thread's end. A message is copied into a vector, which moves to the other thread, and is copied out of it.
pub(super) struct Channels {
    out: Sender<Vec<u8>>,
    input: Receiver<Vec<u8>>,
}

impl Endpoint for Channels {
    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.send(bytes.to_vec()).map_err(|_| Error::Closed)
    }

    fn recv(&mut self, buffer: &mut [u8]) -> Result<()> {
        let bytes = self.input.recv().map_err(|_| Error::Closed)?;
        if bytes.len() != buffer.len() {
            return Err(Error::Corrupt(format!("{} bytes instead of {}", bytes.len(), buffer.len())));
        }
        buffer.copy_from_slice(&bytes);
        Ok(())
    }
}

/// Runs `far` in a thread of its own and `near` in this one.
pub(super) fn with_threads<T>(
    placement: Placement,
    far: impl FnOnce(Channels) -> Result<()> + Send,
    near: impl FnOnce(Channels) -> Result<T>,
) -> Result<T> {
    let (down, down_far) = bounded(SLOTS);
    let (up_far, up) = bounded(SLOTS);
    place::before_fork(placement)?;
    std::thread::scope(|scope| {
        let (say, tid) = bounded::<Pid>(1);
        let thread = std::thread::Builder::new().name("far".into()).spawn_scoped(scope, move || {
            say.send(gettid()).map_err(|_| Error::Closed)?;
            far(Channels { out: up_far, input: down_far })
        });
        let thread = thread.map_err(|error| Error::Broken(format!("a thread: {error}")))?;
        place::after_fork(placement, tid.recv().map_err(|_| Error::Closed)?)?;
        let result = near(Channels { out: down, input: up });
        thread.join().map_err(|_| Error::Closed)??;
        result
    })
}
