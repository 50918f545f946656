//! A tab whose process is killed shows why, the others sail on, and reload brings it back.

mod common;

use bulkhead_broker::browser::Activity;
use bulkhead_broker::death::Death;
use common::{browser, html, kill_process, loaded, open, pid, repaint, tab, wait_tab};

#[test]
fn kill_minus_nine_of_one_tab_leaves_three_others_painting_and_reload_brings_it_back() {
    let mut headless = browser();
    let pages = ["one", "two", "three", "four"].map(|name| html(&format!("<title>{name}</title><h1>{name}")));
    let tabs = pages.clone().map(|page| open(&mut headless, page));
    let [victim, others @ ..] = tabs;
    let victims_pid = pid(&headless, victim);

    kill_process(victims_pid);
    wait_tab(&mut headless, victim, "the crash page", |tab| tab.death().is_some());

    let shown = tab(&headless, victim);
    assert_eq!(shown.death(), Some(&Death::Signalled { signal: libc::SIGKILL, address: None }));
    assert!(shown.death().unwrap().to_string().contains("SIGKILL"));
    assert_eq!(shown.pid(), Some(victims_pid.as_raw()), "the crash page names the pid");
    assert_eq!(shown.activity(), Activity::Crashed);
    for other in others {
        headless.browser.select(other);
        repaint(&mut headless);
        assert_eq!(tab(&headless, other).activity(), Activity::Idle);
    }

    headless.browser.select(victim);
    headless.browser.reload(victim);
    loaded(&mut headless, victim);
    assert_eq!(tab(&headless, victim).url(), Some(&pages[0]), "the history outlives the process");
    assert_eq!(tab(&headless, victim).title(), "one");
    assert_ne!(pid(&headless, victim), victims_pid);
    headless.shutdown();
}

#[test]
fn a_killed_zygote_takes_its_renderers_along_and_a_new_one_serves_the_reload() {
    let mut headless = browser();
    let id = open(&mut headless, html("<title>page</title>"));
    let bulkhead_broker::browser::Zygote::Warm { pid, .. } = *headless.browser.zygote() else { panic!("warm") };

    kill_process(nix::unistd::Pid::from_raw(pid));
    wait_tab(&mut headless, id, "the crash page", |tab| tab.death().is_some());

    assert_eq!(tab(&headless, id).death(), Some(&Death::Orphaned));
    headless.browser.reload(id);
    loaded(&mut headless, id);
    assert_eq!(tab(&headless, id).title(), "page");
    headless.shutdown();
}
