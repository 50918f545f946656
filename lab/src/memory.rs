//! Memory that two processes share: the only place that maps it.
//!
//! The rules of shared memory:
//! 1. A mapping is as long as the object behind it was when it was mapped; whoever shares an object with a stranger seals it
//!    against shrinking first ([`crate::memfd`]), else reading beyond its new end is a SIGBUS.
//! 2. No reference is ever made to bytes that another process may write: they are copied in and out by raw pointer.
//! 3. What both sides write at the same time is an atomic, and atomics are the only references that are given out.
//! 4. Every offset is checked against the length.
//! 5. Space is reserved when the object gets its length ([`reserve`]): a full `/dev/shm` is an error there, not a SIGBUS at
//!    the first touch.

use crate::error::{Call, Error, Result};
use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, fallocate};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::mman::{MapFlags, MmapAdvise, ProtFlags, madvise, mmap, mmap_anonymous, munmap};
use std::ffi::c_void;
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64};

/// Bytes of a page, as mmap(2) wants offsets to be multiples of.
const PAGE: usize = 4096;
/// Bytes of a huge page.
pub const HUGE_PAGE: usize = 2 << 20;

/// A mapping that other processes may have too.
#[derive(Debug)]
pub struct Shared {
    start: NonNull<c_void>,
    length: usize,
    writable: bool,
}

#[expect(unsafe_code, reason = "a mapping belongs to the process, not to a thread")]
// SAFETY: the pointer is used by the methods below only, which copy bytes or hand out atomics; both may be done by any thread.
unsafe impl Send for Shared {}

/// An anonymous memory object of this length, zeroed: a `memfd`.
///
/// # Errors
/// What `memfd_create(2)` or `fallocate(2)` says.
pub fn anonymous(length: usize) -> Result<OwnedFd> {
    let fd =
        memfd_create(c"bulkhead-lab", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING).call("memfd_create(2)")?;
    reserve(&fd, length)?;
    Ok(fd)
}

/// Gives an object its length, with the memory for it (rule 5).
///
/// # Errors
/// [`Error::Input`] when there is no room for it.
pub fn reserve(fd: impl AsFd, length: usize) -> Result<()> {
    let bytes = i64::try_from(length).map_err(|_| Errno::EFBIG).call("ftruncate(2)")?;
    nix::unistd::ftruncate(&fd, bytes).call("ftruncate(2)")?;
    match fallocate(&fd, FallocateFlags::empty(), 0, bytes) {
        Err(Errno::ENOSPC | Errno::ENOMEM | Errno::EFBIG) => {
            Err(Error::Input(format!("shared memory is full: there is no room for {length} bytes (see: df /dev/shm)")))
        }
        result => result.call("fallocate(2)"),
    }
}

/// Asks for huge pages for memory of this process that nobody has touched yet.
pub fn prefer_huge(bytes: &mut [u8]) {
    advise(bytes, MmapAdvise::MADV_HUGEPAGE);
}

/// Keeps the whole pages of `bytes` out of the children of this process, which must not touch them: a fork then neither
/// copies page tables for them nor counts them as the child's.
pub fn keep_from_children(bytes: &mut [u8]) {
    advise(bytes, MmapAdvise::MADV_DONTFORK);
}

#[expect(unsafe_code, reason = "madvise(2)")]
fn advise(bytes: &mut [u8], advice: MmapAdvise) {
    let skipped = bytes.as_ptr().align_offset(PAGE);
    let length = bytes.len().saturating_sub(skipped) / PAGE * PAGE;
    if let Some(start) = bytes.get_mut(skipped..skipped + length).and_then(|pages| NonNull::new(pages.as_mut_ptr())) {
        // SAFETY: the pages are whole, and belong to `bytes`; neither advice changes what is in them in this process.
        let _ = unsafe { madvise(start.cast(), length, advice) };
    }
}

