//! The frame sink: the surface that the broker has granted, which of its slots are free, and what has changed from frame to
//! frame.
//!
//! Contract:
//! - a slot that was sent is not written again before the broker releases it;
//! - one frame is in flight at most: the next is drawn after the broker has shown the last;
//! - the damage of a frame is exact: the slot that was sent last is compared with the new one. Its pixels are still there,
//!   since the broker keeps the newest slot until it has a newer one.

use bulkhead_shared::ids::SurfaceId;
use bulkhead_shared::limits::SURFACE_SLOTS;
use bulkhead_shared::surface::{Extent, SurfaceError, SurfaceWriter};
use bulkhead_shared::uplink::Rect;
use std::os::fd::OwnedFd;

const PIXEL_BYTES: usize = 4;

/// Where frames are drawn into.
#[derive(Debug, Default)]
pub(crate) struct FrameSink {
    surface: Option<Surface>,
    in_flight: bool,
}

#[derive(Debug)]
struct Surface {
    id: SurfaceId,
    writer: SurfaceWriter,
    busy: [bool; SURFACE_SLOTS],
    /// The slot that was sent last.
    newest: Option<usize>,
}

/// A frame that lies in its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Drawn {
    pub(crate) surface: SurfaceId,
    pub(crate) slot: u8,
    pub(crate) damage: Rect,
}

impl FrameSink {
    /// Takes a new surface; the one before is unmapped.
    pub(crate) fn adopt(&mut self, id: SurfaceId, extent: Extent, fd: &OwnedFd) -> Result<(), SurfaceError> {
        use std::os::fd::AsFd;
        let writer = SurfaceWriter::map(fd.as_fd(), extent)?;
        self.surface = Some(Surface { id, writer, busy: [false; SURFACE_SLOTS], newest: None });
        Ok(())
    }

    /// Unmaps the surface, if it is this one or an earlier one: a hidden tab has none. What is in flight will still be
    /// acknowledged.
    pub(crate) fn abandon(&mut self, newest: SurfaceId) {
        self.surface.take_if(|surface| surface.id <= newest);
    }

    /// The size of the surface.
    pub(crate) fn extent(&self) -> Option<Extent> {
        self.surface.as_ref().map(|surface| surface.writer.extent())
    }

    /// The broker has a newer frame than this slot's.
    pub(crate) fn release(&mut self, id: SurfaceId, slot: u8) {
        if let Some(surface) = self.surface.as_mut().filter(|surface| surface.id == id)
            && let Some(busy) = surface.busy.get_mut(usize::from(slot))
        {
            *busy = false;
        }
    }

    /// The broker shows the frame that was in flight.
    pub(crate) fn shown(&mut self) {
        self.in_flight = false;
    }

    /// Whether there is a surface with room for a frame now.
    pub(crate) fn has_room(&self) -> bool {
        !self.in_flight && self.surface.as_ref().is_some_and(|surface| surface.free_slot().is_some())
    }

    /// Lets `paint` fill a free slot. `None` where there is none, or where the picture is the one that was sent last, and
    /// `everything` is not asked for.
    pub(crate) fn draw(&mut self, everything: bool, paint: impl FnOnce(&mut [u8])) -> Option<Drawn> {
        // TOUR frame 9
        if self.in_flight {
            return None;
        }
        let surface = self.surface.as_mut()?;
        let slot = surface.free_slot()?;
        paint(surface.writer.slot(slot)?);
        let damage = match surface.newest {
            Some(newest) if !everything => surface.difference(newest, slot)?,
            _ => surface.writer.extent().rect(),
        };
        *surface.busy.get_mut(slot)? = true;
        surface.newest = Some(slot);
        self.in_flight = true;
        Some(Drawn { surface: surface.id, slot: u8::try_from(slot).ok()?, damage })
    }
}

impl Surface {
    fn free_slot(&self) -> Option<usize> {
        self.busy.iter().position(|busy| !busy)
    }

    fn difference(&self, old: usize, new: usize) -> Option<Rect> {
        let [old, new] = self.writer.slots([old, new])?;
        difference(old, new, self.writer.extent().width() as usize)
    }
}

