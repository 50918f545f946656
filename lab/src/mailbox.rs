//! A mailbox: slots in shared memory, and bells that say when one is full and when one is empty again.
//!
//! It is Dijkstra's bounded buffer: the sender waits for an empty slot, copies in, rings "full"; the receiver waits for a full
//! one, copies out, rings "empty". The bells carry the order, the memory carries the bytes. What the bells are made of is the
//! mechanism: futex semaphores, event descriptors, real-time signals, `io_uring` messages.

use crate::error::{Error, Result};
use crate::fork::Peer;
use crate::link::Endpoint;
use crate::memory::Shared;
use std::rc::Rc;

/// Slots of each direction. Two, so that one is filled while the other is emptied.
const SLOTS: usize = 2;
/// Bytes in a slot.
const SLOT_BYTES: usize = 256 << 10;
/// Where the slots begin; before them is a page for what the bells need.
const SLOTS_AT: usize = 4096;
/// Bytes of shared memory that a direction takes.
const DIRECTION_BYTES: usize = SLOTS_AT + SLOTS * SLOT_BYTES;

/// Bytes of shared memory that a mailbox takes.
pub const BYTES: usize = 2 * DIRECTION_BYTES;

/// What counts slots across processes. Each ring of one side lets one wait of the other side pass.
pub trait Bell {
    /// One more.
    ///
    /// # Errors
    /// [`Error::Closed`] when the peer is gone.
    fn ring(&self) -> Result<()>;

    /// One less; waits until there is one.
    ///
    /// # Errors
    /// [`Error::Closed`] when the peer is gone and there is none.
    fn wait(&self, peer: &Peer) -> Result<()>;
}

/// Which of the two processes this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The one that opened the link.
    Parent,
    /// The one that it started.
    Child,
}

/// The two bells of a direction.
#[derive(Debug)]
pub struct Bells<B> {
    /// Slots that are full.
    pub full: B,
    /// Slots that the receiver has emptied.
    pub empty: B,
}

/// Where a direction's bells may keep a word each: offsets into the shared memory, for direction 0 (down, from the parent
/// to the child) or 1 (up). The two are in cache lines of their own.
#[must_use]
pub const fn bell_words(direction: usize) -> Bells<usize> {
    Bells { full: direction * DIRECTION_BYTES, empty: direction * DIRECTION_BYTES + 128 }
}

/// One process's end of a mailbox.
#[derive(Debug)]
pub struct Mailbox<B> {
    memory: Rc<Shared>,
    peer: Peer,
    out: Direction<B>,
    input: Direction<B>,
}

#[derive(Debug)]
struct Direction<B> {
    at: usize,
    next: usize,
    /// Slots that nobody has used yet: they are empty without a ring.
    fresh: usize,
    bells: Bells<B>,
}

impl<B> Direction<B> {
    fn slot(&mut self) -> usize {
        let slot = self.at + SLOTS_AT + self.next * SLOT_BYTES;
        self.next = (self.next + 1) % SLOTS;
        slot
    }
}

impl<B: Bell> Mailbox<B> {
    /// The end of `end`, with the bells of the direction from the parent to the child, and of the other one.
    pub fn new(memory: Rc<Shared>, end: End, peer: Peer, down: Bells<B>, up: Bells<B>) -> Self {
        let down = Direction { at: 0, next: 0, fresh: SLOTS, bells: down };
        let up = Direction { at: DIRECTION_BYTES, next: 0, fresh: SLOTS, bells: up };
        let (out, input) = if end == End::Parent { (down, up) } else { (up, down) };
        Self { memory, peer, out, input }
    }
}

impl<B: Bell> Endpoint for Mailbox<B> {
    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        for chunk in bytes.chunks(SLOT_BYTES) {
            match self.out.fresh.checked_sub(1) {
                Some(fresh) => self.out.fresh = fresh,
                None => self.out.bells.empty.wait(&self.peer)?,
            }
            let slot = self.out.slot();
            self.memory.write(slot, chunk);
            self.out.bells.full.ring()?;
        }
        Ok(())
    }

    fn recv(&mut self, buffer: &mut [u8]) -> Result<()> {
        for chunk in buffer.chunks_mut(SLOT_BYTES) {
            self.input.bells.full.wait(&self.peer)?;
            let slot = self.input.slot();
            self.memory.read(slot, chunk);
            match self.input.bells.empty.ring() {
                // Nobody needs the slot any more; what is in the others was sent before, and is still to be received.
                Err(Error::Closed) => {}
                rung => rung?,
            }
        }
        Ok(())
    }
}
