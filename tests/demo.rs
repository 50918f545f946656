//! The show of isolation runs anywhere: without a display, a plain start is the show, with pictures.

mod common;

use common::executable;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const PICTURES: [&str; 3] = ["bulkhead-1-before.png", "bulkhead-2-killed.png", "bulkhead-3-reloaded.png"];

fn without_display(arguments: &[&str], directory: &Path) -> Output {
    Command::new(executable())
        .args(arguments)
        .current_dir(directory)
        .env("TMPDIR", directory.join("tmp"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("the program runs")
}

/// A working directory, with one for temporary files in it.
fn directory() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("tmp")).unwrap();
    directory
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn assert_pictures(directory: &Path) {
    for picture in PICTURES {
        let length = std::fs::metadata(directory.join(picture)).expect("the picture is there").len();
        assert!(length > 10_000, "{picture} has {length} bytes");
    }
    assert_eq!(names(directory), PICTURES);
}

#[test]
fn a_plain_start_without_a_display_says_so_and_shows_isolation() {
    let directory = directory();

    let output = without_display(&[], directory.path());

    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.lines().next().is_some_and(|line| line.contains("no display")), "{text}");
    assert!(text.contains("ended by SIGKILL"), "{text}");
    // The process table, three times: with the killed renderer, without it, with a new one.
    let renderers: Vec<_> = text
        .split("process       pid")
        .skip(1)
        .map(|table| table.lines().filter(|line| line.trim_start().starts_with("renderer")).count())
        .collect();
    assert_eq!(renderers, [4, 3, 4], "{text}");
    // The pictures are where it says, and nowhere else.
    assert_eq!(names(directory.path()), ["tmp"]);
    let temporary = directory.path().join("tmp");
    let [pictures] = names(&temporary).try_into().expect("one directory");
    assert_pictures(&temporary.join(&pictures));
    for picture in PICTURES {
        let path = temporary.join(&pictures).join(picture);
        assert!(text.contains(path.to_str().unwrap()), "{text}");
    }
}

#[test]
fn pictures_go_into_the_directory_that_is_named() {
    let directory = directory();
    let output = without_display(&["demo", "--pictures=new"], directory.path());
    assert_eq!(output.status.code(), Some(0));
    assert_pictures(&directory.path().join("new"));
    assert_eq!(names(directory.path()), ["new", "tmp"]);
    assert!(names(&directory.path().join("tmp")).is_empty());
}

#[test]
fn pictures_that_cannot_be_written_are_an_error() {
    let directory = directory();
    for place in ["/no/such/directory", "/dev/null"] {
        let output = without_display(&["demo", &format!("--pictures={place}")], directory.path());
        assert_eq!(output.status.code(), Some(1));
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(complaint.contains("cannot ") && complaint.contains(place), "{complaint}");
    }
    assert!(names(&directory.path().join("tmp")).is_empty());
}