/// An address that is free at the moment and where huge pages could begin.
#[expect(unsafe_code, reason = "mmap(2), munmap(2)")]
fn aligned_address(length: usize) -> Option<NonZeroUsize> {
    let size = NonZeroUsize::new(length.checked_add(HUGE_PAGE)?)?;
    // SAFETY: the kernel chooses the address, so no existing mapping is replaced; what was mapped is unmapped, and no more.
    let start = unsafe {
        let start = mmap_anonymous(None, size, ProtFlags::PROT_NONE, MapFlags::MAP_PRIVATE).ok()?;
        munmap(start, size.get()).ok()?;
        start
    };
    NonZeroUsize::new(start.as_ptr().addr().next_multiple_of(HUGE_PAGE))
}

impl Shared {
    /// Maps the first `length` bytes for reading and writing.
    ///
    /// # Errors
    /// What `mmap(2)` says; it takes no length of 0.
    pub fn map(fd: impl AsFd, length: usize) -> Result<Self> {
        Self::with(fd, length, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE)
    }

    /// Maps the first `length` bytes for reading only.
    ///
    /// # Errors
    /// What `mmap(2)` says.
    pub fn map_to_read(fd: impl AsFd, length: usize) -> Result<Self> {
        Self::with(fd, length, ProtFlags::PROT_READ)
    }

    #[expect(unsafe_code, reason = "mmap(2)")]
    fn with(fd: impl AsFd, length: usize, prot: ProtFlags) -> Result<Self> {
        let size = NonZeroUsize::new(length).ok_or(Errno::EINVAL).call("mmap(2)")?;
        let hint = if length >= HUGE_PAGE { aligned_address(length) } else { None };
        // SAFETY: the kernel chooses the address, near the hint or elsewhere, so no existing mapping is replaced.
        let start = unsafe { mmap(hint, size, prot, MapFlags::MAP_SHARED, fd, 0) }.call("mmap(2)")?;
        Ok(Self { start, length, writable: prot.contains(ProtFlags::PROT_WRITE) })
    }

    /// Makes huge pages of the mapping's memory, where the kernel has any to give: a page fault, a page table entry and their
    /// removal then stand for 2 MB, not for 4 kB. Says whether it did.
    #[expect(unsafe_code, reason = "nix has no MADV_COLLAPSE")]
    pub fn make_huge(&self) -> bool {
        // Since Linux 6.1, on every architecture; `libc` has it for glibc alone.
        const MADV_COLLAPSE: i32 = 25;
        // SAFETY: start and length are those of this mapping, and the advice keeps what is in it.
        unsafe { libc::madvise(self.start.as_ptr(), self.length, MADV_COLLAPSE) == 0 }
    }

