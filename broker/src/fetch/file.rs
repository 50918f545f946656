//! Files: opened so that nothing happens until we know what they are, and judged by what is really opened.
//!
//! 1. [`resolve`](super::resolve) finds the file, asking the policy at each step, and gets hold of it without opening it;
//! 2. `fstatfs(2)`: no file of a file system that holds the kernel's state, wherever it is mounted;
//! 3. `fstat(2)`: regular files only;
//! 4. the same file is opened for reading through `/proc/self/fd` (proc(5)), with `O_NONBLOCK` and `O_NOCTTY`.
//!
//! Without `/proc` no file can be shown. Reading may still take as long as the disk likes. A file that grows while it is
//! read, or never ends, is read up to the cap.

use super::resolve::{Found, resolve};
use super::{FetchError, Quota, mime};
use crate::memory::grants::Reservation;
use crate::policy::document_root::INDEX_NAMES;
use crate::policy::{DocumentRoot, FileRule, Refusal, SharedPlaces};
use bulkhead_shared::body::Body;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open as open_fd};
use nix::sys::stat::{Mode, SFlag, fstat};
use nix::sys::statfs::fstatfs;
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

/// File systems that hold the state of processes, of the machine or of the kernel, by the magic numbers of linux/magic.h and of the
/// file systems' own sources.
const NO_DATA: &[(u32, &str)] = &[
    (0x9fa0, "proc"),
    (0x6265_6572, "sysfs"),
    (0x0027_e0eb, "cgroup"),
    (0x6367_7270, "cgroup2"),
    (0x6462_6720, "debugfs"),
    (0x7472_6163, "tracefs"),
    (0x7363_6673, "securityfs"),
    (0x6265_6570, "configfs"),
    (0xf97c_ff8c, "selinuxfs"),
    (0x4341_5d53, "smackfs"),
    (0xcafe_4a11, "bpf"),
    (0x6e73_6673, "nsfs"),
    (0x5049_4446, "pidfs"),
    (0x1980_0202, "mqueue"),
    (0x1cd1, "devpts"),
    (0x4249_4e4d, "binfmt_misc"),
    (0xde5e_81e4, "efivarfs"),
    (0x6165_676c, "pstore"),
    (0x6573_5543, "fusectl"),
    (0x6759_6969, "rpc_pipefs"),
    (0x0765_5821, "resctrl"),
];

/// A file that was found and not yet looked at.
#[derive(Debug)]
pub(super) struct Opened(Found);

/// Finds the file at `path`, following symbolic links as far as `rule` lets them lead, without any effect on it.
pub(super) fn open(path: &Path, rule: &FileRule) -> Result<Opened, FetchError> {
    resolve(path, rule).map(Opened)
}

impl Opened {
    /// The root of this page.
    pub(super) fn document_root(&self, places: &SharedPlaces) -> DocumentRoot {
        let has_index = |directory: &Path| INDEX_NAMES.iter().any(|name| directory.join(name).is_file());
        DocumentRoot::of(&self.0.real, places, has_index).reached_through(self.0.entered.clone())
    }

    /// The bytes and type of a file that a tab is to show.
    pub(super) fn into_document(self, quota: &Quota) -> Result<(Body, String), FetchError> {
        let (mut file, size) = self.reopen()?;
        let head = read_head(&mut file)?;
        let mime = mime::of_document(&self.0.real, &head)?;
        // It goes into a process that is not chosen before it is there.
        let (body, _) = quota.read(head.as_slice().chain(file), size)?;
        Ok((body, mime.to_owned()))
    }

    /// The bytes and type of a file that is part of a page.
    pub(super) fn into_subresource(self, quota: &Quota) -> Result<(Body, Option<Reservation>, String), FetchError> {
        let (file, size) = self.reopen()?;
        let (body, reservation) = quota.read(file, size)?;
        Ok((body, reservation, mime::of_subresource(&self.0.real)))
    }

    /// Opens it for reading, and says how large it is.
    fn reopen(&self) -> Result<(File, u64), FetchError> {
        let handle = &self.0.handle;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "magic numbers have 32 bits, whatever the C library's type has"
        )]
        let kind = fstatfs(handle).map_err(explain)?.filesystem_type().0 as u32;
        if NO_DATA.iter().any(|(magic, _)| *magic == kind) {
            return Err(Refusal::NoData.into());
        }
        let stat = fstat(handle).map_err(explain)?;
        match SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()) {
            SFlag::S_IFREG => {}
            SFlag::S_IFDIR => return Err(FetchError::Directory),
            SFlag::S_IFIFO => return Err(FetchError::Fifo),
            SFlag::S_IFSOCK => return Err(FetchError::Socket),
            _ => return Err(FetchError::Device),
        }
        let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let file = open_fd(&own_fd(handle), flags, Mode::empty()).map_err(explain)?.into();
        Ok((file, u64::try_from(stat.st_size).unwrap_or(0)))
    }
}

/// The table with this machine's symbolic links resolved.
pub(super) fn shared_places(homes: &[PathBuf]) -> SharedPlaces {
    SharedPlaces::new(homes, |path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
}

fn own_fd(handle: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", handle.as_raw_fd()))
}

fn read_head(file: &mut File) -> Result<Vec<u8>, FetchError> {
    let mut head = Vec::new();
    file.take(mime::HEAD_BYTES).read_to_end(&mut head).map_err(FetchError::Read)?;
    Ok(head)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "an error that nobody has words for is told by its name")]
pub(super) fn explain(errno: Errno) -> FetchError {
    match errno {
        Errno::ENOENT | Errno::ENOTDIR => FetchError::NotFound,
        Errno::EACCES | Errno::EPERM => FetchError::Forbidden,
        Errno::ENAMETOOLONG | Errno::EINVAL => FetchError::BadPath,
        other => FetchError::Read(other.into()),
    }
}
