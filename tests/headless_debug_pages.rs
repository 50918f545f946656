//! Without a window, a debug page ends the program as soon as what it does is known, and the program says what that was.

mod common;

use bulkhead_pages::DEBUG_PAGES;
use common::executable;
use std::collections::BTreeSet;
use std::process::{Command, Output};

/// A deadline of the program's own that no page here is to get to.
const FAR_AWAY: &str = "--timeout=60";

fn headless(name: &str, flags: &[&str]) -> Output {
    let mut command = Command::new(executable());
    command.args(["--headless", FAR_AWAY]).args(flags).arg(format!("bulkhead://{name}"));
    command.output().expect("the program runs")
}

/// Name of the page, and what is said of it.
const OUTCOMES: [(&str, &str); 11] = [
    ("kill", "SIGKILL"),
    ("crash", "SIGSEGV"),
    ("panic", "a panic on command"),
    ("abort", "SIGABRT"),
    ("hang", "does not answer"),
    ("oom", "memory"),
    ("stack", "stack was full"),
    ("flood", "too many messages"),
    ("garbage", "decodes to no message"),
    ("syscall", "The sandbox stopped openat(2)"),
    ("uplink", "it closed its uplink"),
];

#[test]
fn each_page_ends_with_its_own_outcome() {
    let known: BTreeSet<_> = DEBUG_PAGES.iter().map(|page| page.name).collect();
    assert_eq!(BTreeSet::from(OUTCOMES.map(|(name, _)| name)), known, "a page without an outcome here");
    for (name, outcome) in OUTCOMES {
        let output = headless(name, &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(said.contains(outcome), "{name}: {said}");
    }
}

#[test]
fn a_system_call_that_nothing_stops_is_an_outcome_too() {
    let output = headless("syscall", &["--no-sandbox"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("openat(2) was stopped by nothing"), "{said}");
}
