//! The window fits the screen that it opens on, and can be as large as a screen can be.

mod common;
mod desktop;

use desktop::{Desktop, Kind, page, wait};
use std::process::Command;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt, CreateWindowAux, GetGeometryReply as Geometry, PropMode, WindowClass};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// Where the window and its frame are on the screen: left, top, right, bottom.
fn frame(desktop: &Desktop) -> [i32; 4] {
    let window = desktop.window().parse().expect("a window's number");
    let (connection, _) = x11rb::connect(desktop.display()).expect("a connection");
    // The window manager has put the window into a frame, which is the root's child.
    let tree = connection.query_tree(window).unwrap().reply().unwrap();
    let outermost = if tree.parent == tree.root { window } else { tree.parent };
    let Geometry { x, y, width, height, border_width, .. } =
        connection.get_geometry(outermost).unwrap().reply().unwrap();
    let border = 2 * i32::from(border_width);
    [x.into(), y.into(), i32::from(x) + i32::from(width) + border, i32::from(y) + i32::from(height) + border]
}

fn opens_within(screen: (i32, i32), scale: &str) {
    let mode = format!("{}x{}x24", screen.0, screen.1);
    let Some(mut desktop) = Desktop::x11(&["-screen", "0", &mode]) else { return };
    if !desktop.manage() {
        return;
    }
    let first = page(desktop.directory(), "first", "#00ff00");
    let scaled = |command: &mut Command| _ = command.env("WINIT_X11_SCALE_FACTOR", scale);
    let mut browser = desktop.browse_with(&[&first], scaled);
    desktop.wait_title("first - Bulkhead");
    let mut place = [0; 4];
    wait("a framed window", || {
        let now = frame(&desktop);
        std::mem::replace(&mut place, now) == now
    });
    let [left, top, right, bottom] = place;
    assert!(left >= 0 && top >= 0 && right <= screen.0 && bottom <= screen.1, "{place:?} on {mode}");
    let (width, height) = (right - left, bottom - top);
    assert!(width * 10 >= screen.0.min(1280) * 9 && height * 10 >= screen.1.min(860) * 9, "{place:?} on {mode}");
    desktop.focus();
    desktop.key("ctrl+q");
    browser.ends_well("Ctrl+Q");
}

#[test]
fn the_window_opens_within_small_screens() {
    for screen in [(1024, 768), (1366, 768), (1280, 800), (800, 600)] {
        opens_within(screen, "1");
    }
}

#[test]
fn the_window_opens_within_a_screen_of_scale_two() {
    opens_within((1920, 1200), "2");
}

#[test]
fn a_scale_that_makes_no_sense_is_not_used() {
    let Some(desktop) = Desktop::start(Kind::X11) else { return };
    let first = page(desktop.directory(), "first", "#00ff00");
    for scale in ["nan", "0", "-1", "inf", "1e9", "two"] {
        let mut browser = desktop.browse_with(&[&first], |command| _ = command.env("WINIT_X11_SCALE_FACTOR", scale));
        desktop.wait_title("first - Bulkhead");
        desktop.focus();
        desktop.wait_pixel((500, 400), "#00FF00");
        desktop.key("ctrl+q");
        browser.ends_well(scale);
    }
}

/// Who manages the desktop's settings (XSETTINGS), of which there is one: the resolution of fonts. They are there as long as
/// this is.
struct Settings {
    connection: RustConnection,
    manager: u32,
}

impl Settings {
    fn of(desktop: &Desktop, dots: i32) -> Self {
        let (connection, screen) = RustConnection::connect(desktop.display()).expect("a connection");
        let (root, manager) = (connection.setup().roots[screen].root, connection.generate_id().unwrap());
        let (class, aux) = (WindowClass::INPUT_ONLY, CreateWindowAux::new());
        connection.create_window(0, manager, root, 0, 0, 1, 1, 0, class, 0, &aux).unwrap().check().unwrap();
        let settings = Self { connection, manager };
        settings.set(dots);
        let selection = settings.atom(b"_XSETTINGS_S0");
        settings.connection.set_selection_owner(manager, selection, 0u32).unwrap().check().unwrap();
        settings
    }

    /// Sets it to so many dots per inch.
    fn set(&self, dots: i32) {
        let mut settings = vec![0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 7, 0];
        settings.extend(b"Xft/DPI\0\x01\0\0\0");
        settings.extend((dots * 1024).to_le_bytes());
        let property = self.atom(b"_XSETTINGS_SETTINGS");
        let change =
            self.connection.change_property8(PropMode::REPLACE, self.manager, property, property, &settings).unwrap();
        change.check().unwrap();
    }

