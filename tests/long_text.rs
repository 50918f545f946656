//! A text of tens of megabytes is shown, in pieces as one scrolls, in little memory.

mod common;

use bulkhead_broker::browser::Isolation;
use bulkhead_broker::memory::Budget;
use bulkhead_shared::downlink::Edit;
use bulkhead_shared::ids::TabId;
use bulkhead_ui::headless::Headless;
use common::{open, press, tab, wait_tab};
use std::fmt::Write;
use std::time::{Duration, Instant};
use url::Url;

const LINES: usize = 1_000_000;
const MIB: u64 = 1 << 20;

/// A browser in which a tab may use less than three times as much memory as the text has bytes, on a page with a text of
/// fifty megabytes.
fn reader() -> (tempfile::TempDir, Headless, TabId) {
    let directory = tempfile::tempdir().expect("a directory");
    let mut text = String::new();
    for line in 0..LINES {
        writeln!(text, "{line} the quick brown fox jumps over the lazy dog").expect("a String takes it");
    }
    assert!(text.len() as u64 > 48 * MIB);
    let path = directory.path().join("long.log");
    std::fs::write(&path, text).expect("a file");
    let memory = Budget { tab: 128 * MIB, all: 1024 * MIB };
    let mut headless = common::browser_with(Isolation { memory, ..common::isolation() });
    let id = open(&mut headless, Url::from_file_path(&path).expect("a URL"));
    (directory, headless, id)
}

/// The text that is laid out now, as far as the clipboard takes it.
fn laid_out(headless: &mut Headless) -> String {
    headless.browser.edit(Edit::SelectAll);
    headless.browser.edit(Edit::Copy);
    let deadline = Instant::now() + common::PATIENCE;
    loop {
        if let Some(text) = headless.take_clipboard() {
            return text;
        }
        assert!(Instant::now() < deadline, "waited in vain for the copied text");
        headless.wait(Duration::from_millis(20), |_| false);
    }
}

#[test]
fn the_beginning_is_shown_then_the_end_then_the_beginning_again() {
    let (_directory, mut headless, id) = reader();
    assert!(laid_out(&mut headless).contains("0 the quick brown fox"));
    press(&mut headless, "End");
    let half = LINES as f32 * 16.0 / 2.0;
    wait_tab(&mut headless, id, "the end", |tab| tab.page.scroll.y > half);
    let text = laid_out(&mut headless);
    assert!(text.contains(&format!("{} the quick", LINES - 1)), "{}", &text[text.len().saturating_sub(200)..]);
    assert!(!text.contains("\n10 the quick"), "the beginning is laid out no more: {}", &text[..300]);
    press(&mut headless, "Home");
    wait_tab(&mut headless, id, "the beginning", |tab| tab.page.scroll.y == 0.0);
    assert!(laid_out(&mut headless).contains("0 the quick brown fox"));
    assert!(tab(&headless, id).death().is_none());
    headless.shutdown();
}

#[test]
fn tabs_lead_to_their_stops() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut headless = common::browser();
    // All of the page but for its scroll bar, which depends on the length of the file.
    let mut picture = |name: &str, lines: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, lines.repeat(30_000)).expect("a file");
        let id = open(&mut headless, Url::from_file_path(&path).expect("a URL"));
        let (pixels, area) = headless.page().expect("a page");
        let rows = pixels.chunks(area.width as usize);
        let text = rows.flat_map(|row| row[..row.len() / 2].to_vec()).collect::<Vec<u32>>();
        headless.browser.close_tab(id);
        text
    };
    let tabs = picture("tabs.txt", "one\ttwo\n\tthree\n");
    let spaces = picture("spaces.txt", "one     two\n        three\n");
    assert!(tabs.iter().any(|pixel| *pixel != tabs[0]), "there is text");
    assert!(tabs == spaces, "the pictures differ");
    headless.shutdown();
}

#[test]
fn no_line_is_left_out_between_two_views() {
    let (_directory, mut headless, id) = reader();
    let mut next = 0;
    // Some pieces of the text: each view begins where the one before is laid out.
    while next < 2_000 {
        let text = laid_out(&mut headless);
        // Whatever stands between two lines: here it is what is laid out that counts.
        let numbers: Vec<usize> =
            text.split("dog").filter_map(|line| line.trim().split(' ').next()?.parse().ok()).collect();
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
        let (first, last) = (numbers[0], numbers[numbers.len() - 1]);
        assert!(first <= next && last >= next, "{first} to {last}, after {next}");
        next = last;
        let before = tab(&headless, id).page.scroll.y;
        press(&mut headless, "PageDown");
        wait_tab(&mut headless, id, "the next view", |tab| tab.page.scroll.y > before);
    }
    headless.shutdown();
}
