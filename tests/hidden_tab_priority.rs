//! A hidden tab's process comes after a visible one's where both want the CPU, and gets its place back when it is shown: by its nice
//! value where the user may give that back, else by its scheduling policy.

mod common;

use bulkhead_shared::ids::TabId;
use common::{browser, html, open, pid, wait_tab, wait_until};
use nix::unistd::geteuid;

/// Of `/proc/PID/stat`: nice value and policy (proc_pid_stat(5)).
const NICE: usize = 19;
const POLICY: usize = 41;

fn field(process: &str, number: usize) -> i32 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("the process is there");
    let (_, fields) = stat.rsplit_once(')').expect("a name in parentheses");
    fields.split_ascii_whitespace().nth(number - 3).and_then(|field| field.parse().ok()).expect("a number")
}

#[test]
fn hidden_tabs_come_last_and_are_back_when_they_are_shown() {
    let mut headless = browser();
    let usual = field("self", NICE);
    let first = open(&mut headless, html("<title>first</title>"));
    let second = open(&mut headless, html("<title>second</title>"));
    let mut settled = |hidden: TabId, shown: TabId| {
        headless.browser.select(shown);
        wait_tab(&mut headless, shown, "a frame", |tab| tab.front.is_some());
        let of = |id, number| field(&pid(&headless, id).to_string(), number);
        // The zygote sees to it, and nobody waits for that.
        wait_until("the hidden tab's process to come after others", || {
            let (nicer, batch) = (of(hidden, NICE) > usual, of(hidden, POLICY) == libc::SCHED_BATCH);
            // Nobody is nicer than 19, and only root can always take it back.
            nicer || usual == 19 || (batch && !geteuid().is_root())
        });
        wait_until("the shown tab's process to have its place back", || {
            (of(shown, NICE), of(shown, POLICY)) == (usual, libc::SCHED_OTHER)
        });
    };
    settled(first, second);
    settled(second, first);
    settled(first, second);
    headless.shutdown();
}
