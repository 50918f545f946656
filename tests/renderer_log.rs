//! What a renderer logs is written where the browser's log is, with whose it is.

mod common;

use std::process::Command;

#[test]
fn a_line_of_a_renderer_says_which_process_and_tab_it_is_from() {
    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("page.html");
    std::fs::write(&page, "<title>page</title><img src=missing.png>").unwrap();
    let output = Command::new(common::executable())
        .args(["--headless", "--screenshot=page.png", "--window-size=320,200"])
        .arg(&page)
        .current_dir(directory.path())
        .env("RUST_LOG", "bulkhead_renderer=debug")
        .output()
        .expect("the browser starts");
    assert!(output.status.success(), "{output:?}");
    let log = String::from_utf8_lossy(&output.stderr);
    let line = log.lines().find(|line| line.contains("fetch failed")).unwrap_or_else(|| panic!("{log}"));
    assert!(line.contains("renderer 1 of tab 1, process "), "{line}");
    assert!(line.contains("missing.png"), "{line}");
}
