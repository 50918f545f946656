//! A futex: sleep while a word in shared memory has a value, wake whoever sleeps on it.
//!
//! It is what mutexes, semaphores and condition variables of every C library are made of; the kernel is asked only when
//! somebody really has to sleep (futex(2)).
//!
//! Contract:
//! - [`wait`] returns when it was woken, when the word had another value, after [`NOTICE`], or for no reason: the caller looks
//!   at the word again in a loop;
//! - [`Semaphore`] is a counting semaphore (Dijkstra's P and V) in four words of shared memory, for any number of processes.

use crate::error::{Call, Result};
use crate::fork::{Peer, fork};
use crate::memory::{Shared, anonymous};
use crate::narrate::{Narrator, note, title};
use nix::errno::Errno;
use std::rc::Rc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

/// Where the kernel gives no notice of the peer's death, a wait looks for it this often.
pub const NOTICE: Duration = Duration::from_millis(50);

/// Sleeps while `word` is `value`.
///
/// # Errors
/// What `futex(2)` says, other than that there was no need to sleep.
#[expect(unsafe_code, reason = "there is no library call for futex(2)")]
pub fn wait(word: &AtomicU32, value: u32) -> Result<()> {
    let limit = libc::timespec { tv_sec: 0, tv_nsec: i64::from(NOTICE.subsec_nanos()) };
    // SAFETY: `word` is a live, aligned 32-bit word and `limit` a timespec; the kernel only reads both. Without the flag
    // FUTEX_PRIVATE_FLAG the word is found by its page, so that processes which map it at different addresses meet.
    let result = unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAIT, value, &raw const limit) };
    match Errno::result(result) {
        Ok(_) | Err(Errno::EAGAIN | Errno::EINTR | Errno::ETIMEDOUT) => Ok(()),
        Err(errno) => Err(errno).call("futex(FUTEX_WAIT)"),
    }
}

/// Wakes at most `count` sleepers.
#[expect(unsafe_code, reason = "there is no library call for futex(2)")]
pub fn wake(word: &AtomicU32, count: u32) {
    // SAFETY: `word` is a live, aligned 32-bit word, of which the kernel uses the address only.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, count) };
}

/// A counting semaphore at an offset of shared memory: the count, and how many sleep.
#[derive(Clone, Debug)]
pub struct Semaphore {
    memory: Rc<Shared>,
    at: usize,
}

/// Bytes that a [`Semaphore`] takes.
pub const SEMAPHORE_BYTES: usize = 8;

impl Semaphore {
    /// The semaphore at `at`, a multiple of 4. Fresh memory is a semaphore with count 0.
    #[must_use]
    pub fn new(memory: Rc<Shared>, at: usize) -> Self {
        Self { memory, at }
    }

    /// V: adds one, and wakes one sleeper if there is any.
    pub fn post(&self) {
        let (count, sleepers) = (self.memory.word(self.at), self.memory.word(self.at + 4));
        count.fetch_add(1, SeqCst);
        // Either this load sees the sleeper, or the sleeper's futex(2) sees the new count: both are sequentially consistent.
        if sleepers.load(SeqCst) > 0 {
            wake(count, 1);
        }
    }

    /// P: takes one, sleeping until there is one to take.
    ///
    /// # Errors
    /// [`crate::error::Error::Closed`] when the peer has ended and there is none to take.
    pub fn acquire(&self, peer: &Peer) -> Result<()> {
        let (count, sleepers) = (self.memory.word(self.at), self.memory.word(self.at + 4));
        loop {
            if take(count) {
                return Ok(());
            }
            sleepers.fetch_add(1, SeqCst);
            let start = Instant::now();
            let woken = wait(count, 0);
            sleepers.fetch_sub(1, SeqCst);
            woken?;
            if start.elapsed() >= NOTICE && peer.is_gone() {
                return if take(count) { Ok(()) } else { peer.still_there() };
            }
        }
    }
}

fn take(count: &AtomicU32) -> bool {
    count.fetch_update(SeqCst, SeqCst, |count| count.checked_sub(1)).is_ok()
}

/// Demonstration: one process sleeps on a word until the other has changed it.
///
/// # Errors
/// What a call says.
pub fn demo() -> Result<()> {
    title("futex: sleep on a word of shared memory");
    let fd = anonymous(4096)?;
    let memory = Shared::map(&fd, 4096)?;
    let (parent, child) = (Narrator::new("parent"), Narrator::new("child"));
    let word = memory.word(0);
    let sleeper = fork(&[], || {
        let word = memory.word(0);
        child.says("the word is 0: futex(FUTEX_WAIT, 0) - the kernel puts me to sleep if it still is 0");
        while word.load(SeqCst) == 0 {
            wait(word, 0)?;
        }
        child.says(format!("awake, and the word is {}", word.load(SeqCst)));
        Ok(())
    })?;
    parent.says(format!("fork() -> {}; both have the same page mapped, found by the memfd behind it", sleeper.pid()));
    parent.says("waiting until /proc shows that the child sleeps in the kernel, in futex_...");
    until_asleep(&sleeper.peer());
    word.store(42, SeqCst);
    parent.says("wrote 42: no system call; the kernel does not know, and the child still sleeps");
    wake(word, 1);
    parent.says("futex(FUTEX_WAKE, 1)");
    sleeper.join()?;
    note("Without a sleeper neither side needs the kernel: an uncontended lock is one atomic instruction. That is the");
    note(
        "answer to the lecture's \"synchronization is very difficult\": Semaphore, in this file, is 20 lines on top of it.",
    );
    Ok(())
}

/// Waits until a process sleeps in a futex, as its state and its wait channel say; at most a second.
fn until_asleep(peer: &Peer) {
    let path = format!("/proc/{}/stat", peer.pid());
    let until = Instant::now() + Duration::from_secs(1);
    while Instant::now() < until {
        let stat = std::fs::read_to_string(&path).unwrap_or_default();
        if stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('S')) {
            return;
        }
        std::thread::yield_now();
    }
}
