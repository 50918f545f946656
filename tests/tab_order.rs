//! Where tabs stand: new ones at the end, those that a page opens behind it, those that come back where they were.

mod common;

use bulkhead_shared::input::{Button, Modifiers, Pointer};
use bulkhead_ui::headless::Headless;
use common::{at, browser, click, html, open, wait};
use tempfile::TempDir;

/// The titles of the tabs, in the order of the tab strip.
fn titles(headless: &Headless) -> String {
    headless.browser.tabs().iter().map(|tab| tab.title()).collect::<Vec<_>>().join(" ")
}

fn wait_titles(headless: &mut Headless, wanted: &str) {
    let titles =
        |tabs: &[bulkhead_broker::browser::Tab]| tabs.iter().map(|tab| tab.title()).collect::<Vec<_>>().join(" ");
    wait(headless, wanted, |browser| titles(browser.tabs()) == wanted);
}

/// Pages in a directory of their own, which may open each other.
struct Pages(TempDir);

impl Pages {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A page of links to others, 40 pixels each.
    fn page(&self, title: &str, targets: &[&str]) -> url::Url {
        let links = targets.iter().enumerate().map(|(index, target)| {
            let style = format!("position:absolute;left:0;top:{}px;width:200px;height:40px", index * 40);
            format!("<a href='{target}.html' style='{style}'>{target}</a>")
        });
        let source = format!("<title>{title}</title><body style='margin:0'>{}", links.collect::<String>());
        let path = self.0.path().join(format!("{title}.html"));
        std::fs::write(&path, source).unwrap();
        url::Url::from_file_path(path).unwrap()
    }
}

fn titled(title: &str) -> url::Url {
    html(&format!("<title>{title}</title>"))
}

/// Clicks on a link with the middle button.
fn open_behind(headless: &mut Headless, index: u8) {
    click(headless, Pointer { button: Button::Middle, ..at(20.0, f32::from(index) * 40.0 + 20.0) });
}

#[test]
fn a_new_tab_is_the_last_one() {
    let mut headless = browser();
    let first = open(&mut headless, titled("a"));
    open(&mut headless, titled("b"));
    headless.browser.select(first);
    open(&mut headless, titled("c"));
    wait_titles(&mut headless, "a b c");
    headless.shutdown();
}

#[test]
fn tabs_that_a_page_opens_stand_behind_it_in_the_order_of_the_clicks() {
    let (mut headless, pages) = (browser(), Pages::new());
    ["1", "2", "3"].iter().for_each(|title| _ = pages.page(title, &[]));
    let opener = open(&mut headless, pages.page("opener", &["1", "2", "3"]));
    open(&mut headless, titled("last"));
    headless.browser.select(opener);
    for (index, wanted) in [(0, "opener 1 last"), (1, "opener 1 2 last"), (2, "opener 1 2 3 last")] {
        open_behind(&mut headless, index);
        wait_titles(&mut headless, wanted);
    }
    // One that is shown at once, as well.
    let shift = Modifiers { shift: true, ..Modifiers::default() };
    click(&mut headless, Pointer { button: Button::Middle, modifiers: shift, ..at(20.0, 20.0) });
    wait_titles(&mut headless, "opener 1 2 3 1 last");
    assert_eq!(headless.browser.active().map(|tab| tab.title()), Some("1".to_owned()));
    headless.shutdown();
}

#[test]
fn tabs_of_tabs_stay_together() {
    let (mut headless, pages) = (browser(), Pages::new());
    ["x", "y"].iter().for_each(|title| _ = pages.page(title, &[]));
    pages.page("inner", &["x", "y"]);
    let outer = open(&mut headless, pages.page("outer", &["inner"]));
    open_behind(&mut headless, 0);
    wait_titles(&mut headless, "outer inner");
    let inner = headless.browser.tabs()[1].id;
    headless.browser.select(inner);
    common::loaded(&mut headless, inner);
    open_behind(&mut headless, 0);
    wait_titles(&mut headless, "outer inner x");
    open_behind(&mut headless, 1);
    wait_titles(&mut headless, "outer inner x y");
    headless.browser.select(outer);
    common::loaded(&mut headless, outer);
    open_behind(&mut headless, 0);
    wait_titles(&mut headless, "outer inner x y inner");
    headless.shutdown();
}

#[test]
fn a_closed_tab_comes_back_where_it_was() {
    let mut headless = browser();
    let tabs = ["a", "b", "c", "d"].map(|title| open(&mut headless, titled(title)));
    for tab in [tabs[1], tabs[0], tabs[2]] {
        headless.browser.close_tab(tab);
    }
    assert_eq!(titles(&headless), "d");
    for wanted in ["c d", "a c d", "a b c d"] {
        headless.browser.reopen_tab().expect("a closed tab");
        wait_titles(&mut headless, wanted);
    }
    // It is not further away than the end.
    let last = headless.browser.tabs()[3].id;
    headless.browser.close_tab(last);
    let first = headless.browser.tabs()[0].id;
    headless.browser.close_tab(first);
    headless.browser.reopen_tab().expect("a closed tab");
    headless.browser.reopen_tab().expect("a closed tab");
    wait_titles(&mut headless, "a b c d");
    assert!(headless.browser.reopen_tab().is_none());
    headless.shutdown();
}
