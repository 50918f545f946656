//! Pixels in memory that two processes map: a sealed `memfd` of [`SURFACE_SLOTS`] slots.
//!
//! A slot is `width * height` pixels, row by row, four bytes each: red, green, blue, alpha, premultiplied (what
//! `vello_cpu` writes).
//!
//! Rules of the shared memory:
//! 1. The broker allocates it, at its full size, with all of its memory ([`reserved`]), and seals it against shrinking, growing
//!    and further seals before any renderer sees it: neither side can be made to fault (`SIGBUS`) by truncation, or for lack
//!    of memory. The renderer's profile has no call that would give the memory back (`madvise(2)`'s `MADV_REMOVE`,
//!    `fallocate(2)`).
//! 2. The broker maps it read-only ([`SurfaceReader`]), the renderer read-write ([`SurfaceWriter`]).
//! 3. No reference is ever formed to pages that the peer can write: [`SurfaceReader`] copies out by raw pointer, a row at a
//!    time. What it copies may be torn; it is pixels, so nothing but the picture depends on it.
//! 4. A renderer holds its own slots' bytes as `&mut [u8]`: nobody else writes them, the broker only reads. A renderer
//!    that lies about a slot spoils its own picture.
//! 5. Every rectangle is checked against the surface before it is used.
//! 6. Memory may hold one surface after the other, of any sizes that fit, for the same renderer: what it keeps of the earlier one is
//!    what it has anyway. So the memory that a renderer is handed does not grow with the number of its surfaces.

use crate::ids::RendererId;
use crate::limits::{SURFACE_BYTES, SURFACE_SIDE, SURFACE_SLOTS};
use crate::reserved;
use crate::uplink::Rect;
use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};
use std::ffi::CString;
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Width and height of a surface, known to be within the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    width: u32,
    height: u32,
}

/// Why there is no surface.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SurfaceError {
    /// A side of 0, or over the limits.
    #[error("a surface of {0} by {1} pixels is out of bounds")]
    Extent(u32, u32),
    /// What the kernel says.
    #[error("surface: {0}")]
    System(#[from] Errno),
}

impl Extent {
    /// # Errors
    /// [`SurfaceError::Extent`] for a side of 0, over [`SURFACE_SIDE`], or [`SURFACE_BYTES`] in all.
    pub fn new(width: u32, height: u32) -> Result<Self, SurfaceError> {
        let side = 1..=SURFACE_SIDE;
        let extent = Self { width, height };
        if side.contains(&width) && side.contains(&height) && extent.total_bytes() <= SURFACE_BYTES {
            Ok(extent)
        } else {
            Err(SurfaceError::Extent(width, height))
        }
    }

    /// Pixels.
    #[must_use]
    pub fn width(self) -> u32 {
        self.width
    }

    /// Pixels.
    #[must_use]
    pub fn height(self) -> u32 {
        self.height
    }

    /// Bytes of one slot. A product that does not fit is over every limit, and so it is that of no `Extent` that [`Self::new`] gives.
    #[must_use]
    pub fn slot_bytes(self) -> usize {
        (self.width as usize).saturating_mul(self.height as usize).saturating_mul(4)
    }

    /// Bytes of all slots together.
    #[must_use]
    pub fn total_bytes(self) -> usize {
        self.slot_bytes().saturating_mul(SURFACE_SLOTS)
    }

    /// Where a pixel of a slot is: bytes from the start of the surface, 4 at least before its end. `None` for what is outside.
    fn offset(self, slot: usize, x: u32, y: u32) -> Option<usize> {
        if slot >= SURFACE_SLOTS || x >= self.width || y >= self.height {
            return None;
        }
        let pixel = (y as usize).checked_mul(self.width as usize)?.checked_add(x as usize)?;
        slot.checked_mul(self.slot_bytes())?.checked_add(pixel.checked_mul(4)?)
    }

    /// Whether the rectangle lies within, edges included. An empty one does.
    #[must_use]
    pub fn contains(self, rect: Rect) -> bool {
        let right = rect.x.checked_add(rect.width);
        let bottom = rect.y.checked_add(rect.height);
        right.is_some_and(|right| right <= self.width) && bottom.is_some_and(|bottom| bottom <= self.height)
    }

    /// All of it.
    #[must_use]
    pub fn rect(self) -> Rect {
        Rect { x: 0, y: 0, width: self.width, height: self.height }
    }
}

