//! A process by descriptor: it cannot come to mean another process, and it tells of the death (pidfd_open(2)).

use nix::errno::Errno;
use nix::unistd::Pid;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// A descriptor of a process; readable once that has ended.
#[derive(Debug)]
pub struct Pidfd(OwnedFd);

impl Pidfd {
    /// Opens the descriptor of a process. Race-free only for a child that was not waited for yet.
    ///
    /// # Errors
    /// What `pidfd_open(2)` says: `ESRCH` where there is no such process.
    #[expect(unsafe_code, reason = "libc has no wrapper for this system call")]
    pub fn open(pid: Pid) -> nix::Result<Self> {
        // SAFETY: pidfd_open takes two integers and touches no memory of ours.
        let fd = Errno::result(unsafe { libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) })?;
        let fd = i32::try_from(fd).map_err(|_| Errno::EBADF)?;
        // SAFETY: the kernel has just made this descriptor for us; it is close-on-exec by itself.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Sends a signal, or with 0 asks whether one could be sent.
    ///
    /// # Errors
    /// What `pidfd_send_signal(2)` says: `ESRCH` once the process has ended.
    #[expect(unsafe_code, reason = "libc has no wrapper for this system call")]
    pub fn signal(&self, signal: i32) -> nix::Result<()> {
        let info = std::ptr::null::<libc::siginfo_t>();
        // SAFETY: the descriptor is open for as long as self is borrowed; a null siginfo is allowed (the kernel fills one in).
        let result = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, self.0.as_raw_fd(), signal, info, 0) };
        Errno::result(result).map(drop)
    }

    /// Sends `SIGKILL`. A process that has ended needs none, and is no error.
    ///
    /// # Errors
    /// What else `pidfd_send_signal(2)` says: `EPERM` where the process is another user's.
    pub fn kill(&self) -> nix::Result<()> {
        match self.signal(libc::SIGKILL) {
            Err(Errno::ESRCH) => Ok(()),
            result => result,
        }
    }
}

impl From<OwnedFd> for Pidfd {
    /// Takes a pidfd that came over a link.
    fn from(fd: OwnedFd) -> Self {
        Self(fd)
    }
}

impl AsFd for Pidfd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    #[test]
    fn a_killed_child_is_noticed_and_cannot_be_signalled_again() {
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let pidfd = Pidfd::open(Pid::from_raw(child.id().cast_signed())).unwrap();
        assert_eq!(pidfd.signal(0), Ok(()));
        pidfd.kill().unwrap();
        let mut fds = [PollFd::new(pidfd.as_fd(), PollFlags::POLLIN)];
        assert_eq!(poll(&mut fds, PollTimeout::NONE), Ok(1));
        child.wait().unwrap();
        assert_eq!(pidfd.signal(0), Err(Errno::ESRCH));
        assert_eq!(pidfd.kill(), Ok(()));
    }
}
