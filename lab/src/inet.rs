//! TCP and UDP over the loopback interface: what would also reach another machine.
//!
//! tcp(7), udp(7). TCP is a stream, with a connection. UDP is datagrams that may get lost, even on loopback, where the
//! receiver is too slow; the link numbers them and lets only a few be under way, so that none is, and a gap is an error.

use crate::error::{Call, Error, Result};
use crate::fork::{Peer, fork};
use crate::link::{Endpoint, Link, Side};
use crate::narrate::{Narrator, note, title};
use crate::socket::limit_waits;
use crate::stream::Stream;
use nix::errno::Errno;
use nix::sys::uio::{readv, writev};
use std::io::{IoSlice, IoSliceMut, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd};

const SERVER: Narrator = Narrator::new("server");
const CLIENT: Narrator = Narrator::new("client");
/// Any free port of this machine alone.
const LOOPBACK: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// The lecture's server and client, over TCP, then over UDP.
///
/// # Errors
/// What a call says.
pub fn demo() -> Result<()> {
    title("socket: a TCP server and client on loopback");
    let listener = TcpListener::bind(LOOPBACK).call("bind(2)")?;
    let address = listener.local_addr().call("getsockname(2)")?;
    SERVER.says(format!("socket(AF_INET, SOCK_STREAM), bind({address}), listen()"));
    let client = fork(&[], || {
        let mut stream = TcpStream::connect(address).call("connect(2)")?;
        CLIENT.says(format!("connect({address}) from {}", stream.local_addr().call("getsockname(2)")?));
        let mut text = String::new();
        stream.read_to_string(&mut text).call("read(2)")?;
        CLIENT.says(format!("read() until end of file: {text:?}"));
        Ok(())
    })?;
    client.peer().wait_readable(listener.as_fd())?;
    let (mut stream, from) = listener.accept().call("accept(2)")?;
    SERVER.says(format!("accept() -> a connection from {from}"));
    stream.write_all(b"Hello. I'm your server.").call("write(2)")?;
    SERVER.says("write(\"Hello. I'm your server.\"), shutdown()");
    stream.shutdown(Shutdown::Write).call("shutdown(2)")?;
    client.join()?;

    title("socket: the same over UDP: no connection");
    let server = UdpSocket::bind(LOOPBACK).call("bind(2)")?;
    limit_waits(&server)?;
    let address = server.local_addr().call("getsockname(2)")?;
    SERVER.says(format!("socket(AF_INET, SOCK_DGRAM), bind({address}); neither listen() nor accept()"));
    let client = fork(&[], || {
        let socket = UdpSocket::bind(LOOPBACK).call("bind(2)")?;
        socket.send_to(b"Who is there?", address).call("sendto(2)")?;
        CLIENT.says(format!("sendto({address}, \"Who is there?\")"));
        let mut buffer = [0; 64];
        let (count, from) = socket.recv_from(&mut buffer).call("recvfrom(2)")?;
        CLIENT.says(format!("recvfrom() -> {:?} from {from}", String::from_utf8_lossy(&buffer[..count])));
        Ok(())
    })?;
    client.peer().wait_readable(server.as_fd())?;
    let mut buffer = [0; 64];
    let (count, from) = server.recv_from(&mut buffer).call("recvfrom(2)")?;
    SERVER.says(format!("recvfrom() -> {:?} from {from}", String::from_utf8_lossy(&buffer[..count])));
    server.send_to(b"Hello. I'm your server.", from).call("sendto(2)")?;
    SERVER.says("sendto(\"Hello. I'm your server.\"): whether it arrives, nobody tells me");
    client.join()?;
    note("In two terminals: lab socket serve tcp:5000   and   lab socket connect tcp:5000 (or udp:, or unix:PATH)");
    Ok(())
}

/// A TCP connection.
///
/// # Errors
/// What a call says.
pub fn tcp_link() -> Result<Link> {
    let listener = TcpListener::bind(LOOPBACK).call("bind(2)")?;
    let address = listener.local_addr().call("getsockname(2)")?;
    let stream = |socket: TcpStream| {
        // Small messages go out at once, not when the last one was acknowledged.
        socket.set_nodelay(true).call("setsockopt(TCP_NODELAY)")?;
        Ok(Stream::new(socket.try_clone().call("dup(2)")?.into(), socket.into()))
    };
    Ok(Link {
        child: Side::new(&[], move |_| stream(TcpStream::connect(address).call("connect(2)")?)),
        parent: Side::new(&[listener.as_raw_fd()], move |peer: Peer| {
            peer.wait_readable(listener.as_fd())?;
            stream(listener.accept().call("accept(2)")?.0)
        }),
    })
}