    /// Bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Never: `mmap(2)` takes no length of 0.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Copies `bytes` to offset `at`.
    ///
    /// # Panics
    /// Where that is not all inside, or the mapping is for reading only: a fault of the caller.
    #[expect(unsafe_code, reason = "rule 2")]
    pub fn write(&self, at: usize, bytes: &[u8]) {
        assert!(self.writable, "written to a mapping for reading");
        let target = self.pointer(at, bytes.len());
        // SAFETY: `pointer` has checked that the range lies inside the mapping, which is writable, checked above.
        unsafe { target.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    }

    /// Copies from offset `at` into `buffer`.
    ///
    /// # Panics
    /// Where that is not all inside: a fault of the caller.
    #[expect(unsafe_code, reason = "rule 2")]
    pub fn read(&self, at: usize, buffer: &mut [u8]) {
        let source = self.pointer(at, buffer.len());
        // SAFETY: `pointer` has checked that the range lies inside the mapping.
        unsafe { buffer.as_mut_ptr().copy_from_nonoverlapping(source, buffer.len()) };
    }

    /// The sum of `words` 64-bit words from offset `at`, as [`crate::quiz`] wants it, without copying them.
    ///
    /// # Panics
    /// Where they are not all inside: a fault of the caller.
    #[must_use]
    #[expect(unsafe_code, reason = "rule 2")]
    pub fn sum(&self, at: usize, words: usize) -> u64 {
        let source = self.pointer(at, words * 8).cast::<u64>();
        // SAFETY: `pointer` has checked that the words lie inside the mapping; they need not be aligned.
        (0..words).fold(0u64, |sum, word| sum.wrapping_add(unsafe { source.add(word).read_unaligned() }))
    }

    /// One 64-bit word, read as it is at this moment, without any order: what a program does that knows of no threads.
    ///
    /// # Panics
    /// Where it is not inside, or `at` is no multiple of 8: a fault of the caller.
    #[must_use]
    #[expect(unsafe_code, reason = "rule 2")]
    pub fn peek(&self, at: usize) -> u64 {
        assert!(at.is_multiple_of(8), "an unaligned word");
        // SAFETY: inside (checked by `pointer`) and aligned, since a mapping starts on a page; volatile, so it is read each time.
        unsafe { self.pointer(at, 8).cast::<u64>().read_volatile() }
    }

    /// Writes one 64-bit word, without any order.
    ///
    /// # Panics
    /// Where it is not inside, or `at` is no multiple of 8: a fault of the caller.
    #[expect(unsafe_code, reason = "rule 2")]
    pub fn poke(&self, at: usize, word: u64) {
        assert!(at.is_multiple_of(8) && self.writable, "an unaligned word, or a mapping for reading");
        // SAFETY: inside (checked by `pointer`), aligned since a mapping starts on a page, and writable (checked above).
        unsafe { self.pointer(at, 8).cast::<u64>().write_volatile(word) };
    }

    /// The 32-bit atomic at offset `at`, a multiple of 4.
    ///
    /// # Panics
    /// Where that is not inside: a fault of the caller.
    #[must_use]
    #[expect(unsafe_code, reason = "rule 3")]
    pub fn word(&self, at: usize) -> &AtomicU32 {
        assert!(at.is_multiple_of(4), "an unaligned atomic");
        // SAFETY: inside (checked by `pointer`) and aligned; the reference lives no longer than the mapping.
        unsafe { AtomicU32::from_ptr(self.pointer(at, 4).cast()) }
    }

    /// The 64-bit atomic at offset `at`, a multiple of 8.
    ///
    /// # Panics
    /// Where that is not inside: a fault of the caller.
    #[must_use]
    #[expect(unsafe_code, reason = "rule 3")]
    pub fn long(&self, at: usize) -> &AtomicU64 {
        assert!(at.is_multiple_of(8), "an unaligned atomic");
        // SAFETY: inside (checked by `pointer`) and aligned; the reference lives no longer than the mapping.
        unsafe { AtomicU64::from_ptr(self.pointer(at, 8).cast()) }
    }

    /// Rule 4.
    #[expect(unsafe_code, reason = "an offset into the mapping")]
    fn pointer(&self, at: usize, length: usize) -> *mut u8 {
        assert!(
            at.checked_add(length).is_some_and(|end| end <= self.length),
            "{length} bytes at {at} of {}",
            self.length
        );
        // SAFETY: at + length <= self.length, so the pointer stays inside the mapping or one past its end.
        unsafe { self.start.as_ptr().cast::<u8>().add(at) }
    }
}

impl Drop for Shared {
    #[expect(unsafe_code, reason = "munmap(2)")]
    fn drop(&mut self) {
        // SAFETY: start and length are what mmap(2) gave, and no reference outlives `self`.
        let _ = unsafe { munmap(self.start, self.length) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering;

    #[test]
    fn two_mappings_of_one_object_are_the_same_memory() {
        let fd = anonymous(4096).unwrap();
        let (a, b) = (Shared::map(&fd, 4096).unwrap(), Shared::map(&fd, 4096).unwrap());
        a.write(10, b"hello");
        let mut read = [0; 5];
        b.read(10, &mut read);
        assert_eq!(&read, b"hello");
        a.word(4092).store(7, Ordering::Relaxed);
        assert_eq!(b.word(4092).load(Ordering::Relaxed), 7);
        a.poke(64, 3);
        a.poke(72, 4);
        assert_eq!(b.sum(64, 2), 7);
    }

    #[test]
    #[should_panic(expected = "5 bytes at 4092")]
    fn nothing_beyond_the_end_is_touched() {
        let fd = anonymous(4096).unwrap();
        Shared::map(&fd, 4096).unwrap().write(4092, b"hello");
    }

    #[test]
    fn an_empty_mapping_is_refused() {
        assert!(Shared::map(anonymous(0).unwrap_or_else(|_| anonymous(1).unwrap()), 0).is_err());
    }
}
