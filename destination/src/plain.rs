//! A plain file, written whole or not at all.
//!
//! The bytes go to a file that has no name (`O_TMPFILE`), so that nothing is left of it when the process ends before it is done,
//! however it ends. A new file then gets its name; one that replaces another gets a name that cannot be guessed, for the moment
//! before `rename(2)`, since `linkat(2)` replaces nothing. On a file system that has no files without a name, it has such a name
//! from the beginning.

use crate::target::{Place, stranger};
use crate::{reopen, write_all};
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{Mode, fchmod};
use nix::unistd::{AccessFlags, LinkatFlags, UnlinkatFlags, faccessat, geteuid, linkat, unlinkat};
use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::fd::AsRawFd;

/// How many names are tried, each as good as never taken.
const TRIES: usize = 8;

/// Writes the file that is to be at this place.
pub(crate) fn write(place: &Place, bytes: &[u8]) -> io::Result<()> {
    let Some(existing) = &place.existing else { return replace(place, bytes, None) };
    if place.is_strangers()? {
        return Err(stranger("file"));
    }
    // Whoever owns a directory could replace a file that is write-protected; it is protected for a reason.
    faccessat(&place.directory, place.name.as_os_str(), AccessFlags::W_OK, AtFlags::AT_EACCESS)?;
    if existing.st_uid != geteuid().as_raw() {
        // A new file would be this user's.
        return write_in_place(place, bytes);
    }
    let permissions = Mode::from_bits_truncate(existing.st_mode) & (Mode::S_IRWXU | Mode::S_IRWXG | Mode::S_IRWXO);
    match replace(place, bytes, Some(permissions)) {
        Err(error) if is_fixed(&error) => write_in_place(place, bytes),
        result => result,
    }
}

/// Whether the directory, not the file, is what cannot be written; or the file is a mount point, as in containers.
fn is_fixed(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw);
    matches!(errno, Some(Errno::EACCES | Errno::EPERM | Errno::EROFS | Errno::EBUSY))
}

/// Writes a new file, and puts it at the place. `permissions` are those of the file that is there now.
fn replace(place: &Place, bytes: &[u8], permissions: Option<Mode>) -> io::Result<()> {
    let mut fresh = Fresh::create(place)?;
    write_all(&mut fresh.file, bytes)?;
    if let Some(permissions) = permissions {
        fchmod(&fresh.file, permissions)?;
    }
    fresh.take_place(permissions.is_some())
}

/// Overwrites the file that is at the place.
fn write_in_place(place: &Place, bytes: &[u8]) -> io::Result<()> {
    // Judged first, since a device or FIFO may have come into its place; then opened for writing.
    let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let file = File::from(openat(&place.directory, place.name.as_os_str(), flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    write_all(&mut reopen(&file, OpenOptions::new().write(true).truncate(true))?, bytes)
}

/// A file that is not at its place yet. It is removed if it never gets there.
struct Fresh<'a> {
    place: &'a Place,
    file: File,
    /// The name that it has in the meantime.
    name: Option<OsString>,
}

impl<'a> Fresh<'a> {
    fn create(place: &'a Place) -> io::Result<Self> {
        match open(place, OsStr::new("."), OFlag::O_TMPFILE) {
            Ok(file) if has_proc(&file) => Ok(Self { place, file, name: None }),
            // What kernels say where the file system or they themselves know no such files: open(2).
            Ok(_) | Err(Errno::EOPNOTSUPP | Errno::EISDIR | Errno::ENOENT | Errno::EINVAL) => {
                let exclusively = OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW;
                let (name, file) = with_any_name(|name| open(place, name, exclusively))?;
                Ok(Self { place, file, name: Some(name) })
            }
            Err(errno) => Err(errno.into()),
        }
    }

    /// Puts it where it belongs; in place of what is there, if that is `replacing`.
    fn take_place(mut self, replacing: bool) -> io::Result<()> {
        let directory = &self.place.directory;
        let place = self.place.name.as_os_str();
        if self.name.is_none() && !replacing {
            match self.link(place) {
                // Somebody was faster; it is replaced like any other.
                Err(Errno::EEXIST) => {}
                linked => return Ok(linked?),
            }
        }
        if self.name.is_none() {
            self.name = Some(with_any_name(|name| self.link(name))?.0);
        }
        if let Some(name) = &self.name {
            renameat(directory, name.as_os_str(), directory, place)?;
            self.name = None;
        }
        Ok(())
    }

    /// Gives a name to the file that has none. The way through `/proc` needs no privilege: open(2).
    fn link(&self, name: &OsStr) -> nix::Result<()> {
        linkat(AT_FDCWD, link_of(&self.file).as_str(), &self.place.directory, name, LinkatFlags::AT_SYMLINK_FOLLOW)
    }
}

impl Drop for Fresh<'_> {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // The reason why it is not needed is on its way to the user already.
            let _ = unlinkat(&self.place.directory, name.as_os_str(), UnlinkatFlags::NoRemoveDir);
        }
    }
}

fn open(place: &Place, name: &OsStr, how: OFlag) -> nix::Result<File> {
    let everybody = Mode::S_IRUSR | Mode::S_IWUSR | Mode::S_IRGRP | Mode::S_IWGRP | Mode::S_IROTH | Mode::S_IWOTH;
    let file = openat(&place.directory, name, OFlag::O_WRONLY | OFlag::O_CLOEXEC | how, everybody)?;
    Ok(file.into())
}

fn link_of(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

fn has_proc(file: &File) -> bool {
    std::fs::symlink_metadata(link_of(file)).is_ok()
}

/// Tries names that nobody can guess until one is free: the standard library has its hash keys from the kernel.
fn with_any_name<T>(mut make: impl FnMut(&OsStr) -> nix::Result<T>) -> nix::Result<(OsString, T)> {
    let mut result = Err(Errno::EEXIST);
    for _ in 0..TRIES {
        let name = OsString::from(format!(".bulkhead-{:016x}", RandomState::new().hash_one(())));
        result = make(&name).map(|made| (name, made));
        if !matches!(result, Err(Errno::EEXIST)) {
            break;
        }
    }
    result
}
