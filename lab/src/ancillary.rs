//! What only a Unix socket can carry: a descriptor, and who the other side is.
//!
//! `SCM_RIGHTS` passes an open descriptor to another process, which then has it as if it had opened it itself;
//! `SO_PEERCRED` is the pid, user and group of the other side, vouched for by the kernel. unix(7).

use crate::error::{Call, Error, Result};
use crate::fork::fork;
use crate::memory::{Shared, anonymous};
use crate::narrate::{Narrator, note, title};
use nix::sys::socket::sockopt::PeerCredentials;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, getsockopt, recvmsg, sendmsg,
    socketpair,
};
use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

const PARENT: Narrator = Narrator::new("parent");
const CHILD: Narrator = Narrator::new("child");

/// A descriptor goes over, and the credentials are asked for.
///
/// # Errors
/// What a call says.
pub fn demo() -> Result<()> {
    title("socket: passing a descriptor with SCM_RIGHTS, and SO_PEERCRED");
    let (here, there) =
        socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).call("socketpair(2)")?;
    let child = fork(&[there.as_raw_fd()], || {
        let memory = anonymous(4096)?;
        Shared::map(&memory, 4096)?.write(0, b"written before it was sent");
        CHILD.says(format!("memfd_create() -> {}, written to; sendmsg(SCM_RIGHTS, {0})", memory.as_raw_fd()));
        send_fd(there.as_fd(), memory.as_fd())
    })?;
    drop(there);
    let credentials = getsockopt(&here, PeerCredentials).call("getsockopt(SO_PEERCRED)")?;
    PARENT.says(format!("SO_PEERCRED: pid {}, uid {}: who made the pair", credentials.pid(), credentials.uid()));
    let memory = receive_fd(here.as_fd())?;
    PARENT.says(format!("recvmsg() -> descriptor {}: another number, the same open file", memory.as_raw_fd()));
    child.join()?;
    let mut text = [0; 26];
    Shared::map_to_read(&memory, 4096)?.read(0, &mut text);
    PARENT.says(format!("the child has ended; what it wrote is still there: {:?}", String::from_utf8_lossy(&text)));
    note("In the browser: surfaces and fetched bodies are memfds that go to a renderer this way; it can open nothing.");
    Ok(())
}

/// Sends one descriptor.
///
/// # Errors
/// What `sendmsg(2)` says.
pub fn send_fd(socket: BorrowedFd<'_>, fd: BorrowedFd<'_>) -> Result<()> {
    let rights = [fd.as_raw_fd()];
    // A message has at least one byte beside the descriptors.
    let (data, control) = ([IoSlice::new(b"!")], [ControlMessage::ScmRights(&rights)]);
    sendmsg::<()>(socket.as_raw_fd(), &data, &control, MsgFlags::MSG_NOSIGNAL, None).map(drop).call("sendmsg(2)")
}

/// Receives one descriptor, close-on-exec.
///
/// # Errors
/// [`Error::Closed`] at the end of file; [`Error::Corrupt`] when not exactly one came.
#[expect(unsafe_code, reason = "nix hands received descriptors out as plain numbers")]
pub fn receive_fd(socket: BorrowedFd<'_>) -> Result<OwnedFd> {
    let mut byte = [0];
    let mut space = nix::cmsg_space!([i32; 1]);
    let mut data = [IoSliceMut::new(&mut byte)];
    let message = recvmsg::<()>(socket.as_raw_fd(), &mut data, Some(&mut space), MsgFlags::MSG_CMSG_CLOEXEC)
        .call("recvmsg(2)")?;
    let truncated = message.flags.contains(MsgFlags::MSG_CTRUNC);
    let mut received = Vec::new();
    for control in message.cmsgs().call("recvmsg(2)")? {
        if let ControlMessageOwned::ScmRights(numbers) = control {
            // SAFETY: the kernel has just put these descriptors into this process; nobody else owns them.
            received.extend(numbers.into_iter().map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }));
        }
    }
    match (message.bytes, received.pop()) {
        (0, _) => Err(Error::Closed),
        (_, Some(fd)) if received.is_empty() && !truncated => Ok(fd),
        _ => Err(Error::Corrupt("a message without exactly one descriptor".into())),
    }
}
