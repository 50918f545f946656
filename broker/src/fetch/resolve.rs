//! From a path to a file, asking the rule at each step.
//!
//! path_resolution(7), done here instead of in the kernel, since the kernel asks nobody on the way:
//! 1. each name is looked up in the directory before it, without following a link (openat2(2) with `RESOLVE_NO_SYMLINKS` and
//!    `RESOLVE_NO_MAGICLINKS`) and without opening what it names (`O_PATH`): no FIFO wakes its writer, no device acts, no file system is
//!    mounted;
//! 2. a symbolic link is read, and its target takes its place;
//! 3. a directory is entered only if [`FileRule::enter`] says so, and what the last name leads to is found only if
//!    [`FileRule::open`] says so. Both are asked of the real path, so no link leads around them;
//! 4. where there is nothing, the rule is asked of what would be there: who may not have it does not learn that there is nothing.
//!
//! What was found is a descriptor: nobody can exchange the file between the check and the use.

use super::FetchError;
use super::file::explain;
use crate::policy::FileRule;
use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, open, openat, openat2, readlinkat};
use nix::sys::stat::Mode;
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

/// How many links one path may lead through: the kernel's own limit.
const LINKS: usize = 40;

/// A step without an effect.
const LOOK: OFlag = OFlag::O_PATH.union(OFlag::O_NOFOLLOW).union(OFlag::O_CLOEXEC);

/// A file that was found and not yet opened.
#[derive(Debug)]
pub(super) struct Found {
    /// The file, opened with `O_PATH`.
    pub(super) handle: OwnedFd,
    /// Its path, free of symbolic links.
    pub(super) real: PathBuf,
    /// The directories that were entered, also those that a link led out of again.
    pub(super) entered: Vec<PathBuf>,
}

/// Finds the file at the absolute `path`, as far as `rule` lets it.
pub(super) fn resolve(path: &Path, rule: &FileRule) -> Result<Found, FetchError> {
    // TOUR fetch 5
    let mut walk = Walk::from_root(rule)?;
    walk.rest = names(path);
    let mut links = 0_usize;
    while let Some(name) = walk.rest.pop() {
        if name == ".." {
            walk.leave();
            continue;
        }
        let handle = walk.look(&name)?;
        if let Ok(target) = readlinkat(&handle, "") {
            links = links.saturating_add(1);
            if links > LINKS {
                return Err(FetchError::Read(Errno::ELOOP.into()));
            }
            walk.follow(Path::new(&target));
        } else if walk.rest.is_empty() {
            let real = walk.real.join(&name);
            rule.open(&real)?;
            return Ok(Found { handle, real, entered: walk.entered });
        } else {
            walk.enter(&name, handle)?;
        }
    }
    // The path ends in a directory: the root, or what `..` led to.
    rule.open(&walk.real)?;
    let handle = walk.here().try_clone_to_owned().map_err(FetchError::Read)?;
    Ok(Found { handle, real: walk.real, entered: walk.entered })
}

/// A place in the tree of directories.
#[derive(Debug)]
struct Walk<'a> {
    rule: &'a FileRule,
    root: OwnedFd,
    /// Each directory from below the root to here.
    above: Vec<OwnedFd>,
    /// The path of here.
    real: PathBuf,
    /// The names still to come, the next one last.
    rest: Vec<OsString>,
    entered: Vec<PathBuf>,
}

impl<'a> Walk<'a> {
    fn from_root(rule: &'a FileRule) -> Result<Self, FetchError> {
        let root = open("/", LOOK | OFlag::O_DIRECTORY, Mode::empty()).map_err(explain)?;
        Ok(Self { rule, root, above: Vec::new(), real: PathBuf::from("/"), rest: Vec::new(), entered: Vec::new() })
    }

    fn here(&self) -> BorrowedFd<'_> {
        self.above.last().unwrap_or(&self.root).as_fd()
    }

    /// What the name stands for in this directory.
    fn look(&self, name: &OsStr) -> Result<OwnedFd, FetchError> {
        step(self.here(), name).map_err(|errno| {
            let missing = self.rest.iter().rev().fold(self.real.join(name), |path, name| path.join(name));
            match self.rule.open(&missing) {
                Ok(()) => explain(errno),
                Err(refusal) => refusal.into(),
            }
        })
    }

    fn enter(&mut self, name: &OsStr, directory: OwnedFd) -> Result<(), FetchError> {
        self.real.push(name);
        self.rule.enter(&self.real)?;
        self.entered.push(self.real.clone());
        self.above.push(directory);
        Ok(())
    }

    /// To the directory above. Above the root is the root.
    fn leave(&mut self) {
        self.above.pop();
        self.real.pop();
    }

    fn follow(&mut self, target: &Path) {
        if target.is_absolute() {
            self.above.clear();
            self.real = PathBuf::from("/");
        }
        self.rest.append(&mut names(target));
    }
}

/// The names of a path, the last one first.
fn names(path: &Path) -> Vec<OsString> {
    let named = |component| !matches!(component, Component::RootDir | Component::CurDir | Component::Prefix(_));
    path.components().rev().filter(|component| named(*component)).map(|name| name.as_os_str().to_owned()).collect()
}

/// Looks a single name up. openat(2) does the same where a container's filter does not know openat2(2): of a single name,
/// `O_NOFOLLOW` leaves nothing to be followed.
fn step(directory: impl AsFd, name: &OsStr) -> nix::Result<OwnedFd> {
    let how = OpenHow::new()
        .flags(LOOK)
        .resolve(ResolveFlag::RESOLVE_NO_SYMLINKS | ResolveFlag::RESOLVE_NO_MAGICLINKS | ResolveFlag::RESOLVE_BENEATH);
    match openat2(&directory, name, how) {
        Err(Errno::ENOSYS | Errno::EPERM) => openat(&directory, name, LOOK, Mode::empty()),
        result => result,
    }
}
