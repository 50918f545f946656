//! The debug pages commit real faults, and each is reported as what it was.

mod common;

use bulkhead_broker::browser::Zygote;
use bulkhead_broker::death::Death;
use bulkhead_broker::inbox::Violation;
use bulkhead_shared::packet::Corrupt;
use bulkhead_ui::headless::Headless;
use common::{browser, html, loaded, open, tab, url, wait_tab};

/// Commits the fault in a tab beside another one, and returns what the crash page says.
fn death_of(headless: &mut Headless, fault: &str) -> Death {
    let id = open(headless, html("<title>before</title>"));
    headless.browser.navigate(id, url(&format!("bulkhead://{fault}")));
    wait_tab(headless, id, fault, |tab| tab.death().is_some());
    let death = tab(headless, id).death().cloned().expect("it is dead");
    // Reload shows what was there before the fault, as in Chromium.
    headless.browser.reload(id);
    loaded(headless, id);
    assert_eq!(tab(headless, id).title(), "before", "after {fault}");
    headless.browser.close_tab(id);
    death
}

#[test]
fn every_fault_has_its_name() {
    let mut headless = browser();
    let bystander = open(&mut headless, html("<title>bystander</title>"));

    assert!(matches!(death_of(&mut headless, "crash"), Death::Signalled { signal: libc::SIGSEGV, address: Some(0) }));
    assert!(matches!(death_of(&mut headless, "abort"), Death::Signalled { signal: libc::SIGABRT, .. }));
    assert!(matches!(death_of(&mut headless, "kill"), Death::Signalled { signal: libc::SIGKILL, .. }));
    assert!(matches!(death_of(&mut headless, "panic"), Death::Panicked(message) if message.contains(".rs:")));
    // Its own limit and the broker's look race each other there.
    assert!(matches!(death_of(&mut headless, "oom"), Death::OutOfMemory(_)));
    assert_eq!(death_of(&mut headless, "stack"), Death::StackOverflow);
    assert_eq!(death_of(&mut headless, "flood"), Death::Violation(Violation::Flood));
    assert_eq!(death_of(&mut headless, "garbage"), Death::Violation(Violation::Packet(Corrupt::Undecodable)));
    assert_eq!(death_of(&mut headless, "uplink"), Death::Violation(Violation::ClosedLink("uplink")));

    assert!(tab(&headless, bystander).death().is_none());
    assert!(matches!(headless.browser.zygote(), Zygote::Warm { .. }));
    headless.shutdown();
}
