//! Bad input gets one clear line and exit code 1, and leaves nothing.

mod common;

use common::{executable, fail, lab, one_line, start_with_input, succeed, text, unique, wait_until};
use std::process::{Command, Stdio};

#[test]
fn a_path_that_is_no_fifo_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    for part in ["produce", "consume"] {
        assert!(fail(&["fifo", part, path]).contains("exists and is not a FIFO"));
    }
    assert!(file.path().exists());
    assert!(fail(&["fifo", "consume", "/nowhere/fifo"]).contains("mkfifo(/nowhere/fifo): ENOENT"));
}

#[test]
fn a_fifo_without_another_side_has_a_deadline_and_is_removed_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("fifo");
    for (part, missing) in [("produce", "no reader"), ("consume", "no writer")] {
        let line = fail(&["fifo", part, path.to_str().unwrap(), "--timeout", "0.1"]);
        assert!(line.contains(missing) && line.contains("nothing for 0.1 s"), "{line}");
        assert!(!path.exists(), "{part} left its FIFO");
    }
}

#[test]
fn a_producer_whose_consumer_is_killed_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("fifo");
    let path = path.to_str().unwrap();
    let mut consumer = lab(&["fifo", "consume", path]).spawn().unwrap();
    let mut producer = lab(&["fifo", "produce", path]).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = producer.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"first\n").unwrap();
    let mut out = std::io::BufReader::new(consumer.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("first") {
        line.clear();
        assert!(std::io::BufRead::read_line(&mut out, &mut line).unwrap() > 0, "the consumer has ended early");
    }
    // The supervisor dies, and its worker with it: then there is no reader.
    consumer.kill().unwrap();
    consumer.wait().unwrap();
    let watched = producer.id();
    wait_until("the producer's end", || {
        let _ = std::io::Write::write_all(&mut input, b"more\n");
        std::fs::read_to_string(format!("/proc/{watched}/stat")).is_ok_and(|stat| stat.contains(") Z "))
    });
    drop(input);
    let output = producer.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn names_of_shared_memory_are_checked() {
    let name = format!("/{}", unique("shm"));
    assert!(fail(&["shm", "read", &name]).contains("no shared memory"));
    assert!(fail(&["shm", "unlink", &name]).contains("no shared memory"));
    assert!(fail(&["shm", "write", &name, ""]).contains("an empty text"));
    assert!(fail(&["shm", "write", "no-slash", "x"]).contains("is no name for shared memory"));
    succeed(&["shm", "write", &name, "x"]);
    assert!(fail(&["shm", "write", &name, "y"]).contains("is in use"));
    succeed(&["shm", "unlink", &name]);
}

#[test]
fn full_shared_memory_is_an_error_and_no_bus_error() {
    // A /dev/shm of 64 KiB, in a mount namespace of its own.
    let script = "mount -t tmpfs -o size=64k tmpfs /dev/shm && echo mounted && \"$0\" shm write /full \"$1\"; \
                  code=$?; echo \"left: $(ls /dev/shm)\"; exit $code";
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .arg(executable())
        .arg("x".repeat(100_000))
        .output();
    match output {
        Ok(output) if text(&output.stdout).starts_with("mounted") => {
            assert!(one_line("shm write", &output).contains("shared memory is full"));
            assert!(text(&output.stdout).ends_with("left: \n"), "the object is left behind");
        }
        other => println!("skipped: no mount namespace here: {other:?}"),
    }
}

#[test]
fn addresses_are_checked() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    std::fs::write(&path, "").unwrap();
    let address = format!("unix:{}", path.display());
    assert!(fail(&["socket", "serve", &address]).contains("is in use"));
    assert!(path.exists(), "a file of somebody else was removed");
    assert!(fail(&["socket", "connect", "unix:/nowhere/socket"]).contains("no server at"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp:{}", taken.local_addr().unwrap().port());
    assert!(fail(&["socket", "serve", &address]).contains("is in use"));
    let line = fail(&["socket", "serve", "udp:0", "--timeout", "0.05"]);
    assert!(line.contains("no client came"), "{line}");
    assert_eq!(common::run(&["socket", "serve", "tcp:65536"]).status.code(), Some(2));
}

#[test]
fn a_server_that_says_nothing_has_a_deadline() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp:{}", silent.local_addr().unwrap().port());
    assert!(fail(&["socket", "connect", &address, "--timeout", "0.1"]).contains("does not answer"));
}

#[test]
fn a_message_that_is_too_long_or_too_much_for_a_queue_is_refused() {
    let name = format!("/{}", unique("queue"));
    let line = fail(&["mqueue", "send", &name, &"x".repeat(10_000)]);
    if line.contains("is not to be had here") {
        return println!("skipped: {line}");
    }
    assert!(line.contains("10000 bytes; the queue takes at most 8192"), "{line}");
    assert!(fail(&["mqueue", "receive", &name]).contains("no queue"), "the queue is left behind");
    (0..10).for_each(|_| drop(succeed(&["mqueue", "send", &name, "x"])));
    assert!(fail(&["mqueue", "send", &name, "x"]).contains("is full"));
    (0..10).for_each(|_| drop(succeed(&["mqueue", "receive", &name])));
    assert!(fail(&["mqueue", "receive", &name, "--timeout", "0.1"]).contains("is empty"));
    succeed(&["mqueue", "unlink", &name]);
}

#[test]
fn a_remote_call_without_registry_or_service_says_so() {
    let free = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    assert!(fail(&["rpc", "registry", "--port", &port]).contains("is in use"));
    drop(free);
    assert!(fail(&["rpc", "call", "--port", &port, "add", "1", "2"]).contains("nobody answers"));
    assert!(fail(&["rpc", "serve", "--port", &port]).contains("nobody answers"));
}

#[test]
fn pipelines_that_cannot_run_start_nothing() {
    for (pipeline, text) in [
        ("ls |", "nothing before or after a |"),
        ("", "nothing before or after a |"),
        ("echo 'a", "an open quote"),
        ("ls | no-such-program", "no such program"),
    ] {
        assert!(fail(&["shell", pipeline]).contains(text), "{pipeline}");
    }
}

#[test]
fn unknown_names_are_answered_with_those_that_there_are() {
    assert!(fail(&["check", "nothing"]).contains("there are: pipe"));
    assert!(fail(&["quiz", "--only", "nothing"]).contains("there are: memfd"));
    assert!(fail(&["bench", "--only", "nothing"]).contains("there are: crossbeam-channel"));
    assert!(fail(&["chrome", "999999999"]).contains("no process"));
}

#[test]
fn a_reader_that_goes_away_does_not_disturb() {
    let mut child = start_with_input(&["pipe"], "");
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}
