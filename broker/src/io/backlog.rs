//! What one renderer has said that the main thread has not taken yet: bounded in number and bytes, whatever keeps the main thread.
//!
//! Contract:
//! - each message that goes to the main thread comes with a [`Receipt`], which counts it until it is dropped;
//! - from [`limits::UNTAKEN_MESSAGES`] or [`limits::UNTAKEN_BYTES`] on there is no room, and its uplink is not read: what it goes on
//!   saying fills its own socket, where it waits;
//! - who was told that there is no room is told when there is some again, once ([`ToIo::Taken`]).

use super::Mailbox;
use crate::events::ToIo;
use bulkhead_shared::ids::RendererId;
use bulkhead_shared::limits;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The I/O thread's side of it.
#[derive(Debug)]
pub(super) struct Backlog(Arc<Count>);

/// One message that was not taken yet. Dropped, it was.
#[derive(Debug)]
pub struct Receipt {
    count: Arc<Count>,
    bytes: usize,
}

#[derive(Debug)]
struct Count {
    renderer: RendererId,
    mailbox: Mailbox,
    messages: AtomicUsize,
    bytes: AtomicUsize,
    /// The uplink is not read until something is taken.
    awaited: AtomicBool,
}

impl Backlog {
    /// That of a new renderer; the mailbox is the I/O thread's own.
    pub(super) fn new(renderer: RendererId, mailbox: Mailbox) -> Self {
        let (messages, bytes, awaited) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
        Self(Arc::new(Count { renderer, mailbox, messages, bytes, awaited }))
    }

    /// Counts a message of so many bytes.
    pub(super) fn receipt(&self, bytes: usize) -> Receipt {
        self.0.messages.fetch_add(1, Ordering::SeqCst);
        self.0.bytes.fetch_add(bytes, Ordering::SeqCst);
        Receipt { count: Arc::clone(&self.0), bytes }
    }

    /// Whether another message may be read. If not, [`ToIo::Taken`] says when.
    pub(super) fn has_room(&self) -> bool {
        if self.0.has_room() {
            return true;
        }
        self.0.awaited.store(true, Ordering::SeqCst);
        // What was taken between the two lines has told nobody.
        self.0.has_room() && self.0.awaited.swap(false, Ordering::SeqCst)
    }
}

impl Count {
    fn has_room(&self) -> bool {
        self.messages.load(Ordering::SeqCst) < limits::UNTAKEN_MESSAGES
            && self.bytes.load(Ordering::SeqCst) < limits::UNTAKEN_BYTES
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        self.count.messages.fetch_sub(1, Ordering::SeqCst);
        self.count.bytes.fetch_sub(self.bytes, Ordering::SeqCst);
        if self.count.has_room() && self.count.awaited.swap(false, Ordering::SeqCst) {
            self.count.mailbox.send(ToIo::Taken(self.count.renderer));
        }
    }
}
