//! A tree of processes is described by what the kernel knows of it.

mod common;

use bulkhead_lab::chrome::describe;
use common::succeed;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

#[test]
fn pipes_sockets_and_memory_of_a_child_are_found() {
    let (mine, theirs) = UnixStream::pair().unwrap();
    let memory = memfd_create(c"bulkhead-surface-of-a-test", MFdFlags::empty()).unwrap();
    let mut child = Command::new("sleep")
        .arg("60")
        .stdin(OwnedFd::from(theirs))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    fcntl(&memory, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).unwrap();
    let own = std::process::id();
    let description = describe(own.cast_signed()).unwrap();
    let json = succeed(&["chrome", &own.to_string(), "--json"]);
    child.kill().unwrap();
    child.wait().unwrap();
    drop(mine);

    assert!(description.processes.iter().any(|process| process.name == "sleep"));
    let with_child = |mechanism: &str| {
        let pid = child.id().to_string();
        let mut connections = description.connections.iter();
        connections.any(|connection| {
            connection.mechanism.starts_with(mechanism) && connection.ends.iter().any(|end| end.contains(&pid))
        })
    };
    assert!(with_child("pipe"), "{description}");
    assert!(with_child("Unix socket, SOCK_STREAM"), "{description}");
    assert!(with_child("memfd bulkhead-surface-of-a-test"), "{description}");
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok_and(|value| value["connections"].is_array()));
}
