//! How large the window is when it opens: as large as the user says, or else as large as is convenient, and no larger than what
//! the screen leaves for it.
//!
//! The sizes are in points. With several screens the smallest counts, since nobody says on which one the window opens.
//! Wayland's compositors also bound the size by themselves, as winit passes on (`xdg_toplevel.configure_bounds`).

use super::{Look, scale, x11};
use winit::dpi::{LogicalSize, Size};
use winit::event_loop::ActiveEventLoop;
use winit::monitor::MonitorHandle;
use winit::raw_window_handle::{HasDisplayHandle, RawDisplayHandle};

/// The window's size before anybody changes it.
pub(super) const DEFAULT: (u32, u32) = (1280, 860);

/// What a window manager draws around a window, at most: borders, and a title bar. It belongs to the window on the screen, and
/// its true size is not known before the window is there.
const DECORATION: LogicalSize<f64> = LogicalSize::new(16.0, 48.0);

/// The smallest size. On a screen that is smaller still, parts of the window lie outside.
const SMALLEST: LogicalSize<f64> = LogicalSize::new(320.0, 240.0);

/// A rectangle of the desktop, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

/// The size to open a window with.
pub(super) fn initial(look: Look, event_loop: &ActiveEventLoop) -> Size {
    let size = match look.size {
        Some((width, height)) => LogicalSize::new(width.into(), height.into()),
        None => fit(DEFAULT, &rooms(look.scale, event_loop)),
    };
    // winit knows nothing of a scale that is forced upon the window.
    look.scale.map_or(size.into(), |scale| size.to_physical::<f64>(scale::of(1.0, Some(scale))).into())
}

/// What each screen leaves for a window, in points.
fn rooms(forced_scale: Option<f32>, event_loop: &ActiveEventLoop) -> Vec<LogicalSize<f64>> {
    let x11 = event_loop.display_handle().is_ok_and(|display| matches!(display.as_raw(), RawDisplayHandle::Xlib(_)));
    let work_area = x11.then(x11::work_area).flatten();
    event_loop.available_monitors().map(|monitor| room(&monitor, work_area, forced_scale)).collect()
}

/// The part of a screen that panels leave free.
fn room(monitor: &MonitorHandle, work_area: Option<Area>, forced_scale: Option<f32>) -> LogicalSize<f64> {
    let (position, size) = (monitor.position(), monitor.size());
    let screen =
        Area { x: position.x.into(), y: position.y.into(), width: size.width.into(), height: size.height.into() };
    let free = work_area.and_then(|area| intersection(screen, area)).unwrap_or(screen);
    let scale = scale::of(monitor.scale_factor(), forced_scale);
    LogicalSize::new(free.width as f64 / scale, free.height as f64 / scale)
}

fn intersection(a: Area, b: Area) -> Option<Area> {
    let (x, y) = (a.x.max(b.x), a.y.max(b.y));
    let width = (a.x + a.width).min(b.x + b.width) - x;
    let height = (a.y + a.height).min(b.y + b.height) - y;
    (width > 0 && height > 0).then_some(Area { x, y, width, height })
}

/// `size`, or what fits into each of `rooms`.
fn fit((width, height): (u32, u32), rooms: &[LogicalSize<f64>]) -> LogicalSize<f64> {
    // A screen without a size is one that is switched off.
    let rooms = rooms.iter().filter(|room| room.width > 0.0 && room.height > 0.0);
    let wanted = LogicalSize::new(f64::from(width), f64::from(height));
    rooms.fold(wanted, |size, room| LogicalSize {
        width: size.width.min((room.width - DECORATION.width).max(SMALLEST.width)).floor(),
        height: size.height.min((room.height - DECORATION.height).max(SMALLEST.height)).floor(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(rooms: &[(f64, f64)]) -> (f64, f64) {
        let rooms: Vec<_> = rooms.iter().map(|room| LogicalSize::new(room.0, room.1)).collect();
        let LogicalSize { width, height } = fit(DEFAULT, &rooms);
        (width, height)
    }

    #[test]
    fn a_window_is_no_larger_than_any_screen_with_its_frame() {
        assert_eq!(fitted(&[]), (1280.0, 860.0), "nothing is known of the screen");
        assert_eq!(fitted(&[(1920.0, 1080.0)]), (1280.0, 860.0));
        assert_eq!(fitted(&[(1024.0, 768.0)]), (1008.0, 720.0));
        assert_eq!(fitted(&[(1366.0, 768.0)]), (1280.0, 720.0));
        assert_eq!(fitted(&[(1280.0, 800.0)]), (1264.0, 752.0));
        assert_eq!(fitted(&[(1920.0, 1080.0), (800.0, 1280.0)]), (784.0, 860.0));
        assert_eq!(fitted(&[(0.0, 0.0), (1920.0, 1080.0)]), (1280.0, 860.0), "one is switched off");
        assert_eq!(fitted(&[(100.0, 100.0)]), (320.0, 240.0));
    }

    #[test]
    fn the_work_area_of_many_screens_counts_where_it_lies_on_this_one() {
        let screen = Area { x: 1920, y: 0, width: 1366, height: 768 };
        let desktop = Area { x: 0, y: 30, width: 3286, height: 1050 };
        assert_eq!(intersection(screen, desktop), Some(Area { x: 1920, y: 30, width: 1366, height: 738 }));
        assert_eq!(intersection(screen, Area { x: 0, y: 0, width: 1920, height: 1080 }), None);
    }
}
