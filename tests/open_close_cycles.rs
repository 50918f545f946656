//! A hundred tabs opened and closed leave nothing behind: no descriptor, process, thread or mapping.

mod common;

use bulkhead_ui::headless::Headless;
use common::{PATIENCE, browser, html, open};
use std::fs;
use std::time::{Duration, Instant};

#[derive(Debug)]
struct Held {
    descriptors: usize,
    threads: usize,
    surfaces_and_bodies: usize,
    processes: usize,
}

impl Held {
    fn exceeds(&self, other: &Self) -> bool {
        self.descriptors > other.descriptors
            || self.threads > other.threads
            || self.surfaces_and_bodies > other.surfaces_and_bodies
            || self.processes > other.processes
    }
}

/// What this process, the broker, holds, and which processes descend from it.
fn held() -> Held {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    Held {
        descriptors: fs::read_dir("/proc/self/fd").unwrap().count(),
        threads: fs::read_dir("/proc/self/task").unwrap().count(),
        surfaces_and_bodies: maps.lines().filter(|line| line.contains("memfd:bulkhead")).count(),
        processes: common::descendants(std::process::id().cast_signed()).len(),
    }
}

/// Handles events until no more is held than before: processes and threads end in their own time.
fn wait_held(headless: &mut Headless, expected: &Held) {
    let deadline = Instant::now() + PATIENCE;
    while held().exceeds(expected) {
        assert!(Instant::now() < deadline, "left behind: {:?}, before: {expected:?}", held());
        headless.wait(Duration::from_millis(20), |_| false);
    }
}

#[test]
fn a_hundred_open_close_cycles_leave_nothing_behind() {
    let mut headless = browser();
    let keeper = open(&mut headless, html("<title>keeper</title>"));
    let page = html("<title>page</title><p>text");
    let first = open(&mut headless, page.clone());
    headless.browser.close_tab(first);
    headless.wait(Duration::from_millis(500), |_| false);
    let before = held();

    for _ in 0..100 {
        let tab = open(&mut headless, page.clone());
        headless.browser.close_tab(tab);
    }

    wait_held(&mut headless, &before);
    assert!(headless.browser.tab(keeper).is_some());
    headless.shutdown();
}
