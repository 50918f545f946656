//! The window needs nobody on the session bus: neither the bus itself, nor the settings portal, nor assistive technologies.

mod common;
mod desktop;

use desktop::{Browser, Desktop, KINDS, page};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A session bus of our own.
struct Bus {
    daemon: Child,
    address: String,
}

impl Bus {
    fn start(command: impl FnOnce(&str) -> Command) -> Option<Self> {
        if !desktop::have(&["dbus-daemon"]) {
            return None;
        }
        let mut daemon = command("dbus-daemon")
            .args(["--session", "--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the bus starts");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().expect("a pipe")).read_line(&mut address).expect("its address");
        Some(Self { daemon, address: address.trim().to_owned() })
    }

    fn signal(&self, signal: i32) {
        desktop::signal(&self.daemon, signal);
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn browses(when: &str, before: Option<i32>, after: Option<i32>) {
    for kind in KINDS {
        let Some(desktop) = Desktop::start(kind) else { continue };
        let Some(bus) = Bus::start(|program| desktop.command(program)) else { return };
        let (first, second) =
            (page(desktop.directory(), "first", "#00ff00"), page(desktop.directory(), "second", "#0000ff"));
        before.into_iter().for_each(|signal| bus.signal(signal));
        let mut browser =
            desktop.browse_with(&[&first], |command| _ = command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address));
        desktop.wait_title("first - Bulkhead");
        desktop.focus();
        after.into_iter().for_each(|signal| bus.signal(signal));
        desktop.key("ctrl+l");
        desktop.type_text(second.to_str().unwrap());
        desktop.key("Return");
        desktop.wait_title("second - Bulkhead");
        desktop.wait_pixel((500, 400), "#0000FF");
        desktop.key("ctrl+q");
        browser.ends_well(when);
    }
}

#[test]
fn a_bus_that_is_frozen_from_the_start() {
    browses("a frozen bus", Some(libc::SIGSTOP), None);
}

#[test]
fn a_bus_that_freezes_later() {
    browses("a bus that froze", None, Some(libc::SIGSTOP));
}

#[test]
fn a_bus_that_dies() {
    browses("a bus that died", None, Some(libc::SIGKILL));
}

/// A compositor that draws no frames around windows, so that winit does; it has no keyboard and no mouse.
struct Weston {
    server: Child,
    directory: tempfile::TempDir,
}

impl Weston {
    const SOCKET: &str = "wayland-1";

    fn start() -> Option<Self> {
        // winit asks for its frame with `dbus-send`.
        if !desktop::have(&["weston", "dbus-send"]) {
            return None;
        }
        let directory = desktop::runtime_directory();
        let arguments = ["--backend=headless-backend.so", "--use-pixman", "--idle-time=0"];
        let server = Command::new("weston")
            .args(arguments)
            .arg(format!("--socket={}", Self::SOCKET))
            .env("XDG_RUNTIME_DIR", directory.path())
            .env_remove("DISPLAY")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("weston starts");
        let socket = directory.path().join(Self::SOCKET);
        desktop::wait("weston's socket", || socket.exists());
        Some(Self { server, directory })
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env("XDG_RUNTIME_DIR", self.directory.path()).env("WAYLAND_DISPLAY", Self::SOCKET);
        command.env_remove("DISPLAY").env_remove("DBUS_SESSION_BUS_ADDRESS");
        command
    }
}

impl Drop for Weston {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// How long `dbus-send` waits for a bus, and the window with it, if it is let.
const DBUS_SEND: Duration = Duration::from_secs(25);

#[test]
fn a_frozen_bus_where_the_window_has_to_draw_its_own_frame() {
    let Some(weston) = Weston::start() else { return };
    let Some(bus) = Bus::start(|program| weston.command(program)) else { return };
    let first = page(weston.directory.path(), "first", "#00ff00");
    bus.signal(libc::SIGSTOP);
    // libwayland writes down what the window asks the compositor for.
    let spoken: PathBuf = weston.directory.path().join("spoken");
    let begun = Instant::now();
    let mut command = weston.command(common::executable());
    command.arg(&first).stdin(Stdio::null()).stderr(File::create(&spoken).unwrap());
    command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address).env("WAYLAND_DEBUG", "client");
    let _browser = Browser::from(command.spawn().expect("the browser starts"));
    desktop::wait("the page's title", || {
        fs::read_to_string(&spoken).is_ok_and(|spoken| spoken.contains("set_title(\"first - Bulkhead\")"))
    });
    assert!(begun.elapsed() < DBUS_SEND, "the window has waited for the bus");
}
