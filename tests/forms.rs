//! Forms and links through the whole browser: what is sent arrives, and the user is told of what is not.

mod common;

use bulkhead_broker::notice::Notice;
use common::{at, browser, click, loaded, open, tab, url, wait_tab};
use std::fs;
use url::Url;

const BUTTON: &str = "style='position:absolute;left:0;top:0;width:100px;height:40px'";

/// A file with this body.
fn page(body: &str) -> (tempfile::TempDir, Url) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("page.html");
    fs::write(&path, format!("<title>page</title><body>{body}")).unwrap();
    (directory, Url::from_file_path(path).unwrap())
}

#[test]
fn a_form_of_a_file_navigates_to_its_answer() {
    let (_directory, file) = page(&format!("<form><input name=q value='a b'><button {BUTTON}>Go</button></form>"));
    let mut headless = browser();
    let id = open(&mut headless, file.clone());
    click(&mut headless, at(50.0, 20.0));
    wait_tab(&mut headless, id, "the answer", |tab| tab.url().and_then(Url::query) == Some("q=a+b"));
    loaded(&mut headless, id);
    assert_eq!(tab(&headless, id).url().map(Url::path), Some(file.path()));
    headless.shutdown();
}

#[test]
fn the_demo_form_shows_what_arrived() {
    let mut headless = browser();
    let id = open(&mut headless, url("bulkhead://demo/form.html"));
    // The first link and the first field; Enter sends.
    for _ in 0..2 {
        common::press(&mut headless, "Tab");
    }
    common::press(&mut headless, "Enter");
    wait_tab(&mut headless, id, "the answer", |tab| {
        tab.url().and_then(Url::query).is_some_and(|query| query.starts_with("name=Bulkhead&"))
    });
    headless.shutdown();
}

#[test]
fn what_leads_nowhere_is_told_and_the_page_stays() {
    let form = |attributes| format!("<form {attributes}><input name=q><button {BUTTON}>Go</button></form>");
    for (body, expected) in [
        (form("method=post"), None),
        (form("method=post action=http://site.test/f"), Some(Notice::PostForm(url("http://site.test/f")))),
        (form("method=post action=mailto:a@b.test"), Some(Notice::UnknownScheme("mailto".to_owned()))),
        (format!("<a href='mailto:a@b.test' {BUTTON}>x</a>"), Some(Notice::UnknownScheme("mailto".to_owned()))),
        (format!("<a href='tel:123' target=_blank {BUTTON}>x</a>"), Some(Notice::UnknownScheme("tel".to_owned()))),
        (format!("<a href='magnet:?xt=1' {BUTTON}>x</a>"), Some(Notice::UnknownScheme("magnet".to_owned()))),
        (format!("<a href='javascript:void(0)' {BUTTON}>x</a>"), Some(Notice::Script)),
        (format!("<input type=file {BUTTON}>"), Some(Notice::FileChoice)),
    ] {
        let (_directory, file) = page(&body);
        let expected = expected.unwrap_or_else(|| Notice::PostForm(file.clone()));
        let mut headless = browser();
        let id = open(&mut headless, file.clone());
        let navigation = tab(&headless, id).document.as_ref().unwrap().navigation;
        click(&mut headless, at(50.0, 20.0));
        wait_tab(&mut headless, id, "the notice", |tab| tab.page.notice.as_ref() == Some(&expected));
        assert_eq!(tab(&headless, id).url(), Some(&file));
        assert_eq!(tab(&headless, id).document.as_ref().unwrap().navigation, navigation, "the page is the same");
        assert_eq!(headless.browser.tabs().len(), 1, "no tab was opened for it");
        headless.browser.reload(id);
        wait_tab(&mut headless, id, "no notice on another document", |tab| tab.page.notice.is_none());
        headless.shutdown();
    }
}