/// A mapping that is unmapped when dropped. Never dereferenced as a whole.
#[derive(Debug)]
struct Mapping {
    start: NonNull<u8>,
    length: NonZeroUsize,
}

#[expect(unsafe_code, reason = "this is the one file that maps shared memory")]
mod mapping {
    use super::{BorrowedFd, Errno, MapFlags, Mapping, NonZeroUsize, ProtFlags, mmap, munmap};

    // SAFETY: a mapping belongs to the process, not to a thread; `Mapping` owns it alone and hands out nothing by itself.
    unsafe impl Send for Mapping {}
    // SAFETY: shared access offers no method that reads or writes the memory without its own reasons, below.
    unsafe impl Sync for Mapping {}

    impl Mapping {
        pub(super) fn new(fd: BorrowedFd<'_>, length: usize, protection: ProtFlags) -> Result<Self, Errno> {
            let length = NonZeroUsize::new(length).ok_or(Errno::EINVAL)?;
            // SAFETY: a new mapping at an address of the kernel's choice disturbs no existing one.
            let start = unsafe { mmap(None, length, protection, MapFlags::MAP_SHARED, fd, 0)? };
            Ok(Self { start: start.cast(), length })
        }
    }

    impl Drop for Mapping {
        fn drop(&mut self) {
            // SAFETY: start and length are those that mmap returned and took, and this is the only unmapping.
            let unmapped = unsafe { munmap(self.start.cast(), self.length.get()) };
            debug_assert_eq!(unmapped, Ok(()), "a mapping of our own can be unmapped");
        }
    }
}

/// What surfaces lie in.
#[derive(Debug)]
pub struct SurfaceMemory {
    fd: OwnedFd,
    mapping: Mapping,
    /// Whether its pages were given back since they were last reserved: to look for those that are there takes a millisecond.
    emptied: AtomicBool,
}

impl SurfaceMemory {
    /// Allocates and seals memory for surfaces of `owner`, of so many bytes. It has the owner's number in its name, for whoever
    /// looks at the processes from outside.
    ///
    /// # Errors
    /// What [`reserved::memory`] or `mmap(2)` say.
    pub fn allocate(owner: RendererId, bytes: usize) -> Result<Self, SurfaceError> {
        let name = CString::new(format!("bulkhead-surface-{}", owner.0)).unwrap_or_default();
        let fd = reserved::memory(&name, bytes as u64)?;
        let mapping = Mapping::new(fd.as_fd(), bytes, ProtFlags::PROT_READ)?;
        Ok(Self { fd, mapping, emptied: AtomicBool::new(false) })
    }

    /// How many bytes of surfaces fit.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.mapping.length.get()
    }

    /// Gives the pages back to the kernel: nothing but black is in it afterwards. [`SurfaceReader::within`] reserves them again.
    ///
    /// # Errors
    /// What [`reserved::give_back`] says.
    pub fn empty(&self) -> Result<(), SurfaceError> {
        self.emptied.store(true, Ordering::Release);
        Ok(reserved::give_back(&self.fd, self.bytes() as u64)?)
    }
}

/// The broker's side: allocates, and reads.
#[derive(Debug)]
pub struct SurfaceReader {
    memory: Arc<SurfaceMemory>,
    /// At most the memory's bytes.
    extent: Extent,
}

impl SurfaceReader {
    /// A surface in memory of its own, of no renderer's.
    ///
    /// # Errors
    /// See [`SurfaceMemory::allocate`].
    pub fn allocate(extent: Extent) -> Result<Self, SurfaceError> {
        let memory = Arc::new(SurfaceMemory::allocate(RendererId(0), extent.total_bytes())?);
        Ok(Self { memory, extent })
    }

    /// A surface in this memory; `None` where it does not fit.
    ///
    /// # Errors
    /// What [`reserved::again`] says, where the memory was emptied meanwhile.
    pub fn within(memory: &Arc<SurfaceMemory>, extent: Extent) -> Result<Option<Self>, SurfaceError> {
        if extent.total_bytes() > memory.bytes() {
            return Ok(None);
        }
        if memory.emptied.load(Ordering::Acquire) {
            reserved::again(&memory.fd, memory.bytes() as u64)?;
            memory.emptied.store(false, Ordering::Release);
        }
        Ok(Some(Self { memory: Arc::clone(memory), extent }))
    }

