//! Where the machine forbids a layer, the others still apply, pages load, and the terminal says what is missing.

mod common;

use common::{executable, forbid};
use std::process::Command;

const PAGE: &str = "data:text/html,<title>page</title>";

#[test]
fn without_namespaces_pages_load_and_the_terminal_says_what_is_missing() {
    let mut command = Command::new(executable());
    command.args(["--headless", PAGE]);
    forbid::under(&mut command, &forbid::namespaces());
    let output = command.output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    for layer in ["user-namespace", "pid-namespace", "net-namespace", "empty-root"] {
        assert_eq!(said.matches(&format!("without a layer: {layer}")).count(), 1, "{layer}: {said}");
    }
    assert!(!said.contains("without a layer: seccomp"), "{said}");
    assert!(said.contains("Remedy"), "{said}");
}

#[test]
fn without_landlock_pages_load_and_the_terminal_says_so() {
    let mut command = Command::new(executable());
    command.args(["--headless", PAGE]);
    forbid::under(&mut command, &forbid::landlock());
    let output = command.output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("without a layer: landlock"), "{said}");
    assert_eq!(said.matches("without a layer").count(), 1, "{said}");
}

#[test]
fn where_nothing_is_missing_nothing_is_said() {
    let output = Command::new(executable()).args(["--headless", PAGE]).output().expect("the program runs");
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
