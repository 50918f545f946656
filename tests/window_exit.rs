//! However the window is closed, the browser ends well: what uses the display by a raw handle is gone before the display is.

mod common;
mod desktop;

use desktop::{Browser, Desktop, KINDS, Kind, page};
use std::os::unix::process::ExitStatusExt;

/// What went wrong went wrong in fourteen of sixteen closes.
const TIMES: usize = 4;

/// Opens a window with one page and has `close` close it.
fn closes_well(how: &str, close: impl Fn(&Desktop)) {
    for kind in KINDS {
        let Some(mut desktop) = Desktop::start(kind) else { continue };
        if kind == Kind::X11 && !desktop.manage() {
            continue;
        }
        for _ in 0..TIMES {
            let mut browser = open(&desktop);
            close(&desktop);
            browser.ends_well(&format!("{kind:?}, {how}"));
        }
    }
}

fn open(desktop: &Desktop) -> Browser {
    let first = page(desktop.directory(), "first", "#00ff00");
    let browser = desktop.browse(&[&first]);
    desktop.wait_title("first - Bulkhead");
    desktop.focus();
    desktop.wait_pixel((500, 400), "#00FF00");
    browser
}

#[test]
fn by_the_key_that_quits() {
    closes_well("Ctrl+Q", |desktop| desktop.key("ctrl+q"));
}

#[test]
fn by_closing_the_last_tab() {
    closes_well("Ctrl+W on the last tab", |desktop| desktop.key("ctrl+w"));
}

#[test]
fn by_the_window_s_close_button() {
    closes_well("the close button", Desktop::close_window);
}

#[test]
fn while_the_browser_holds_the_clipboard() {
    closes_well("Ctrl+Q, with something copied", |desktop| {
        desktop.key("ctrl+l");
        desktop.type_text("copied");
        desktop.key("ctrl+a");
        desktop.key("ctrl+c");
        desktop::wait("the copied text", || desktop.held("clipboard") == "copied");
        desktop.key("ctrl+q");
    });
}

#[test]
fn while_another_program_holds_the_clipboard_and_something_was_pasted() {
    for kind in KINDS {
        let Some(desktop) = Desktop::start(kind) else { continue };
        let second = page(desktop.directory(), "second", "#0000ff");
        let _owner = desktop.hold("clipboard", second.to_str().unwrap());
        for _ in 0..TIMES {
            let mut browser = open(&desktop);
            desktop.key("ctrl+l");
            desktop.key("ctrl+v");
            desktop.key("Return");
            desktop.wait_title("second - Bulkhead");
            desktop.key("ctrl+q");
            browser.ends_well(&format!("{kind:?}, after pasting"));
        }
    }
}

#[test]
fn when_the_display_vanishes_the_browser_ends_by_no_signal() {
    for kind in KINDS {
        let Some(mut desktop) = Desktop::start(kind) else { continue };
        let mut browser = open(&desktop);
        desktop.vanish();
        let status = browser.wait();
        assert_eq!(status.signal(), None, "{kind:?}: {status}");
    }
}
