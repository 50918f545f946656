//! The clipboard, and the primary selection: what is selected is there for a click of the middle button.

mod common;
mod desktop;

use desktop::{Browser, Desktop, KINDS, Kind, page, wait};
use std::path::PathBuf;

/// A page with a field at its top and text below it. The field's text becomes the title of the page that it is sent to.
fn form(desktop: &Desktop) -> PathBuf {
    let field = "position:absolute;left:0;top:0;width:600px;height:60px;font:40px monospace";
    let text = "position:absolute;left:0;top:100px;margin:0;font:40px monospace;white-space:pre";
    let source =
        format!("<title>form</title><body style='margin:0'><input style='{field}'><p style='{text}'>selected words");
    let path = desktop.directory().join("form.html");
    std::fs::write(&path, source).unwrap();
    path
}

fn open(desktop: &Desktop) -> Browser {
    let browser = desktop.browse(&[&form(desktop)]);
    desktop.wait_title("form - Bulkhead");
    desktop.focus();
    wait("the page", || desktop.pixel(700, 600) == "#FFFFFF");
    browser
}

/// Where the page begins, below the interface.
const TOP: u32 = 86;

fn click(desktop: &Desktop, (x, y): (u32, u32), button: &str) {
    desktop.run("xdotool", &["mousemove", &x.to_string(), &y.to_string(), "click", button]);
}

/// Whether something dark is drawn into the field.
fn is_field_empty(desktop: &Desktop) -> bool {
    let row = format!("600x20+5+{}", TOP + 20);
    let text = desktop.run(
        "import",
        &["-window", "root", "-crop", &row, "-depth", "8", "-colorspace", "gray", "-format", "%[min]", "info:"],
    );
    text.parse::<f64>().is_ok_and(|darkest| darkest > 30_000.0)
}

#[test]
fn every_paste_key_pastes_into_the_address_bar() {
    for kind in KINDS {
        let Some(desktop) = Desktop::start(kind) else { continue };
        let second = page(desktop.directory(), "second", "#0000ff");
        let _owner = desktop.hold("clipboard", second.to_str().unwrap());
        let mut browser = open(&desktop);
        for key in ["ctrl+v", "shift+Insert", "ctrl+shift+v"] {
            desktop.key("ctrl+l");
            desktop.key(key);
            desktop.key("Return");
            desktop.wait_title("second - Bulkhead");
            desktop.key("alt+Left");
            desktop.wait_title("form - Bulkhead");
        }
        desktop.key("ctrl+q");
        browser.ends_well("Ctrl+Q");
    }
}

#[test]
fn every_copy_key_copies_from_the_address_bar() {
    for kind in KINDS {
        let Some(desktop) = Desktop::start(kind) else { continue };
        let mut browser = open(&desktop);
        for (text, key) in [("one", "ctrl+c"), ("two", "ctrl+Insert"), ("three", "shift+Delete"), ("four", "ctrl+x")] {
            desktop.key("ctrl+l");
            desktop.type_text(text);
            desktop.key("ctrl+a");
            desktop.key(key);
            wait("the copied text", || desktop.held("clipboard") == text);
        }
        desktop.key("ctrl+q");
        browser.ends_well("Ctrl+Q");
    }
}

#[test]
fn what_is_selected_in_the_address_bar_is_the_primary_selection() {
    for kind in KINDS {
        let Some(desktop) = Desktop::start(kind) else { continue };
        let _owner = desktop.hold("primary", "another program's");
        let mut browser = open(&desktop);
        desktop.key("ctrl+l");
        desktop.type_text("typed text");
        // The focus alone selects nothing for others.
        assert_eq!(desktop.held("primary"), "another program's");
        for _ in 0..4 {
            desktop.key("shift+Left");
        }
        wait("the selected text", || desktop.held("primary") == "text");
        desktop.key("ctrl+q");
        browser.ends_well("Ctrl+Q");
    }
}

#[test]
fn the_middle_button_pastes_the_primary_selection_into_the_address_bar() {
    let Some(desktop) = Desktop::start(Kind::X11) else { return };
    let second = page(desktop.directory(), "second", "#0000ff");
    let _owner = desktop.hold("primary", second.to_str().unwrap());
    let mut browser = open(&desktop);
    click(&desktop, (500, 60), "2");
    desktop.key("Return");
    desktop.wait_title("second - Bulkhead");
    desktop.key("ctrl+q");
    browser.ends_well("Ctrl+Q");
}

