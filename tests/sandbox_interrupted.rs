//! `bulkhead sandbox` is interrupted: no process, no file and no object of the kernel is left.

mod common;

use common::{PATIENCE, descendants, executable, is_running, signal_process};
use nix::unistd::Pid;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Waits for a condition that no descriptor tells of.
fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What the suite has made that the kernel would keep, as it has it on record.
fn record(place: &Path) -> Option<String> {
    let mut worlds = fs::read_dir(place).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let world: PathBuf =
        worlds.find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().contains("attack")))?;
    let text = fs::read_to_string(world.join("record")).ok()?;
    text.contains("posix-queue").then_some(text)
}

/// Whether one of these System V objects is there.
fn is_listed(record: &str, key: &str, list: &str) -> bool {
    let id = record.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')).expect("it is on record");
    let list = fs::read_to_string(format!("/proc/sysvipc/{list}")).expect("a list");
    list.lines().any(|line| line.split_whitespace().nth(1) == Some(id))
}

#[test]
fn nothing_is_left() {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGKILL] {
        let place = tempfile::tempdir().unwrap();
        let mut program = Command::new(executable())
            .args(["sandbox", "--json"])
            .env("TMPDIR", place.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let pid = program.id().cast_signed();
        let mut made = None;
        wait_until("something to attack", || {
            made = record(place.path());
            made.is_some()
        });
        let record = made.expect("it was waited for");
        assert!(is_listed(&record, "queue", "msg") && is_listed(&record, "semaphore", "sem"), "{record}");
        let processes = descendants(pid);

        signal_process(Pid::from_raw(pid), signal);
        program.wait().unwrap();

        wait_until("all processes to end", || !processes.iter().any(|pid| is_running(*pid)));
        wait_until("the directory to be empty", || fs::read_dir(place.path()).unwrap().count() == 0);
        assert!(!is_listed(&record, "queue", "msg") && !is_listed(&record, "semaphore", "sem"), "{signal}: {record}");
        let queue = record.lines().find_map(|line| line.strip_prefix("posix-queue ")).expect("it is on record");
        let opened = nix::mqueue::mq_open(
            format!("/{queue}").as_str(),
            nix::mqueue::MQ_OFlag::O_RDONLY,
            nix::sys::stat::Mode::empty(),
            None,
        );
        assert_eq!(opened.map(drop), Err(nix::errno::Errno::ENOENT), "{signal}");
    }
}
