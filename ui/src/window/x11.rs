//! What winit does not ask an X server: the part of the desktop that panels leave free, and whether the configured font
//! resolution makes sense.
//!
//! Each question has a connection of its own, in Rust alone, for as long as it takes.

use super::size::Area;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt, Window};
use x11rb::resource_manager;
use x11rb::rust_connection::RustConnection;

/// How many numbers of a property are read: four for each of 256 virtual desktops.
const NUMBERS: u32 = 1024;

/// The work area of the virtual desktop on display (Extended Window Manager Hints, `_NET_WORKAREA`). `None` without a window
/// manager that knows it.
pub(super) fn work_area() -> Option<Area> {
    let (connection, screen) = RustConnection::connect(None).ok()?;
    let root = connection.setup().roots.get(screen)?.root;
    let areas = cardinals(&connection, root, "_NET_WORKAREA")?;
    let desktop = cardinals(&connection, root, "_NET_CURRENT_DESKTOP").and_then(|numbers| numbers.first().copied());
    let at = |desktop: u32| areas.chunks_exact(4).nth(desktop as usize);
    let [x, y, width, height] = at(desktop.unwrap_or(0)).or(at(0))?.try_into().ok()?;
    Some(Area { x: x.into(), y: y.into(), width: width.into(), height: height.into() })
}

fn cardinals(connection: &RustConnection, window: Window, name: &str) -> Option<Vec<u32>> {
    let atom = connection.intern_atom(true, name.as_bytes()).ok()?.reply().ok()?.atom;
    let property = connection.get_property(false, window, atom, AtomEnum::CARDINAL, 0, NUMBERS).ok()?.reply().ok()?;
    Some(property.value32()?.collect())
}

/// The resource `Xft.dpi`, of which winit makes the scale without looking at it.
pub(super) fn font_resolution() -> Option<f64> {
    let (connection, _) = RustConnection::connect(None).ok()?;
    resource_manager::new_from_default(&connection).ok()?.get_string("Xft.dpi", "")?.parse().ok()
}
