//! `bulkhead://attack` has every attempt made in renderers of a browser that is started for it, shows what came of it, and disturbs
//! nobody.

mod common;

use bulkhead_broker::browser::Zygote;
use bulkhead_pages::Outcome;
use common::siege::besieged;
use common::{PATIENCE, descendants, html, open, pid, repaint, tab, url};
use std::time::{Duration, Instant};

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("our own descriptors").count()
}

#[test]
fn every_attempt_is_stopped_while_the_other_tabs_sail_on() {
    let (mut headless, suite) = besieged();
    let bystander = open(&mut headless, html("<title>bystander</title>"));
    let unharmed = pid(&headless, bystander);
    let us = std::process::id().cast_signed();
    let (held, children) = (descriptors(), descendants(us).len());

    let id = headless.browser.open_tab(url("bulkhead://attack"), true);
    assert!(headless.browser.is_unfinished(tab(&headless, id)));
    // With a page that is made anew until it shows all there is, this waits for the end.
    assert_eq!(headless.wait_loaded(id, 2 * PATIENCE), Ok(()));

    let progress = suite.progress().expect("it was begun");
    assert!(progress.is_over);
    assert_eq!(progress.failure, None);
    assert_eq!(progress.attempts.len(), progress.total);
    let breaches: Vec<_> = progress.attempts.iter().filter(|attempt| attempt.outcome == Outcome::NotStopped).collect();
    assert!(breaches.is_empty(), "{breaches:#?}");
    let stopped = progress.attempts.iter().filter(|attempt| attempt.outcome == Outcome::Stopped).count();
    assert!(stopped >= 130, "{stopped}");

    assert_eq!(pid(&headless, bystander), unharmed);
    headless.browser.select(bystander);
    repaint(&mut headless);
    assert!(tab(&headless, bystander).death().is_none() && tab(&headless, id).death().is_none());
    assert!(matches!(headless.browser.zygote(), Zygote::Warm { .. }));
    headless.browser.close_tab(id);
    let deadline = Instant::now() + PATIENCE;
    while (descriptors(), descendants(us).len()) != (held, children) {
        let now = (descriptors(), descendants(us).len());
        assert!(Instant::now() < deadline, "descriptors and processes: {now:?}, before: {:?}", (held, children));
        headless.wait(Duration::from_millis(20), |_| false);
    }
    headless.shutdown();
}
