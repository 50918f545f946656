//! Child processes: the only place that forks.
//!
//! Contract:
//! - [`fork`] refuses in a process with more than one thread: a lock held by another thread would stay locked in the child
//!   for ever (pthread_atfork(3));
//! - the child keeps standard input, output and error and the descriptors on the list that it is given, and no other, so that
//!   the end-of-file of a pipe comes when it should;
//! - the child dies with its parent (`PR_SET_PDEATHSIG`), never returns into the parent's code, and a panic never unwinds past
//!   its entry; what it ends with is its exit code: 0, 1 with one line on standard error (none for a
//!   lost peer), or 101 for a panic;
//! - a [`Child`] that is dropped before it was waited for is killed and reaped: nothing is left behind.

use crate::error::{Call, Error, Result};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::{ForkResult, Pid, getpid, getppid};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// With this exit code.
    Code(i32),
    /// By this signal.
    Signal(Signal),
}

impl std::fmt::Display for Exit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(formatter, "exit code {code}"),
            Self::Signal(signal) => write!(formatter, "signal {signal}"),
        }
    }
}

/// The process at the other end, held by a pidfd: its number cannot be given to another meanwhile.
#[derive(Clone, Debug)]
pub struct Peer {
    pid: Pid,
    pidfd: Arc<OwnedFd>,
}

impl Peer {
    /// The parent of this process.
    ///
    /// # Errors
    /// What `pidfd_open(2)` says.
    pub fn parent() -> Result<Self> {
        Self::open(getppid())
    }

    /// This process itself, for links between its threads.
    ///
    /// # Errors
    /// What `pidfd_open(2)` says.
    pub fn this_process() -> Result<Self> {
        Self::open(getpid())
    }

    pub(crate) fn open(pid: Pid) -> Result<Self> {
        Ok(Self { pid, pidfd: Arc::new(pidfd_open(pid)?) })
    }

    /// Sends it a signal, through the pidfd: it cannot hit another process, nor many.
    #[expect(unsafe_code, reason = "nix has no pidfd_send_signal")]
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        let (none, fd) = (std::ptr::null::<libc::siginfo_t>(), self.pidfd.as_raw_fd());
        // SAFETY: the descriptor is open as long as `self`; a null siginfo is what the manual page allows.
        let result = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, fd, signal as i32, none, 0) };
        Errno::result(result).map(drop).call("pidfd_send_signal(2)")
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Whether it has ended. A pidfd becomes readable then.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        let mut fds = [PollFd::new(self.as_fd(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
    }

    /// [`Error::Closed`] when it has ended.
    ///
    /// # Errors
    /// Just that.
    pub fn still_there(&self) -> Result<()> {
        if self.is_gone() { Err(Error::Closed) } else { Ok(()) }
    }

    /// Waits until `fd` is readable.
    ///
    /// # Errors
    /// [`Error::Closed`] when the peer ends first and `fd` has nothing more to read.
    pub fn wait_readable(&self, fd: BorrowedFd<'_>) -> Result<()> {
        loop {
            let mut fds = [PollFd::new(fd, PollFlags::POLLIN), PollFd::new(self.as_fd(), PollFlags::POLLIN)];
            match poll(&mut fds, PollTimeout::NONE) {
                Ok(_) if fds[0].any() == Some(true) => return Ok(()),
                Ok(_) => return Err(Error::Closed),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno).call("poll(2)"),
            }
        }
    }
}

impl AsFd for Peer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}

/// A process that this one started.
#[derive(Debug)]
pub struct Child {
    peer: Peer,
    exit: Option<Exit>,
}

impl Child {
    /// It, as the other end of a link.
    #[must_use]
    pub fn peer(&self) -> Peer {
        self.peer.clone()
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.peer.pid
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// What `pidfd_send_signal(2)` says.
    pub fn kill(&self, signal: Signal) -> Result<()> {
        self.peer.signal(signal)
    }

    /// Waits for its end, without limit.
    ///
    /// # Errors
    /// What `waitid(2)` says.
    pub fn wait(&mut self) -> Result<Exit> {
        loop {
            if let Some(exit) = self.exit {
                return Ok(exit);
            }
            match waitid(Id::PIDFd(self.peer.as_fd()), WaitPidFlag::WEXITED) {
                Ok(WaitStatus::Exited(_, code)) => self.exit = Some(Exit::Code(code)),
                Ok(WaitStatus::Signaled(_, signal, _)) => self.exit = Some(Exit::Signal(signal)),
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno).call("waitid(2)"),
            }
        }
    }

