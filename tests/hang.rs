//! A tab that hangs is noticed, can be waited for, and can be ended; its neighbour does not notice.

mod common;

use bulkhead_broker::browser::Activity;
use bulkhead_broker::death::Death;
use common::{browser, html, open, repaint, tab, url, wait_tab};

#[test]
fn a_hang_is_detected_and_ended() {
    let mut headless = browser();
    let bystander = open(&mut headless, html("<title>bystander</title>"));
    let id = open(&mut headless, html("<title>page</title>"));

    headless.browser.navigate(id, url("bulkhead://hang"));
    wait_tab(&mut headless, id, "it to be unresponsive", |tab| tab.activity() == Activity::Unresponsive);

    headless.browser.select(bystander);
    repaint(&mut headless);
    headless.browser.keep_waiting(id);
    assert_ne!(tab(&headless, id).activity(), Activity::Unresponsive, "the user waits on");
    wait_tab(&mut headless, id, "it to be unresponsive again", |tab| tab.activity() == Activity::Unresponsive);

    headless.browser.end_process(id);
    wait_tab(&mut headless, id, "the crash page", |tab| tab.death().is_some());
    assert_eq!(tab(&headless, id).death(), Some(&Death::EndedByUser));
    headless.shutdown();
}

#[test]
fn a_stopped_process_counts_as_hanging_and_recovers_when_it_is_continued() {
    let mut headless = browser();
    let id = open(&mut headless, html("<title>page</title>"));
    let pid = common::pid(&headless, id);

    common::signal_process(pid, libc::SIGSTOP);
    common::press(&mut headless, "a");
    wait_tab(&mut headless, id, "it to be unresponsive", |tab| tab.activity() == Activity::Unresponsive);
    common::signal_process(pid, libc::SIGCONT);
    wait_tab(&mut headless, id, "it to recover", |tab| tab.activity() == Activity::Idle);
    headless.shutdown();
}
