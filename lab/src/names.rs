//! Names in the file system and in the kernel, and their removal.
//!
//! Contract:
//! - whatever the lab names itself (FIFO, socket, shared memory object, message queue, directory) is called
//!   `bulkhead-lab-PID-...` by the process that makes it and is removed when its [`Name`] is dropped;
//! - paths end in what nobody can guess, so that no other user can be there before; a queue's cannot, since a killed process's
//!   queues are found by guessing, and so they are made exclusively;
//! - a directory is made exclusively, and closed to other users;
//! - a process that was killed cannot drop: [`sweep`] removes what carries the number of a process that is no more.

use crate::error::{Call, Result};
use std::fs::DirBuilder;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

const PREFIX: &str = "bulkhead-lab-";
const SHM: &str = "/dev/shm";
/// How many queues one process may have named; a killed one's are removed by guessing these.
const QUEUES: u32 = 16;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// `bulkhead-lab-PID-`, which every name of this process starts with.
#[must_use]
pub fn prefix() -> String {
    format!("{PREFIX}{}-", std::process::id())
}

/// Where paths are made: `$TMPDIR`, unless it is not there or its path is so long that a socket's would not fit (unix(7)).
fn place() -> PathBuf {
    const LONGEST: usize = 32;
    let given = std::env::temp_dir();
    if given.is_dir() && given.as_os_str().len() <= LONGEST { given } else { PathBuf::from("/tmp") }
}

/// A name of this process that nobody can guess: its end comes from the keys of the standard library's hash maps.
fn unguessable() -> String {
    let random = RandomState::new().build_hasher().finish();
    format!("{}{}-{random:016x}", prefix(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A name that goes when this value goes, if the process that made it drops it.
#[derive(Debug)]
pub struct Name {
    kind: Kind,
    text: String,
    owner: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Path,
    Shm,
    Queue,
}

impl Name {
    fn new(kind: Kind, text: String) -> Self {
        Self { kind, text, owner: std::process::id() }
    }

    /// A path for a FIFO or a socket, in the directory for temporary files. Nothing is made yet.
    #[must_use]
    pub fn path() -> Self {
        Self::new(Kind::Path, place().join(unguessable()).to_string_lossy().into_owned())
    }

    /// A name for `shm_open(3)`.
    #[must_use]
    pub fn shm() -> Self {
        Self::new(Kind::Shm, format!("/{}", unguessable()))
    }

    /// A name for `mq_open(3)`.
    #[must_use]
    pub fn queue() -> Self {
        Self::new(Kind::Queue, format!("/{}{}", prefix(), COUNT.fetch_add(1, Ordering::Relaxed) % QUEUES))
    }

    /// Takes over a path that the user gave.
    #[must_use]
    pub fn given_path(path: &Path) -> Self {
        Self::new(Kind::Path, path.to_string_lossy().into_owned())
    }

    /// Lets it outlive its maker.
    pub fn keep(mut self) {
        self.owner = 0;
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As a path.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        Path::new(&self.text)
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        if self.owner == std::process::id() {
            let _ = match self.kind {
                Kind::Path => nix::unistd::unlink(self.as_path()),
                Kind::Shm => nix::sys::mman::shm_unlink(self.as_str()),
                Kind::Queue => nix::mqueue::mq_unlink(self.as_str()),
            };
        }
    }
}

/// A directory of this process, with all that is in it.
#[derive(Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// Makes it.
    ///
    /// # Errors
    /// What `mkdir(2)` says.
    pub fn new() -> Result<Self> {
        loop {
            // A short name: sockets are made in it, whose paths may not be long (unix(7)).
            let path = place().join(format!("{}{}", prefix(), COUNT.fetch_add(1, Ordering::Relaxed)));
            match DirBuilder::new().mode(0o700).create(&path) {
                // Somebody has guessed it.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Self(path.clone())).call(format!("mkdir({})", path.display())),
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Removes the names of processes that are no more. `ended` are some of these, for message queues, which cannot be listed
/// where `/dev/mqueue` is not mounted.
pub fn sweep(ended: &[u32]) {
    for pid in ended {
        for number in 0..QUEUES {
            let _ = nix::mqueue::mq_unlink(format!("/{PREFIX}{pid}-{number}").as_str());
        }
    }
    for path in left_behind() {
        let _ = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
    }
}

/// What the lab's ended processes have left in the directories that can be listed.
#[must_use]
pub fn left_behind() -> Vec<PathBuf> {
    named(|pid| !Path::new(&format!("/proc/{pid}")).exists())
}

/// What this process has named at the moment.
#[must_use]
pub fn of_this_process() -> Vec<PathBuf> {
    named(|pid| pid == std::process::id())
}

fn named(wanted: impl Fn(u32) -> bool) -> Vec<PathBuf> {
    let directories = [place(), PathBuf::from(SHM), PathBuf::from("/dev/mqueue")];
    let entries = directories.into_iter().filter_map(|directory| std::fs::read_dir(directory).ok()).flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| maker(path).is_some_and(&wanted)).collect()
}

/// The process that a name was made by.
fn maker(path: &Path) -> Option<u32> {
    let rest = path.file_name()?.to_str()?.strip_prefix(PREFIX)?;
    rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_maker() {
        assert_eq!(maker(Path::new("/dev/shm/bulkhead-lab-4711-0")), Some(4711));
        assert_eq!(maker(Path::new("/dev/shm/bulkhead-lab-4711_x")), Some(4711));
        assert_eq!(maker(Path::new("/dev/shm/other-4711-0")), None);
        assert_eq!(maker(Path::new("/tmp/bulkhead-lab-")), None);
    }

    #[test]
    fn a_dropped_name_is_gone() {
        let name = Name::path();
        nix::unistd::mkfifo(name.as_path(), nix::sys::stat::Mode::S_IRUSR).unwrap();
        let path = name.as_path().to_owned();
        assert!(of_this_process().contains(&path));
        drop(name);
        assert!(!path.exists());
    }
}
