//! The event descriptor: a counter in the kernel that can be waited for, as a doorbell for shared memory.
//!
//! eventfd(2). A pipe needs two descriptors and a buffer to say "something happened"; an eventfd one descriptor and 8 bytes.

use crate::error::{Call, Error, Result};
use crate::fork::{Peer, fork};
use crate::link::{Link, Side};
use crate::mailbox::{BYTES, Bell, Bells, End, Mailbox};
use crate::memory::{Shared, anonymous};
use crate::narrate::{Narrator, note, title};
use nix::errno::Errno;
use nix::sys::eventfd::{EfdFlags, EventFd};
use std::os::fd::{AsFd, AsRawFd};
use std::rc::Rc;
use std::sync::Arc;

const PARENT: Narrator = Narrator::new("parent");
const CHILD: Narrator = Narrator::new("child");

/// The counter, in both of its ways.
///
/// # Errors
/// What a call says.
pub fn demo() -> Result<()> {
    for (flags, text, expected) in [
        (EfdFlags::empty(), "eventfd: a counter; a read takes all of it", &[3][..]),
        (EfdFlags::EFD_SEMAPHORE, "eventfd with EFD_SEMAPHORE: a read takes one", &[1, 1, 1]),
    ] {
        title(text);
        let event = EventFd::from_flags(flags | EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK).call("eventfd(2)")?;
        PARENT.says(format!("eventfd() -> {}", event.as_raw_fd()));
        let child = fork(&[event.as_raw_fd()], || {
            for _ in 0..3 {
                event.write(1).call("write(2)")?;
            }
            CHILD.says("write(1), three times");
            Ok(())
        })?;
        child.join()?;
        let mut values = Vec::new();
        loop {
            match event.read() {
                Ok(value) => values.push(value),
                Err(errno) => break PARENT.says(format!("read() -> {values:?}, then {errno}: the counter is 0")),
            }
        }
        if values != expected {
            return Err(Error::Broken(format!("{values:?} instead of {expected:?}")));
        }
    }
    note("An event loop polls it beside its sockets: the mailbox in mailbox.rs has two for each direction.");
    Ok(())
}

/// A bell that can be polled.
#[derive(Clone, Debug)]
struct EventBell(Arc<EventFd>);

impl Bell for EventBell {
    fn ring(&self) -> Result<()> {
        self.0.write(1).map(drop).call("write(2)")
    }

    fn wait(&self, peer: &Peer) -> Result<()> {
        loop {
            peer.wait_readable(self.0.as_fd())?;
            match self.0.read() {
                Ok(_) => return Ok(()),
                Err(Errno::EAGAIN | Errno::EINTR) => {}
                Err(errno) => return Err(errno).call("read(2)"),
            }
        }
    }
}

/// A mailbox in a `memfd` with event descriptors.
///
/// # Errors
/// What `memfd_create(2)` or `eventfd(2)` says.
pub fn link() -> Result<Link> {
    let memory = Arc::new(anonymous(BYTES)?);
    let bell = || {
        let flags = EfdFlags::EFD_SEMAPHORE | EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
        EventFd::from_flags(flags).map(|event| EventBell(Arc::new(event))).call("eventfd(2)")
    };
    let bells = [bell()?, bell()?, bell()?, bell()?];
    let mut descriptors: Vec<_> = bells.iter().map(|bell| bell.0.as_raw_fd()).collect();
    descriptors.push(memory.as_raw_fd());
    let side = |end: End| {
        let (memory, [down_full, down_empty, up_full, up_empty]) = (Arc::clone(&memory), bells.clone());
        Side::new(&descriptors, move |peer| {
            let memory = Rc::new(Shared::map(&memory, BYTES)?);
            let down = Bells { full: down_full, empty: down_empty };
            Ok(Mailbox::new(memory, end, peer, down, Bells { full: up_full, empty: up_empty }))
        })
    };
    Ok(Link { parent: side(End::Parent), child: side(End::Child) })
}
