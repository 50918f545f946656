//! Unix domain sockets: stream, datagram and packet, between processes of one machine.
//!
//! unix(7). `socketpair(2)` gives two connected ends at once; [`crate::serve`] has servers and clients with a path.

use crate::error::{Call, Error, Result};
use crate::fork::{Peer, fork};
use crate::futex::NOTICE;
use crate::link::{Endpoint, Link, Side};
use crate::narrate::{Narrator, note, title};
use crate::stream::Stream;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, recv, send, setsockopt, socketpair, sockopt::ReceiveTimeout,
    sockopt::SendTimeout,
};
use nix::sys::time::{TimeVal, TimeValLike};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

const PARENT: Narrator = Narrator::new("parent");
const CHILD: Narrator = Narrator::new("child");
/// The longest packet that a link makes. The limit is the send buffer (net.core.wmem_default), 208 KiB where not changed.
const PACKET_BYTES: usize = 64 << 10;

/// What the three kinds do with two messages; then what only a Unix socket can carry.
///
/// # Errors
/// What a call says.
pub fn demo() -> Result<()> {
    for (kind, text) in [
        (SockType::Stream, "SOCK_STREAM): bytes without boundaries, like a pipe, but both ways"),
        (SockType::Datagram, "SOCK_DGRAM): messages, each whole; no connection, so no end of file"),
        (SockType::SeqPacket, "SOCK_SEQPACKET): messages, each whole, in order, with an end of file"),
    ] {
        two_messages(kind, text)?;
    }
    note("The browser's uplink is SOCK_SEQPACKET: one message is one packet, and the renderer's end is noticed.");
    crate::ancillary::demo()?;
    crate::inet::demo()
}

fn two_messages(kind: SockType, text: &str) -> Result<()> {
    title(format!("socket: socketpair(AF_UNIX, {text}"));
    let (here, there) = pair(kind)?;
    let child = fork(&[there.as_raw_fd()], || {
        for message in ["ping ", "pong"] {
            let count = send(there.as_raw_fd(), message.as_bytes(), MsgFlags::empty()).call("send(2)")?;
            CHILD.says(format!("send({message:?}) -> {count}"));
        }
        Ok(())
    })?;
    drop(there);
    let pid = child.pid();
    child.join()?;
    PARENT.says(format!("process {pid} has sent both and ended; now I receive"));
    let mut buffer = [0; 64];
    loop {
        match recv(here.as_raw_fd(), &mut buffer, MsgFlags::MSG_DONTWAIT) {
            Ok(0) => break PARENT.says("recv() -> 0: end of file"),
            Ok(count) => PARENT.says(format!("recv() -> {count}: {:?}", String::from_utf8_lossy(&buffer[..count]))),
            Err(errno) => break PARENT.says(format!("recv() -> {errno}: nothing tells me that nobody will ever send")),
        }
    }
    Ok(())
}

fn pair(kind: SockType) -> Result<(OwnedFd, OwnedFd)> {
    socketpair(AddressFamily::Unix, kind, None, SockFlag::SOCK_CLOEXEC).call("socketpair(2)")
}

/// A link of packets: datagram or seqpacket.
#[derive(Debug)]
struct Packets {
    socket: OwnedFd,
    peer: Peer,
}

impl Endpoint for Packets {
    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        for packet in bytes.chunks(PACKET_BYTES) {
            retry(&self.peer, || send(self.socket.as_raw_fd(), packet, MsgFlags::MSG_NOSIGNAL)).call("send(2)")?;
        }
        Ok(())
    }

    fn recv(&mut self, buffer: &mut [u8]) -> Result<()> {
        for packet in buffer.chunks_mut(PACKET_BYTES) {
            let expected = packet.len();
            match retry(&self.peer, || recv(self.socket.as_raw_fd(), packet, MsgFlags::empty())).call("recv(2)")? {
                0 => return Err(Error::Closed),
                count if count == expected => {}
                count => return Err(Error::Corrupt(format!("a packet of {count} bytes instead of {expected}"))),
            }
        }
        Ok(())
    }
}

/// Repeats a call that has timed out, as long as the peer is there: a datagram socket gives no notice of its end.
fn retry(peer: &Peer, mut call: impl FnMut() -> nix::Result<usize>) -> nix::Result<usize> {
    let mut gone = false;
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            // Once more after its end: what it sent before that is to be received.
            Err(Errno::EAGAIN) if !gone => gone = peer.is_gone(),
            Err(Errno::EAGAIN | Errno::ECONNREFUSED) => return Err(Errno::EPIPE),
            result => return result,
        }
    }
}

/// Lets each call on a socket wait at most [`NOTICE`].
///
/// # Errors
/// What `setsockopt(2)` says.
pub fn limit_waits(socket: impl AsFd) -> Result<()> {
    let notice = TimeVal::milliseconds(i64::from(NOTICE.subsec_millis()));
    setsockopt(&socket, ReceiveTimeout, &notice).call("setsockopt(SO_RCVTIMEO)")?;
    setsockopt(&socket, SendTimeout, &notice).call("setsockopt(SO_SNDTIMEO)")
}

/// A stream socket pair.
///
/// # Errors
/// What `socketpair(2)` says.
pub fn stream_link() -> Result<Link> {
    let (here, there) = pair(SockType::Stream)?;
    let stream = |socket: OwnedFd| move |_| Ok(Stream::new(socket.try_clone().call("dup(2)")?, socket));
    Ok(Link {
        child: Side::new(&[there.as_raw_fd()], stream(there)),
        parent: Side::new(&[here.as_raw_fd()], stream(here)),
    })
}

/// A datagram socket pair.
///
/// # Errors
/// What `socketpair(2)` says.
pub fn datagram_link() -> Result<Link> {
    packet_link(SockType::Datagram)
}

/// A packet socket pair.
///
/// # Errors
/// What `socketpair(2)` says.
pub fn seqpacket_link() -> Result<Link> {
    packet_link(SockType::SeqPacket)
}

fn packet_link(kind: SockType) -> Result<Link> {
    let (here, there) = pair(kind)?;
    limit_waits(&here)?;
    limit_waits(&there)?;
    let packets = |socket: OwnedFd| move |peer| Ok(Packets { socket, peer });
    Ok(Link {
        child: Side::new(&[there.as_raw_fd()], packets(there)),
        parent: Side::new(&[here.as_raw_fd()], packets(here)),
    })
}
