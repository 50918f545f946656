//! The window's icon: a ship's hull with three compartments, one of them flooded.

use winit::window::Icon;

const SIDE: u32 = 64;

/// The icon; `None` where winit does not take it.
pub(super) fn icon() -> Option<Icon> {
    let pixels = (0..SIDE * SIDE).flat_map(|index| pixel(index % SIDE, index / SIDE)).collect();
    Icon::from_rgba(pixels, SIDE, SIDE).ok()
}

fn pixel(x: u32, y: u32) -> [u8; 4] {
    const HULL: [u8; 4] = [0x1d, 0x3a, 0x5f, 0xff];
    const DRY: [u8; 4] = [0xe8, 0xee, 0xf5, 0xff];
    const FLOODED: [u8; 4] = [0xd6, 0x45, 0x3c, 0xff];
    const NOTHING: [u8; 4] = [0; 4];
    if !within_hull(x, y, 0) {
        return NOTHING;
    }
    // Three compartments of 16 pixels with walls of 4 between them.
    let (column, within) = ((x.saturating_sub(4)) / 20, (x.saturating_sub(4)) % 20);
    if !within_hull(x, y, 4) || within >= 16 {
        HULL
    } else if column == 1 {
        FLOODED
    } else {
        DRY
    }
}

/// A box with round lower corners, `margin` pixels within the hull.
fn within_hull(x: u32, y: u32, margin: u32) -> bool {
    const TOP: u32 = 12;
    const BOTTOM: u32 = 52;
    const RADIUS: u32 = 22;
    let (left, right, top, bottom) = (margin, SIDE - 1 - margin, TOP + margin, BOTTOM - margin);
    if x < left || x > right || y < top || y > bottom {
        return false;
    }
    let radius = RADIUS - margin;
    let beyond = |edge: u32, at: u32| radius.saturating_sub(edge.abs_diff(at));
    let (dx, dy) = (beyond(left, x).max(beyond(right, x)), beyond(bottom, y));
    dx * dx + dy * dy <= radius * radius
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_are_round_and_the_middle_is_flooded() {
        assert!(icon().is_some());
        assert_eq!(pixel(0, 52)[3], 0);
        assert_eq!(pixel(32, 30), [0xd6, 0x45, 0x3c, 0xff]);
        assert_eq!(pixel(10, 20), [0xe8, 0xee, 0xf5, 0xff]);
    }
}
