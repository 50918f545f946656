//! A broker with few descriptors keeps the tabs that it has: they go on into new processes, and another tab is refused with a reason.
//!
//! Alone in its file, since the limit is the whole process's.

mod common;

use bulkhead_broker::death::Death;
use bulkhead_shared::ids::TabId;
use common::{browser, html, loaded, open, pid, tab, url, wait_tab};
use nix::sys::resource::{Resource, setrlimit};

/// As on a machine whose administrator is strict.
const LIMIT: u64 = 256;

#[test]
fn tabs_that_are_there_go_on_where_no_other_fits() {
    setrlimit(Resource::RLIMIT_NOFILE, LIMIT, LIMIT).expect("a limit can be lowered");
    let mut headless = browser();
    let (tabs, refused) = fill(&mut headless);
    assert!(tabs.len() >= 10, "{}", tabs.len());
    let Some(Death::NotStarted(why)) = tab(&headless, refused).death() else {
        panic!("{:?}", tab(&headless, refused).death());
    };
    assert!(why.contains(&format!("{LIMIT} files")), "{why}");
    headless.browser.close_tab(refused);

    // Each into a new process, and back into another one.
    for round in 0..2 {
        for id in &tabs {
            let before = pid(&headless, *id);
            let next =
                if round == 0 { url(bulkhead_broker::internal_pages::START_URL) } else { html("<title>there</title>") };
            headless.browser.select(*id);
            headless.browser.navigate(*id, next);
            wait_tab(&mut headless, *id, "a new process", |tab| tab.pid().is_some_and(|pid| pid != before.as_raw()));
            loaded(&mut headless, *id);
        }
    }

    // Where some are closed, others fit.
    for id in &tabs[..5] {
        headless.browser.close_tab(*id);
    }
    let gone = tabs[5];
    common::repaint(&mut headless);
    loaded(&mut headless, gone);
    let mut opened = headless.browser.open_tab(html("<title>another</title>"), true);
    // The closed tabs' processes end in their own time.
    while headless.wait_loaded(opened, common::PATIENCE).is_err() {
        headless.browser.close_tab(opened);
        opened = headless.browser.open_tab(html("<title>another</title>"), true);
    }
    headless.shutdown();
}

/// Opens tabs until one is refused.
fn fill(headless: &mut bulkhead_ui::headless::Headless) -> (Vec<TabId>, TabId) {
    let mut tabs = vec![open(headless, html("<title>first</title>"))];
    loop {
        let id = headless.browser.open_tab(html("<title>tab</title>"), true);
        if headless.wait_loaded(id, common::PATIENCE).is_err() {
            return (tabs, id);
        }
        tabs.push(id);
    }
}
