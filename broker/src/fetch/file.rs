//! Files: opened so that nothing happens until we know what they are, and judged by what was really opened.
//!
//! 1. `open(2)` with `O_PATH`: no FIFO wakes its writer, no device acts, nothing blocks on a peer;
//! 2. the kernel tells the real path of *that* file (`/proc/self/fd`, proc(5)), and policy judges this path: nobody
//!    can exchange a symbolic link between the check and the use, for there is no second look-up by name;
//! 3. `fstat(2)`: regular files only;
//! 4. the same file is opened for reading through `/proc/self/fd`, with `O_NONBLOCK` and `O_NOCTTY`.
//!
//! Without `/proc` no file can be shown. Reading may still take as long as the disk likes. A file that grows while it is
//! read, or never ends, is read up to the cap.

use super::{FetchError, mime};
use crate::policy::document_root::INDEX_NAMES;
use crate::policy::{DocumentRoot, SharedPlaces};
use bulkhead_shared::body::Body;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open as open_fd};
use nix::sys::stat::{Mode, SFlag, fstat};
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

/// A file that was found and not yet looked at.
#[derive(Debug)]
pub(super) struct Opened {
    handle: OwnedFd,
    real: PathBuf,
}

/// Finds the file at `path`, following symbolic links, without any effect on it.
pub(super) fn open(path: &Path) -> Result<Opened, FetchError> {
    let handle = open_fd(path, OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty()).map_err(explain)?;
    let real = fs::read_link(own_fd(&handle)).map_err(FetchError::Read)?;
    Ok(Opened { handle, real })
}

impl Opened {
    /// The path that the kernel knows it by, free of symbolic links.
    pub(super) fn real_path(&self) -> &Path {
        &self.real
    }

    /// The root of this page.
    pub(super) fn document_root(&self, places: &SharedPlaces) -> DocumentRoot {
        DocumentRoot::of(&self.real, places, |directory| INDEX_NAMES.iter().any(|name| directory.join(name).is_file()))
    }

    /// The bytes and type of a file that a tab is to show.
    pub(super) fn into_document(self) -> Result<(Body, String), FetchError> {
        let mut file = self.reopen()?;
        let head = read_head(&mut file)?;
        let mime = mime::of_document(&self.real, &head)?;
        Ok((read_all(head, file)?, mime.to_owned()))
    }

    /// The bytes and type of a file that is part of a page.
    pub(super) fn into_subresource(self) -> Result<(Body, String), FetchError> {
        let file = self.reopen()?;
        Ok((read_all(Vec::new(), file)?, mime::of_subresource(&self.real)))
    }

    fn reopen(&self) -> Result<File, FetchError> {
        let mode = fstat(&self.handle).map_err(explain)?.st_mode;
        match SFlag::from_bits_truncate(mode & SFlag::S_IFMT.bits()) {
            SFlag::S_IFREG => {}
            SFlag::S_IFDIR => return Err(FetchError::Directory),
            SFlag::S_IFIFO => return Err(FetchError::Fifo),
            SFlag::S_IFSOCK => return Err(FetchError::Socket),
            _ => return Err(FetchError::Device),
        }
        let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        Ok(open_fd(&own_fd(&self.handle), flags, Mode::empty()).map_err(explain)?.into())
    }
}

/// The table with this machine's symbolic links resolved.
pub(super) fn shared_places(homes: &[PathBuf]) -> SharedPlaces {
    SharedPlaces::new(homes, |path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
}

/// The real path that a file which could not be opened would have: that of the nearest thing above it that exists, and
/// the rest.
pub(super) fn expected_path(path: &Path) -> PathBuf {
    let found = path.ancestors().find_map(|above| Some((above, fs::canonicalize(above).ok()?)));
    match found.and_then(|(above, real)| Some(real.join(path.strip_prefix(above).ok()?))) {
        Some(expected) => expected,
        None => path.to_owned(),
    }
}

fn own_fd(handle: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", handle.as_raw_fd()))
}

fn read_head(file: &mut File) -> Result<Vec<u8>, FetchError> {
    let mut head = Vec::new();
    file.take(mime::HEAD_BYTES).read_to_end(&mut head).map_err(FetchError::Read)?;
    Ok(head)
}

fn read_all(head: Vec<u8>, rest: File) -> Result<Body, FetchError> {
    Body::from_reader(head.as_slice().chain(rest)).map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => FetchError::TooLarge,
        _ => FetchError::Read(error),
    })
}

fn explain(errno: Errno) -> FetchError {
    match errno {
        Errno::ENOENT | Errno::ENOTDIR => FetchError::NotFound,
        Errno::EACCES | Errno::EPERM => FetchError::Forbidden,
        Errno::ENAMETOOLONG | Errno::EINVAL => FetchError::BadPath,
        other => FetchError::Read(other.into()),
    }
}
