//! `<meta http-equiv=refresh>`: a document is followed by another, by the same once more, and in a circle without end.

mod common;

use common::{browser, html, loaded, open, repaint, tab, url, wait_tab};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use url::Url;

fn file(directory: &Path, name: &str, content: &str) -> Url {
    let path = directory.join(name);
    fs::write(&path, content).unwrap();
    Url::from_file_path(path).unwrap()
}

fn refresh(content: &str) -> String {
    format!("<title>left behind</title><meta http-equiv=\"Refresh\" content=\"{content}\"><p>left behind")
}

#[test]
fn whoever_waits_for_a_forwarding_page_gets_the_page_that_it_forwards_to() {
    let directory = tempfile::tempdir().unwrap();
    let arrived = file(directory.path(), "arrived.html", "<title>arrived</title>");
    file(directory.path(), "second.html", &refresh("0; URL='arrived.html'"));
    let first = file(directory.path(), "first.html", &refresh("0;url=second.html"));
    let mut headless = browser();
    let id = open(&mut headless, first);
    assert_eq!(tab(&headless, id).url(), Some(&arrived));
    assert_eq!(tab(&headless, id).title(), "arrived");
    headless.shutdown();
}

#[test]
fn a_delay_shows_the_page_first_and_a_hidden_one_is_followed_too() {
    let directory = tempfile::tempdir().unwrap();
    file(directory.path(), "arrived.html", "<title>arrived</title>");
    let first = file(directory.path(), "first.html", &refresh("1;url=arrived.html"));
    let mut headless = browser();
    let shown = open(&mut headless, first.clone());
    assert_eq!(tab(&headless, shown).title(), "left behind");
    wait_tab(&mut headless, shown, "the page that follows", |tab| tab.title() == "arrived");

    let hidden = headless.browser.open_tab(first, false);
    wait_tab(&mut headless, hidden, "the page that follows, in a hidden tab", |tab| tab.title() == "arrived");
    headless.shutdown();
}

#[test]
fn a_circle_of_refreshes_hinders_nobody() {
    let directory = tempfile::tempdir().unwrap();
    file(directory.path(), "b.html", &refresh("0;url=a.html"));
    let a = file(directory.path(), "a.html", &refresh("0;url=b.html"));
    let mut headless = browser();
    let neighbour = open(&mut headless, html("<title>neighbour</title>"));
    let id = headless.browser.open_tab(a, true);
    let mut documents = BTreeSet::new();
    wait_tab(&mut headless, id, "ten documents", |tab| {
        documents.extend(tab.document.as_ref().map(|document| document.navigation));
        documents.len() >= 10
    });
    assert!(tab(&headless, id).death().is_none());

    headless.browser.select(neighbour);
    repaint(&mut headless);
    headless.browser.select(id);
    headless.browser.navigate(id, html("<title>out of it</title>"));
    wait_tab(&mut headless, id, "the way out", |tab| tab.title() == "out of it");
    loaded(&mut headless, id);
    headless.shutdown();
}

#[test]
fn a_page_that_asks_to_be_loaded_again_is() {
    let directory = tempfile::tempdir().unwrap();
    let page = file(directory.path(), "page.html", &refresh("1"));
    let mut headless = browser();
    let id = open(&mut headless, page.clone());
    fs::write(page.to_file_path().unwrap(), "<title>changed</title>").unwrap();
    wait_tab(&mut headless, id, "what the file says now", |tab| tab.title() == "changed");
    assert_eq!(tab(&headless, id).url(), Some(&page));
    headless.shutdown();
}

#[test]
fn no_script_is_an_address_to_go_to() {
    let mut headless = browser();
    let id = open(&mut headless, html(&refresh("0;url=javascript:alert(1)")));
    let page = tab(&headless, id).url().cloned();
    loaded(&mut headless, id);
    assert_eq!(tab(&headless, id).url(), page.as_ref());
    assert!(tab(&headless, id).pending.is_none());
    assert_ne!(page, Some(url("about:blank")));
    headless.shutdown();
}
