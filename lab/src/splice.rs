//! `vmsplice(2)`, `splice(2)`, `tee(2)`: pages move into, through and out of a pipe, bytes are not copied.
//!
//! vmsplice puts the writer's own pages into the pipe. So the reader sees what is there when it reads, not what was there when
//! it was sent: the writer must not touch them until the reader is done, and has to be told. The link does that with a byte
//! back.

use crate::error::{Call, Error, Result};
use crate::fork::{Peer, fork};
use crate::link::{Endpoint, Link, Side};
use crate::memory::anonymous;
use crate::narrate::{Narrator, note, title};
use nix::fcntl::{FcntlArg, OFlag, SpliceFFlags, fcntl, splice, tee, vmsplice};
use nix::unistd::pipe2;
use std::fs::File;
use std::io::{IoSlice, Read, Seek, Write};
use std::os::fd::{AsRawFd, OwnedFd};

const PARENT: Narrator = Narrator::new("parent");
const CHILD: Narrator = Narrator::new("child");
/// What a user without privileges may make a pipe hold (`/proc/sys/fs/pipe-max-size`).
const PIPE_BYTES: i32 = 1 << 20;

/// No copy, and the hazard of it; then a file through a pipe, and a T-piece.
///
/// # Errors
/// What a call says.
pub fn demo() -> Result<()> {
    title("vmsplice: the writer's pages go into the pipe, not a copy of them");
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC).call("pipe(2)")?;
    let (go_reader, go_writer) = pipe2(OFlag::O_CLOEXEC).call("pipe(2)")?;
    let child = fork(&[writer.as_raw_fd(), go_writer.as_raw_fd()], || {
        let mut page = vec![b'A'; 4096];
        let count = vmsplice(&writer, &[IoSlice::new(&page)], SpliceFFlags::empty()).call("vmsplice(2)")?;
        CHILD.says(format!("a page of 'A': vmsplice() -> {count}"));
        page.fill(b'B');
        CHILD.says("overwrote the page with 'B', before anybody has read the pipe");
        std::hint::black_box(&page);
        nix::unistd::write(&go_writer, b"!").call("write(2)")?;
        // The page must stay until it was read: the parent closes its end then.
        while nix::unistd::write(&writer, b".").is_ok() {}
        Ok(())
    })?;
    drop((writer, go_writer));
    File::from(go_reader).read_exact(&mut [0]).call("read(2)")?;
    let mut first = [0; 4];
    let mut reader = File::from(reader);
    reader.read_exact(&mut first).call("read(2)")?;
    PARENT.says(format!("read() -> {:?}: what is there now, not what was sent", String::from_utf8_lossy(&first)));
    drop(reader);
    child.join()?;
    if &first != b"BBBB" {
        return Err(Error::Broken("vmsplice(2) has copied".into()));
    }
    through_a_pipe()
}

fn through_a_pipe() -> Result<()> {
    title("splice and tee: a file through a pipe without passing through the program");
    let mut file = File::from(anonymous(5)?);
    file.write_all(b"hello").and_then(|()| file.rewind()).call("write(2)")?;
    let ((reader, writer), (copy, copy_writer)) =
        (pipe2(OFlag::O_CLOEXEC).call("pipe(2)")?, pipe2(OFlag::O_CLOEXEC).call("pipe(2)")?);
    let moved = splice(&file, None, &writer, None, 5, SpliceFFlags::empty()).call("splice(2)")?;
    PARENT.says(format!("splice(file -> pipe) -> {moved}: the pipe refers to the file's pages"));
    let doubled = tee(&reader, &copy_writer, 5, SpliceFFlags::empty()).call("tee(2)")?;
    PARENT.says(format!("tee(pipe -> second pipe) -> {doubled}: the same pages in both"));
    let mut texts = [[0; 5]; 2];
    File::from(reader).read_exact(&mut texts[0]).call("read(2)")?;
    File::from(copy).read_exact(&mut texts[1]).call("read(2)")?;
    PARENT.says(format!("read() from both: {:?}", texts.map(|text| String::from_utf8_lossy(&text).into_owned())));
    note("A proxy that copies a socket to a socket, or a file to a socket, needs no buffer of its own.");
    Ok(())
}

/// One copy instead of two, and a byte back when it is made.
#[derive(Debug)]
struct Pages {
    output: File,
    done: File,
    input: File,
    received: File,
}

impl Endpoint for Pages {
    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let count = vmsplice(&self.output, &[IoSlice::new(rest)], SpliceFFlags::empty()).call("vmsplice(2)")?;
            rest = &rest[count..];
        }
        self.done.read_exact(&mut [0]).call("read(2)")
    }

    fn recv(&mut self, buffer: &mut [u8]) -> Result<()> {
        self.input.read_exact(buffer).call("read(2)")?;
        self.received.write_all(b"!").call("write(2)")
    }
}

/// Two pipes in each direction: one for the pages, one for the byte back.
///
/// # Errors
/// What `pipe(2)` says.
pub fn link() -> Result<Link> {
    let pipe = || pipe2(OFlag::O_CLOEXEC).call("pipe(2)");
    let (down_reader, down_writer) = pipe()?;
    let (up_reader, up_writer) = pipe()?;
    let (down_done, down_received) = pipe()?;
    let (up_done, up_received) = pipe()?;
    for writer in [&down_writer, &up_writer] {
        // More pages under way at a time; smaller where the system's limit is smaller.
        let _ = fcntl(writer, FcntlArg::F_SETPIPE_SZ(PIPE_BYTES));
    }
    let side = |[output, done, input, received]: [OwnedFd; 4]| {
        let descriptors = [&output, &done, &input, &received].map(|fd| fd.as_raw_fd());
        Side::new(&descriptors, move |_: Peer| {
            Ok(Pages { output: output.into(), done: done.into(), input: input.into(), received: received.into() })
        })
    };
    Ok(Link {
        child: side([up_writer, up_done, down_reader, down_received]),
        parent: side([down_writer, down_done, up_reader, up_received]),
    })
}
