//! `process_vm_readv(2)`: reading straight out of another process's memory, with one copy.
//!
//! It is what debuggers do, and needs their permission: the same user, and a process that allows it (`PR_SET_DUMPABLE`,
//! `PR_SET_PTRACER` where the Yama module guards it). A small socket says where the bytes are and when they were taken.

use crate::error::{Call, Error, Result};
use crate::fork::{Peer, fork};
use crate::link::{Endpoint, Link, Side};
use crate::narrate::{Narrator, note, title};
use nix::errno::Errno;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;
use std::io::{IoSliceMut, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

/// The parent reads a string out of the child.
///
/// # Errors
/// What a call says.
pub fn demo() -> Result<()> {
    title("process_vm_readv: a process reads another one's memory");
    let (parent, child) = (Narrator::new("parent"), Narrator::new("child"));
    let (mut here, there) = UnixStream::pair().call("socketpair(2)")?;
    let process = fork(&[there.as_raw_fd()], || {
        let secret = format!("a string of process {}", std::process::id());
        allow(&Peer::parent()?);
        let mut socket = there.try_clone().call("dup(2)")?;
        child.says(format!("I have {} bytes at {:p}", secret.len(), secret.as_ptr()));
        socket.write_all(&place(secret.as_bytes())).call("write(2)")?;
        socket.read_exact(&mut [0]).call("read(2)")?;
        child.says("told that it was read: until now the string had to stay where it is");
        Ok(())
    })?;
    drop(there);
    let mut announced = [0; 16];
    here.read_exact(&mut announced).call("read(2)")?;
    let (base, length) = parse(announced);
    let mut copy = vec![0; length];
    copy_from(process.pid(), base, &mut copy)?;
    parent.says(format!(
        "process_vm_readv({}, {base:#x}, {length}) -> {:?}",
        process.pid(),
        String::from_utf8_lossy(&copy)
    ));
    here.write_all(b"!").call("write(2)")?;
    process.join()?;
    note("The browser's sandbox makes renderers undumpable: nobody but root can do this to them.");
    Ok(())
}

/// Copies from `base` on in the memory of `pid`.
fn copy_from(pid: Pid, mut base: usize, mut buffer: &mut [u8]) -> Result<()> {
    while !buffer.is_empty() {
        let remote = [RemoteIoVec { base, len: buffer.len() }];
        match process_vm_readv(pid, &mut [IoSliceMut::new(buffer)], &remote) {
            Ok(0) | Err(Errno::ESRCH) => return Err(Error::Closed),
            Ok(count) => (base, buffer) = (base + count, &mut std::mem::take(&mut buffer)[count..]),
            Err(Errno::EPERM | Errno::ENOSYS) => {
                let why = "the kernel does not let this process read that one's memory (see: ptrace(2), access mode)";
                return Err(Error::Unavailable { mechanism: "process_vm_readv", why: why.into() });
            }
            Err(errno) => return Err(errno).call("process_vm_readv(2)"),
        }
    }
    Ok(())
}

/// Lets `peer` read this process, where the Yama security module is in force; elsewhere the call fails and is not needed.
#[expect(unsafe_code, reason = "nix has no PR_SET_PTRACER")]
fn allow(peer: &Peer) {
    // SAFETY: two integers, no memory.
    unsafe { libc::prctl(libc::PR_SET_PTRACER, peer.pid().as_raw()) };
}

/// Where bytes are, for the other process.
fn place(bytes: &[u8]) -> [u8; 16] {
    let mut place = [0; 16];
    place[..8].copy_from_slice(&(bytes.as_ptr().expose_provenance() as u64).to_le_bytes());
    place[8..].copy_from_slice(&(bytes.len() as u64).to_le_bytes());
    place
}

fn parse(place: [u8; 16]) -> (usize, usize) {
    let number = |half: &[u8]| half.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte));
    (number(&place[..8]), number(&place[8..]))
}

/// The sender says where; the receiver copies and says when.
#[derive(Debug)]
struct Reader {
    peer: Peer,
    out: UnixStream,
    input: UnixStream,
}

impl Endpoint for Reader {
    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(&place(bytes)).call("write(2)")?;
        self.out.read_exact(&mut [0]).call("read(2)")
    }

    fn recv(&mut self, buffer: &mut [u8]) -> Result<()> {
        let mut announced = [0; 16];
        self.input.read_exact(&mut announced).call("read(2)")?;
        let (base, length) = parse(announced);
        if length != buffer.len() {
            return Err(Error::Corrupt(format!("{length} bytes instead of {}", buffer.len())));
        }
        copy_from(self.peer.pid(), base, buffer)?;
        self.input.write_all(b"!").call("write(2)")
    }
}

/// A socket pair in each direction, beside the memory of the two processes.
///
/// # Errors
/// What `socketpair(2)` says.
pub fn link() -> Result<Link> {
    let (down, down_far) = UnixStream::pair().call("socketpair(2)")?;
    let (up_far, up) = UnixStream::pair().call("socketpair(2)")?;
    let side = |out: UnixStream, input: UnixStream| {
        Side::new(&[out.as_raw_fd(), input.as_raw_fd()], move |peer: Peer| {
            allow(&peer);
            Ok(Reader { peer, out, input })
        })
    };
    Ok(Link { child: side(up_far, down_far), parent: side(down, up) })
}
