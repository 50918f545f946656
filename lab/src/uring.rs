//! `io_uring`: a queue of requests and a queue of completions in memory shared with the kernel, and messages between two.
//!
//! `IORING_OP_MSG_RING` (Linux 5.18) puts a completion with a number into *another* ring, which may be another process's: the
//! ring's descriptor is inherited by fork (since Linux 6.7 it cannot be sent over a socket). Many machines forbid `io_uring` (sysctl `kernel.io_uring_disabled`,
//! containers by seccomp), because it is much attack surface: the browser's sandbox does too.

use crate::error::{Call, Error, Result};
use crate::fork::{Peer, fork};
use crate::futex::NOTICE;
use crate::link::{Link, Side};
use crate::mailbox::{BYTES, Bell, Bells, End, Mailbox};
use crate::memory::{Shared, anonymous};
use crate::narrate::{Narrator, note, title};
use io_uring::types::{Fd, SubmitArgs, Timespec};
use io_uring::{IoUring, opcode, squeue};
use nix::errno::Errno;
use std::cell::RefCell;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::rc::Rc;
use std::sync::Arc;

/// Entries of a queue; a link has at most four messages under way.
const ENTRIES: u32 = 8;
/// Kinds of messages that are told apart.
const TAGS: usize = 4;

/// A ring of this process, and the one of the other process.
pub struct Rings {
    own: IoUring,
    other: OwnedFd,
    /// Messages that have come and were not taken yet, by tag.
    come: [u32; TAGS],
}

impl Rings {
    /// Two rings, each of which knows the other: the first for this process, the second for the one that it will start.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the kernel has no `io_uring` or forbids it.
    pub fn pair() -> Result<(Self, Self)> {
        let (first, second) = (setup()?, setup()?);
        let (to_first, to_second) = (duplicate(&first)?, duplicate(&second)?);
        let rings = |own, other| Self { own, other, come: [0; TAGS] };
        Ok((rings(first, to_second), rings(second, to_first)))
    }

    fn descriptors(&self) -> [RawFd; 2] {
        [self.own.as_raw_fd(), self.other.as_raw_fd()]
    }

    /// Puts a message into the other ring.
    ///
    /// # Errors
    /// What `io_uring_enter(2)` says.
    #[expect(unsafe_code, reason = "an entry of the submission queue may name memory; this one does not")]
    pub fn send(&mut self, tag: usize) -> Result<()> {
        let entry = opcode::MsgRingData::new(Fd(self.other.as_raw_fd()), 0, tag as u64, None).build();
        // A completion here only if it fails.
        let entry = entry.flags(squeue::Flags::SKIP_SUCCESS).user_data(u64::MAX);
        // SAFETY: the entry names no memory, and the descriptor that it names is open as long as `self`.
        unsafe { self.own.submission().push(&entry) }.map_err(|_| Errno::EBUSY).call("io_uring submission")?;
        self.own.submit().map(drop).call("io_uring_enter(2)")
    }

    /// Takes a message with this tag, waiting at most [`NOTICE`] for one.
    ///
    /// # Errors
    /// What `io_uring_enter(2)` or a message that was sent says.
    pub fn take(&mut self, tag: usize) -> Result<bool> {
        if !self.collect(tag)? {
            let limit = Timespec::new().nsec(NOTICE.subsec_nanos());
            match self.own.submitter().submit_with_args(1, &SubmitArgs::new().timespec(&limit)) {
                Err(error) if ![Some(libc::ETIME), Some(libc::EINTR)].contains(&error.raw_os_error()) => {
                    return Err(error).call("io_uring_enter(2)");
                }
                _ => {}
            }
            return self.collect(tag);
        }
        Ok(true)
    }

