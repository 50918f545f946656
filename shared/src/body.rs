//! Fetched bytes in a sealed, read-only `memfd`: large data crosses processes without being copied.
//!
//! Contract:
//! - whoever holds a [`Body`] holds a descriptor that nobody can write to, shrink or grow any more (`F_SEAL_WRITE`,
//!   `F_SEAL_SHRINK`, `F_SEAL_GROW`, `F_SEAL_SEAL`; memfd_create(2)), so mapping it can neither fault nor change. Each of its
//!   pages was filled by write(2), which fails where there is no memory, so none is found only when it is touched;
//! - [`Body::adopt`] checks just that of a descriptor that came over a link, and its length.

use crate::limits::BODY_BYTES;
use memmap2::{Mmap, MmapOptions};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// Bytes that are read at once.
const CHUNK: usize = 256 * 1024;

/// The seals that make a body a constant.
const SEALS: SealFlag =
    SealFlag::F_SEAL_WRITE.union(SealFlag::F_SEAL_SHRINK).union(SealFlag::F_SEAL_GROW).union(SealFlag::F_SEAL_SEAL);

/// Constant bytes behind a descriptor.
#[derive(Debug)]
pub struct Body {
    fd: OwnedFd,
    length: u64,
}

/// Why a descriptor is no body.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotABody {
    /// Not a `memfd`, or not sealed against every change.
    #[error("a descriptor that is not a sealed memfd")]
    Unsealed,
    /// Its length is not the announced one.
    #[error("a body of {actual} bytes that was announced as {announced}")]
    Length {
        /// What `fstat(2)` says.
        actual: u64,
        /// What the message said.
        announced: u64,
    },
}

impl Body {
    /// Reads `source` to its end, at most [`BODY_BYTES`], into a new body.
    ///
    /// # Errors
    /// What reading or `memfd_create(2)` says; [`io::ErrorKind::FileTooLarge`] for a longer source.
    pub fn from_reader(source: impl Read) -> io::Result<Self> {
        let mut file = File::from(memfd_create(c"bulkhead-body", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)?);
        let length = io::copy(&mut BufReader::with_capacity(CHUNK, source.take(BODY_BYTES + 1)), &mut file)?;
        if length > BODY_BYTES {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        Self::seal(file, length)
    }

    /// Copies `bytes` into a new body.
    ///
    /// # Errors
    /// What `memfd_create(2)` or writing says.
    pub fn from_bytes(bytes: &[u8]) -> io::Result<Self> {
        let mut file = File::from(memfd_create(c"bulkhead-body", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)?);
        file.write_all(bytes)?;
        Self::seal(file, bytes.len() as u64)
    }

    fn seal(file: File, length: u64) -> io::Result<Self> {
        fcntl(&file, FcntlArg::F_ADD_SEALS(SEALS))?;
        Ok(Self { fd: file.into(), length })
    }

    /// Takes a descriptor from a link.
    ///
    /// # Errors
    /// See [`NotABody`].
    pub fn adopt(fd: OwnedFd, announced: u64) -> Result<Self, NotABody> {
        // F_GET_SEALS fails on everything but a memfd (and hugetlbfs): the kind of the descriptor is checked with it.
        let seals = fcntl(&fd, FcntlArg::F_GET_SEALS).map_err(|_: Errno| NotABody::Unsealed)?;
        if !SealFlag::from_bits_retain(seals).contains(SEALS) {
            return Err(NotABody::Unsealed);
        }
        let actual = length(&fd).map_err(|_: Errno| NotABody::Unsealed)?;
        if actual != announced {
            return Err(NotABody::Length { actual, announced });
        }
        Ok(Self { fd, length: actual })
    }

    /// Bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The bytes, mapped read-only; the mapping outlives the descriptor.
    ///
    /// # Errors
    /// What `mmap(2)` says.
    #[expect(unsafe_code, reason = "a mapping of a file is safe only where nobody can change the file")]
    pub fn map(&self) -> io::Result<Mmap> {
        // The length is known: without it, the mapping would ask for it by statx(2), which a sandboxed process has no right to.
        let length = usize::try_from(self.length).map_err(|_| io::ErrorKind::FileTooLarge)?;
        // SAFETY: a `Body` is made only by `seal` and `adopt`, after F_SEAL_WRITE, F_SEAL_SHRINK and F_SEAL_SEAL are in
        // place: the kernel refuses every later change of content or length, and refused to set F_SEAL_WRITE while a
        // writable mapping existed.
        //
        // Private, though nothing is ever written: before Linux 6.7 (and some of the older ones that are maintained), any
        // shared mapping of a file with F_SEAL_WRITE is refused.
        unsafe { MmapOptions::new().len(length).map_copy_read_only(&self.fd) }
    }
}

/// What fstat(2) says, by its number: several C libraries make it newfstatat(2), which takes paths as well, so a sandboxed
/// process has no right to it.
#[expect(unsafe_code, reason = "a system call past the library's wrapper")]
fn length(fd: &OwnedFd) -> nix::Result<u64> {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the kernel writes at most one `stat` of its own ABI to the pointer; on 64-bit Linux, libc::stat has that layout.
    Errno::result(unsafe { libc::syscall(libc::SYS_fstat, fd.as_raw_fd(), stat.as_mut_ptr()) })?;
    // SAFETY: the call succeeded, so the kernel has filled it.
    let size = unsafe { stat.assume_init() }.st_size;
    u64::try_from(size).map_err(|_| Errno::EOVERFLOW)
}

impl AsFd for Body {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_and_cannot_be_changed() {
        let body = Body::from_bytes(b"hello").unwrap();
        assert_eq!(&body.map().unwrap()[..], b"hello");
        let fd = body.as_fd().try_clone_to_owned().unwrap();
        assert_eq!(nix::unistd::write(&fd, b"x"), Err(Errno::EPERM));
        assert_eq!(nix::unistd::ftruncate(&fd, 0), Err(Errno::EPERM));
        assert!(Body::adopt(fd, 5).is_ok());
    }

    #[test]
    fn what_is_not_sealed_is_no_body() {
        let open = memfd_create(c"open", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING).unwrap();
        assert_eq!(Body::adopt(open, 0).unwrap_err(), NotABody::Unsealed);
        let file = File::open("/dev/null").unwrap();
        assert_eq!(Body::adopt(file.into(), 0).unwrap_err(), NotABody::Unsealed);
    }

    #[test]
    fn a_wrong_length_is_refused() {
        let body = Body::from_bytes(b"hello").unwrap();
        assert_eq!(Body::adopt(body.fd, 6).unwrap_err(), NotABody::Length { actual: 5, announced: 6 });
    }

    #[test]
    fn a_source_over_the_cap_is_refused() {
        let error = Body::from_reader(io::repeat(0)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn an_empty_body_maps() {
        assert!(Body::from_bytes(b"").unwrap().map().unwrap().is_empty());
    }
}
