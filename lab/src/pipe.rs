//! The pipe: the slide, and what end-of-file and SIGPIPE mean.
//!
//! pipe(2), pipe(7). A pipe is a buffer in the kernel (64 KiB unless told) with a descriptor for each end.

use crate::error::{Call, Error, Result};
use crate::fork::{Exit, fork};
use crate::link::{Link, Side};
use crate::narrate::{Narrator, note, title};
use crate::stream::Stream;
use nix::fcntl::OFlag;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::unistd::{pipe2, read, write};
use std::os::fd::AsRawFd;

const PARENT: Narrator = Narrator::new("parent");
const CHILD: Narrator = Narrator::new("child");

/// The demonstrations.
///
/// # Errors
/// What a call says.
pub fn demo() -> Result<()> {
    hello()?;
    sigpipe()
}

/// The lecture's program: the child writes, the parent reads.
fn hello() -> Result<()> {
    title("pipe: a child says hello to its parent");
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC).call("pipe(2)")?;
    PARENT.says(format!("pipe() -> read end {}, write end {}", reader.as_raw_fd(), writer.as_raw_fd()));
    let child = fork(&[writer.as_raw_fd()], || {
        let count = write(&writer, b"Hello World\n").call("write(2)")?;
        CHILD.says(format!("write({}, \"Hello World\\n\") -> {count}", writer.as_raw_fd()));
        Ok(())
    })?;
    PARENT.says(format!("fork() -> {}: the child has inherited the write end", child.pid()));
    drop(writer);
    PARENT.says("close(write end): as long as I held it myself, I would never see the end of file");
    let mut buffer = [0; 1024];
    loop {
        let count = read(&reader, &mut buffer).call("read(2)")?;
        if count == 0 {
            PARENT.says("read() -> 0: end of file, the last write end is closed");
            break;
        }
        PARENT.says(format!("read() -> {count}: {:?}", String::from_utf8_lossy(&buffer[..count])));
    }
    child.join()
}

/// What a writer without a reader gets.
fn sigpipe() -> Result<()> {
    title("pipe: a writer that nobody reads");
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC).call("pipe(2)")?;
    drop(reader);
    PARENT.says("pipe(), close(read end), and a child for each of the two ways to write into it");
    for (action, text, expected) in [
        (SigHandler::SigDfl, "default action", Exit::Signal(Signal::SIGPIPE)),
        (SigHandler::SigIgn, "ignored", Exit::Code(0)),
    ] {
        let mut child = fork(&[writer.as_raw_fd()], || {
            set_sigpipe(action)?;
            CHILD.says(format!("SIGPIPE: {text}; write() ..."));
            let errno = write(&writer, b"?").err();
            CHILD.says(format!("write() -> {errno:?}: the signal is ignored, so the error says it"));
            Ok(())
        })?;
        let exit = child.wait()?;
        PARENT.says(format!("waitid({}) -> {exit}", child.pid()));
        if exit != expected {
            return Err(Error::Broken(format!("{exit} instead of {expected}")));
        }
    }
    note("This is how `yes | head -1` ends: head closes its end, yes is killed by SIGPIPE at its next write.");
    Ok(())
}

#[expect(unsafe_code, reason = "sigaction(2)")]
fn set_sigpipe(handler: SigHandler) -> Result<()> {
    let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler is the default or none, not a function that could do something unsafe in a signal's context.
    unsafe { sigaction(Signal::SIGPIPE, &action) }.map(drop).call("sigaction(2)")
}

/// A pipe in each direction.
///
/// # Errors
/// What `pipe(2)` says.
pub fn link() -> Result<Link> {
    let (down_reader, down_writer) = pipe2(OFlag::O_CLOEXEC).call("pipe(2)")?;
    let (up_reader, up_writer) = pipe2(OFlag::O_CLOEXEC).call("pipe(2)")?;
    Ok(Link {
        parent: Side::new(&[up_reader.as_raw_fd(), down_writer.as_raw_fd()], |_| {
            Ok(Stream::new(up_reader, down_writer))
        }),
        child: Side::new(&[down_reader.as_raw_fd(), up_writer.as_raw_fd()], |_| {
            Ok(Stream::new(down_reader, up_writer))
        }),
    })
}
