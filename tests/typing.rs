//! Input to frame: what is typed into a field is seen, and what is copied comes out.

mod common;

use bulkhead_shared::downlink::Edit;
use bulkhead_shared::input::{InputEvent, Key, Modifiers};
use bulkhead_ui::headless::Headless;
use common::{PATIENCE, at, browser, click, html, open, picture, press, tab, wait_picture, wait_tab};
use std::time::{Duration, Instant};

#[test]
fn typing_in_a_field_changes_pixels_and_copy_brings_the_text() {
    let mut headless = browser();
    let id = open(&mut headless, html("<body style='margin:0'><input style='font-size:40px;width:500px;height:60px'>"));
    let empty = picture(&headless);

    click(&mut headless, at(100.0, 30.0));
    wait_tab(&mut headless, id, "the field to have the focus", |tab| tab.page.text_focus);
    for letter in ["s", "h", "i", "p"] {
        press(&mut headless, letter);
    }
    headless.browser.edit(Edit::SelectAll);
    headless.browser.edit(Edit::Copy);

    assert_eq!(clipboard(&mut headless), "ship");
    wait_picture(&mut headless, "the typed text to be seen", |picture| picture != empty);
    let typed = picture(&headless);
    let row = |picture: &[u32], y: usize| picture[y * 640..(y + 1) * 640].to_vec();
    assert!((5..55).any(|y| row(&typed, y) != row(&empty, y)), "the field looks different");
    assert_eq!(row(&typed, 400), row(&empty, 400), "the rest does not");
    headless.shutdown();
}

#[test]
fn a_copy_of_nothing_is_answered_and_stands_in_the_way_of_none() {
    let mut headless = browser();
    open(&mut headless, html("<p>some text</p>"));
    for _ in 0..3 {
        headless.browser.edit(Edit::Copy);
    }
    headless.browser.edit(Edit::SelectAll);
    headless.browser.edit(Edit::Copy);
    assert_eq!(clipboard(&mut headless), "some text");
    headless.shutdown();
}

#[test]
fn keys_for_which_the_engine_would_copy_by_itself_end_nobody() {
    let mut headless = browser();
    let id = open(&mut headless, html("<p>some text</p>"));
    headless.browser.edit(Edit::SelectAll);
    let modifiers = Modifiers { ctrl: true, shift: true, ..Modifiers::default() };
    let key = Key { key: "C".to_owned(), text: None, modifiers, pressed: true, repeat: false };
    headless.browser.input(InputEvent::Key(key));
    headless.browser.edit(Edit::Copy);
    assert_eq!(clipboard(&mut headless), "some text");
    assert_eq!(tab(&headless, id).death(), None);
    headless.shutdown();
}

/// Waits for what the page puts on the clipboard.
fn clipboard(headless: &mut Headless) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(text) = headless.take_clipboard() {
            return text;
        }
        assert!(Instant::now() < deadline, "waited in vain for the copied text");
        headless.wait(Duration::from_millis(50), |_| false);
    }
}

#[test]
fn paste_inserts_into_the_focused_field() {
    let mut headless = browser();
    let id = open(&mut headless, html("<body style='margin:0'><input style='font-size:40px;width:500px;height:60px'>"));
    click(&mut headless, at(100.0, 30.0));
    wait_tab(&mut headless, id, "the field to have the focus", |tab| tab.page.text_focus);
    let empty = picture(&headless);

    headless.browser.edit(Edit::Paste("pasted".to_owned()));

    wait_picture(&mut headless, "the pasted text to be seen", |picture| picture != empty);
    headless.shutdown();
}
