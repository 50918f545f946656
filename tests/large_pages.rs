//! Pages that are too large for a tab are shown as far as they fit, and say so; none of them ends its process.

mod common;

use common::{browser, loaded, tab};
use std::fmt::Write;
use url::Url;

/// Loads the page and returns the text of its notice, if it says that something was left out.
fn shows(name: &str, page: &str) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join(name);
    std::fs::write(&path, page).expect("a file");
    let mut headless = browser();
    let id = headless.browser.open_tab(Url::from_file_path(&path).expect("a URL"), true);
    loaded(&mut headless, id);
    assert!(tab(&headless, id).death().is_none());
    // The notice is yellow; the page itself is white, with black text.
    let is_notice = |pixel: &u32| *pixel & 0x00ff_ffff == 0x00ff_e08a;
    let notice = headless.page().is_some_and(|(pixels, _)| pixels.iter().any(is_notice));
    assert!(notice, "{name} says that it is not all there");
    headless.shutdown();
}

#[test]
fn a_table_of_two_hundred_thousand_cells() {
    let mut page = "<!DOCTYPE html><table>".to_owned();
    for row in 0..20_000 {
        page += "<tr>";
        (0..10).for_each(|column| write!(page, "<td>{row}.{column}").expect("a String takes it"));
    }
    shows("table.html", &page);
}

#[test]
fn a_paragraph_of_four_megabytes() {
    shows("paragraph.html", &format!("<!DOCTYPE html><p>{}", "word ".repeat(800_000)));
}

#[test]
fn an_xhtml_page_of_four_megabytes() {
    let text = "word ".repeat(800_000);
    shows("page.xhtml", &format!("<html xmlns='http://www.w3.org/1999/xhtml'><body><p>{text}</p></body></html>"));
}

#[test]
fn a_line_of_seventy_thousand_words_that_are_elements_each() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut headless = browser();
    for (name, begin, part) in [("p.html", "<p>", "<span>a</span> "), ("pre.html", "<pre>", "<span>a</span>\n")] {
        let path = directory.path().join(name);
        std::fs::write(&path, format!("<!DOCTYPE html>{begin}{}", part.repeat(70_000))).expect("a file");
        let id = headless.browser.open_tab(Url::from_file_path(&path).expect("a URL"), true);
        loaded(&mut headless, id);
        assert!(tab(&headless, id).death().is_none());
    }
    headless.shutdown();
}