    fn atom(&self, name: &[u8]) -> u32 {
        self.connection.intern_atom(false, name).unwrap().reply().unwrap().atom
    }
}

#[test]
fn the_desktop_s_resolution_is_the_scale_unless_it_makes_no_sense() {
    let Some(desktop) = Desktop::start(Kind::X11) else { return };
    let first = page(desktop.directory(), "first", "#00ff00");
    // Xfce says -1 dot per inch where the user has set nothing. Twice 96 dots are twice the scale: the tab strip is higher.
    for (dots, is_page_at_120) in [(96, true), (-1, true), (0, true), (192, false)] {
        let _settings = Settings::of(&desktop, dots);
        let mut browser = desktop.browse(&[&first]);
        desktop.wait_title("first - Bulkhead");
        desktop.focus();
        desktop.wait_pixel((500, 400), "#00FF00");
        assert_eq!(desktop.pixel(500, 120) == "#00FF00", is_page_at_120, "{dots} dots per inch");
        desktop.key("ctrl+q");
        browser.ends_well(&format!("{dots} dots per inch"));
    }
}

#[test]
fn a_window_that_is_open_follows_the_desktop_s_resolution() {
    let Some(desktop) = Desktop::start(Kind::X11) else { return };
    let first = page(desktop.directory(), "first", "#00ff00");
    let settings = Settings::of(&desktop, 96);
    let mut browser = desktop.browse(&[&first]);
    desktop.wait_title("first - Bulkhead");
    desktop.focus();
    desktop.wait_pixel((500, 82), "#00FF00");
    // Above the address field.
    let toolbar = desktop.pixel(500, 41);
    settings.set(192);
    desktop.wait_pixel((500, 82), &toolbar);
    settings.set(96);
    desktop.wait_pixel((500, 82), "#00FF00");
    // No scale at all: it stays as it is.
    settings.set(-1);
    settings.set(192);
    desktop.wait_pixel((500, 82), &toolbar);
    desktop.key("ctrl+q");
    browser.ends_well("Ctrl+Q");
}

#[test]
fn an_x_server_without_what_winit_needs_is_no_display() {
    let Some(desktop) = Desktop::x11(&["-screen", "0", "1000x800x24", "-extension", "RANDR"]) else { return };
    let output = desktop.command(common::executable()).arg("about:blank").output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("RANDR") && complaint.lines().count() == 1, "{complaint}");
}

#[test]
fn a_window_larger_than_the_largest_request_is_drawn_without_shared_memory() {
    let Some(desktop) = Desktop::x11(&["-screen", "0", "2600x1700x24", "-extension", "MIT-SHM"]) else { return };
    draws_large_windows(&desktop, |_| {});
}

#[test]
fn a_window_is_drawn_where_there_is_hardly_any_shared_memory() {
    let Some(desktop) = Desktop::x11(&["-screen", "0", "2600x1700x24"]) else { return };
    let small = "mount -t tmpfs -o size=64k none /dev/shm";
    // Root may, and others as the root of a user namespace, where the machine lets them have one.
    let ways: [&[&str]; 2] = [&["--mount"], &["--mount", "--map-root-user"]];
    let works = |way: &&&[&str]| {
        let output = Command::new("unshare").args(**way).args(["sh", "-c", small]).output();
        output.is_ok_and(|output| output.status.success())
    };
    let Some(way) = ways.iter().find(works) else {
        return desktop::skip("this process may not mount a small /dev/shm");
    };
    draws_large_windows(&desktop, |command| {
        let browser = std::mem::replace(command, desktop.command("unshare"));
        let script = format!("{small} && exec \"$0\" \"$@\"");
        command.args(*way).args(["sh", "-c", &script]).arg(browser.get_program()).args(browser.get_args());
    });
}

fn draws_large_windows(desktop: &Desktop, prepare: impl FnOnce(&mut Command)) {
    let first = page(desktop.directory(), "first", "#00ff00");
    let mut browser = desktop.browse_with(&[&first], prepare);
    desktop.wait_title("first - Bulkhead");
    desktop.focus();
    let window = desktop.window();
    for (width, height) in [("2600", "1700"), ("700", "500"), ("2600", "1700")] {
        desktop.run("xdotool", &["windowsize", "--sync", &window, width, height]);
        let (right, bottom) = (width.parse::<u32>().unwrap() - 10, height.parse::<u32>().unwrap() - 60);
        wait("the page in all corners", || {
            [(10, 150), (right, 150), (10, bottom), (right, bottom)]
                .iter()
                .all(|at| desktop.pixel(at.0, at.1) == "#00FF00")
        });
    }
    desktop.key("ctrl+q");
    browser.ends_well("Ctrl+Q");
}
