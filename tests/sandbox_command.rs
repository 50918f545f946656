//! `bulkhead sandbox`: every layer on and every attempt stopped, in real renderers, as root and as an ordinary user; and it
//! can tell where that is not so.

mod common;

use common::{executable, forbid};
use nix::unistd::geteuid;
use serde_json::Value;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The user that root becomes to be an ordinary one.
const USER: u32 = 54_321;

/// Runs it where what it makes in the current directory is in nobody's way.
fn sandbox(arguments: &[&str], prepare: impl FnOnce(&mut Command)) -> (i32, Value) {
    let directory = tempfile::tempdir().expect("a directory");
    let mut command = Command::new(executable());
    command.args(["sandbox", "--json"]).args(arguments).current_dir(directory.path());
    prepare(&mut command);
    let output = command.output().expect("the program runs");
    let left: Vec<_> = std::fs::read_dir(directory.path()).expect("the directory").collect();
    assert!(left.is_empty(), "it left {left:?} in the current directory");
    let said = String::from_utf8_lossy(&output.stderr);
    let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    (output.status.code().expect("it exits"), json)
}

fn rows<'a>(json: &'a Value, what: &str) -> &'a [Value] {
    json[what].as_array().expect("a list")
}

/// Names of those that are not as they should be.
fn names_without<'a>(json: &'a Value, what: &str, good: &str) -> Vec<&'a str> {
    let bad = rows(json, what).iter().filter(|row| row[good] != true);
    bad.map(|row| row["name"].as_str().expect("a name")).collect()
}

fn all_is_well((code, json): &(i32, Value)) {
    assert_eq!(names_without(json, "layers", "on"), [""; 0], "{json:#}");
    assert_eq!(names_without(json, "attempts", "stopped"), [""; 0], "{json:#}");
    assert_eq!(*code, 0);
    assert_eq!(rows(json, "layers").len(), 15);
    assert!(rows(json, "layers").iter().all(|layer| layer["evidence"].as_str().is_some_and(|text| !text.is_empty())));
    assert!(rows(json, "attempts").iter().all(|attempt| !rows(attempt, "by").is_empty()));
    let memory = &json["memory"];
    assert!(memory["tab"].as_u64() > Some(0) && memory["tab"].as_u64() <= memory["all"].as_u64(), "{memory}");
    assert!(memory["cgroup"].is_string() != memory["note"].is_string(), "by cgroups, or why not: {memory}");
    assert!(rows(json, "attempts").len() >= 130, "{}", rows(json, "attempts").len());
}

#[test]
fn every_layer_is_on_and_every_attempt_is_stopped() {
    let found = sandbox(&[], |_| ());
    all_is_well(&found);
    let (_, json) = &found;
    let by = |name: &str| {
        let attempt = rows(json, "attempts").iter().find(|attempt| attempt["name"] == name);
        attempt.expect("it was tried")["by"].clone()
    };
    assert_eq!(by("read-file"), serde_json::json!(["seccomp", "empty-root", "landlock"]));
    assert_eq!(by("links-foreign-surface"), serde_json::json!(["inbox: UnknownSurface"]));
    // Half of what Chromium's renderer reaches, a quarter of what it holds.
    let (always, conditional) = (rows(&json["syscalls"], "always").len(), rows(&json["syscalls"], "conditional").len());
    assert!(always <= 20 && always + conditional <= 45, "{always} and {conditional}");
    assert!(json["descriptors"].as_u64().is_some_and(|count| count <= 8), "{}", json["descriptors"]);
}

#[test]
fn an_ordinary_user_is_protected_as_well_as_root() {
    if !geteuid().is_root() {
        eprintln!("skipped: the other test is this one");
        return;
    }
    all_is_well(&sandbox(&[], |command| {
        command.uid(USER).gid(USER);
    }));
}

#[test]
fn without_a_sandbox_the_attempts_work_and_the_exit_code_says_so() {
    let (code, json) = sandbox(&["--no-sandbox"], |_| ());
    assert_eq!(code, 1);
    let worked = names_without(&json, "attempts", "stopped");
    for name in ["read-file", "kill", "ptrace", "exec-program", "connect-loopback", "connect-abstract"] {
        assert!(worked.contains(&name), "{name} is not among {worked:?}");
    }
    // Links and memory hold without one: what comes up the links is checked by the broker, and so is how much memory there is.
    assert!(!worked.iter().any(|name| name.starts_with("links-") || *name == "memory-hoard"), "{worked:?}");
}

#[test]
fn a_layer_that_the_machine_forbids_is_named_and_the_others_hold() {
    let (code, json) = sandbox(&[], |command| forbid::under(command, &forbid::namespaces()));
    assert_eq!(code, 1);
    let off = names_without(&json, "layers", "on");
    let namespaces =
        ["user-namespace", "pid-namespace", "net-namespace", "ipc-namespace", "uts-namespace", "empty-root"];
    // Without a user namespace, only root may empty the bounding set of capabilities.
    let bounding_set = (!geteuid().is_root()).then_some("privileges");
    assert_eq!(off, namespaces.into_iter().chain(bounding_set).collect::<Vec<_>>());
    let note = rows(&json, "layers")[0]["note"].as_str().unwrap_or_default();
    assert!(note.contains("Remedy"), "{note}");
    // What is left, Landlock and the filter, is enough to stop every attempt.
    let not_stopped: Vec<_> = rows(&json, "attempts").iter().filter(|attempt| attempt["stopped"] != true).collect();
    assert!(not_stopped.is_empty(), "{not_stopped:#?}");
}
