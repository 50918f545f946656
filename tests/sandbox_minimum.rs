//! Below the minimum, no renderer starts, and the tab says why and what to do; but `--no-sandbox` overrides it, and says so.

mod common;

use common::forbid::{self, Forbidden};
use common::{executable, html};
use std::process::{Command, Output};

fn headless(forbidden: &[Forbidden], flags: &[&str]) -> Output {
    let mut command = Command::new(executable());
    command.arg("--headless").args(flags).arg(html("<title>page</title>").as_str());
    forbid::under(&mut command, forbidden);
    command.output().expect("the program runs")
}

/// Nothing is shown, for this reason; and it is, with `--no-sandbox`, which warns.
fn is_refused(forbidden: &[Forbidden], reasons: &[&str]) {
    let output = headless(forbidden, &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for reason in ["could not be started: not confined enough"].iter().chain(reasons) {
        assert!(said.contains(reason), "{reason:?} is not in {said}");
    }

    let output = headless(forbidden, &["--no-sandbox"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("--no-sandbox: pages are not confined"), "{said}");
}

#[test]
fn no_renderer_starts_where_filters_are_forbidden() {
    is_refused(&forbid::filters(), &["seccomp", "Remedy", "--no-sandbox"]);
}

#[test]
fn no_renderer_starts_where_neither_namespaces_nor_landlock_can_be_had() {
    let both = [forbid::namespaces(), forbid::landlock()].concat();
    is_refused(&both, &["landlock", "net-namespace", "Remedy", "--no-sandbox"]);
}
