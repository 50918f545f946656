//! A hidden tab's process comes after a visible one's where both want the CPU, and gets its place back when it is shown; where
//! the user may not give that back, it never loses it.

mod common;

use bulkhead_shared::ids::TabId;
use common::{browser, html, open, pid, wait_tab};
use nix::unistd::geteuid;

/// The 19th field of `/proc/PID/stat` (proc_pid_stat(5)).
fn nice(process: &str) -> i32 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("the process is there");
    let (_, fields) = stat.rsplit_once(')').expect("a name in parentheses");
    fields.split_ascii_whitespace().nth(19 - 3).and_then(|nice| nice.parse().ok()).expect("a number")
}

#[test]
fn hidden_tabs_come_last_and_are_back_when_they_are_shown() {
    let mut headless = browser();
    let usual = nice("self");
    let first = open(&mut headless, html("<title>first</title>"));
    let second = open(&mut headless, html("<title>second</title>"));
    let mut settled = |hidden: TabId, shown: TabId| {
        headless.browser.select(shown);
        // The surface that it is shown in comes after what made it visible.
        wait_tab(&mut headless, shown, "a frame", |tab| tab.front.is_some());
        let of = |id| nice(&pid(&headless, id).to_string());
        if geteuid().is_root() {
            assert!(of(hidden) > usual || usual == 19, "{} and {usual}", of(hidden));
        }
        assert_eq!(of(shown), usual);
    };
    settled(first, second);
    settled(second, first);
    settled(first, second);
    headless.shutdown();
}
