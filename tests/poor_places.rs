//! Machines that lack what one usually has: a place for temporary files, `/dev/null`, `/proc`, room for a file. The browser does
//! without where it can, and otherwise says what it lacks.

mod common;

use common::executable;
use nix::unistd::geteuid;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

const PAGE: &str = "data:text/html,<title>page</title>page";

fn said(output: &Output) -> String {
    format!(
        "{:?}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Loads a page with this as the place for temporary files.
fn with_place(place: &Path) -> Output {
    let mut command = Command::new(executable());
    command.args(["--headless", PAGE]).env("TMPDIR", place).env_remove("XDG_RUNTIME_DIR");
    command.output().expect("the program runs")
}

/// A shell script in a mount namespace of its own, in which `$0` is the program: to be opened before anything is mounted, since it
/// may lie below what is hidden then. `None` where that cannot be had.
fn in_own_mounts(script: &str) -> Option<Output> {
    let unshared = Command::new("unshare").args(["--mount", "true"]).output();
    if !geteuid().is_root() || !unshared.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: only root can mount, with unshare(1)");
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script]).arg(executable()).env_remove("TMPDIR").env_remove("XDG_RUNTIME_DIR");
    Some(command.output().expect("unshare runs"))
}

#[test]
fn a_place_that_is_missing_closed_or_far_down_is_passed_over() {
    let directory = tempfile::tempdir().unwrap();
    let far_down = directory.path().join("d".repeat(130));
    std::fs::create_dir(&far_down).unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let for_all = directory.path().join("for-all");
    std::fs::create_dir(&for_all).unwrap();
    std::fs::set_permissions(&for_all, std::fs::Permissions::from_mode(0o777)).unwrap();
    for place in [Path::new("/no/such/directory"), Path::new(""), Path::new("relative"), &far_down, &file, &for_all] {
        let output = with_place(place);
        assert_eq!(output.status.code(), Some(0), "{}: {}", place.display(), said(&output));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", place.display());
    }
    for used in [&far_down, &for_all] {
        assert_eq!(std::fs::read_dir(used).unwrap().count(), 0, "{}", used.display());
    }
}

#[test]
fn where_there_is_no_place_at_all_each_is_named() {
    let script = "exec 9<\"$0\"
                  for place in /tmp /var/tmp /dev/shm; do mount -t tmpfs -o ro none $place || exit 77; done
                  exec /proc/self/fd/9 --headless about:blank";
    let Some(output) = in_own_mounts(script) else { return };
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for place in ["/tmp: mkdir: EROFS", "/var/tmp: mkdir: EROFS", "/dev/shm: mkdir: EROFS"] {
        assert!(said.contains(place), "{place}: {said}");
    }
    assert!(!said.contains("in time"), "it did not take long: {said}");
}

#[test]
fn one_place_is_enough() {
    let script = "exec 9<\"$0\"
                  for place in /tmp /var/tmp; do mount -t tmpfs -o ro none $place || exit 77; done
                  exec /proc/self/fd/9 --headless about:blank";
    let Some(output) = in_own_mounts(script) else { return };
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn it_does_without_dev_null() {
    // What a page's process is confined by is not less for it.
    let script = "mount -t tmpfs none /dev && mkdir /dev/shm || exit 77
                  \"$0\" --headless about:blank || exit
                  exec \"$0\" sandbox --json";
    let Some(output) = in_own_mounts(script) else { return };
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!said(&output).contains("without a layer"), "{}", said(&output));
}

#[test]
fn without_proc_it_says_what_cannot_be_started() {
    let script = "mount -t tmpfs none /proc || exit 77
                  exec \"$0\" --headless about:blank";
    let Some(output) = in_own_mounts(script) else { return };
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("cannot start /proc/self/exe: No such file or directory"), "{}", said(&output));
}

#[test]
fn a_limit_on_files_that_leaves_no_room_for_pixels_or_documents_is_named() {
    // In units of 512 bytes: room for the document and none for its pixels; and room for nothing.
    for (limit, lacks) in [(64, "pixels"), (0, "memory")] {
        let script =
            format!("ulimit -f {limit}; exec \"$0\" --headless --timeout=60 --window-size=800,600 about:blank");
        let output = Command::new("sh").args(["-c", &script]).arg(executable()).output().expect("a shell runs");
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{limit}: {said}");
        assert!(said.contains(lacks) && said.contains("ulimit -f"), "{limit}: {said}");
        assert!(!said.contains("not loaded after"), "{limit}: that is not the reason: {said}");
    }
}
