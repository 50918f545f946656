//! What winit does not ask an X server: the part of the desktop that panels leave free, whether the configured font resolution
//! makes sense, and whether the server can do what winit takes for granted.
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

/// An extension without which winit panics.
const NEEDED: &str = "RANDR";

/// The extension that winit needs and this server lacks.
pub(super) fn lacking() -> Option<&'static str> {
    let (connection, _) = RustConnection::connect(None).ok()?;
    let reply = connection.query_extension(NEEDED.as_bytes()).ok()?.reply().ok()?;
    (!reply.present).then_some(NEEDED)
}

/// Where a resolution of fonts was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Resolution {
    /// The setting's name.
    pub(super) name: &'static str,
    /// Dots per inch; any number there is.
    pub(super) dots: f64,
}

/// The resolutions of fonts that are configured, in the order in which winit makes the scale of the first, whatever it is: the
/// desktop's (XSETTINGS, `Xft/DPI`), and the resource `Xft.dpi`.
pub(super) fn font_resolutions() -> Vec<Resolution> {
    let Ok((connection, screen)) = RustConnection::connect(None) else { return Vec::new() };
    let setting = settings(&connection, screen).and_then(|settings| resolution_of(&settings));
    let resources = resource_manager::new_from_default(&connection).ok();
    let resource = resources.and_then(|resources| resources.get_string("Xft.dpi", "")?.parse().ok());
    let setting = setting.map(|dots| Resolution { name: "setting Xft/DPI", dots });
    setting.into_iter().chain(resource.map(|dots| Resolution { name: "X resource Xft.dpi", dots })).collect()
}

/// What the settings' manager of a screen has set (XSETTINGS, "Determining the settings manager").
fn settings(connection: &RustConnection, screen: usize) -> Option<Vec<u8>> {
    let atom = |name: &str| Some(connection.intern_atom(false, name.as_bytes()).ok()?.reply().ok()?.atom);
    let manager = connection.get_selection_owner(atom(&format!("_XSETTINGS_S{screen}"))?).ok()?.reply().ok()?.owner;
    let property = atom("_XSETTINGS_SETTINGS")?;
    Some(connection.get_property(false, manager, property, property, 0, SETTINGS / 4).ok()?.reply().ok()?.value)
}

/// Bytes of settings that are read.
const SETTINGS: u32 = 1 << 20;

/// `Xft/DPI`, in 1024ths of a dot per inch, if the settings are well-formed up to there (XSETTINGS, "Format").
fn resolution_of(settings: &[u8]) -> Option<f64> {
    let (header, mut rest) = settings.split_at_checked(12)?;
    // The first byte: 0 for the least significant byte first, 1 for the most.
    let is_big = header.first() == Some(&1);
    let short = |bytes: &[u8]| {
        bytes.first_chunk().map(|two| if is_big { u16::from_be_bytes(*two) } else { u16::from_le_bytes(*two) })
    };
    let word = |bytes: &[u8]| {
        bytes.first_chunk().map(|four| if is_big { u32::from_be_bytes(*four) } else { u32::from_le_bytes(*four) })
    };
    loop {
        // Kind, a byte of padding, the name's length; the name; a serial number; the value.
        let (kind, length) = (*rest.first()?, usize::from(short(rest.get(2..)?)?));
        let (name, behind) = rest.get(4..)?.split_at_checked(length.next_multiple_of(4))?;
        let value = behind.get(4..)?;
        let size = match kind {
            0 => 4,
            1 => (word(value)? as usize).checked_next_multiple_of(4)?.checked_add(4)?,
            2 => 8,
            _ => return None,
        };
        if name.get(..length)? == b"Xft/DPI" {
            return (kind == 0).then(|| word(value).map(|dots| f64::from(dots.cast_signed()) / 1024.0))?;
        }
        rest = value.get(size..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three settings: a text, a colour, and the resolution.
    fn well_formed() -> Vec<u8> {
        let mut settings = vec![0, 0, 0, 0, 9, 0, 0, 0, 3, 0, 0, 0];
        settings.extend(b"\x01\0\x0d\0Net/ThemeName\0\0\0\x01\0\0\0\x05\0\0\0Adwai\0\0\0");
        settings.extend(b"\x02\0\x04\0Some\x01\0\0\0\0\0\0\0\0\0\0\0");
        settings.extend(b"\0\0\x07\0Xft/DPI\0\x01\0\0\0\0\0\x03\0");
        settings
    }

    #[test]
    fn the_desktop_s_resolution_is_read() {
        assert_eq!(resolution_of(&well_formed()), Some(192.0));
        let mut negative = well_formed();
        let at = negative.len() - 4;
        negative.splice(at.., (-1024i32).to_le_bytes());
        assert_eq!(resolution_of(&negative), Some(-1.0));
    }

    #[test]
    fn settings_that_are_cut_off_or_of_another_kind_are_none() {
        let settings = well_formed();
        for length in 0..settings.len() {
            assert_eq!(resolution_of(settings.get(..length).unwrap()), None, "{length} bytes");
        }
        let mut strange = settings;
        strange.splice(12..13, [7]);
        assert_eq!(resolution_of(&strange), None);
    }
}
