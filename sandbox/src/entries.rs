//! What is in a directory, by system calls alone: it allocates nothing, so that a process may use it that was forked by one with
//! threads, or that is confined.

use crate::sys;
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd};

/// Calls `act` with each name in a directory but `.` and `..`, from the first one on, wherever the descriptor was read up to.
///
/// # Errors
/// What opening it anew or `getdents64(2)` says.
pub fn for_each_name(directory: BorrowedFd<'_>, act: impl FnMut(&CStr)) -> Result<(), Errno> {
    let flags = OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    for_each_name_left(openat(directory, c".", flags, Mode::empty())?.as_fd(), act)
}

/// The same, from where the descriptor was read up to: for what cannot be opened anew.
pub(crate) fn for_each_name_left(directory: BorrowedFd<'_>, mut act: impl FnMut(&CStr)) -> Result<(), Errno> {
    let mut buffer = [0; 4096];
    loop {
        let length = sys::getdents(directory, &mut buffer)?;
        let mut entries = buffer.get(..length).unwrap_or_default();
        if entries.is_empty() {
            return Ok(());
        }
        // struct linux_dirent64 (getdents64(2)): 8 bytes inode, 8 offset, 2 length of the entry, 1 type, the name with
        // its zero.
        while let Some(&[low, high]) = entries.get(16..18) {
            let size = usize::from(u16::from_ne_bytes([low, high]));
            let name = CStr::from_bytes_until_nul(entries.get(19..size).unwrap_or_default()).unwrap_or_default();
            if ![c"", c".", c".."].contains(&name) {
                act(name);
            }
            entries = entries.get(size.max(19)..).unwrap_or_default();
        }
    }
}
