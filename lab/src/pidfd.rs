//! The pidfd: a descriptor that *is* a process.
//!
//! pidfd_open(2). A pid is a number that the next process may get; a pidfd stays with its process. It becomes readable when
//! the process ends, so that an event loop waits for it beside its sockets, without SIGCHLD.

use crate::error::{Call, Error, Result};
use crate::fork::{Exit, Peer, fork};
use crate::narrate::{Narrator, note, title};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::signal::Signal;
use nix::unistd::{pause, pipe2};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// Wait, signal, and take a descriptor, all through the pidfd.
///
/// # Errors
/// What a call says.
pub fn demo() -> Result<()> {
    title("pidfd: a descriptor that is a process");
    let (parent, child) = (Narrator::new("parent"), Narrator::new("child"));
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC).call("pipe(2)")?;
    let number = writer.as_raw_fd();
    let mut process = fork(&[number], || {
        child.says(format!("I hold the write end of a pipe as {number}, write nothing and sleep: pause()"));
        pause();
        Ok(())
    })?;
    drop(writer);
    let peer = process.peer();
    parent.says(format!(
        "pidfd_open({}) -> {}; poll(): ended? {}",
        peer.pid(),
        peer.as_fd().as_raw_fd(),
        peer.is_gone()
    ));
    match pidfd_getfd(&peer, number) {
        Ok(taken) => {
            File::from(taken).write_all(b"written by the parent itself").call("write(2)")?;
            parent.says(format!("pidfd_getfd(descriptor {number} of the child): I have its write end now, and write"));
        }
        Err(error) => parent.says(format!("{error}: allowed only where one may debug the other")),
    }
    process.kill(Signal::SIGTERM)?;
    parent.says("pidfd_send_signal(SIGTERM): cannot hit another process, even if the pid was given anew");
    let exit = process.wait_for(Duration::from_secs(5))?;
    parent.says(format!("poll() wakes up: it has ended; waitid(P_PIDFD) -> {exit}"));
    let mut text = String::new();
    File::from(reader).read_to_string(&mut text).call("read(2)")?;
    parent.says(format!("the pipe, to its end: {text:?}"));
    if exit != Exit::Signal(Signal::SIGTERM) {
        return Err(Error::Broken(format!("{exit} instead of SIGTERM")));
    }
    note("In the browser: the broker holds one for every process, and learns of a crash from it.");
    Ok(())
}

/// A duplicate of a descriptor of another process.
#[expect(unsafe_code, reason = "nix has no pidfd_getfd")]
fn pidfd_getfd(peer: &Peer, number: RawFd) -> Result<OwnedFd> {
    // SAFETY: three integers, no memory.
    let result = unsafe { libc::syscall(libc::SYS_pidfd_getfd, peer.as_fd().as_raw_fd(), number, 0) };
    let fd =
        Errno::result(result).and_then(|fd| RawFd::try_from(fd).map_err(|_| Errno::EBADF)).call("pidfd_getfd(2)")?;
    // SAFETY: the kernel has just made this descriptor for us; nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
