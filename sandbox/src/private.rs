//! A directory that no other user can reach, in a place that every user can write to.
//!
//! Contract:
//! - it is made with mode 0700 under a name that cannot be guessed, and is never opened to others; what lies under that name
//!   already, a link for example, is never used;
//! - a place counts only where no other user can replace what is in it: each directory on the way there belongs to root or
//!   to the caller, and is sticky or writable by nobody else;
//! - what is put into it is put there by descriptor ([`AsFd`]), so that no path is looked up twice;
//! - its maker holds a lock on it. A directory of the same user and prefix that nobody holds a lock on was left by a process
//!   that was killed: [`leftovers`];
//! - dropping it removes it with all that is in it.

use crate::entries::for_each_name;
use crate::sys;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::sys::stat::{Mode, fchmod, fstat, mkdirat};
use nix::unistd::{UnlinkatFlags, geteuid, unlinkat};
use std::ffi::CString;
use std::fmt;
use std::fs::{self, File};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// How deep a directory is emptied. Deeper than anything that this crate makes.
const DEPTH: usize = 8;

/// How often a new name is tried. That one is taken means that somebody removes leftovers just now.
const TRIES: usize = 16;

const OPEN_DIRECTORY: OFlag = OFlag::O_DIRECTORY.union(OFlag::O_NOFOLLOW).union(OFlag::O_CLOEXEC);

/// A directory of the caller's own.
#[derive(Debug)]
pub struct Directory {
    place: OwnedFd,
    name: CString,
    path: PathBuf,
    /// Locked by flock(2): the lock goes with the last copy of the descriptor.
    opened: File,
}

/// Why there is no directory: each place that was tried, and what was wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPlace(Vec<(PathBuf, String)>);

impl fmt::Display for NoPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no place for a private directory")?;
        self.0.iter().try_for_each(|(place, why)| write!(f, "; {}: {why}", place.display()))
    }
}

impl std::error::Error for NoPlace {}

impl Directory {
    /// Makes one in the first place that will do: `$TMPDIR`, `$XDG_RUNTIME_DIR`, `/tmp`, `/var/tmp`, `/dev/shm`. Its path is
    /// not longer than `longest` bytes.
    ///
    /// # Errors
    /// What is wrong with each of the places.
    pub fn create(prefix: &str, longest: usize) -> Result<Self, NoPlace> {
        let mut refused = Vec::new();
        for place in places() {
            match Self::create_in(&place, prefix, longest) {
                Ok(directory) => return Ok(directory),
                Err(why) => refused.push((place, why)),
            }
        }
        Err(NoPlace(refused))
    }

    fn create_in(place: &Path, prefix: &str, longest: usize) -> Result<Self, String> {
        let (place, opened_place) = trusted(place)?;
        for _ in 0..TRIES {
            let name = format!("{prefix}{}", unguessable());
            let path = place.join(&name);
            if path.as_os_str().len() > longest {
                return Err(format!("a path there would be longer than {longest} bytes"));
            }
            let name = CString::new(name).map_err(|error| error.to_string())?;
            let place = opened_place.try_clone().map_err(|error| error.to_string())?;
            match mkdirat(&place, name.as_c_str(), Mode::S_IRWXU) {
                Err(Errno::EEXIST) => continue,
                made => made.map_err(|errno| format!("mkdir: {errno}"))?,
            }
            if let Some(directory) = Self::take(place, name, path) {
                // The umask may have cut the mode.
                fchmod(directory.as_fd(), Mode::S_IRWXU).map_err(|errno| format!("fchmod: {errno}"))?;
                return Ok(directory);
            }
        }
        Err("every directory that is made there is taken away at once".to_owned())
    }

    /// Locks a directory of the caller's own that nobody holds.
    fn take(place: OwnedFd, name: CString, path: PathBuf) -> Option<Self> {
        let opened = File::from(openat(&place, name.as_c_str(), OPEN_DIRECTORY, Mode::empty()).ok()?);
        opened.try_lock().ok()?;
        let stat = fstat(&opened).ok()?;
        // Whoever held the lock before may have removed it.
        let there = stat.st_nlink > 0 && stat.st_uid == geteuid().as_raw() && stat.st_mode & 0o077 == 0;
        there.then_some(Self { place, name, path, opened })
    }

    /// Where it is. No link is on the way.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directories that [`Self::remove`] works on.
    #[must_use]
    pub fn descriptors(&self) -> [BorrowedFd<'_>; 2] {
        [self.place.as_fd(), self.opened.as_fd()]
    }

    /// Removes it, with all that is in it; that it is gone already is no error. Nothing but system calls: it may be called in a
    /// process that was forked by one with threads.
    pub fn remove(&self) {
        empty(self.opened.as_fd(), DEPTH);
        let _ = unlinkat(&self.place, self.name.as_c_str(), UnlinkatFlags::RemoveDir);
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.opened.as_fd()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        self.remove();
    }
}

/// What processes of this user have left that were killed. Each is removed when it is dropped.
pub fn leftovers(prefix: &str) -> Vec<Directory> {
    let mut found = Vec::new();
    for place in places() {
        let Ok((path, opened)) = trusted(&place) else { continue };
        for entry in fs::read_dir(&path).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if !name.as_bytes().starts_with(prefix.as_bytes()) {
                continue;
            }
            if let (Ok(place), Ok(name)) = (opened.try_clone(), CString::new(name.as_bytes())) {
                found.extend(Directory::take(place, name, entry.path()));
            }
        }
    }
    found
}

