//! Sockets: of every family, to this machine, to other programs, and through a socket that was left open.

use super::*;
use crate::raw::{Word, sys};

const fn network(
    name: &'static str,
    tries: &'static str,
    stops: &'static [Stop],
    perform: fn(&Targets) -> Outcome,
) -> Attempt {
    attempt(Category::Network, name, tries, stops, perform)
}

/// Making a socket does no harm by itself: it belongs to the network namespace of its maker, where there is nobody.
const NO_SOCKET: &[Stop] = &[
    TRAPPED,
    stop(Name::NetNamespace, Sign::Contained),
    rule("only root may have such a socket", Sign::Error(Errno::EPERM)),
];

const NO_TCP: &[Stop] =
    &[TRAPPED, answers(Name::Landlock, Errno::EACCES), answers(Name::NetNamespace, Errno::ENETUNREACH)];

/// An abstract name is looked up in the namespace of the network, then Landlock is asked.
const NO_ABSTRACT: &[Stop] =
    &[TRAPPED, answers(Name::NetNamespace, Errno::ECONNREFUSED), answers(Name::Landlock, Errno::EPERM)];

macro_rules! family {
    ($name:literal, $tries:literal, $family:expr, $kind:expr, $protocol:expr) => {
        network($name, $tries, NO_SOCKET, |_| socket($family, $kind, $protocol).into())
    };
}

const AF_ALG: i32 = 38;
/// One more than the last of Linux 6.18, AF_MCTP.
const FAMILIES: i32 = 46;
/// Families that other rows try.
const OWN_ROWS: [i32; 5] = [libc::AF_INET6, libc::AF_NETLINK, libc::AF_PACKET, AF_ALG, libc::AF_VSOCK];

pub(super) const ATTEMPTS: &[Attempt] = &[
    family!("socket-inet", "makes a TCP socket", libc::AF_INET, libc::SOCK_STREAM, 0),
    family!("socket-inet6", "makes a TCP socket for IPv6", libc::AF_INET6, libc::SOCK_STREAM, 0),
    family!("socket-udp", "makes a UDP socket", libc::AF_INET, libc::SOCK_DGRAM, 0),
    family!("socket-unix", "makes a Unix socket", libc::AF_UNIX, libc::SOCK_STREAM, 0),
    family!("socket-netlink", "makes a socket to the kernel's routing", libc::AF_NETLINK, libc::SOCK_RAW, 0),
    network(
        "socket-crypto",
        "makes a socket to the kernel's ciphers",
        &[TRAPPED, stop(Name::NetNamespace, Sign::Contained), NOT_BUILT],
        |_| socket(AF_ALG, libc::SOCK_SEQPACKET, 0).into(),
    ),
    network(
        "socket-vsock",
        "makes a socket to the virtual machine's host",
        &[TRAPPED, stop(Name::NetNamespace, Sign::Contained), NOT_BUILT],
        |_| socket(libc::AF_VSOCK, libc::SOCK_STREAM, 0).into(),
    ),
    network(
        "socket-others",
        "makes a socket of any of the other families: Bluetooth, CAN, TIPC and so on",
        &[
            TRAPPED,
            stop(Name::NetNamespace, Sign::Contained),
            rule("this kernel lacks them, or lets only root", Sign::Error(Errno::EAFNOSUPPORT)),
            rule("only root may have such a socket", Sign::Error(Errno::EPERM)),
        ],
        |_| {
            let mut result = Err(Errno::EAFNOSUPPORT);
            for family in (3..FAMILIES).filter(|family| !OWN_ROWS.contains(family)) {
                for kind in [libc::SOCK_STREAM, libc::SOCK_DGRAM, libc::SOCK_SEQPACKET, libc::SOCK_RAW] {
                    result = result.or_else(|_| socket(family, kind, 0));
                }
            }
            result.map_err(|errno| if errno == Errno::EPERM { errno } else { Errno::EAFNOSUPPORT }).into()
        },
    ),
    network("socket-pair", "makes two connected sockets, to pass descriptors to itself", NO_SOCKET, |_| {
        let mut pair = [0_i32; 2];
        sys!(SYS_socketpair, libc::AF_UNIX, libc::SOCK_STREAM, 0_i32, &mut pair[..]).into()
    }),
    network("socket-packet", "makes a socket that sees all packets", RAW, |_| {
        socket(libc::AF_PACKET, libc::SOCK_RAW, libc::ETH_P_ALL.swap_bytes() >> 16).into()
    }),
    network("socket-raw", "makes a socket that sends forged packets", RAW, |_| {
        socket(libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_UDP).into()
    }),
    network("connect-loopback", "connects to a server on this machine", NO_TCP, |targets| {
        outcome(|| connect(socket(libc::AF_INET, libc::SOCK_STREAM, 0)?, &inet(targets.tcp)))
    })
    .on(&[Part::Tcp]),
    network(
        "connect-loopback6",
        "the same by IPv6",
        &[
            TRAPPED,
            answers(Name::Landlock, Errno::EACCES),
            answers(Name::NetNamespace, Errno::ENETUNREACH),
            answers(Name::NetNamespace, Errno::EADDRNOTAVAIL),
        ],
        |targets| outcome(|| connect(socket(libc::AF_INET6, libc::SOCK_STREAM, 0)?, &inet6(targets.tcp6))),
    )
    .on(&[Part::Tcp6]),
    network(
        "listen",
        "listens on this machine's loopback address",
        &[TRAPPED, answers(Name::Landlock, Errno::EACCES), stop(Name::NetNamespace, Sign::Contained)],
        |_| {
            outcome(|| {
                let (socket, address) = (socket(libc::AF_INET, libc::SOCK_STREAM, 0)?, inet(0));
                sys!(SYS_bind, socket, address[..], address.len())?;
                sys!(SYS_listen, socket, 1_i32).map(|_| true)
            })
        },
    ),
    network(
        "send-datagram",
        "sends a UDP datagram to this machine, without connecting",
        // Landlock has a say in UDP since Linux 7.2.
        &[TRAPPED, answers(Name::Landlock, Errno::EACCES), answers(Name::NetNamespace, Errno::ENETUNREACH)],
        |targets| outcome(|| send(socket(libc::AF_INET, libc::SOCK_DGRAM, 0)?, &inet(targets.udp))),
    )
    .on(&[Part::Udp]),
    network("connect-abstract", "connects to an abstract Unix socket, like an X server's", NO_ABSTRACT, |targets| {
        outcome(|| connect(socket(libc::AF_UNIX, libc::SOCK_STREAM, 0)?, &unix(0, &targets.abstract_stream)))
    })
    .on(&[Part::AbstractStream]),
    network(
        "send-abstract",
        "sends a datagram to an abstract Unix socket, without connecting",
        NO_ABSTRACT,
        |targets| outcome(|| send(socket(libc::AF_UNIX, libc::SOCK_DGRAM, 0)?, &unix(0, &targets.abstract_datagram))),
    )
    .on(&[Part::AbstractDatagram]),
    network(
        "connect-socket-file",
        "connects to a Unix socket in the file system, like D-Bus's or a Wayland server's",
        &[TRAPPED, answers(Name::EmptyRoot, Errno::ENOENT), answers(Name::Landlock, Errno::EACCES)],
        |_| {
            outcome(|| {
                let address = [&(libc::AF_UNIX as u16).to_ne_bytes(), &b"fixed/socket\0"[..]].concat();
                connect(socket(libc::AF_UNIX, libc::SOCK_STREAM, 0)?, &address)
            })
        },
    )
    .on(&[Part::Files, Part::SocketFile]),
    network(
        "send-by-leaked-socket",
        "sends to an abstract Unix socket through an unconnected socket that was left open: sendmsg(2) is allowed, and \
         the socket is of the network namespace outside",
        &[answers(Name::Descriptors, Errno::EBADF), answers(Name::Landlock, Errno::EPERM)],
        |targets| outcome(|| send_message(targets.leaked.socket as usize, &unix(0, &targets.abstract_datagram))),
    )
    .on(&[Part::AbstractDatagram, Part::LeakedSocket]),
];

