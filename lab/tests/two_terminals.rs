//! The commands that come in pairs find one another, as in two terminals.

#![expect(clippy::disallowed_methods, reason = "the numbers are of children that were not waited for")]

mod common;

use common::{assert_mentions, assert_tells, lab, start_with_input, succeed, text, unique, wait_until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

#[test]
fn a_producer_and_a_consumer_meet_at_a_fifo() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("fifo");
    let consumer = lab(&["fifo", "consume", path.to_str().unwrap()]).spawn().unwrap();
    let producer = start_with_input(&["fifo", "produce", path.to_str().unwrap()], "one\ntwo\n");
    let (producer, consumer) = (producer.wait_with_output().unwrap(), consumer.wait_with_output().unwrap());
    assert!(producer.status.success() && consumer.status.success());
    assert_tells(&text(&producer.stdout), &["write(\"one\\n\"): 4 bytes", "write(\"two\\n\"): 4 bytes"]);
    assert_tells(&text(&consumer.stdout), &["one\\n", "two\\n", "end of file"]);
    assert!(path.exists(), "a FIFO outlives its users");
}

#[test]
fn a_writer_and_a_reader_meet_at_a_name() {
    let name = format!("/{}", unique("meet"));
    succeed(&["shm", "write", &name, "Hello"]);
    assert_mentions(&succeed(&["shm", "read", &name]), &["5 bytes", "\"Hello\""]);
    succeed(&["shm", "unlink", &name]);
}

#[test]
fn a_message_waits_in_its_queue() {
    let name = format!("/{}", unique("queue"));
    let output = lab(&["mqueue", "send", &name, "later", "--priority", "1"]).output().unwrap();
    if text(&output.stderr).contains("is not to be had here") {
        return println!("skipped: {}", text(&output.stderr));
    }
    succeed(&["mqueue", "send", &name, "sooner", "--priority", "2"]);
    assert_mentions(&succeed(&["mqueue", "receive", &name]), &["\"sooner\", priority 2"]);
    assert_mentions(&succeed(&["mqueue", "receive", &name]), &["\"later\", priority 1"]);
    succeed(&["mqueue", "unlink", &name]);
}

/// Waits for a line of a running lab, and gives the word that follows `before` in it.
fn word_after(child: &mut Child, before: &str) -> String {
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains(before) {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "it has ended without saying {before:?}");
    }
    // The rest of what it says is read to its end, lest it be killed by a full pipe.
    std::thread::spawn(move || out.lines().map_while(Result::ok).for_each(drop));
    let word = line.split(before).nth(1).unwrap();
    word.chars().take_while(char::is_ascii_digit).collect()
}

#[test]
fn a_client_is_greeted_over_tcp_and_udp() {
    for kind in ["tcp", "udp"] {
        let mut server = lab(&["socket", "serve", &format!("{kind}:0")]).spawn().unwrap();
        let port = word_after(&mut server, "bind(127.0.0.1:");
        assert_mentions(&succeed(&["socket", "connect", &format!("{kind}:{port}")]), &["Hello. I'm your server."]);
        assert!(server.wait().unwrap().success());
    }
}

#[test]
fn a_client_is_greeted_over_a_unix_socket_and_known_by_its_pid() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let address = format!("unix:{}", path.display());
    let server = lab(&["socket", "serve", &address]).spawn().unwrap();
    wait_until("the server's socket", || path.exists());
    wait_until("the greeting", || lab(&["socket", "connect", &address]).output().unwrap().status.success());
    let output = server.wait_with_output().unwrap();
    assert_mentions(&text(&output.stdout), &["accept(): process ", "says the kernel"]);
    assert!(!path.exists(), "the server leaves its path");
}

#[test]
fn a_remote_call_finds_its_service_by_the_registry() {
    let mut registry = lab(&["rpc", "registry", "--port", "0"]).spawn().unwrap();
    let port = word_after(&mut registry, "a daemon at port ");
    let mut server = lab(&["rpc", "serve", "bank", "--port", &port]).stdout(Stdio::null()).spawn().unwrap();
    let call = |arguments: &[&str]| lab(&[&["rpc", "call", "--port", &port], arguments].concat()).output().unwrap();
    wait_until("the service's registration", || call(&["add", "-2", "3"]).status.success());
    assert_mentions(&text(&call(&["deposit", "zoe", "7"]).stdout), &["number: i32", "the call returns: 7"]);
    assert_mentions(&text(&call(&["divide", "1", "0"]).stderr), &["1 divided by 0 is no number"]);
    for process in [&mut server, &mut registry] {
        interrupt(process);
        assert_eq!(process.wait().unwrap().code(), Some(130));
    }
}

fn interrupt(process: &Child) {
    kill(Pid::from_raw(process.id().cast_signed()), Signal::SIGINT).unwrap();
}
