//! The memory of a process's surfaces.
//!
//! Contract: a renderer may keep all the memory that it is handed, so what it is handed does not grow with the number of its surfaces:
//! - each new surface lies in memory that it has already, if that is large enough, but not where the front frame is: that may have to
//!   be shown again before the next one comes;
//! - memory that is too small is replaced by some that is half as large again at least, so all that was ever handed down is a few
//!   times the largest surface;
//! - while the tab is hidden, the memory stays, and its pages are the kernel's.

use crate::frames::Front;
use bulkhead_shared::ids::RendererId;
use bulkhead_shared::limits::SURFACE_BYTES;
use bulkhead_shared::surface::{Extent, SurfaceError, SurfaceMemory, SurfaceReader};
use std::sync::Arc;

/// The memory of one process's surfaces: one for the front frame, one for those to come.
#[derive(Debug, Default)]
pub(super) struct Surfaces([Option<Arc<SurfaceMemory>>; 2]);

impl Surfaces {
    /// A surface of this size for the process `owner`, beside the front frame.
    pub(super) fn surface(
        &mut self,
        owner: RendererId,
        extent: Extent,
        front: Option<&Front>,
    ) -> Result<SurfaceReader, SurfaceError> {
        let [first, second] = &mut self.0;
        let holds_front = |memory: &Option<Arc<SurfaceMemory>>| {
            front.zip(memory.as_ref()).is_some_and(|(front, memory)| front.memory.is_within(memory))
        };
        let place = if holds_front(first) { second } else { first };
        if let Some(memory) = place
            && let Some(surface) = SurfaceReader::within(memory, extent)?
        {
            return Ok(surface);
        }
        let grown = place.as_ref().map_or(0, |memory| (memory.bytes() / 2).saturating_mul(3));
        let bytes = extent.total_bytes().max(grown.min(SURFACE_BYTES));
        let memory = place.insert(Arc::new(SurfaceMemory::allocate(owner, bytes)?));
        // It is as large as it has to be.
        SurfaceReader::within(memory, extent)?.ok_or(SurfaceError::Extent(extent.width(), extent.height()))
    }

    /// Gives the pages back to the kernel.
    pub(super) fn empty(&self) {
        for memory in self.0.iter().flatten() {
            if let Err(error) = memory.empty() {
                tracing::warn!(%error, "a hidden tab keeps its picture");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulkhead_shared::ids::{InputSeq, NavigationId, SurfaceId};
    use bulkhead_shared::uplink::{Frame, Rect, ScrollState};

    const OWNER: RendererId = RendererId(1);

    fn extent(width: u32) -> Extent {
        Extent::new(width, 10).unwrap()
    }

    fn front(surface: SurfaceReader) -> Front {
        let frame = Frame {
            navigation: NavigationId(1),
            surface: SurfaceId(1),
            slot: 0,
            damage: Rect::default(),
            input: InputSeq(0),
            scroll: ScrollState::default(),
            began: 0,
            done: 0,
        };
        Front { frame, memory: Arc::new(surface), damage: Rect::default() }
    }

    #[test]
    fn a_new_surface_lies_beside_the_front_frame_in_memory_that_is_there() {
        let mut surfaces = Surfaces::default();
        let shown = front(surfaces.surface(OWNER, extent(20), None).unwrap());
        for width in [20, 5, 19, 20] {
            let next = surfaces.surface(OWNER, extent(width), Some(&shown)).unwrap();
            assert!(
                !next.is_within(surfaces.0[0].as_ref().unwrap()) && next.is_within(surfaces.0[1].as_ref().unwrap())
            );
            assert_eq!(next.extent(), extent(width));
        }
        assert!(surfaces.surface(OWNER, extent(3), None).unwrap().is_within(surfaces.0[0].as_ref().unwrap()));
    }

    #[test]
    fn all_that_was_ever_handed_down_is_a_few_times_the_largest() {
        let mut surfaces = Surfaces::default();
        let (mut all, mut last) = (0, None);
        for width in 1..=4000 {
            let surface = surfaces.surface(OWNER, extent(width), None).unwrap();
            let memory = surfaces.0[0].clone().unwrap();
            assert!(surface.is_within(&memory));
            if !last.as_ref().is_some_and(|last| Arc::ptr_eq(last, &memory)) {
                all += memory.bytes();
            }
            last = Some(memory);
        }
        assert!(all < 5 * extent(4000).total_bytes(), "{all}");
    }
}
