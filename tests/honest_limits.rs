//! No page and no user drives an honest renderer over a limit: what is too much is cut, held back or refused, and nobody is ended
//! for it.

mod common;

use bulkhead_broker::browser::{Activity, PageArea};
use bulkhead_shared::ids::TabId;
use bulkhead_shared::input::{InputEvent, Key, Modifiers};
use bulkhead_shared::limits::{FETCHES_PER_DOCUMENT, URL_BYTES};
use bulkhead_ui::headless::{Headless, LoadError};
use common::{AREA, at, browser, click, html, loaded, open, press, tab, url, wait_tab};
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use url::Url;

fn write(directory: &Path, name: &str, content: impl AsRef<[u8]>) -> Url {
    let path = directory.join(name);
    fs::write(&path, content).unwrap();
    Url::from_file_path(path).unwrap()
}

/// A small picture.
fn png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 1, 1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&[0, 0, 0]).unwrap();
    bytes
}

/// A page with so many pictures, the addresses of which `address` makes.
fn gallery(count: u32, address: impl Fn(u32) -> String) -> (TempDir, Url) {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "picture.png", png());
    let pictures: String = (0..count).map(|n| format!("<img src='{}'>", address(n))).collect();
    let page = write(directory.path(), "page.html", format!("<title>gallery</title>{pictures}"));
    (directory, page)
}

/// Loads the page again before it is complete, as often, and checks that its process is the same in the end.
fn reload_again_and_again(page: Url, times: u32) -> (Headless, TabId) {
    let mut headless = browser();
    let id = open(&mut headless, page);
    let process = tab(&headless, id).pid();
    for _ in 0..times {
        let before = tab(&headless, id).document.as_ref().map(|document| document.navigation);
        headless.browser.reload(id);
        wait_tab(&mut headless, id, "the page to be committed again", |tab| {
            tab.death().is_some() || tab.document.as_ref().is_some_and(|document| Some(document.navigation) != before)
        });
        assert_eq!(tab(&headless, id).death(), None);
    }
    loaded(&mut headless, id);
    assert_eq!(tab(&headless, id).pid(), process);
    (headless, id)
}

#[test]
fn a_page_with_two_hundred_pictures_is_reloaded_again_and_again() {
    let (_directory, page) = gallery(200, |n| format!("picture.png?{n}"));
    let (headless, id) = reload_again_and_again(page, 20);
    assert_eq!(tab(&headless, id).document.as_ref().unwrap().loaded, Some(0), "every picture came");
    headless.shutdown();
}

#[test]
fn a_page_with_three_hundred_very_long_addresses_loads_and_is_reloaded() {
    let long = "x".repeat(URL_BYTES - 1000);
    let (_directory, page) = gallery(300, |n| format!("picture.png?{n}{long}"));
    let (headless, id) = reload_again_and_again(page, 3);
    assert_eq!(tab(&headless, id).document.as_ref().unwrap().loaded, Some(0), "every picture came");
    headless.shutdown();
}

#[test]
fn a_page_with_four_thousand_missing_pictures_is_reloaded() {
    let (_directory, page) = gallery(FETCHES_PER_DOCUMENT - 96, |n| format!("missing{n}.png"));
    let (headless, id) = reload_again_and_again(page, 4);
    assert_eq!(tab(&headless, id).document.as_ref().unwrap().loaded, Some(FETCHES_PER_DOCUMENT - 96));
    headless.shutdown();
}

#[test]
fn the_mouse_wanders_over_links_to_very_long_addresses() {
    let link = |n: u32| {
        let address = format!("https://example.org/{n}{}", "y".repeat(URL_BYTES - 1000));
        format!("<a href='{address}' style='display:block;height:10px'>{n}</a>")
    };
    let directory = tempfile::tempdir().unwrap();
    let links: String = (0..40).map(link).collect();
    let page = write(directory.path(), "page.html", format!("<body style='margin:0'>{links}"));
    let mut headless = browser();
    let id = open(&mut headless, page);
    for turn in 0..50 {
        for n in 0..40 {
            headless.browser.input(InputEvent::PointerMove(at(20.0, 10.0 * n as f32 + 5.0)));
        }
        let last = if turn % 2 == 0 { 7 } else { 8 };
        headless.browser.input(InputEvent::PointerMove(at(20.0, 10.0 * last as f32 + 5.0)));
        let shown = format!("https://example.org/{last}y");
        wait_tab(&mut headless, id, "the link under the pointer", |tab| {
            tab.death().is_some() || tab.page.hover.as_ref().is_some_and(|link| link.as_str().starts_with(&shown))
        });
        assert_eq!(tab(&headless, id).death(), None);
    }
    headless.shutdown();
}

#[test]
fn a_hung_page_whose_window_is_resized_is_unresponsive() {
    let mut headless = browser();
    let id = open(&mut headless, html("<title>before</title>"));
    headless.browser.navigate(id, url("bulkhead://hang"));
    for n in 0..4000 {
        headless.browser.set_area(PageArea { width: 300 + n % 200, height: 200, ..AREA });
        headless.browser.set_zoom(id, 1.0 + (n % 2) as f32);
        headless.browser.input(InputEvent::PointerMove(at(5.0, 5.0)));
        press(&mut headless, "x");
    }
    wait_tab(&mut headless, id, "it to be unresponsive", |tab| {
        tab.death().is_some() || tab.activity() == Activity::Unresponsive
    });
    assert_eq!(tab(&headless, id).death(), None);
    headless.browser.reload(id);
    loaded(&mut headless, id);
    assert_eq!(tab(&headless, id).title(), "before");
    headless.shutdown();
}