/// A name that nobody can guess: 64 bits of the kernel's. Not of a generator in this process: forks of it would have the same.
#[must_use]
pub fn unguessable() -> String {
    format!("{:016x}", sys::random())
}

fn places() -> Vec<PathBuf> {
    let given = ["TMPDIR", "XDG_RUNTIME_DIR"].into_iter().filter_map(std::env::var_os).map(PathBuf::from);
    let usual = ["/tmp", "/var/tmp", "/dev/shm"].into_iter().map(PathBuf::from);
    let mut places: Vec<PathBuf> = Vec::new();
    for place in given.chain(usual).filter(|place| !place.as_os_str().is_empty()) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// Opens a place, by the path that no link is on, unless another user could replace what is in it.
fn trusted(place: &Path) -> Result<(PathBuf, OwnedFd), String> {
    let path = fs::canonicalize(place).map_err(|error| error.to_string())?;
    for directory in path.ancestors() {
        let metadata = fs::symlink_metadata(directory).map_err(|error| error.to_string())?;
        let mode = metadata.mode();
        if !is_trusted(metadata.uid()) {
            return Err(format!("{} belongs to user {}", directory.display(), metadata.uid()));
        }
        if mode & 0o022 != 0 && mode & libc::S_ISVTX == 0 {
            return Err(format!("other users can write to {}, and it is not sticky", directory.display()));
        }
    }
    let opened = open(&path, OPEN_DIRECTORY, Mode::empty()).map_err(|errno| errno.to_string())?;
    Ok((path, opened))
}

/// Whether a directory of this user is as good as the caller's own: root can do everything anyway, and who has no number in this
/// user namespace is nobody who could do anything in it.
fn is_trusted(user: u32) -> bool {
    /// What the kernel shows for those who have no number (user_namespaces(7), "Unmapped user and group IDs").
    const OVERFLOW: u32 = 65534;
    let mapped = |line: &str| {
        let mut numbers = line.split_whitespace().map(|number| number.parse::<u64>().unwrap_or(0));
        let (first, _, count) = (numbers.next()?, numbers.next()?, numbers.next()?);
        Some((first..first + count).contains(&u64::from(OVERFLOW)))
    };
    let unmapped = || {
        let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        !map.is_empty() && !map.lines().any(|line| mapped(line).unwrap_or(true))
    };
    user == 0 || user == geteuid().as_raw() || (user == OVERFLOW && unmapped())
}

/// Removes what is in a directory. What cannot be removed stays.
fn empty(directory: BorrowedFd<'_>, depth: usize) {
    let Some(deeper) = depth.checked_sub(1) else { return };
    // The names move while they are removed: until a pass finds nothing that can be removed.
    loop {
        let mut removed = 0;
        let listed = for_each_name(directory, |name| {
            let gone = match unlinkat(directory, name, UnlinkatFlags::NoRemoveDir) {
                // Linux answers the one, POSIX wants the other.
                Err(Errno::EISDIR | Errno::EPERM) => {
                    if let Ok(inner) = openat(directory, name, OPEN_DIRECTORY, Mode::empty()) {
                        empty(inner.as_fd(), deeper);
                    }
                    unlinkat(directory, name, UnlinkatFlags::RemoveDir)
                }
                result => result,
            };
            removed += usize::from(gone.is_ok());
        });
        if removed == 0 || listed.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn it_is_closed_to_others_and_gone_when_it_is_dropped() {
        let directory = Directory::create("bulkhead-test-private-", 4096).unwrap();
        let path = directory.path().to_owned();
        let metadata = fs::symlink_metadata(&path).unwrap();
        assert_eq!((metadata.mode() & 0o7777, metadata.uid()), (0o700, geteuid().as_raw()));
        fs::create_dir_all(path.join("a/b")).unwrap();
        (0..500).for_each(|number| fs::write(path.join(format!("a/{number}")), "x").unwrap());
        symlink("/", path.join("a/b/root")).unwrap();
        drop(directory);
        assert!(!path.exists());
        assert!(Path::new("/proc").exists(), "links are not followed");
    }

    #[test]
    fn a_place_that_others_can_write_to_counts_only_if_it_is_sticky() {
        let place = tempfile::tempdir().unwrap();
        let inner = place.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let set = |mode| fs::set_permissions(place.path(), fs::Permissions::from_mode(mode)).unwrap();
        set(0o777);
        assert!(trusted(place.path()).unwrap_err().contains("other users can write"));
        assert!(trusted(&inner).is_err(), "what is below can be replaced by whoever can rename it");
        set(0o1777);
        assert!(trusted(&inner).is_ok());
    }

    #[test]
    fn a_path_that_would_be_too_long_is_no_place() {
        let refused = Directory::create("bulkhead-test-long-", 20).unwrap_err();
        assert!(refused.to_string().contains("longer than 20 bytes"), "{refused}");
    }

    #[test]
    fn what_is_held_is_no_leftover_and_what_is_not_held_is_one() {
        let prefix = "bulkhead-test-left-";
        let held = Directory::create(prefix, 4096).unwrap();
        let left = held.path().with_file_name(format!("{prefix}0"));
        fs::create_dir(&left).unwrap();
        fs::set_permissions(&left, fs::Permissions::from_mode(0o700)).unwrap();
        let found: Vec<_> = leftovers(prefix).iter().map(|directory| directory.path().to_owned()).collect();
        assert_eq!(found, [left.as_path()]);
        assert!(!left.exists() && held.path().exists());
    }
}
