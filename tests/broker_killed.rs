//! The broker is killed with SIGKILL: no process and no file is left.

mod common;

use common::{PATIENCE, descendants, executable, is_running};
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Waits for a condition that no descriptor tells of.
fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Starts a browser that lives until it is killed; returns it with all processes that descend from it.
fn long_lived(temporary: &std::path::Path) -> (std::process::Child, Vec<i32>) {
    let broker = Command::new(executable())
        .args(["--headless", "--timeout=600", "bulkhead://hang"])
        .env("TMPDIR", temporary)
        .stderr(Stdio::null())
        .spawn()
        .expect("the browser starts");
    let pid = broker.id().cast_signed();
    // Zygote and renderer.
    wait_until("two processes", || descendants(pid).len() == 2);
    (broker, descendants(pid))
}

#[test]
fn no_process_and_no_file_is_left() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut broker, processes) = long_lived(temporary.path());

    broker.kill().unwrap();
    broker.wait().unwrap();

    wait_until("all processes to end", || !processes.iter().any(|pid| is_running(*pid)));
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "nothing is left in the temporary directory");
}

#[test]
fn killed_while_the_zygote_starts_no_file_is_left_either() {
    for delay in [0, 1, 2, 4, 8, 16, 32] {
        let temporary = tempfile::tempdir().unwrap();
        let mut broker = Command::new(executable())
            .args(["--headless", "--timeout=600", "bulkhead://hang"])
            .env("TMPDIR", temporary.path())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        let processes = descendants(broker.id().cast_signed());
        broker.kill().unwrap();
        broker.wait().unwrap();
        wait_until("all processes to end", || !processes.iter().any(|pid| is_running(*pid)));
        wait_until("the temporary directory to be empty", || fs::read_dir(temporary.path()).unwrap().count() == 0);
    }
}
