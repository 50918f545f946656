//! The attack suite of `bulkhead://attack` ends with all of its processes, and what there was to attack is removed, when the page's tab
//! is closed and when the browser is killed.

mod common;

use common::siege::{besieged, world_in};
use common::{descendants, executable, html, is_running, open, signal_process, tab, url, wait, wait_until};
use nix::unistd::Pid;
use std::process::{Command, Stdio};

#[test]
fn the_suite_ends_with_the_tab_and_with_the_browser() {
    // One after the other: both look at all of this process's descendants, and the place is the environment's.
    ends_with_the_tab();
    ends_with_the_browser();
}

fn ends_with_the_tab() {
    let (mut headless, suite) = besieged();
    let bystander = open(&mut headless, html("<title>bystander</title>"));
    let us = std::process::id().cast_signed();
    let before = descendants(us);
    let id = headless.browser.open_tab(url("bulkhead://attack"), true);
    wait(&mut headless, "attempts to be made", |_| {
        suite.progress().is_some_and(|progress| progress.attempts.len() > 3)
    });
    let processes: Vec<_> = descendants(us).into_iter().filter(|pid| !before.contains(pid)).collect();
    assert!(processes.len() >= 3, "siege, its zygote, a renderer: {processes:?}");

    headless.browser.close_tab(id);

    wait_until("the suite to end", || !processes.iter().any(|pid| is_running(*pid)));
    wait(&mut headless, "the report to end", |_| suite.progress().is_some_and(|progress| progress.is_over));
    let progress = suite.progress().expect("it was begun");
    assert!(progress.attempts.len() < progress.total, "it was not over by itself");
    assert!(tab(&headless, bystander).death().is_none());

    let id = headless.browser.reopen_tab().expect("it was closed");
    wait(&mut headless, "attempts to be made once more", |_| {
        suite.progress().is_some_and(|progress| !progress.is_over && progress.attempts.len() > 3)
    });
    let processes: Vec<_> = descendants(us).into_iter().filter(|pid| !before.contains(pid)).collect();
    headless.browser.navigate(id, html("elsewhere"));
    wait_until("the suite to end as its page is left", || {
        let renderer = tab(&headless, id).pid();
        headless.wait(std::time::Duration::ZERO, |_| false);
        headless.settle();
        !processes.iter().any(|pid| Some(*pid) != renderer && is_running(*pid))
    });
    headless.shutdown();
}

fn ends_with_the_browser() {
    for signal in [libc::SIGTERM, libc::SIGKILL] {
        let place = tempfile::tempdir().expect("a place");
        let mut browser = Command::new(executable())
            .args(["--headless", "--timeout=60", "bulkhead://attack"])
            .env("TMPDIR", place.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let pid = browser.id().cast_signed();
        wait_until("something to attack", || world_in(place.path()).is_some());
        let processes = descendants(pid);
        signal_process(Pid::from_raw(pid), signal);
        browser.wait().expect("its end");
        wait_until("all processes to end", || !processes.iter().any(|pid| is_running(*pid)));
        wait_until("what there was to attack to be removed", || world_in(place.path()).is_none());
    }
}
