//! A page that asks for much keeps no other waiting, and is handed no more than a tab may use.

mod common;

use bulkhead_broker::browser::Isolation;
use bulkhead_broker::memory::Budget;
use common::{browser_with, isolation, loaded, open, tab, wait_tab};
use std::fs::{self, File};
use url::Url;

const MIB: u64 = 1 << 20;

#[test]
fn a_small_page_loads_beside_one_that_asks_for_everything() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, page: &str| {
        let path = directory.path().join(name);
        fs::write(&path, page).unwrap();
        Url::from_file_path(path).unwrap()
    };
    File::create(directory.path().join("large.png")).unwrap().set_len(60 * MIB).unwrap();
    let images: String = (0..4000).map(|n| format!("<img src='large.png?{n}'>")).collect();
    let greedy = write("greedy.html", &format!("<title>greedy</title>{images}"));
    write("style.css", "body { background: #00ff00 }");
    let modest = write("modest.html", "<title>modest</title><link rel=stylesheet href=style.css>");
    let memory = Budget { tab: 256 * MIB, all: 4096 * MIB };
    let mut headless = browser_with(Isolation { memory, ..isolation() });

    let greedy = headless.browser.open_tab(greedy, true);
    wait_tab(&mut headless, greedy, "the large page's document", |tab| tab.document.is_some());
    let modest = open(&mut headless, modest);
    assert_eq!(tab(&headless, modest).document.as_ref().unwrap().loaded, Some(0));
    // What it may not have any more is refused before it is read, so it comes to an end as well.
    loaded(&mut headless, greedy);
    // 60 MiB of nothing are no picture, and the engine counts only those as failed that did not come.
    let failed = tab(&headless, greedy).document.as_ref().unwrap().loaded.unwrap();
    assert!((3990..4000).contains(&failed), "{failed}");
    headless.shutdown();
}

#[test]
fn a_fetch_of_a_document_that_is_gone_does_not_keep_its_successor_waiting() {
    let directory = tempfile::tempdir().unwrap();
    File::create(directory.path().join("large.png")).unwrap().set_len(60 * MIB).unwrap();
    let images: String = (0..64).map(|n| format!("<img src='large.png?{n}'>")).collect();
    let page = directory.path().join("page.html");
    fs::write(&page, format!("<title>page</title>{images}")).unwrap();
    let page = Url::from_file_path(page).unwrap();
    let mut headless = common::browser();
    let id = open(&mut headless, page);
    for _ in 0..20 {
        let before = tab(&headless, id).document.as_ref().map(|document| document.navigation);
        headless.browser.reload(id);
        wait_tab(&mut headless, id, "the page anew", |tab| {
            tab.death().is_some() || tab.document.as_ref().map(|document| document.navigation) != before
        });
    }
    loaded(&mut headless, id);
    assert_eq!(tab(&headless, id).death(), None);
    headless.shutdown();
}