const NOT_BUILT: Stop = rule("this kernel lacks it", Sign::Error(Errno::EAFNOSUPPORT));

/// Forging and listening take a capability over the network namespace; with it, one has one's own.
const RAW: &[Stop] = &[
    TRAPPED,
    answers(Name::Privileges, Errno::EPERM),
    stop(Name::NetNamespace, Sign::Contained),
    answers(Name::UserNamespace, Errno::EPERM),
    rule("only root may have such a socket", Sign::Error(Errno::EPERM)),
];

fn socket(family: i32, kind: i32, protocol: i32) -> Result<usize, Errno> {
    sys!(SYS_socket, family, kind, protocol)
}

fn connect(socket: usize, address: &[u8]) -> Result<bool, Errno> {
    sys!(SYS_connect, socket, *address, address.len()).map(|_| true)
}

fn send(socket: usize, address: &[u8]) -> Result<bool, Errno> {
    sys!(SYS_sendto, socket, b"attack"[..], 6_usize, libc::MSG_NOSIGNAL, *address, address.len()).map(|sent| sent == 6)
}

fn send_message(socket: usize, address: &[u8]) -> Result<bool, Errno> {
    let data = [b"attack".as_ptr() as usize, 6];
    // struct msghdr (sendmsg(2)), in words.
    let message = [address.word(), address.len(), data[..].word(), 1, 0, 0, 0];
    sys!(SYS_sendmsg, socket, message[..], libc::MSG_NOSIGNAL).map(|sent| sent == 6)
}

/// 127.0.0.1 and a port, as a `sockaddr_in` (ip(7)).
fn inet(port: u16) -> Vec<u8> {
    [&(libc::AF_INET as u16).to_ne_bytes(), &port.to_be_bytes(), &[127, 0, 0, 1][..], &[0; 8]].concat()
}

/// ::1 and a port, as a `sockaddr_in6` (ipv6(7)).
fn inet6(port: u16) -> Vec<u8> {
    let mut address = [0; 16];
    address[15] = 1;
    [&(libc::AF_INET6 as u16).to_ne_bytes(), &port.to_be_bytes(), &[0; 4][..], &address, &[0; 4]].concat()
}

/// An abstract name, as a `sockaddr_un` (unix(7)).
fn unix(first: u8, name: &str) -> Vec<u8> {
    [&(libc::AF_UNIX as u16).to_ne_bytes(), &[first][..], name.as_bytes()].concat()
}