#[test]
fn what_is_selected_in_a_page_is_the_primary_selection_and_a_click_selects_nothing() {
    let Some(desktop) = Desktop::start(Kind::X11) else { return };
    let _owner = desktop.hold("primary", "another program's");
    let mut browser = open(&desktop);
    click(&desktop, (30, TOP + 120), "1");
    // A dragging mouse: one line is 24 pixels a letter.
    let y = (TOP + 125).to_string();
    desktop.run("xdotool", &["mousemove", "2", &y, "mousedown", "1", "mousemove", "100", &y]);
    assert_eq!(desktop.held("primary"), "another program's", "the button is still down");
    desktop.run("xdotool", &["mousemove", "190", &y, "mouseup", "1"]);
    wait("the selected text", || desktop.held("primary") == "selected");
    desktop.key("ctrl+q");
    browser.ends_well("Ctrl+Q");
}

#[test]
fn the_middle_button_pastes_into_a_page_s_field_that_it_is_over_and_nowhere_else() {
    let Some(desktop) = Desktop::start(Kind::X11) else { return };
    let _owner = desktop.hold("primary", "WWWWWWWW");
    let mut browser = open(&desktop);
    wait("an empty field", || is_field_empty(&desktop));
    click(&desktop, (30, TOP + 120), "2");
    click(&desktop, (700, TOP + 400), "2");
    // What is done next is done after that: the field is still empty then.
    click(&desktop, (300, TOP + 30), "1");
    desktop.key("x");
    wait("a letter in the field", || !is_field_empty(&desktop));
    desktop.key("BackSpace");
    wait("an empty field", || is_field_empty(&desktop));

    click(&desktop, (300, TOP + 30), "2");
    wait("the pasted text", || !is_field_empty(&desktop));
    desktop.key("ctrl+a");
    desktop.key("ctrl+c");
    wait("the field's text", || desktop.held("clipboard") == "WWWWWWWW");
    desktop.key("ctrl+q");
    browser.ends_well("Ctrl+Q");
}

#[test]
fn a_frozen_owner_of_the_clipboard_freezes_nothing() {
    // What waits for a frozen program waits for 20 seconds on X11, and for ever on Wayland. So often it would be longer than a
    // test's patience.
    const TIMES: usize = 4;
    for kind in KINDS {
        let Some(desktop) = Desktop::start(kind) else { continue };
        let second = page(desktop.directory(), "second", "#0000ff");
        let owner = desktop.hold("clipboard", second.to_str().unwrap());
        let mut browser = open(&desktop);
        owner.freeze();
        for _ in 0..TIMES {
            desktop.key("ctrl+l");
            desktop.key("ctrl+v");
        }
        // Typing goes on, and the interface draws.
        desktop.type_text(second.to_str().unwrap());
        desktop.key("Return");
        desktop.wait_title("second - Bulkhead");
        // Into a page.
        for _ in 0..TIMES {
            desktop.key("ctrl+v");
        }
        desktop.key("alt+Left");
        desktop.wait_title("form - Bulkhead");
        // It is told.
        wait("the notice at the window's foot", || desktop.pixel(5, 760) != "#FFFFFF");

        // What comes now comes too late, and goes nowhere; what is asked for now comes.
        desktop.key("ctrl+l");
        owner.thaw();
        // xclip ends when it is to answer a window that is not there any more, so there may have to be another, and one more.
        let mut others = Vec::new();
        wait("a program that holds the clipboard", || {
            if desktop.held("clipboard") != second.to_str().unwrap() {
                others.push(desktop.offer("clipboard", second.to_str().unwrap()));
            }
            desktop.held("clipboard") == second.to_str().unwrap()
        });
        desktop.key("ctrl+l");
        desktop.key("ctrl+v");
        desktop.key("Return");
        desktop.wait_title("second - Bulkhead");
        desktop.key("ctrl+q");
        browser.ends_well("Ctrl+Q");
    }
}

#[test]
fn the_window_closes_while_a_frozen_program_holds_the_clipboard() {
    for kind in KINDS {
        let Some(desktop) = Desktop::start(kind) else { continue };
        let owner = desktop.hold("clipboard", "text");
        let mut browser = open(&desktop);
        owner.freeze();
        desktop.key("ctrl+l");
        desktop.key("ctrl+v");
        desktop.key("ctrl+q");
        browser.ends_well("Ctrl+Q");
    }
}
