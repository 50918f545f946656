//! Sockets to attack: on this machine's addresses, and under abstract names.

use super::Missing;
use crate::{Part, Targets};
use bulkhead_sandbox::private::unguessable;
use std::io;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};

/// Those that there are.
#[derive(Debug)]
pub(super) struct Listeners {
    tcp: Option<TcpListener>,
    tcp6: Option<TcpListener>,
    udp: Option<UdpSocket>,
    stream: Option<UnixListener>,
    datagram: Option<UnixDatagram>,
}

impl Listeners {
    /// Makes them, and notes where they are, or why they are not there.
    pub(super) fn create(targets: &mut Targets, missing: &mut Missing) -> Self {
        let (tcp, tcp6, udp) = (tcp("127.0.0.1:0"), tcp("[::1]:0"), udp());
        let port = |listener: &io::Result<(TcpListener, u16)>| listener.as_ref().map_or(0, |(_, port)| *port);
        (targets.tcp, targets.tcp6) = (port(&tcp), port(&tcp6));
        targets.udp = udp.as_ref().map_or(0, |(_, port)| *port);
        targets.abstract_stream = format!("bulkhead-attack-{}", unguessable());
        targets.abstract_datagram = format!("bulkhead-attack-{}", unguessable());
        Self {
            tcp: missing.note(Part::Tcp, tcp).map(|(listener, _)| listener),
            tcp6: missing.note(Part::Tcp6, tcp6).map(|(listener, _)| listener),
            udp: missing.note(Part::Udp, udp).map(|(socket, _)| socket),
            stream: missing.note(Part::AbstractStream, stream(&targets.abstract_stream)),
            datagram: missing.note(Part::AbstractDatagram, datagram(&targets.abstract_datagram)),
        }
    }

    /// What has arrived since the last look.
    pub(super) fn arrivals(&self) -> [(bool, &'static str); 5] {
        let accepts = |listener: &Option<TcpListener>| listener.as_ref().is_some_and(|tcp| tcp.accept().is_ok());
        let mut buffer = [0; 64];
        [
            (accepts(&self.tcp), "a TCP connection arrived"),
            (accepts(&self.tcp6), "a TCP connection arrived by IPv6"),
            (self.udp.as_ref().is_some_and(|udp| udp.recv(&mut buffer).is_ok()), "a datagram arrived"),
            (self.stream.as_ref().is_some_and(|stream| stream.accept().is_ok()), "an abstract socket was connected to"),
            (
                self.datagram.as_ref().is_some_and(|datagram| datagram.recv(&mut buffer).is_ok()),
                "a datagram arrived on an abstract socket",
            ),
        ]
    }
}

fn tcp(address: &str) -> io::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

fn udp() -> io::Result<(UdpSocket, u16)> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_nonblocking(true)?;
    let port = socket.local_addr()?.port();
    Ok((socket, port))
}

fn stream(name: &str) -> io::Result<UnixListener> {
    let listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(name)?)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn datagram(name: &str) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(name)?)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}
