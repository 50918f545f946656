//! The lecture's server and client as two commands in two terminals: `lab socket serve ADDRESS`, `lab socket connect ADDRESS`.
//!
//! ADDRESS is `unix:PATH`, `tcp:PORT` or `udp:PORT`; ports are those of the loopback interface.

use crate::error::{Call, Error, Result};
use crate::names::Name;
use crate::narrate::Narrator;
use nix::errno::Errno;
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

const SERVER: Narrator = Narrator::new("server");
const CLIENT: Narrator = Narrator::new("client");
const GREETING: &[u8] = b"Hello. I'm your server.";
/// How often a server that waits for a client looks at the clock.
const TICK: Duration = Duration::from_millis(10);

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A path in the file system.
    Unix(PathBuf),
    /// A TCP port on loopback.
    Tcp(u16),
    /// A UDP port on loopback.
    Udp(u16),
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let port = |port: &str| port.parse().map_err(|_| format!("{port:?} is no port: a number from 0 to 65535"));
        match text.split_once(':') {
            Some(("unix", path)) if !path.is_empty() => Ok(Self::Unix(path.into())),
            Some(("tcp", number)) => port(number).map(Self::Tcp),
            Some(("udp", number)) => port(number).map(Self::Udp),
            _ => Err("an address is unix:PATH, tcp:PORT or udp:PORT".into()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
            Self::Tcp(port) => write!(formatter, "tcp:{port}"),
            Self::Udp(port) => write!(formatter, "udp:{port}"),
        }
    }
}

/// Serves `clients` clients, each a greeting.
///
/// # Errors
/// [`Error::Input`] for an address in use; [`Error::Deadline`] when nobody comes for `limit`.
pub fn serve(address: &Address, clients: u32, limit: Duration) -> Result<()> {
    let deadline = || Error::Deadline { after: limit, why: format!("no client came to {address}") };
    match address {
        Address::Unix(path) => {
            let listener = UnixListener::bind(path).map_err(|error| in_use(address, &error))?;
            let _name = Name::given_path(path);
            listener.set_nonblocking(true).call("fcntl(O_NONBLOCK)")?;
            SERVER.says(format!("socket(AF_UNIX), bind({}), listen(): the path is a file now", path.display()));
            for _ in 0..clients {
                let (mut stream, _) = patiently(limit, || listener.accept())?.ok_or_else(deadline)?;
                let from = getsockopt(&stream, PeerCredentials).call("getsockopt(SO_PEERCRED)")?;
                SERVER.says(format!("accept(): process {} of user {}, says the kernel", from.pid(), from.uid()));
                stream.write_all(GREETING).call("write(2)")?;
            }
        }
        Address::Tcp(port) => {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).map_err(|error| in_use(address, &error))?;
            listener.set_nonblocking(true).call("fcntl(O_NONBLOCK)")?;
            let bound = listener.local_addr().call("getsockname(2)")?;
            SERVER.says(format!("socket(AF_INET, SOCK_STREAM), bind({bound}), listen()"));
            for _ in 0..clients {
                let (mut stream, from) = patiently(limit, || listener.accept())?.ok_or_else(deadline)?;
                SERVER.says(format!("accept(): {from}"));
                stream.write_all(GREETING).call("write(2)")?;
            }
        }
        Address::Udp(port) => {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, *port)).map_err(|error| in_use(address, &error))?;
            socket.set_nonblocking(true).call("fcntl(O_NONBLOCK)")?;
            let bound = socket.local_addr().call("getsockname(2)")?;
            SERVER.says(format!("socket(AF_INET, SOCK_DGRAM), bind({bound})"));
            for _ in 0..clients {
                let mut buffer = [0; 64];
                let (count, from) = patiently(limit, || socket.recv_from(&mut buffer))?.ok_or_else(deadline)?;
                SERVER.says(format!("recvfrom({from}): {count} bytes"));
                socket.send_to(GREETING, from).call("sendto(2)")?;
            }
        }
    }
    Ok(())
}

/// Connects and prints what the server says.
///
/// # Errors
/// [`Error::Input`] when there is no server; [`Error::Deadline`] when it says nothing for `limit`.
pub fn connect(address: &Address, limit: Duration) -> Result<()> {
    let mut text = Vec::new();
    let read = match address {
        Address::Unix(path) => {
            let mut stream = UnixStream::connect(path).map_err(|error| nobody(address, &error))?;
            stream.set_read_timeout(Some(limit)).call("setsockopt(SO_RCVTIMEO)")?;
            stream.read_to_end(&mut text)
        }
        Address::Tcp(port) => {
            let mut stream =
                TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).map_err(|error| nobody(address, &error))?;
            stream.set_read_timeout(Some(limit)).call("setsockopt(SO_RCVTIMEO)")?;
            stream.read_to_end(&mut text)
        }
        Address::Udp(port) => {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).call("bind(2)")?;
            socket.connect((Ipv4Addr::LOCALHOST, *port)).call("connect(2)")?;
            socket.set_read_timeout(Some(limit)).call("setsockopt(SO_RCVTIMEO)")?;
            socket.send(b"Who is there?").call("send(2)")?;
            text.resize(64, 0);
            socket.recv(&mut text).inspect(|count| text.truncate(*count))
        }
    };
    match read {
        Ok(_) => CLIENT.says(format!("read: {:?}", String::from_utf8_lossy(&text))),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            return Err(Error::Deadline { after: limit, why: format!("{address} does not answer") });
        }
        Err(error) => return Err(nobody(address, &error)),
    }
    Ok(())
}

/// Repeats a call that does not block until it has something, or `limit` has passed.
fn patiently<T>(limit: Duration, mut call: impl FnMut() -> io::Result<T>) -> Result<Option<T>> {
    let start = Instant::now();
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && start.elapsed() >= limit => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(TICK),
            result => return result.map(Some).call("accept(2), recvfrom(2)"),
        }
    }
}

fn in_use(address: &Address, error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            Error::Input(format!("{address} is in use by another server, or a file of that name"))
        }
        _ => {
            Error::Call { call: format!("bind({address})"), errno: Errno::from_raw(error.raw_os_error().unwrap_or(0)) }
        }
    }
}

fn nobody(address: &Address, error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => {
            Error::Input(format!("no server at {address}: start one with `lab socket serve {address}`"))
        }
        _ => Error::Call { call: format!("{address}"), errno: Errno::from_raw(error.raw_os_error().unwrap_or(0)) },
    }
}
