//! Another descriptor for what an open one of this process stands for.
#![expect(unsafe_code, reason = "the number comes from a name such as /proc/self/fd/3")]

use nix::errno::Errno;
use std::fs::File;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

/// Duplicates descriptor `number`: the duplicate shares its offset and its flags, and works for sockets, too.
///
/// # Errors
/// `EBADF` if it is not open.
pub(crate) fn duplicate(number: RawFd) -> nix::Result<File> {
    /// Never one of the standard streams.
    const LOWEST: RawFd = 3;
    // SAFETY: F_DUPFD_CLOEXEC takes two integers, and fails for a number that is not open.
    let copy = Errno::result(unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, LOWEST) })?;
    // SAFETY: the call above has just made this descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(copy) }.into())
}
