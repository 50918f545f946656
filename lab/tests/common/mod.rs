//! Running the lab as its users do.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The limit of every wait; only there for failure.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// The program.
pub(crate) fn executable() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_bulkhead-lab"))
}

/// The lab with these arguments, its output kept.
pub(crate) fn lab(arguments: &[&str]) -> Command {
    let mut command = Command::new(executable());
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    lab(arguments).output().unwrap()
}

/// Standard output of a run that must succeed.
pub(crate) fn succeed(arguments: &[&str]) -> String {
    let output = run(arguments);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "lab {arguments:?}: {}\n{out}\n{err}", output.status);
    out
}

/// The one line that a run must fail with, and exit code 1.
pub(crate) fn fail(arguments: &[&str]) -> String {
    one_line(&format!("{arguments:?}"), &run(arguments))
}

/// The one line of an output that must be a failure.
pub(crate) fn one_line(what: &str, output: &Output) -> String {
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "lab {what}: {err}");
    assert_eq!(err.lines().count(), 1, "lab {what}: {err}");
    err
}

/// Output as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Each of these must be in the narration, in this order.
pub(crate) fn assert_tells(narration: &str, expected: &[&str]) {
    let mut rest = narration;
    for line in expected {
        let at =
            rest.find(line).unwrap_or_else(|| panic!("{line:?} is missing, or not in its place, in:\n{narration}"));
        rest = &rest[at + line.len()..];
    }
}

/// Each of these must be in the narration, in any order: what several processes say comes as it comes.
pub(crate) fn assert_mentions(narration: &str, expected: &[&str]) {
    for line in expected {
        assert!(narration.contains(line), "{line:?} is missing in:\n{narration}");
    }
}

/// Starts it with something to read.
pub(crate) fn start_with_input(arguments: &[&str], input: &str) -> Child {
    let mut child = lab(arguments).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child
}

/// Waits until `condition` holds.
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < DEADLINE, "{what}: not after {DEADLINE:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The processes whose environment has this mark.
pub(crate) fn marked(mark: &str) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &i32| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.windows(mark.len()).any(|window| window == mark.as_bytes())
    })
    .collect()
}

/// A name that no other test has.
pub(crate) fn unique(name: &str) -> String {
    format!("lab-test-{}-{name}", std::process::id())
}
