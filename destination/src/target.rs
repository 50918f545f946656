//! What stands at a name: something to write to, or a place for a plain file.
//!
//! Links are followed here, one by one, rather than by the kernel: the last one has to be known, to put a file in the place that
//! it leads to, and descriptors of this process have to be told from the files that they stand for.

use crate::descriptor;
use nix::fcntl::{AtFlags, OFlag, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat, fstatat};
use nix::sys::statfs::{PROC_SUPER_MAGIC, fstatfs};
use nix::unistd::geteuid;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// As many as the kernel follows: path_resolution(7).
const LINKS: usize = 40;

/// What stands at a name.
#[derive(Debug)]
pub(crate) enum Target {
    /// A plain file, or nothing yet.
    Plain(Place),
    /// Something that takes bytes: a device, a FIFO, a descriptor of this process.
    Stream(File),
    /// A socket that somebody listens at.
    Socket(PathBuf),
}

/// Where a plain file is, or is to be.
#[derive(Debug)]
pub(crate) struct Place {
    /// Its directory, opened as `O_PATH`.
    pub(crate) directory: File,
    /// Its name in there.
    pub(crate) name: OsString,
    /// What is there now.
    pub(crate) existing: Option<FileStat>,
}

impl Target {
    /// Finds out what stands at `path`, beyond all links.
    pub(crate) fn find(path: &Path) -> io::Result<Self> {
        let mut path = path.to_owned();
        for _ in 0..LINKS {
            let place = Place::of(&path)?;
            if let Some(number) = own_descriptor(&path) {
                return Ok(Self::Stream(descriptor::duplicate(number)?));
            }
            let Some(existing) = &place.existing else { return Ok(Self::Plain(place)) };
            match SFlag::from_bits_truncate(existing.st_mode) & SFlag::S_IFMT {
                // Such a link leads to an open file itself, whatever text it shows: proc_pid_fd(5).
                SFlag::S_IFLNK if place.is_in_proc()? => return place.open_stream(OFlag::empty()).map(Self::Stream),
                SFlag::S_IFLNK => path = place.follow(&path)?,
                SFlag::S_IFREG => return Ok(Self::Plain(place)),
                SFlag::S_IFDIR => return Err(ErrorKind::IsADirectory.into()),
                SFlag::S_IFSOCK => return Ok(Self::Socket(path)),
                _ => return place.open_stream(OFlag::O_NOFOLLOW).map(Self::Stream),
            }
        }
        Err(nix::errno::Errno::ELOOP.into())
    }
}

impl Place {
    fn of(path: &Path) -> io::Result<Self> {
        let no_file = path.as_os_str().as_bytes().ends_with(b"/");
        let name = path.file_name().filter(|_| !no_file).ok_or(ErrorKind::IsADirectory)?.to_owned();
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let flags = libc::O_PATH | libc::O_DIRECTORY;
        let directory = OpenOptions::new().read(true).custom_flags(flags).open(directory)?;
        let existing = match fstatat(&directory, name.as_os_str(), AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(existing) => Some(existing),
            Err(nix::errno::Errno::ENOENT) => None,
            Err(errno) => return Err(errno.into()),
        };
        Ok(Self { directory, name, existing })
    }

    /// Where the link leads that is here, at `path`.
    fn follow(&self, path: &Path) -> io::Result<PathBuf> {
        if self.is_strangers()? {
            return Err(stranger("link"));
        }
        let target = PathBuf::from(readlinkat(&self.directory, self.name.as_os_str())?);
        Ok(path.parent().unwrap_or(Path::new("")).join(target))
    }

    /// Whether what is here was put by somebody else into a directory that all may write to.
    pub(crate) fn is_strangers(&self) -> io::Result<bool> {
        let directory = fstat(&self.directory)?;
        let shared = Mode::S_ISVTX | Mode::S_IWOTH;
        let owners = [geteuid().as_raw(), directory.st_uid];
        Ok(Mode::from_bits_truncate(directory.st_mode).contains(shared)
            && self.existing.is_some_and(|existing| !owners.contains(&existing.st_uid)))
    }

    fn is_in_proc(&self) -> io::Result<bool> {
        Ok(fstatfs(&self.directory)?.filesystem_type() == PROC_SUPER_MAGIC)
    }

    /// Opens the device or FIFO that is here, without making it this process's terminal.
    fn open_stream(&self, flags: OFlag) -> io::Result<File> {
        if self.is_strangers()? {
            return Err(stranger("special file"));
        }
        let flags = OFlag::O_WRONLY | OFlag::O_NOCTTY | OFlag::O_CLOEXEC | flags;
        Ok(openat(&self.directory, self.name.as_os_str(), flags, Mode::empty())?.into())
    }
}

/// The refusal of a file of somebody else's.
pub(crate) fn stranger(what: &str) -> io::Error {
    let message = format!("the {what} belongs to somebody else, in a directory that all may write to");
    io::Error::new(ErrorKind::PermissionDenied, message)
}

/// The number of the descriptor of this process that `path` names without a further link, if it names one.
fn own_descriptor(path: &Path) -> Option<RawFd> {
    let number = path.file_name()?.to_str()?.parse().ok()?;
    let directory = fs::canonicalize(path.parent()?).ok()?;
    let own = ["/proc/self/fd", "/proc/thread-self/fd"];
    own.iter().any(|own| fs::canonicalize(own).is_ok_and(|own| own == directory)).then_some(number)
}