    /// Whether it lies in this memory.
    #[must_use]
    pub fn is_within(&self, memory: &Arc<SurfaceMemory>) -> bool {
        Arc::ptr_eq(&self.memory, memory)
    }

    /// Its width and height.
    #[must_use]
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// Copies `width` pixels from column `x` of row `y` of `slot` into `target`, as `0x00RRGGBB`: what `softbuffer`, and so
    /// X11 and Wayland, take. Returns how many were copied: fewer than `target.len()` at the right edge, 0 outside.
    #[expect(unsafe_code, reason = "rule 3: pages that the peer writes are read by raw pointer only")]
    pub fn copy_row(&self, slot: usize, x: u32, y: u32, target: &mut [u32]) -> usize {
        let Some(offset) = self.extent.offset(slot, x, y) else { return 0 };
        let count = target.len().min(self.extent.width.saturating_sub(x) as usize);
        let Some(target) = target.get_mut(..count) else { return 0 };
        // SAFETY: `offset` has found slot < SURFACE_SLOTS and y < height, and x + count <= width, so the `count` pixels from there lie
        // within the first SURFACE_SLOTS * width * height * 4 bytes of the mapping, which `allocate` and `within` have found to fit;
        // offset is a multiple of 4 and the mapping starts on a page, so the reads are aligned. They are volatile-free reads by raw
        // pointer of plain bytes: the peer may write at the same time, which tears the picture; every bit pattern is a valid u32.
        unsafe {
            let mut source = self.memory.mapping.start.as_ptr().add(offset).cast::<u32>().cast_const();
            for pixel in target {
                // Bytes R G B A in memory, read as little-endian 0xAABBGGRR.
                let rgba = u32::from_le(source.read());
                *pixel = (rgba & 0xff) << 16 | rgba & 0xff00 | rgba >> 16 & 0xff;
                source = source.add(1);
            }
        }
        count
    }
}

impl AsFd for SurfaceReader {
    /// For handing to the renderer.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.memory.fd.as_fd()
    }
}

/// The renderer's side: draws.
#[derive(Debug)]
pub struct SurfaceWriter {
    extent: Extent,
    mapping: Mapping,
}

impl SurfaceWriter {
    /// Maps what the broker has granted; the descriptor is not needed any more then.
    ///
    /// # Errors
    /// What `mmap(2)` says.
    pub fn map(fd: BorrowedFd<'_>, extent: Extent) -> Result<Self, SurfaceError> {
        let mapping = Mapping::new(fd, extent.total_bytes(), ProtFlags::PROT_READ | ProtFlags::PROT_WRITE)?;
        Ok(Self { extent, mapping })
    }

    /// Its width and height.
    #[must_use]
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// The bytes of a slot, or `None` where there is no such slot.
    #[expect(unsafe_code, reason = "rule 4: the renderer alone writes its slots")]
    pub fn slot(&mut self, slot: usize) -> Option<&mut [u8]> {
        let (start, length) = (self.extent.offset(slot, 0, 0)?, self.extent.slot_bytes());
        // SAFETY: `offset` has found slot < SURFACE_SLOTS, so the slot lies within the mapping; it is borrowed from `&mut self`, so this
        // process has no second reference; the only other process that maps it maps it read-only (rule 2), so nobody writes to it.
        Some(unsafe { std::slice::from_raw_parts_mut(self.mapping.start.as_ptr().add(start), length) })
    }

