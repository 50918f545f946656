//! The window needs nobody on the session bus: neither the bus itself, nor the settings portal, nor assistive technologies.

mod common;
mod desktop;

use desktop::{Desktop, KINDS, page};
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

/// A session bus of our own.
struct Bus {
    daemon: Child,
    address: String,
}

impl Bus {
    fn start(desktop: &Desktop) -> Option<Self> {
        if !desktop::have(&["dbus-daemon"]) {
            return None;
        }
        let mut daemon = desktop
            .command("dbus-daemon")
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
        let Some(bus) = Bus::start(&desktop) else { return };
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
