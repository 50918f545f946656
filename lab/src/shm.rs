//! POSIX shared memory: the lecture's writer and reader, and what the lecture leaves for the next week.
//!
//! `shm_open(3)` makes a file in a file system that is all memory (`/dev/shm`), so that strangers find it by name;
//! `ftruncate(2)` gives it a length, `mmap(2)` puts it into the address space. It outlives the processes until it is unlinked.

use crate::error::{Call, Error, Result};
use crate::fork::{Peer, fork};
use crate::futex::Semaphore;
use crate::link::{Link, Side};
use crate::mailbox::{BYTES, Bell, Bells, End, Mailbox, bell_words};
use crate::memory::{Shared, reserve};
use crate::names::Name;
use crate::narrate::{Narrator, note, title};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::mman::{shm_open, shm_unlink};
use nix::sys::stat::{Mode, fstat};
use std::os::fd::{AsRawFd, OwnedFd};
use std::rc::Rc;
use std::sync::Arc;

const WRITER: Narrator = Narrator::new("writer");
const READER: Narrator = Narrator::new("reader");

/// The lecture's programs, then the same with synchronisation.
///
/// # Errors
/// What a call says.
pub fn demo() -> Result<()> {
    title("shm: a writer and a reader who only share a name");
    let name = Name::shm();
    fork(&[], || write(name.as_str(), "Hello"))?.join()?;
    note("The writer has ended. The object is still there, as a file in /dev/shm:");
    fork(&[], || read(name.as_str()))?.join()?;
    unlink(name.as_str())?;
    READER.says(format!("shm_unlink({name}): gone", name = name.as_str()));
    crate::torn::demo()?;
    crate::torn::guarded()?;
    crate::seqlock::demo()?;
    crate::ring::demo()
}

/// `lab shm write NAME TEXT`.
///
/// # Errors
/// [`Error::Input`] for a name in use, a bad name, an empty text, or a full `/dev/shm`.
pub fn write(name: &str, text: &str) -> Result<()> {
    if text.is_empty() {
        return Err(Error::Input("an empty text: mmap(2) takes no length of 0".into()));
    }
    let fd = create(name)?;
    WRITER.says(format!("shm_open({name:?}, O_CREAT | O_EXCL | O_RDWR) -> {}", fd.as_raw_fd()));
    if let Err(error) = reserve(&fd, text.len()) {
        let _ = shm_unlink(name);
        return Err(error);
    }
    WRITER.says(format!("ftruncate({}, {})", fd.as_raw_fd(), text.len()));
    let memory = Shared::map(&fd, text.len())?;
    WRITER.says("mmap(): it is part of my memory now; close(), the mapping stays");
    drop(fd);
    memory.write(0, text.as_bytes());
    WRITER.says(format!("memcpy({text:?}): no system call"));
    Ok(())
}

/// `lab shm read NAME`.
///
/// # Errors
/// [`Error::Input`] when there is no such object.
pub fn read(name: &str) -> Result<()> {
    let fd = open(name)?;
    let length = usize::try_from(fstat(&fd).call("fstat(2)")?.st_size).unwrap_or(0);
    READER.says(format!("shm_open({name:?}, O_RDONLY) -> {}; fstat: {length} bytes", fd.as_raw_fd()));
    if length == 0 {
        return Err(Error::Input(format!("{name} has no bytes yet: its writer has not called ftruncate(2)")));
    }
    let memory = Shared::map_to_read(&fd, length)?;
    drop(fd);
    let mut bytes = vec![0; length];
    memory.read(0, &mut bytes);
    READER.says(format!("mmap(), and there it is: {:?}", String::from_utf8_lossy(&bytes)));
    Ok(())
}

/// `lab shm unlink NAME`.
///
/// # Errors
/// [`Error::Input`] when there is no such object.
pub fn unlink(name: &str) -> Result<()> {
    match shm_unlink(checked(name)?) {
        Err(Errno::ENOENT) => Err(Error::Input(format!("no shared memory {name}"))),
        result => result.call("shm_unlink(3)"),
    }
}

/// An object that exists, for reading.
pub(crate) fn open(name: &str) -> Result<OwnedFd> {
    shm_open(checked(name)?, OFlag::O_RDONLY, Mode::empty()).map_err(|errno| match errno {
        Errno::ENOENT => Error::Input(format!("no shared memory {name}: make it with `lab shm write {name} TEXT`")),
        errno => Error::Call { call: format!("shm_open({name:?})"), errno },
    })
}

/// A new object under a name that must be free.
pub(crate) fn create(name: &str) -> Result<OwnedFd> {
    let flags = OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_RDWR;
    shm_open(checked(name)?, flags, Mode::S_IRUSR | Mode::S_IWUSR).map_err(|errno| match errno {
        Errno::EEXIST => Error::Input(format!("{name} is in use; remove it with `lab shm unlink {name}`")),
        Errno::ENOSPC | Errno::ENOMEM => Error::Input(format!("shared memory is full: no room to make {name}")),
        errno => Error::Call { call: format!("shm_open({name:?})"), errno },
    })
}

/// A name as `shm_open(3)` wants it: a slash, then characters without a slash.
fn checked(name: &str) -> Result<&str> {
    match name.strip_prefix('/') {
        Some(rest) if !rest.is_empty() && !rest.contains('/') && rest.len() <= 254 => Ok(name),
        _ => Err(Error::Input(format!(
            "{name:?} is no name for shared memory: one slash, then 1 to 254 other characters"
        ))),
    }
}

impl Bell for Semaphore {
    fn ring(&self) -> Result<()> {
        self.post();
        Ok(())
    }

    fn wait(&self, peer: &Peer) -> Result<()> {
        self.acquire(peer)
    }
}

/// A mailbox in POSIX shared memory with futex semaphores. The name is gone before the fork: the descriptor is inherited.
///
/// # Errors
/// What `shm_open(3)` says.
pub fn link() -> Result<Link> {
    let name = Name::shm();
    let fd = Arc::new(create(name.as_str())?);
    drop(name);
    reserve(&fd, BYTES)?;
    let join = |fd: Arc<OwnedFd>, end: End| {
        move |peer: Peer| {
            let memory = Rc::new(Shared::map(&fd, BYTES)?);
            let bells = |direction: usize| {
                let Bells { full, empty } = bell_words(direction);
                Bells {
                    full: Semaphore::new(Rc::clone(&memory), full),
                    empty: Semaphore::new(Rc::clone(&memory), empty),
                }
            };
            let (down, up) = (bells(0), bells(1));
            Ok(Mailbox::new(memory, end, peer, down, up))
        }
    };
    Ok(Link {
        parent: Side::new(&[fd.as_raw_fd()], join(Arc::clone(&fd), End::Parent)),
        child: Side::new(&[fd.as_raw_fd()], join(fd, End::Child)),
    })
}
