//! Input reaches a page whatever the user has done before: in other tabs, or while the page did not keep up.

mod common;

use bulkhead_shared::ids::TabId;
use bulkhead_shared::input::InputEvent;
use bulkhead_ui::headless::Headless;
use common::{at, browser, click, open, pid, press, repaint, signal_process, tab, wait_tab};
use url::Url;

/// A page that is a link to a place further down.
const LINK: &str = "<body style='margin:0'><a href='#far' style='display:block;height:100px'>go</a>\
    <div style='height:3000px'></div><p id='far'>far</p><div style='height:3000px'></div>";

/// That page as a file: one of a `data:` URL may not go to a fragment of itself.
fn page() -> (tempfile::TempDir, Url) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("page.html");
    std::fs::write(&file, LINK).unwrap();
    (directory, Url::from_file_path(file).unwrap())
}

fn scrolls_on_a_click(headless: &mut Headless, id: TabId) {
    click(headless, at(20.0, 50.0));
    wait_tab(headless, id, "the click to scroll the page", |tab| tab.page.scroll.y > 2000.0);
}

fn moves(headless: &mut Headless, count: u16) {
    for n in 0..count {
        headless.browser.input(InputEvent::PointerMove(at(f32::from(n % 600), 300.0)));
    }
}

#[test]
fn a_new_tab_takes_a_click_however_much_input_the_others_had() {
    let (_directory, page) = page();
    let mut headless = browser();
    let first = open(&mut headless, page.clone());
    moves(&mut headless, 1000);
    scrolls_on_a_click(&mut headless, first);

    let second = open(&mut headless, page.clone());
    scrolls_on_a_click(&mut headless, second);
    headless.shutdown();
}

#[test]
fn a_click_is_not_lost_behind_a_thousand_moves_that_the_page_has_not_kept_up_with() {
    let (_directory, page) = page();
    let mut headless = browser();
    let id = open(&mut headless, page.clone());
    let process = pid(&headless, id);

    signal_process(process, libc::SIGSTOP);
    moves(&mut headless, 1000);
    click(&mut headless, at(20.0, 50.0));
    signal_process(process, libc::SIGCONT);

    wait_tab(&mut headless, id, "the click to scroll the page", |tab| tab.page.scroll.y > 2000.0);
    headless.shutdown();
}

#[test]
fn a_page_that_was_sent_more_than_it_can_have_while_it_hung_goes_on_afterwards() {
    let (_directory, page) = page();
    let mut headless = browser();
    let id = open(&mut headless, page.clone());
    let process = pid(&headless, id);

    signal_process(process, libc::SIGSTOP);
    for _ in 0..10_000 {
        press(&mut headless, "a");
        click(&mut headless, at(300.0, 300.0));
    }
    signal_process(process, libc::SIGCONT);

    repaint(&mut headless);
    scrolls_on_a_click(&mut headless, id);
    assert_eq!(tab(&headless, id).death(), None);
    headless.shutdown();
}
