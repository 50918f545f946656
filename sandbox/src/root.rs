//! An empty root directory that nothing can be written to.
//!
//! A tmpfs of one page and one inode, which is its root directory, becomes the root of the process's mount namespace; everything
//! else is unmounted from it, and it is made read-only, without devices, set-user-id programs and execution. A path then leads to
//! `/` or to nothing.
//!
//! Contract: after success `/` is the current directory, is empty, and is not writable.

use crate::report::{Layer, Name};
use crate::sys;
use nix::errno::Errno;
use std::ffi::CStr;
use std::fs;

const RESTRICTED: u64 = libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC;

/// Directories to mount over; one of them exists on every machine. What lies there is unmounted with all the rest.
const PLACES: [&CStr; 4] = [c"/proc", c"/tmp", c"/dev", c"/usr"];

/// Empties the root, in a mount namespace of the process's own.
pub(crate) fn apply(namespace: Layer) -> Layer {
    if let Err((step, errno)) = empty() {
        return Layer::off(Name::EmptyRoot, format!("{step}: {errno}"));
    }
    let mut missing = Vec::new();
    match fs::read_dir("/").map(Iterator::count) {
        Ok(0) => {}
        Ok(entries) => missing.push(format!("the root has {entries} entries")),
        Err(error) => missing.push(format!("the root cannot be listed: {error}")),
    }
    match fs::create_dir("/written").map_err(|error| error.raw_os_error()) {
        Err(Some(libc::EROFS)) => {}
        other => missing.push(format!("making a directory was answered with {other:?}")),
    }
    Layer::judged(Name::EmptyRoot, &missing, format!("{}; / lists 0 entries; mkdir: EROFS", namespace.evidence))
}

fn empty() -> Result<(), (&'static str, Errno)> {
    // Else what happens here could show outside.
    let private = libc::MS_REC | libc::MS_PRIVATE;
    sys::mount(c"none", c"/", c"none", private, c"").map_err(|errno| ("making mounts private", errno))?;
    // In a tmpfs, a size of 0 means no limit.
    let options = c"size=4k,nr_inodes=1,mode=555";
    let mut place = Err(Errno::ENOENT);
    for candidate in PLACES {
        place = sys::mount(c"empty", candidate, c"tmpfs", RESTRICTED, options).map(|()| candidate);
        if place.is_ok() {
            break;
        }
    }
    let place = place.map_err(|errno| ("mounting a tmpfs", errno))?;
    nix::unistd::chdir(place).map_err(|errno| ("chdir", errno))?;
    // The old root is put over the new one, and then it is what "." is: pivot_root(2), "pivot_root(".", ".")".
    sys::pivot_root(c".", c".").map_err(|errno| ("pivot_root", errno))?;
    sys::umount2(c".", libc::MNT_DETACH).map_err(|errno| ("unmounting the old root", errno))?;
    nix::unistd::chdir(c"/").map_err(|errno| ("chdir", errno))?;
    let read_only = libc::MS_REMOUNT | libc::MS_BIND | libc::MS_RDONLY | RESTRICTED;
    sys::mount(c"none", c"/", c"none", read_only, c"").map_err(|errno| ("making the root read-only", errno))
}
