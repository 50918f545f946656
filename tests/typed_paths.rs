//! A path that is typed with a `#` in it is a file's name, or has a fragment where there is no such file.

mod common;

use common::{browser, html, open, tab, wait_tab};
use std::fs;
use url::Url;

#[test]
fn a_number_sign_is_part_of_a_name_or_begins_a_fragment() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        fs::write(directory.path().join(name), format!("<title>{name}</title><p id=part>text")).unwrap();
    };
    ["page.html", "page.html#name", "other.html"].into_iter().for_each(write);
    let mut headless = browser();
    let id = open(&mut headless, html("<title>first</title>"));
    for (typed, title, fragment) in [
        ("page.html#name", "page.html#name", None),
        ("page.html#part", "page.html", Some("part")),
        ("other.html#part", "other.html", Some("part")),
    ] {
        headless
            .browser
            .navigate_typed(id, bulkhead_ui::address::read(&format!("{}/{typed}", directory.path().display())));
        wait_tab(&mut headless, id, "the page", |tab| tab.title() == title && tab.pending.is_none());
        assert_eq!(tab(&headless, id).url().and_then(Url::fragment), fragment, "{typed}");
    }
    headless.shutdown();
}