    fn collect(&mut self, tag: usize) -> Result<bool> {
        for completion in self.own.completion() {
            match usize::try_from(completion.user_data()).ok().and_then(|tag| self.come.get_mut(tag)) {
                Some(come) => *come += 1,
                None => return Err(Errno::from_raw(-completion.result())).call("IORING_OP_MSG_RING"),
            }
        }
        let come = self.come.get_mut(tag).ok_or(Errno::EINVAL).call("tag")?;
        let there = *come > 0;
        *come = come.saturating_sub(1);
        Ok(there)
    }
}

fn duplicate(ring: &IoUring) -> Result<OwnedFd> {
    ring.as_fd().try_clone_to_owned().call("dup(2)")
}

fn setup() -> Result<IoUring> {
    IoUring::new(ENTRIES).map_err(|error| {
        let disabled = std::fs::read_to_string("/proc/sys/kernel/io_uring_disabled").unwrap_or_default();
        let why = match (error.raw_os_error(), disabled.trim()) {
            (Some(libc::ENOSYS), _) => "the kernel was built without it".into(),
            (_, value @ ("1" | "2")) => format!("sysctl kernel.io_uring_disabled is {value}; 0 would allow it"),
            _ => format!("{error}: a container's seccomp filter forbids it, most likely"),
        };
        Error::Unavailable { mechanism: "io_uring", why }
    })
}

/// Numbers go from one ring to another one.
///
/// # Errors
/// What a call says; [`Error::Unavailable`] where the kernel forbids it.
pub fn demo() -> Result<()> {
    title("io_uring: messages from one process's ring into another's");
    let (parent, child) = (Narrator::new("parent"), Narrator::new("child"));
    let (mut here, mut there) = Rings::pair()?;
    parent.says(format!("io_uring_setup() -> {}, and {} for my child", here.own.as_raw_fd(), there.own.as_raw_fd()));
    let process = fork(&there.descriptors(), || {
        for tag in [3, 1, 2] {
            there.send(tag)?;
            child.says(format!("IORING_OP_MSG_RING({tag}): the kernel puts a completion into the parent's ring"));
        }
        Ok(())
    })?;
    for tag in [1, 2, 3] {
        while !here.take(tag)? {
            process.peer().still_there().or_else(|gone| if here.come[tag] > 0 { Ok(()) } else { Err(gone) })?;
        }
        parent.says(format!("found {tag} in my completion queue"));
    }
    process.join()?;
    note("A message is 12 bytes; what is large lies in shared memory beside it, as in mailbox.rs.");
    Ok(())
}

/// A bell that is a message of this tag.
struct UringBell {
    rings: Rc<RefCell<Rings>>,
    tag: usize,
}

impl Bell for UringBell {
    fn ring(&self) -> Result<()> {
        self.rings.borrow_mut().send(self.tag)
    }

    fn wait(&self, peer: &Peer) -> Result<()> {
        let mut gone = false;
        while !self.rings.borrow_mut().take(self.tag)? {
            if gone {
                return Err(Error::Closed);
            }
            // Once more after its end: what it sent before that is to be received.
            gone = peer.is_gone();
        }
        Ok(())
    }
}

/// A mailbox in a `memfd` with `io_uring` messages as bells.
///
/// # Errors
/// [`Error::Unavailable`] where the kernel forbids it; what a call says.
pub fn link() -> Result<Link> {
    let memory = Arc::new(anonymous(BYTES)?);
    let (here, there) = Rings::pair()?;
    let side = |end: End, rings: Rings| {
        let memory = Arc::clone(&memory);
        let [own, other] = rings.descriptors();
        Side::new(&[memory.as_raw_fd(), own, other], move |peer: Peer| {
            let shared = Rc::new(Shared::map(&memory, BYTES)?);
            let rings = Rc::new(RefCell::new(rings));
            let bell = |tag| UringBell { rings: Rc::clone(&rings), tag };
            let (down, up) = (Bells { full: bell(0), empty: bell(1) }, Bells { full: bell(2), empty: bell(3) });
            Ok(Mailbox::new(shared, end, peer, down, up))
        })
    };
    Ok(Link { child: side(End::Child, there), parent: side(End::Parent, here) })
}