/// Payload of a datagram; 65,507 would be the most.
const DATAGRAM_BYTES: usize = 32 << 10;
/// Datagrams under way at most: together less than a receive buffer holds (net.core.rmem_default, 208 KiB).
const WINDOW: u32 = 4;

/// Numbered datagrams with credit, in both directions.
#[derive(Debug)]
struct Datagrams {
    out: UdpSocket,
    input: UdpSocket,
    peer: Peer,
    sent: u32,
    credited: u32,
    received: u32,
}

impl Datagrams {
    /// Repeats a call that has timed out, as long as the peer is there.
    fn retry(&self, mut call: impl FnMut() -> nix::Result<usize>) -> Result<usize> {
        let mut gone = false;
        loop {
            match call() {
                // An earlier datagram was refused, which is told once; what has come before is still to be received.
                Err(Errno::EINTR | Errno::ECONNREFUSED) if !gone => gone = self.peer.is_gone(),
                Err(Errno::EINTR | Errno::ECONNREFUSED) => {}
                // Once more after its end: what it sent before that is to be received.
                Err(Errno::EAGAIN) if !gone => gone = self.peer.is_gone(),
                Err(Errno::EAGAIN) => return Err(Error::Closed),
                result => return result.call("sendmsg(2), recvmsg(2)"),
            }
        }
    }
}

impl Endpoint for Datagrams {
    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        for payload in bytes.chunks(DATAGRAM_BYTES) {
            // A datagram to nobody is no error of the call that sends it.
            self.peer.still_there()?;
            while self.sent.wrapping_sub(self.credited) >= WINDOW {
                let mut credit = [0; 4];
                self.retry(|| readv(&self.out, &mut [IoSliceMut::new(&mut credit)]))?;
                self.credited = u32::from_le_bytes(credit);
            }
            let number = self.sent.to_le_bytes();
            self.retry(|| writev(&self.out, &[IoSlice::new(&number), IoSlice::new(payload)]))?;
            self.sent = self.sent.wrapping_add(1);
        }
        Ok(())
    }

    fn recv(&mut self, buffer: &mut [u8]) -> Result<()> {
        for payload in buffer.chunks_mut(DATAGRAM_BYTES) {
            let expected = payload.len() + 4;
            let mut number = [0; 4];
            let count =
                self.retry(|| readv(&self.input, &mut [IoSliceMut::new(&mut number), IoSliceMut::new(&mut *payload)]))?;
            if (u32::from_le_bytes(number), count) != (self.received, expected) {
                return Err(Error::Corrupt(format!("datagram {} is missing", self.received)));
            }
            self.received = self.received.wrapping_add(1);
            if self.received.is_multiple_of(WINDOW / 2) {
                // Nobody needs the credit if the peer has ended; that is noticed when there is nothing more to receive.
                let credit = self.received.to_le_bytes();
                let _ = writev(&self.input, &[IoSlice::new(&credit)]);
            }
        }
        Ok(())
    }
}

/// A pair of connected UDP sockets for each direction: datagrams one way, credit the other.
///
/// # Errors
/// What a call says.
pub fn udp_link() -> Result<Link> {
    let ((down, down_far), (up_far, up)) = (udp_pair()?, udp_pair()?);
    let datagrams = |out: UdpSocket, input: UdpSocket| {
        move |peer| Ok(Datagrams { out, input, peer, sent: 0, credited: 0, received: 0 })
    };
    Ok(Link {
        child: Side::new(&[up_far.as_raw_fd(), down_far.as_raw_fd()], datagrams(up_far, down_far)),
        parent: Side::new(&[down.as_raw_fd(), up.as_raw_fd()], datagrams(down, up)),
    })
}

fn udp_pair() -> Result<(UdpSocket, UdpSocket)> {
    let (a, b) = (UdpSocket::bind(LOOPBACK).call("bind(2)")?, UdpSocket::bind(LOOPBACK).call("bind(2)")?);
    a.connect(b.local_addr().call("getsockname(2)")?).call("connect(2)")?;
    b.connect(a.local_addr().call("getsockname(2)")?).call("connect(2)")?;
    limit_waits(&a)?;
    limit_waits(&b)?;
    Ok((a, b))
}
