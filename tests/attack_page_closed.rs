//! The attempts of `bulkhead://attack` come to their end also where their tab is closed meanwhile.

mod common;

use common::{browser, html, open, tab, url, wait};

#[test]
fn a_tab_that_is_closed_meanwhile_is_not_missed() {
    let mut headless = browser();
    let bystander = open(&mut headless, html("<title>bystander</title>"));
    let id = headless.browser.open_tab(url("bulkhead://attack"), true);
    headless.browser.close_tab(id);
    wait(&mut headless, "the end of the attempts", |browser| {
        browser.siege().is_some_and(|siege| !siege.is_under_way())
    });
    assert!(tab(&headless, bystander).death().is_none());
    headless.shutdown();
}
