//! `bulkhead lab chrome` finds every link of a live tab, and knows what each is for.

mod common;

use common::{browser, executable, html, open, pid};
use serde_json::Value;
use std::process::Command;

#[test]
fn every_link_of_a_live_tab_is_found_with_its_role() {
    let mut headless = browser();
    let tab = open(&mut headless, html("<title>page</title><h1>page</h1>"));
    let renderer = pid(&headless, tab).as_raw();
    let bulkhead_broker::browser::Zygote::Warm { pid: zygote, .. } = *headless.browser.zygote() else { panic!("warm") };

    let broker = std::process::id().to_string();
    let output = Command::new(executable()).args(["lab", "chrome", &broker, "--json"]).output().unwrap();
    headless.shutdown();

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let description: Value = serde_json::from_slice(&output.stdout).unwrap();
    let connections = description["connections"].as_array().unwrap();
    // An ordinary user is not shown the renderer's ends, and is told whose they are all the same.
    let found = |pid: i32, mechanism: &str, role: &str| {
        let pid = pid.to_string();
        let names = |text: &Value| text.as_str().is_some_and(|text| words(text).any(|word| word == pid));
        let is = |connection: &&Value| {
            connection["mechanism"].as_str().is_some_and(|text| text.starts_with(mechanism))
                && connection["role"].as_str().is_some_and(|text| text.starts_with(role))
                && connection["ends"].as_array().is_some_and(|ends| ends.iter().any(names))
        };
        connections.iter().filter(is).count()
    };
    for (pid, mechanism, role) in [
        (renderer, "pipe", "control, down"),
        (renderer, "pipe", "control, up"),
        (renderer, "Unix socket, SOCK_SEQPACKET", "uplink"),
        (renderer, "Unix socket, SOCK_SEQPACKET", "downlink"),
        (renderer, "memfd bulkhead-surface", "a surface"),
        (renderer, "pidfd", "the process itself"),
        (zygote, "Unix socket, SOCK_SEQPACKET", "zygote: "),
        (zygote, "Unix socket, SOCK_SEQPACKET", "zygote, ipc-channel"),
        (zygote, "pidfd", "the process itself"),
    ] {
        let count = found(pid, mechanism, role);
        assert_eq!(count, 1, "{mechanism} of {pid}, {role}: {count} times in {description:#}");
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric())
}
