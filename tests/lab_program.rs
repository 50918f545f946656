//! `bulkhead lab` is the program `bulkhead-lab`: it gets all arguments and has the exit code; where it is missing, one line says how
//! to build it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

/// A directory with the browser alone, on the file system that the browser is on.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    fs::hard_link(env!("CARGO_BIN_EXE_bulkhead"), directory.path().join("bulkhead")).unwrap();
    directory
}

fn put_lab(directory: &Path) {
    let program = directory.join("bulkhead-lab");
    // By another process: what a thread of this one forks meanwhile would hold the file open for writing, and execve(2) would say ETXTBSY.
    let text = "#!/bin/sh\nprintf '<%s>' \"$@\"\nexit 7\n";
    let written = Command::new("sh").args(["-c", "printf %s \"$1\" >\"$0\""]).arg(&program).arg(text).status().unwrap();
    assert!(written.success());
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
}

fn run(directory: &Path, path: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(directory.join("bulkhead"));
    command.arg("lab").args(arguments).env("PATH", path).output().unwrap()
}

#[test]
fn the_program_beside_the_browser_gets_everything_and_has_the_exit_code() {
    let directory = directory();
    put_lab(directory.path());
    let output = run(directory.path(), Path::new("/nowhere"), &["bench", "--help", "--only", "-x", "a b", "--"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "<bench><--help><--only><-x><a b><-->");
    assert_eq!(output.status.code(), Some(7));
}

#[test]
fn a_program_in_path_serves_as_well() {
    let (directory, other) = (directory(), tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap());
    put_lab(other.path());
    let output = run(directory.path(), other.path(), &["--help"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "<--help>");
}

#[test]
fn where_it_is_missing_one_line_says_how_to_build_it() {
    let directory = directory();
    let output = run(directory.path(), Path::new("/nowhere"), &["pipe"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.contains("cargo build --release -p bulkhead-lab"), "{error}");
}

#[test]
fn a_program_that_cannot_be_started_is_named() {
    let directory = directory();
    fs::write(directory.path().join("bulkhead-lab"), "").unwrap();
    let output = run(directory.path(), Path::new("/nowhere"), &["pipe"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("cannot start ") && error.contains("bulkhead-lab"), "{error}");
}
