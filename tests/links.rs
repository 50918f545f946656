//! Links: a click navigates, a middle click opens a tab, a fragment scrolls; and the history knows of all of it.

mod common;

use bulkhead_shared::input::{Button, Pointer};
use common::{at, browser, click, loaded, open, tab, url, wait, wait_tab};
use std::fs;
use url::Url;

/// A directory with two pages that link to each other, and the URL of the first.
fn site() -> (tempfile::TempDir, Url, Url) {
    let directory = tempfile::tempdir().unwrap();
    let link = |to: &str| format!("<body style='margin:0'><a href='{to}' style='display:block;height:100px'>go</a>");
    fs::write(directory.path().join("a.html"), format!("<title>a</title>{}", link("b.html"))).unwrap();
    let far = "<div style='height:3000px'></div><h1 id='far'>far</h1><div style='height:3000px'></div>";
    fs::write(directory.path().join("b.html"), format!("<title>b</title>{}{far}", link("#far"))).unwrap();
    let file = |name| Url::from_file_path(directory.path().join(name)).unwrap();
    let (a, b) = (file("a.html"), file("b.html"));
    (directory, a, b)
}

#[test]
fn a_click_navigates_and_back_and_forward_lead_there_again() {
    let (_directory, a, b) = site();
    let mut headless = browser();
    let id = open(&mut headless, a.clone());
    let process = tab(&headless, id).pid();

    click(&mut headless, at(20.0, 50.0));
    wait_tab(&mut headless, id, "the second page", |tab| tab.title() == "b");
    loaded(&mut headless, id);
    assert_eq!(tab(&headless, id).url(), Some(&b));
    assert_eq!(tab(&headless, id).pid(), process, "pages of one site share a process");

    headless.browser.back(id);
    wait_tab(&mut headless, id, "the first page", |tab| tab.title() == "a");
    loaded(&mut headless, id);
    assert_eq!(tab(&headless, id).url(), Some(&a));
    headless.browser.forward(id);
    wait_tab(&mut headless, id, "the second page again", |tab| tab.title() == "b");
    headless.shutdown();
}

#[test]
fn hovering_shows_where_a_link_leads() {
    let (_directory, a, b) = site();
    let mut headless = browser();
    let id = open(&mut headless, a);
    headless.browser.input(bulkhead_shared::input::InputEvent::PointerMove(at(20.0, 50.0)));
    wait_tab(&mut headless, id, "the link", |tab| tab.page.hover.as_ref() == Some(&b));
    headless.browser.input(bulkhead_shared::input::InputEvent::PointerMove(at(20.0, 400.0)));
    wait_tab(&mut headless, id, "no link", |tab| tab.page.hover.is_none());
    headless.shutdown();
}

#[test]
fn a_middle_click_opens_a_tab_behind() {
    let (_directory, a, b) = site();
    let mut headless = browser();
    let id = open(&mut headless, a);
    click(&mut headless, Pointer { button: Button::Middle, ..at(20.0, 50.0) });
    wait(&mut headless, "a second tab", |browser| browser.tabs().iter().any(|tab| tab.title() == "b"));
    assert_eq!(headless.browser.active().map(|tab| tab.id), Some(id), "the first stays in front");
    assert_eq!(headless.browser.tabs()[1].url(), Some(&b));
    headless.shutdown();
}

#[test]
fn a_fragment_scrolls_without_a_load_and_back_scrolls_back() {
    let (_directory, _, b) = site();
    let mut headless = browser();
    let id = open(&mut headless, b);
    let navigation = tab(&headless, id).document.as_ref().unwrap().navigation;

    click(&mut headless, at(20.0, 50.0));
    wait_tab(&mut headless, id, "the page to scroll", |tab| tab.page.scroll.y > 2000.0);
    assert_eq!(tab(&headless, id).url().and_then(Url::fragment), Some("far"));
    headless.browser.back(id);
    wait_tab(&mut headless, id, "the page to scroll back", |tab| tab.page.scroll.y == 0.0);
    assert_eq!(tab(&headless, id).document.as_ref().unwrap().navigation, navigation, "it was not loaded again");
    headless.shutdown();
}

#[test]
fn a_change_of_site_is_a_change_of_process() {
    let (_directory, a, _) = site();
    let mut headless = browser();
    let id = open(&mut headless, a);
    let process = common::pid(&headless, id);
    headless.browser.navigate(id, url(bulkhead_broker::internal_pages::START_URL));
    wait_tab(&mut headless, id, "a new process", |tab| tab.pid().is_some_and(|pid| pid != process.as_raw()));
    loaded(&mut headless, id);
    headless.browser.back(id);
    wait_tab(&mut headless, id, "the first page", |tab| tab.title() == "a");
    headless.shutdown();
}
