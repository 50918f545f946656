//! The descriptor table of a renderer: exactly the descriptors on a list, and `/dev/null` for 0, 1 and 2.

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::sys::stat::Mode;
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

/// Points 0, 1 and 2 at `/dev/null`, so that a stray `println!` can never write into a link that got a low number.
///
/// # Errors
/// What `open(2)` and `dup2(2)` say.
pub(crate) fn silence_standard_streams() -> nix::Result<()> {
    let null = open("/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty())?;
    nix::unistd::dup2_stdin(&null)?;
    nix::unistd::dup2_stdout(&null)?;
    nix::unistd::dup2_stderr(&null)
}

/// Closes every descriptor from 3 up that is not in `keep`.
///
/// # Errors
/// What `close_range(2)` says.
#[expect(unsafe_code, reason = "descriptors are closed behind the back of their owners")]
pub(crate) fn close_all_but(keep: &[RawFd]) -> nix::Result<()> {
    let mut keep: Vec<u32> = keep.iter().filter_map(|&fd| u32::try_from(fd).ok()).collect();
    keep.sort_unstable();
    let mut first = 3;
    for fd in keep.into_iter().chain([u32::MAX]) {
        if first < fd {
            let last = if fd == u32::MAX { u32::MAX } else { fd - 1 };
            // SAFETY: close_range touches no memory. What owned those descriptors is the zygote's state, which this child
            // has inherited, never uses again and never drops, because it ends by `_exit`.
            Errno::result(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) })?;
        }
        first = fd.saturating_add(1);
    }
    Ok(())
}
