//! Whatever ends the lab, no process, FIFO, queue or shared memory is left.

#![expect(clippy::disallowed_methods, reason = "the numbers are of children that were not waited for")]

mod common;

use bulkhead_lab::names::left_behind;
use common::{lab, marked, run, unique, wait_until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::process::{Child, Stdio};

/// A long benchmark with a mark in its environment, started and well under way.
fn under_way(mark: &str, only: &str) -> Child {
    let child = lab(&["bench", "--rounds", "1000", "--only", only])
        .env("LAB_TEST_MARK", mark)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("four processes of a benchmark", || marked(mark).len() >= 4);
    child
}

fn assert_nothing_left(mark: &str) {
    wait_until("the end of all processes", || marked(mark).is_empty());
    wait_until("the removal of all names", || left_behind().is_empty());
}

#[test]
fn ctrl_c_ends_a_benchmark_without_a_trace() {
    for (index, only) in ["fifo", "iceoryx2", "mqueue"].into_iter().enumerate() {
        let mark = unique(&format!("ctrl-c-{index}"));
        let mut child = under_way(&mark, only);
        kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{only}");
        assert_nothing_left(&mark);
    }
}

#[test]
fn a_killed_worker_is_reported_and_cleaned_up_after() {
    let mark = unique("worker");
    let mut child = under_way(&mark, "iceoryx2");
    let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).unwrap();
    let worker: i32 = children.split_whitespace().next().unwrap().parse().unwrap();
    kill(Pid::from_raw(worker), Signal::SIGKILL).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_nothing_left(&mark);
}

#[test]
fn after_sigkill_the_next_run_removes_what_was_left() {
    let mark = unique("sigkill");
    let mut child = under_way(&mark, "iceoryx2");
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("the end of all processes", || marked(&mark).is_empty());
    assert!(run(&[]).status.success());
    assert_nothing_left(&mark);
}

#[test]
fn a_launcher_that_ignores_sigchld_does_not_take_the_exit_codes() {
    let script = format!("trap '' CHLD; exec {} pipe", common::executable().display());
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{}", common::text(&output.stderr));
}
