//! Each flag in each mode: it does what it says there, or is refused with a word. None is taken and then ignored.

mod common;

use common::executable;
use std::process::{Command, Output};

/// Without a display, so that a window that was asked for is not there to be had, with exit code 1.
fn bulkhead(arguments: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(executable());
    command.args(arguments).current_dir(directory.path()).env("TMPDIR", directory.path());
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET").output().unwrap()
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What becomes of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Taken,
    Refused,
}
use Fate::{Refused, Taken};

/// With a window, and without one.
const FLAGS: &[(&str, Fate, Fate)] = &[
    ("--headless", Taken, Refused), // For the second time.
    ("--headless=new", Taken, Refused),
    ("--headless=old", Taken, Refused),
    ("--headless=shell", Refused, Refused),
    ("--screenshot", Refused, Taken),
    ("--screenshot=x.png", Refused, Taken),
    ("--screenshot-window=x.png", Refused, Taken),
    ("--hide-scrollbars", Refused, Taken),
    ("--timeout=20", Refused, Taken),
    ("--timeout=20000ms", Refused, Taken),
    ("--virtual-time-budget=1", Refused, Taken),
    ("--window-size=300,200", Taken, Taken),
    ("--force-device-scale-factor=2", Taken, Taken),
    ("--force-dark-mode", Taken, Taken),
    ("--no-sandbox", Taken, Taken),
    ("--tab-memory=128", Taken, Taken),
    ("--incognito", Taken, Taken),
    ("--new-window", Taken, Taken),
    ("--disable-gpu", Taken, Taken),
    ("--dump-dom", Refused, Refused),
    ("--print-to-pdf", Refused, Refused),
    ("--print-to-pdf=x.pdf", Refused, Refused),
    ("--user-agent=x", Refused, Refused),
    ("--app=about:blank", Refused, Refused),
    ("--no-such-flag", Refused, Refused),
];

#[test]
fn each_flag_is_taken_or_refused_in_each_mode() {
    for (flag, with_window, headless) in FLAGS {
        let output = bulkhead(&[flag, "about:blank"]);
        let refused = || output.status.code() == Some(2);
        if flag.starts_with("--headless=") || *flag == "--headless" {
            assert_eq!(refused(), *with_window == Refused, "{flag}: {}", complaint(&output));
        } else {
            // What is taken comes as far as the display.
            let no_display = output.status.code() == Some(1) && complaint(&output).contains("no display");
            assert_eq!((no_display, refused()), (*with_window == Taken, *with_window == Refused), "{flag}");
        }
        let output = bulkhead(&["--headless", flag, "about:blank"]);
        let code = if *headless == Taken { 0 } else { 2 };
        assert_eq!(output.status.code(), Some(code), "--headless {flag}: {}", complaint(&output));
    }
}

#[test]
fn subcommands_take_their_own_flags_alone() {
    for command in ["bench", "demo", "lab", "sandbox"] {
        for flag in
            ["--window-size=1,1", "--force-dark-mode", "--timeout=1", "--screenshot=x", "--incognito", "--dump-dom"]
        {
            let behind = bulkhead(&[command, flag]);
            assert_eq!(behind.status.code(), Some(2), "{command} {flag}");
            assert!(complaint(&behind).contains(flag.split('=').next().unwrap()), "{}", complaint(&behind));
        }
        for flag in ["--window-size=1,1", "--force-dark-mode", "--headless", "--dump-dom"] {
            assert_eq!(bulkhead(&[flag, command]).status.code(), Some(2), "{flag} {command}");
        }
    }
}

#[test]
fn what_is_refused_is_named_in_one_line_without_a_hint_that_leads_astray() {
    for flag in ["--print-to-pdf", "--dump-dom", "--app=x", "--user-agent=x", "--no-such-flag", "--timeout=1"] {
        let output = bulkhead(&[flag, "about:blank"]);
        let complaint = complaint(&output);
        let name = flag.split('=').next().unwrap();
        assert!(complaint.lines().count() == 1 && complaint.contains(name), "{flag}: {complaint}");
        assert!(!complaint.contains("tip:") && !complaint.contains(&format!("-- {name}")), "{flag}: {complaint}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn two_pictures_do_not_go_to_one_place() {
    for place in ["-", "x.png"] {
        let (page, window) = (format!("--screenshot={place}"), format!("--screenshot-window={place}"));
        assert_eq!(bulkhead(&["--headless", &page, &window, "about:blank"]).status.code(), Some(2));
    }
}

#[test]
fn a_page_without_a_display_is_an_error_that_says_how_to_have_its_picture() {
    for display in [None, Some(":64000")] {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new(executable());
        command
            .arg("bulkhead://start")
            .current_dir(directory.path())
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("DISPLAY");
        let output = command.envs(display.map(|name| ("DISPLAY", name))).output().unwrap();
        let complaint = complaint(&output);
        assert_eq!(output.status.code(), Some(1));
        assert!(complaint.contains("no display") && complaint.contains("--headless --screenshot="), "{complaint}");
        assert!(complaint.lines().count() == 1 && output.stdout.is_empty(), "{complaint}");
        assert!(!complaint.contains(".rs") && !complaint.contains(".cargo"), "a path of another machine: {complaint}");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "nothing is left in the working directory");
    }
}
