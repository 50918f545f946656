//! Shared memory that cannot fault: a `memfd` whose memory is there before anybody maps it.
//!
//! A new `memfd` is a file of holes, and a page of it is found when it is touched first. Where none is left then, the kernel
//! sends `SIGBUS` to whoever touches it, the broker as well. `fallocate(2)` finds all pages, or fails.

use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, FcntlArg, SealFlag, fallocate, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use std::ffi::CStr;
use std::os::fd::OwnedFd;

/// A `memfd` of `length` bytes that are reserved, sealed against shrinking, growing and further seals.
///
/// # Errors
/// What `memfd_create(2)`, `fallocate(2)` and `fcntl(2)` say; `ENOMEM` or `ENOSPC` where there is too little memory.
pub fn memory(name: &CStr, length: u64) -> Result<OwnedFd, Errno> {
    let memory = memfd_create(name, MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)?;
    again(&memory, length)?;
    fcntl(&memory, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SEAL))?;
    Ok(memory)
}

/// Reserves the first `length` bytes, of which some may have been given back.
///
/// # Errors
/// What `fallocate(2)` says.
pub fn again(memory: &OwnedFd, length: u64) -> Result<(), Errno> {
    let length = i64::try_from(length).map_err(|_| Errno::EOVERFLOW)?;
    // A signal interrupts it; it has taken back then what it had reserved.
    while let Err(error) = fallocate(memory, FallocateFlags::empty(), 0, length) {
        if error != Errno::EINTR {
            return Err(error);
        }
    }
    Ok(())
}

/// Gives all `length` bytes back: nothing but zeroes are in them afterwards. Nobody may touch them before they are reserved again.
///
/// # Errors
/// What `fallocate(2)` says.
pub fn give_back(memory: &OwnedFd, length: u64) -> Result<(), Errno> {
    let length = i64::try_from(length).map_err(|_| Errno::EOVERFLOW)?;
    fallocate(memory, FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE, 0, length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::stat::fstat;

    #[test]
    fn the_memory_is_there_before_it_is_touched() {
        const LENGTH: u64 = 3 << 20;
        let status = fstat(memory(c"test", LENGTH).unwrap()).unwrap();
        assert_eq!(status.st_size.cast_unsigned(), LENGTH);
        // In units of 512 bytes, whatever the file system's own block is (stat(3type)).
        assert!(status.st_blocks.cast_unsigned() * 512 >= LENGTH, "{} blocks", status.st_blocks);
    }

    #[test]
    fn a_length_that_is_none_is_an_error() {
        assert_eq!(memory(c"test", u64::MAX).unwrap_err(), Errno::EOVERFLOW);
    }
}
