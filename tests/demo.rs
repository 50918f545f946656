//! The show of isolation runs anywhere: without a display, a plain start is the show, with pictures.

mod common;

use common::executable;
use std::process::{Command, Output};

fn without_display(arguments: &[&str], directory: &std::path::Path) -> Output {
    Command::new(executable())
        .args(arguments)
        .current_dir(directory)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("the program runs")
}

#[test]
fn a_plain_start_without_a_display_says_so_and_shows_isolation() {
    let directory = tempfile::tempdir().unwrap();

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
    for picture in ["bulkhead-1-before.png", "bulkhead-2-killed.png", "bulkhead-3-reloaded.png"] {
        let length = std::fs::metadata(directory.path().join(picture)).expect("the picture is there").len();
        assert!(length > 10_000, "{picture} has {length} bytes");
    }
}

#[test]
fn pictures_that_cannot_be_written_are_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let output = without_display(&["demo", "--pictures=/no/such/directory"], directory.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write"));
}
