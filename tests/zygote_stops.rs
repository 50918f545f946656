//! A zygote that is stopped keeps nobody from ending a tab, and is replaced when it leaves a request unanswered; one that dies again
//! and again is replaced less and less often. A kill counts from before there is a process.

mod common;

use bulkhead_broker::browser::Zygote;
use bulkhead_broker::death::Death;
use bulkhead_shared::limits;
use bulkhead_ui::headless::Headless;
use common::{browser, html, loaded, signal_process, tab, url, wait, wait_tab};
use nix::unistd::Pid;

fn zygote(headless: &Headless) -> Pid {
    match headless.browser.zygote() {
        Zygote::Warm { pid, .. } => Pid::from_raw(*pid),
        other => panic!("the zygote is warm, not {other:?}"),
    }
}

#[test]
fn ending_a_tab_has_an_effect_at_once_while_the_zygote_is_stopped() {
    let mut headless = browser();
    let zygote = zygote(&headless);
    signal_process(zygote, libc::SIGSTOP);
    let id = headless.browser.open_tab(html("<title>a page</title>"), true);
    wait_tab(&mut headless, id, "the page to wait for a process", |tab| tab.document.is_some());

    headless.browser.end_process(id);
    assert_eq!(tab(&headless, id).death(), Some(&Death::EndedByUser));

    signal_process(zygote, libc::SIGCONT);
    headless.browser.reload(id);
    loaded(&mut headless, id);
    let process = common::pid(&headless, id).as_raw();
    wait(&mut headless, "the process that nobody wants any more to go", |_| {
        common::descendants(zygote.as_raw()).iter().all(|pid| *pid == process || !common::is_running(*pid))
    });
    headless.shutdown();
}

#[test]
fn a_zygote_that_stops_is_replaced_and_the_tab_that_waited_says_why_it_has_no_process() {
    let mut headless = browser();
    let stopped = zygote(&headless);
    signal_process(stopped, libc::SIGSTOP);
    let id = headless.browser.open_tab(html("<title>a page</title>"), true);

    wait_tab(&mut headless, id, "the tab to say what is wrong", |tab| tab.death().is_some());
    let death = tab(&headless, id).death().unwrap().to_string();
    assert!(death.contains("zygote"), "{death}");
    wait(
        &mut headless,
        "another zygote",
        |browser| matches!(browser.zygote(), Zygote::Warm { pid, .. } if *pid != stopped.as_raw()),
    );
    headless.browser.reload(id);
    loaded(&mut headless, id);
    headless.shutdown();
}

#[test]
fn a_zygote_that_dies_again_and_again_is_replaced_after_pauses_that_double() {
    let mut headless = browser();
    let mut pauses = Vec::new();
    for _ in 0..4 {
        wait(&mut headless, "a zygote", |browser| matches!(browser.zygote(), Zygote::Warm { .. }));
        signal_process(zygote(&headless), libc::SIGKILL);
        wait(&mut headless, "its end", |browser| matches!(browser.zygote(), Zygote::Gone { .. }));
        let Zygote::Gone { why, pause } = headless.browser.zygote() else { panic!("it is gone") };
        assert!(why.contains("SIGKILL"), "{why}");
        pauses.push(*pause);
    }
    assert_eq!(pauses, [0, 1, 2, 4].map(|times| times * limits::ZYGOTE_PAUSE));

    let id = headless.browser.open_tab(html("<title>a page</title>"), true);
    loaded(&mut headless, id);
    headless.shutdown();
}

#[test]
fn a_kill_is_not_lost_where_there_is_no_process_yet() {
    let mut headless = browser();
    let id = headless.browser.open_tab(url("bulkhead://kill"), true);
    wait_tab(&mut headless, id, "its end", |tab| tab.death().is_some());
    assert_eq!(tab(&headless, id).death(), Some(&Death::Signalled { signal: libc::SIGKILL, address: None }));
    headless.shutdown();
}
