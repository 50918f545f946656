//! Frames: from a renderer's slot into the window's buffer. The one copy of a pixel's life.

use bulkhead_shared::surface::SurfaceReader;
use bulkhead_shared::uplink::{Frame, Rect};
use std::sync::Arc;

/// The frame that a tab has on display: the broker holds its slot until a newer one comes.
#[derive(Clone, Debug)]
pub struct Front {
    /// What its renderer said of it, checked.
    pub frame: Frame,
    /// The memory that it lies in.
    pub memory: Arc<SurfaceReader>,
    /// What is not on display yet.
    pub damage: Rect,
}

/// Pixels of a window: `0x00RRGGBB`, row by row.
#[derive(Debug)]
pub struct Canvas<'a> {
    /// `width * height` pixels.
    pub pixels: &'a mut [u32],
    /// Pixels of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Canvas<'_> {
    /// Row `y` from column `x` on, at most `width` pixels; empty outside.
    pub fn row(&mut self, x: usize, y: usize, width: usize) -> &mut [u32] {
        if x >= self.width || y >= self.height {
            return &mut [];
        }
        // Where the product does not fit, there are no such pixels.
        let start = y.saturating_mul(self.width).saturating_add(x);
        let end = start.saturating_add(width.min(self.width.saturating_sub(x)));
        self.pixels.get_mut(start..end).unwrap_or_default()
    }

    /// Fills a rectangle with one colour; what is outside is left out.
    pub fn fill(&mut self, rect: Rect, colour: u32) {
        for y in rect.y..rect.y.saturating_add(rect.height) {
            self.row(rect.x as usize, y as usize, rect.width as usize).fill(colour);
        }
    }
}

impl Front {
    /// Copies `part` of the frame to the canvas, whose pixel (`left`, `top`) is the frame's first.
    pub fn copy(&self, canvas: &mut Canvas<'_>, left: usize, top: usize, part: Rect) {
        // TOUR frame 12
        let extent = self.memory.extent();
        let bottom = part.y.saturating_add(part.height).min(extent.height());
        let width = part.width.min(extent.width().saturating_sub(part.x)) as usize;
        for y in part.y..bottom {
            let target = canvas.row(left.saturating_add(part.x as usize), top.saturating_add(y as usize), width);
            self.memory.copy_row(usize::from(self.frame.slot), part.x, y, target);
        }
    }
}

/// The smallest rectangle that holds both; an empty one counts for nothing.
#[must_use]
pub fn union(a: Rect, b: Rect) -> Rect {
    if a.width == 0 || a.height == 0 {
        return b;
    }
    if b.width == 0 || b.height == 0 {
        return a;
    }
    let x = a.x.min(b.x);
    let y = a.y.min(b.y);
    let right = a.x.saturating_add(a.width).max(b.x.saturating_add(b.width));
    let bottom = a.y.saturating_add(a.height).max(b.y.saturating_add(b.height));
    Rect { x, y, width: right.saturating_sub(x), height: bottom.saturating_sub(y) }
}

/// What both have in common; empty where that is nothing.
#[must_use]
pub fn intersection(a: Rect, b: Rect) -> Rect {
    let x = a.x.max(b.x);
    let y = a.y.max(b.y);
    let right = a.x.saturating_add(a.width).min(b.x.saturating_add(b.width));
    let bottom = a.y.saturating_add(a.height).min(b.y.saturating_add(b.height));
    match (right.checked_sub(x), bottom.checked_sub(y)) {
        (Some(width @ 1..), Some(height @ 1..)) => Rect { x, y, width, height },
        _ => Rect::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulkhead_shared::ids::{InputSeq, NavigationId, SurfaceId};
    use bulkhead_shared::surface::{Extent, SurfaceWriter};
    use bulkhead_shared::uplink::ScrollState;
    use std::os::fd::AsFd;

    fn frame(slot: u8) -> Frame {
        Frame {
            navigation: NavigationId(1),
            surface: SurfaceId(1),
            slot,
            damage: Rect::default(),
            input: InputSeq(0),
            scroll: ScrollState::default(),
            began: 0,
            done: 0,
        }
    }

    #[test]
    fn a_part_of_a_frame_lands_where_it_belongs_and_nowhere_else() {
        let extent = Extent::new(3, 3).unwrap();
        let memory = Arc::new(SurfaceReader::allocate(extent).unwrap());
        let mut writer = SurfaceWriter::map(memory.as_fd(), extent).unwrap();
        writer.slot(1).unwrap().fill(0xff);
        let front = Front { frame: frame(1), memory, damage: extent.rect() };
        let mut pixels = [0; 16];
        let mut canvas = Canvas { pixels: &mut pixels, width: 4, height: 4 };
        front.copy(&mut canvas, 1, 1, Rect { x: 1, y: 1, width: 9, height: 1 });
        let white: Vec<_> = (0..16).filter(|n| pixels[*n] == 0x00ff_ffff).collect();
        assert_eq!(white, [2 * 4 + 2, 2 * 4 + 3]);
    }

    /// A slot, a place or a size that only a liar names is nowhere.
    #[test]
    fn what_lies_beyond_every_edge_is_neither_read_nor_written() {
        let extent = Extent::new(3, 3).unwrap();
        let memory = Arc::new(SurfaceReader::allocate(extent).unwrap());
        SurfaceWriter::map(memory.as_fd(), extent).unwrap().slot(1).unwrap().fill(0xff);
        let everywhere = Rect { x: 0, y: 0, width: u32::MAX, height: u32::MAX };
        for (slot, left, top, part) in [
            (u8::MAX, 0, 0, extent.rect()),
            (1, 0, 0, Rect { x: u32::MAX, ..everywhere }),
            (1, 0, 0, Rect { y: u32::MAX, ..everywhere }),
            (1, usize::MAX, 0, everywhere),
            (1, 0, usize::MAX, everywhere),
        ] {
            let front = Front { frame: frame(slot), memory: Arc::clone(&memory), damage: part };
            let mut pixels = [0; 16];
            front.copy(&mut Canvas { pixels: &mut pixels, width: 4, height: 4 }, left, top, part);
            assert_eq!(pixels, [0; 16], "slot {slot}, to ({left}, {top}), {part:?}");
        }
    }

    #[test]
    fn unions_ignore_the_empty_and_do_not_overflow() {
        let a = Rect { x: 1, y: 1, width: 2, height: 2 };
        assert_eq!(union(a, Rect::default()), a);
        assert_eq!(union(Rect::default(), a), a);
        let far = Rect { x: u32::MAX, y: 0, width: 5, height: 1 };
        assert_eq!(union(a, far), Rect { x: 1, y: 0, width: u32::MAX - 1, height: 3 });
    }

    #[test]
    fn intersections_are_within_both_or_empty() {
        let a = Rect { x: 1, y: 1, width: 4, height: 4 };
        let b = Rect { x: 3, y: 0, width: u32::MAX, height: 3 };
        assert_eq!(intersection(a, b), Rect { x: 3, y: 1, width: 2, height: 2 });
        assert_eq!(intersection(a, Rect { x: 5, y: 1, width: 1, height: 1 }), Rect::default());
        assert_eq!(intersection(a, Rect::default()), Rect::default());
        let far = Rect { x: u32::MAX, y: u32::MAX, width: u32::MAX, height: u32::MAX };
        assert_eq!(intersection(far, far), Rect::default());
    }
}