    /// The bytes of two slots, to compare them, or `None` where one does not exist.
    #[expect(unsafe_code, reason = "rule 4: the renderer alone writes its slots")]
    #[must_use]
    pub fn slots(&self, slots: [usize; 2]) -> Option<[&[u8]; 2]> {
        let [first, second] = slots.map(|slot| self.extent.offset(slot, 0, 0));
        let (starts, length) = ([first?, second?], self.extent.slot_bytes());
        // SAFETY: `offset` has found both slots below SURFACE_SLOTS, so they lie within the mapping; `self` is borrowed, so this process
        // has no mutable reference; the only other process that maps it maps it read-only (rule 2), so nobody writes to it.
        Some(starts.map(|start| unsafe { std::slice::from_raw_parts(self.mapping.start.as_ptr().add(start), length) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::fcntl::{FcntlArg, SealFlag, fcntl};

    fn extent() -> Extent {
        Extent::new(4, 3).unwrap()
    }

    #[test]
    fn pixels_cross_from_writer_to_reader() {
        let reader = SurfaceReader::allocate(extent()).unwrap();
        let mut writer = SurfaceWriter::map(reader.as_fd(), extent()).unwrap();
        writer.slot(2).unwrap()[(4 + 1) * 4..][..4].copy_from_slice(&[0x11, 0x22, 0x33, 0xff]);
        let mut row = [0; 8];
        assert_eq!(reader.copy_row(2, 1, 1, &mut row), 3);
        assert_eq!(row[0], 0x0011_2233);
        assert!(writer.slot(SURFACE_SLOTS).is_none());
        let [untouched, drawn] = writer.slots([0, 2]).unwrap();
        assert_eq!((untouched[5 * 4], drawn[5 * 4]), (0, 0x11));
        assert!(writer.slots([0, SURFACE_SLOTS]).is_none());
        assert_eq!(reader.copy_row(SURFACE_SLOTS, 0, 0, &mut row), 0);
        assert_eq!(reader.copy_row(0, 4, 0, &mut row), 0);
        assert_eq!(reader.copy_row(0, 0, 3, &mut row), 0);
        assert_eq!(reader.copy_row(usize::MAX, u32::MAX, u32::MAX, &mut row), 0);
        assert!(writer.slot(usize::MAX).is_none() && writer.slots([usize::MAX, 0]).is_none());
    }

    #[test]
    fn memory_holds_one_surface_after_the_other() {
        let memory = Arc::new(SurfaceMemory::allocate(RendererId(1), extent().total_bytes()).unwrap());
        let other = Extent::new(2, 5).unwrap();
        for extent in [extent(), other] {
            let reader = SurfaceReader::within(&memory, extent).unwrap().unwrap();
            let mut writer = SurfaceWriter::map(reader.as_fd(), extent).unwrap();
            writer.slot(2).unwrap().fill(0x11);
            let mut last = [0];
            assert_eq!(reader.copy_row(2, extent.width() - 1, extent.height() - 1, &mut last), 1);
            assert_eq!(last[0], 0x0011_1111);
            memory.empty().unwrap();
            assert_eq!(reader.copy_row(2, 0, 0, &mut last), 1);
            assert_eq!(last[0], 0);
        }
        assert!(SurfaceReader::within(&memory, Extent::new(5, 3).unwrap()).unwrap().is_none());
    }

    #[test]
    fn a_truncated_surface_cannot_be_made() {
        let reader = SurfaceReader::allocate(extent()).unwrap();
        let peer = reader.as_fd().try_clone_to_owned().unwrap();
        assert_eq!(nix::unistd::ftruncate(&peer, 0), Err(Errno::EPERM));
        assert_eq!(nix::unistd::ftruncate(&peer, 1 << 20), Err(Errno::EPERM));
        assert_eq!(fcntl(&peer, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_WRITE)), Err(Errno::EPERM));
    }

    #[test]
    fn extents_and_rectangles_are_bounded() {
        for (width, height) in
            [(0, 1), (1, 0), (SURFACE_SIDE + 1, 1), (SURFACE_SIDE, SURFACE_SIDE), (u32::MAX, u32::MAX)]
        {
            assert_eq!(Extent::new(width, height), Err(SurfaceError::Extent(width, height)));
        }
        assert!(extent().contains(extent().rect()));
        assert!(!extent().contains(Rect { x: 1, y: 0, width: 4, height: 1 }));
        assert!(!extent().contains(Rect { x: u32::MAX, y: 0, width: 2, height: 1 }));
    }

    #[test]
    fn memory_that_was_emptied_is_reserved_again_before_a_surface_lies_in_it() {
        // Whole pages: of one that is used in part, only the bytes are given back.
        let extent = Extent::new(64, 64).unwrap();
        let memory = Arc::new(SurfaceMemory::allocate(RendererId(1), extent.total_bytes()).unwrap());
        let blocks = || nix::sys::stat::fstat(&memory.fd).unwrap().st_blocks;
        let all = blocks();
        assert!(all > 0);
        memory.empty().unwrap();
        assert_eq!(blocks(), 0);
        SurfaceReader::within(&memory, extent).unwrap().unwrap();
        assert_eq!(blocks(), all);
    }
}