/// The smallest rectangle that holds every pixel in which two pictures of one size differ. Quick where all differs (it looks
/// at little then) and where nothing does (it compares whole rows).
fn difference(old: &[u8], new: &[u8], width: usize) -> Option<Rect> {
    let row_bytes = width * PIXEL_BYTES;
    let rows = || old.chunks_exact(row_bytes).zip(new.chunks_exact(row_bytes));
    let top = rows().position(|(old, new)| old != new)?;
    let bottom = rows().rposition(|(old, new)| old != new)?;
    let (mut left, mut right) = (width, 0);
    for (old, new) in rows().take(bottom + 1).skip(top) {
        let pixels = |range: std::ops::Range<usize>| {
            let bytes = range.start * PIXEL_BYTES..range.end * PIXEL_BYTES;
            old[bytes.clone()].chunks_exact(PIXEL_BYTES).zip(new[bytes].chunks_exact(PIXEL_BYTES))
        };
        if let Some(first) = pixels(0..left).position(|(old, new)| old != new) {
            left = first;
        }
        if let Some(last) = pixels(right..width).rposition(|(old, new)| old != new) {
            right += last + 1;
        }
        if (left, right) == (0, width) {
            break;
        }
    }
    let side = |length: usize| u32::try_from(length).ok();
    Some(Rect { x: side(left)?, y: side(top)?, width: side(right - left)?, height: side(bottom + 1 - top)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulkhead_shared::surface::SurfaceReader;
    use std::os::fd::AsFd;

    const WIDTH: usize = 8;
    const HEIGHT: usize = 6;

    fn picture(dots: &[(usize, usize)]) -> Vec<u8> {
        let mut picture = vec![0; WIDTH * HEIGHT * PIXEL_BYTES];
        for (x, y) in dots {
            picture[(y * WIDTH + x) * PIXEL_BYTES + 2] = 1;
        }
        picture
    }

    fn sink() -> FrameSink {
        let extent = Extent::new(WIDTH as u32, HEIGHT as u32).unwrap();
        let reader = SurfaceReader::allocate(extent).unwrap();
        let mut sink = FrameSink::default();
        sink.adopt(SurfaceId(1), extent, &reader.as_fd().try_clone_to_owned().unwrap()).unwrap();
        sink
    }

    fn draw(sink: &mut FrameSink, dots: &[(usize, usize)]) -> Option<Drawn> {
        sink.draw(false, |slot| slot.copy_from_slice(&picture(dots)))
    }

    #[test]
    fn the_difference_is_the_smallest_rectangle() {
        let rect = difference(&picture(&[]), &picture(&[(5, 1), (2, 3)]), WIDTH).unwrap();
        assert_eq!(rect, Rect { x: 2, y: 1, width: 4, height: 3 });
        let corners = difference(&picture(&[]), &picture(&[(0, 0), (7, 5)]), WIDTH).unwrap();
        assert_eq!(corners, Rect { x: 0, y: 0, width: 8, height: 6 });
        assert_eq!(difference(&picture(&[(1, 1)]), &picture(&[(1, 1)]), WIDTH), None);
    }

    #[test]
    fn one_frame_is_in_flight_and_a_sent_slot_rests_until_released() {
        let mut sink = sink();
        let first = draw(&mut sink, &[(0, 0)]).unwrap();
        assert_eq!(first.damage, Rect { x: 0, y: 0, width: 8, height: 6 });
        assert!(!sink.has_room());
        assert_eq!(draw(&mut sink, &[(1, 0)]), None);
        sink.shown();
        let second = draw(&mut sink, &[(1, 0)]).unwrap();
        assert_eq!(second.damage, Rect { x: 0, y: 0, width: 2, height: 1 });
        sink.shown();
        draw(&mut sink, &[(2, 0)]).unwrap();
        sink.shown();
        assert!(!sink.has_room(), "all three slots are with the broker");
        sink.release(SurfaceId(2), first.slot);
        assert!(!sink.has_room(), "another surface's slot was released");
        sink.release(SurfaceId(1), first.slot);
        assert_eq!(draw(&mut sink, &[(3, 0)]).unwrap().slot, first.slot);
    }

    #[test]
    fn a_picture_that_is_on_display_already_is_not_sent_again() {
        let mut sink = sink();
        draw(&mut sink, &[(4, 4)]).unwrap();
        sink.shown();
        assert_eq!(draw(&mut sink, &[(4, 4)]), None);
        assert!(sink.has_room());
        assert!(sink.draw(true, |slot| slot.copy_from_slice(&picture(&[(4, 4)]))).is_some());
    }

    #[test]
    fn a_release_of_what_does_not_exist_changes_nothing() {
        let mut sink = sink();
        draw(&mut sink, &[]).unwrap();
        sink.release(SurfaceId(1), u8::MAX);
        sink.shown();
        assert_ne!(draw(&mut sink, &[(1, 1)]).unwrap().slot, 0);
    }
}