#[test]
fn a_page_that_is_laid_out_to_infinity_is_shown() {
    let styles = ["aspect-ratio: 1e-38", "width: 1e38px; height: 1e38px", "margin-left: -1e38px", "font-size: 1e38px"];
    let mut headless = browser();
    for style in styles {
        let page = html(&format!("<title>far</title><div style='width:100px;{style}'>far</div>"));
        let id = headless.browser.open_tab(page, true);
        wait_tab(&mut headless, id, style, |tab| {
            tab.death().is_some() || tab.document.as_ref().is_some_and(|document| document.loaded.is_some())
        });
        assert_eq!(tab(&headless, id).death(), None, "{style}");
        for name in ["End", "PageUp", "Home"] {
            press(&mut headless, name);
        }
        headless.browser.repaint();
        wait_tab(&mut headless, id, "a frame", |tab| tab.death().is_some() || tab.front.is_some());
        assert_eq!(tab(&headless, id).death(), None, "{style}");
        assert!(tab(&headless, id).page.scroll.is_bounded());
        headless.browser.close_tab(id);
    }
    headless.shutdown();
}

#[test]
fn an_enter_key_that_is_held_on_a_link_is_no_offence() {
    let mut headless = browser();
    let page = html("<title>held</title><a href='#there' id='there'>go</a>");
    let id = open(&mut headless, page);
    press(&mut headless, "Tab");
    for _ in 0..2000 {
        press(&mut headless, "Enter");
    }
    wait_tab(&mut headless, id, "the link to be followed", |tab| {
        tab.death().is_some() || tab.url().is_some_and(|url| url.fragment() == Some("there"))
    });
    press(&mut headless, "Enter");
    repaint_alive(&mut headless, id);
    headless.shutdown();
}

/// Has the tab painted again: whatever it was ended for would be seen by then.
fn repaint_alive(headless: &mut Headless, id: TabId) {
    headless.browser.repaint();
    let frames = tab(headless, id).front.as_ref().map(|front| front.frame.done);
    wait_tab(headless, id, "a new frame", |tab| {
        tab.death().is_some() || tab.front.as_ref().map(|front| front.frame.done) != frames
    });
    assert_eq!(tab(headless, id).death(), None);
}

#[test]
fn keys_that_copy_elsewhere_copy_nothing_unasked() {
    let mut headless = browser();
    let id = open(&mut headless, html("<title>copy</title><p>some words to copy<p><input value='more words'>"));
    headless.browser.edit(bulkhead_shared::downlink::Edit::SelectAll);
    let modifiers = Modifiers { ctrl: true, shift: true, ..Modifiers::default() };
    let shout = |headless: &mut Headless| {
        for key in ["C", "X", "c", "x"] {
            let (key, text) = (key.to_owned(), None);
            headless.browser.input(InputEvent::Key(Key { key, text, modifiers, pressed: true, repeat: false }));
        }
        repaint_alive(headless, id);
    };
    shout(&mut headless);
    press(&mut headless, "Tab");
    headless.browser.edit(bulkhead_shared::downlink::Edit::SelectAll);
    shout(&mut headless);
    assert_eq!(headless.take_clipboard(), None);
    headless.shutdown();
}

/// A `data:` page whose address has so many bytes.
fn address_of(bytes: usize) -> Url {
    let start = "data:text/html,<title>long</title>";
    let address = url(&format!("{start}{}", "x".repeat(bytes - start.len())));
    assert_eq!(address.as_str().len(), bytes);
    address
}

#[test]
fn an_address_of_any_length_loads_or_is_refused() {
    let mut headless = browser();
    let id = open(&mut headless, html("<title>start</title>"));
    for bytes in (URL_BYTES - 48..=URL_BYTES).step_by(3).chain([URL_BYTES - 1, URL_BYTES]) {
        headless.browser.navigate(id, address_of(bytes));
        loaded(&mut headless, id);
        assert_eq!(tab(&headless, id).url().map(|url| url.as_str().len()), Some(bytes));
    }
    for bytes in [URL_BYTES + 1, 2 * URL_BYTES, 1 << 20] {
        headless.browser.navigate(id, address_of(bytes));
        assert!(matches!(common::fails(&mut headless, id), LoadError::Failed(_)), "{bytes}");
    }
    headless.shutdown();
}

#[test]
fn a_link_whose_address_grows_too_long_in_its_normal_form_leads_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    // Two bytes each in the page, six in the address.
    let grows = "é".repeat(URL_BYTES / 2 - 100);
    let links = format!(
        "<title>links</title><body style='margin:0'><img src='{grows}'><a href='x?{grows}' style='display:block;height:99px'>a</a>"
    );
    let page = write(directory.path(), "page.html", format!("<meta charset=utf-8>{links}"));
    let mut headless = browser();
    let id = open(&mut headless, page.clone());
    click(&mut headless, at(9.0, 60.0));
    repaint_alive(&mut headless, id);
    assert_eq!(tab(&headless, id).url(), Some(&page));
    headless.shutdown();
}
