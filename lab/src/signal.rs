//! Signals: a number, at any moment, to any process of the same user; real-time signals also carry a word, and queue.
//!
//! signal(7). Received here in the ordinary course of the program with `sigtimedwait(2)`, not in a handler: there, next to
//! nothing may be called (signal-safety(7)).

#![expect(unsafe_code, reason = "nix has no real-time signals: sigqueue(3) and sigtimedwait(2) are called here")]

use crate::error::{Call, Error, Result};
use crate::fork::{Peer, fork};
use crate::futex::NOTICE;
use crate::link::{Link, Side};
use crate::mailbox::{BYTES, Bell, Bells, End, Mailbox};
use crate::memory::{Shared, anonymous};
use crate::narrate::{Narrator, note, title};
use nix::errno::Errno;
use nix::unistd::{Pid, getppid};
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

const PARENT: Narrator = Narrator::new("parent");
const CHILD: Narrator = Narrator::new("child");

/// Standard signals merge; real-time signals queue and carry a value.
///
/// # Errors
/// What a call says.
pub fn demo() -> Result<()> {
    title("signal: three of one kind, sent to a process that has it blocked");
    for (signal, text, expected) in
        [(libc::SIGUSR1, "SIGUSR1, a standard signal", 1), (libc::SIGRTMIN(), "SIGRTMIN, a real-time signal", 3)]
    {
        block(signal)?;
        let child = fork(&[], || {
            for value in [7, 8, 9] {
                queue(getppid(), signal, value)?;
            }
            CHILD.says(format!("{text}: sigqueue(parent) with 7, 8 and 9"));
            Ok(())
        })?;
        child.join()?;
        let mut values = Vec::new();
        while let Some(value) = take(signal, Duration::ZERO)? {
            values.push(value);
        }
        PARENT.says(format!("sigtimedwait() -> {values:?}: {} of 3 arrived", values.len()));
        if values.len() != expected {
            return Err(Error::Broken(format!("{} signals instead of {expected}", values.len())));
        }
    }
    note("A pending standard signal is one bit, so that further ones merge with it; real-time signals are a queue.");
    note("In the browser: SIGSYS is how the sandbox stops a renderer; SIGCHLD is not used, a pidfd says it better.");
    Ok(())
}

/// Blocks a signal, so that it waits to be taken, and discards what is pending of it.
fn block(signal: i32) -> Result<()> {
    let set = set_of(signal);
    // SAFETY: `set` is an initialised signal set; the old one is not asked for.
    let result = unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) };
    Errno::result(result).call("sigprocmask(2)")?;
    while take(signal, Duration::ZERO)?.is_some() {}
    Ok(())
}

fn set_of(signal: i32) -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigemptyset initialises the set; sigaddset fails only for a number that is no signal, and changes nothing then.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), signal);
        set.assume_init()
    }
}

/// Sends a signal with a value.
fn queue(to: Pid, signal: i32, value: usize) -> Result<()> {
    let value = libc::sigval { sival_ptr: std::ptr::without_provenance_mut(value) };
    // SAFETY: the value is a number that the receiver takes as a number, never as an address.
    match Errno::result(unsafe { libc::sigqueue(to.as_raw(), signal, value) }) {
        Err(Errno::ESRCH) => Err(Error::Closed),
        result => result.map(drop).call("sigqueue(3)"),
    }
}

/// Takes a pending signal's value, waiting at most `limit` for one.
fn take(signal: i32, limit: Duration) -> Result<Option<usize>> {
    let set = set_of(signal);
    let limit = libc::timespec { tv_sec: 0, tv_nsec: i64::from(limit.subsec_nanos()) };
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    // SAFETY: all three are initialised and of the right type.
    match Errno::result(unsafe { libc::sigtimedwait(&raw const set, info.as_mut_ptr(), &raw const limit) }) {
        // SAFETY: it was zeroed, and the kernel has written the fields that a queued signal has.
        Ok(_) => Ok(Some(unsafe { info.assume_init().si_value().sival_ptr }.addr())),
        Err(Errno::EAGAIN | Errno::EINTR) => Ok(None),
        Err(errno) => Err(errno).call("sigtimedwait(2)"),
    }
}

/// A bell that is a real-time signal: rung by one process, waited for by the other.
#[derive(Debug)]
struct SignalBell {
    to: Pid,
    signal: i32,
}

impl Bell for SignalBell {
    fn ring(&self) -> Result<()> {
        queue(self.to, self.signal, 0)
    }

    fn wait(&self, peer: &Peer) -> Result<()> {
        let mut gone = false;
        while take(self.signal, NOTICE)?.is_none() {
            if gone {
                return Err(Error::Closed);
            }
            // Once more after its end: what it sent before that is to be received.
            gone = peer.is_gone();
        }
        Ok(())
    }
}

/// A mailbox in a `memfd` with real-time signals as bells.
///
/// # Errors
/// What a call says.
pub fn link() -> Result<Link> {
    let memory = Arc::new(anonymous(BYTES)?);
    let signals: [i32; 4] = std::array::from_fn(|index| libc::SIGRTMIN() + 1 + index as i32);
    // Before the fork, so that none comes too early.
    signals.into_iter().try_for_each(block)?;
    let side = |end: End| {
        let memory = Arc::clone(&memory);
        Side::new(&[memory.as_raw_fd()], move |peer: Peer| {
            let memory = Rc::new(Shared::map(&memory, BYTES)?);
            let to = peer.pid();
            let [down_full, down_empty, up_full, up_empty] = signals.map(|signal| SignalBell { to, signal });
            let down = Bells { full: down_full, empty: down_empty };
            Ok(Mailbox::new(memory, end, peer, down, Bells { full: up_full, empty: up_empty }))
        })
    };
    Ok(Link { parent: side(End::Parent), child: side(End::Child) })
}
