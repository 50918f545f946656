//! Descriptors by number: those that the zygote inherits, and the one that `ipc-channel` hides.

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// Takes over a descriptor that this process inherited under a number from its command line.
///
/// # Errors
/// `EBADF` where nothing is open under it.
#[expect(unsafe_code, reason = "an inherited descriptor is only a number")]
pub(crate) fn inherited(fd: RawFd) -> nix::Result<OwnedFd> {
    if fd <= libc::STDERR_FILENO {
        return Err(Errno::EBADF);
    }
    // SAFETY: the borrow lasts for this one call, which reports EBADF for a number that is not open.
    fcntl(unsafe { BorrowedFd::borrow_raw(fd) }, FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC))?;
    // SAFETY: the number is open, as F_SETFD has just shown; whoever started this process left it here for this call, which
    // the process makes once for each number, before anything else opens descriptors.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// The number that the next new descriptor will get: the lowest one free, as POSIX wants it. Stable while the process has
/// one thread.
///
/// # Errors
/// `EMFILE` where there is none.
pub(crate) fn next_number(any: BorrowedFd<'_>) -> nix::Result<RawFd> {
    any.try_clone_to_owned().map(|fd| fd.as_raw_fd()).map_err(|_| Errno::last())
}