    /// Waits for its end, at most this long.
    ///
    /// # Errors
    /// [`Error::Deadline`] when it is still there after that.
    pub fn wait_for(&mut self, limit: Duration) -> Result<Exit> {
        let until = Instant::now() + limit;
        while self.exit.is_none() && !self.peer.is_gone() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::Deadline { after: limit, why: format!("process {} does not end", self.pid()) });
            }
            let mut fds = [PollFd::new(self.peer.as_fd(), PollFlags::POLLIN)];
            let _ = poll(&mut fds, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX));
        }
        self.wait()
    }

    /// Waits for its end and takes everything but exit code 0 as a failure.
    ///
    /// # Errors
    /// [`Error::Broken`] with how it ended.
    pub fn join(mut self) -> Result<()> {
        match self.wait()? {
            Exit::Code(0) => Ok(()),
            exit => Err(Error::Broken(format!("process {} ended with {exit}", self.pid()))),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.exit.is_none() {
            let _ = self.kill(Signal::SIGKILL);
            let _ = self.wait();
        }
    }
}

/// Starts `body` in a process of its own that keeps the descriptors `keep`.
///
/// # Errors
/// What `fork(2)` or `pidfd_open(2)` says; [`Error::Broken`] in a process with threads.
#[expect(unsafe_code, reason = "fork(2)")]
pub fn fork(keep: &[RawFd], body: impl FnOnce() -> Result<()>) -> Result<Child> {
    let threads = std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
    if threads != 1 {
        return Err(Error::Broken(format!("fork(2) in a process with {threads} threads")));
    }
    let parent = getpid();
    // SAFETY: there is one thread, checked above, so no lock is held by a thread that the child will not have.
    match unsafe { nix::unistd::fork() }.call("fork(2)")? {
        ForkResult::Parent { child } => match Peer::open(child) {
            Ok(peer) => Ok(Child { peer, exit: None }),
            Err(error) => {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "there is no pidfd, and fork(2) has just said whose number this is"
                )]
                let _ = nix::sys::signal::kill(child, Signal::SIGKILL);
                let _ = nix::sys::wait::waitpid(child, None);
                Err(error)
            }
        },
        ForkResult::Child => {
            let code = match catch_unwind(AssertUnwindSafe(|| enter(parent, keep).and_then(|()| body()))) {
                Ok(Ok(())) => 0,
                // Whoever is gone has been noticed, or has said why itself.
                Ok(Err(Error::Closed)) => 1,
                Ok(Err(error)) => {
                    eprintln!("lab: {error}");
                    1
                }
                Err(_) => 101,
            };
            // SAFETY: _exit(2) runs no destructor and no handler of the parent's copy, and does not return.
            unsafe { libc::_exit(code) }
        }
    }
}

/// The first thing that a child does.
fn enter(parent: Pid, keep: &[RawFd]) -> Result<()> {
    prctl::set_pdeathsig(Signal::SIGKILL).call("prctl(PR_SET_PDEATHSIG)")?;
    if getppid() != parent {
        return Err(Error::Closed);
    }
    close_all_but(keep)
}

/// Closes every descriptor above standard error that is not on the list.
#[expect(unsafe_code, reason = "close_range(2) closes descriptors that values of the parent's copy still name")]
fn close_all_but(keep: &[RawFd]) -> Result<()> {
    let mut keep: Vec<u32> = keep.iter().filter_map(|fd| u32::try_from(*fd).ok()).filter(|fd| *fd > 2).collect();
    keep.sort_unstable();
    keep.dedup();
    let mut first = 3;
    for fd in keep.into_iter().chain([u32::MAX]) {
        if first < fd {
            // SAFETY: the values that owned these descriptors are on the parent's stack, which the child never unwinds to and
            // leaves with _exit(2) only; what the child uses is on the list.
            let result = unsafe { libc::syscall(libc::SYS_close_range, first, fd - 1, 0) };
            Errno::result(result).call("close_range(2)")?;
        }
        first = fd.saturating_add(1);
    }
    Ok(())
}

/// A descriptor that stands for a process, close-on-exec.
///
/// # Errors
/// What the call says.
#[expect(unsafe_code, reason = "nix has no pidfd_open")]
pub fn pidfd_open(pid: Pid) -> Result<OwnedFd> {
    // SAFETY: two integers, no memory.
    let fd = Errno::result(unsafe { libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) }).call("pidfd_open(2)")?;
    let fd = RawFd::try_from(fd).map_err(|_| Errno::EBADF).call("pidfd_open(2)")?;
    // SAFETY: the kernel has just made this descriptor for us; nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
