//! A session bus that does not answer is left out, before anybody waits for it on the main thread.
//!
//! Where a Wayland compositor draws no frames around windows, winit draws one itself, and has `dbus-send` ask the settings
//! portal where its buttons go. That waits for the bus as long as it takes, on the main thread. So the bus is spoken to first:
//! to the beginning of the handshake it answers by itself (D-Bus Specification, Authentication Protocol).

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, socket};
use nix::unistd::{geteuid, write};
use percent_encoding::percent_decode_str;
use std::ffi::OsStr;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Where the bus is.
const ADDRESS: &str = "DBUS_SESSION_BUS_ADDRESS";

/// An address of no bus, which every implementation refuses at once.
const NONE: &str = "disabled:";

/// How long the bus has to answer. A machine that is busy is no reason to do without accessibility.
const PATIENCE: Duration = Duration::from_secs(2);

/// Takes the bus out of the environment if it does not answer, and says so.
#[expect(unsafe_code, reason = "the environment belongs to the whole process")]
pub(super) fn leave_out_if_frozen() {
    if is_frozen() {
        tracing::warn!("the session bus does not answer, and is left out");
        // SAFETY: no other thread reads the environment: `window::run` calls this before it connects to the display, and no
        // thread of this process is started before that.
        unsafe { std::env::set_var(ADDRESS, NONE) };
    }
}

/// Whether there is a bus that takes connections and says nothing. One that is not there, or not to be reached by a local
/// socket, is a matter of whoever wants it.
fn is_frozen() -> bool {
    let address = std::env::var(ADDRESS).ok().filter(|address| !address.is_empty());
    let usual = || Some(format!("unix:path={}/bus", std::env::var("XDG_RUNTIME_DIR").ok()?));
    let Some(socket) = address.or_else(usual).as_deref().and_then(local_socket) else { return false };
    matches!(greet(&socket, PATIENCE), Err(Errno::ETIMEDOUT))
}

/// The first socket of an address, which is a list of `transport:key=value,key=value` with percent signs, separated by `;`.
fn local_socket(address: &str) -> Option<UnixAddr> {
    let first = address.split(';').next()?.strip_prefix("unix:")?;
    first.split(',').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        let value: Vec<u8> = percent_decode_str(value).collect();
        match key {
            "path" => UnixAddr::new(Path::new(OsStr::from_bytes(&value))).ok(),
            "abstract" => UnixAddr::new_abstract(&value).ok(),
            _ => None,
        }
    })
}

/// Begins the handshake. `ETIMEDOUT` if there is no answer.
fn greet(address: &UnixAddr, patience: Duration) -> nix::Result<()> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let bus = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    match connect(bus.as_raw_fd(), address) {
        // Nobody has accepted the connections before this one (unix(7)).
        Err(Errno::EAGAIN) => return Err(Errno::ETIMEDOUT),
        result => result?,
    }
    let user: String = geteuid().to_string().bytes().map(|digit| format!("{digit:02x}")).collect();
    write(&bus, format!("\0AUTH EXTERNAL {user}\r\n").as_bytes())?;
    let deadline = Instant::now() + patience;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut polled = [PollFd::new(bus.as_fd(), PollFlags::POLLIN)];
        match poll(&mut polled, PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO)) {
            Ok(0) => return Err(Errno::ETIMEDOUT),
            // Whatever it is, also the end of the connection: nobody waits for it any more.
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixListener;

    #[test]
    fn the_socket_of_an_address_is_found() {
        let path = |address: &str| local_socket(address).and_then(|socket| socket.path().map(Path::to_owned));
        assert_eq!(path("unix:path=/run/user/1000/bus"), Some("/run/user/1000/bus".into()));
        assert_eq!(path("unix:guid=12,path=/tmp/a%20b;tcp:host=x"), Some("/tmp/a b".into()));
        assert_eq!(local_socket("unix:abstract=/tmp/x").unwrap().as_abstract(), Some(&b"/tmp/x"[..]));
        for other in ["", "disabled:", "tcp:host=localhost,port=1", "unix:dir=/tmp", "unix:path"] {
            assert_eq!(local_socket(other), None, "{other}");
        }
    }

    #[test]
    fn a_bus_that_answers_is_told_from_one_that_does_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bus");
        let address = UnixAddr::new(&path).unwrap();
        assert_eq!(greet(&address, PATIENCE), Err(Errno::ENOENT));
        let listener = UnixListener::bind(&path).unwrap();
        assert_eq!(greet(&address, Duration::from_millis(1)), Err(Errno::ETIMEDOUT));
        listener.accept().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut client = listener.accept().unwrap().0;
                let mut asked = [0; 16];
                client.read_exact(&mut asked).unwrap();
                // The digits of the user's number follow, in hexadecimal digits.
                assert_eq!(&asked, b"\0AUTH EXTERNAL 3");
                client.write_all(b"OK\r\n").unwrap();
            });
            assert_eq!(greet(&address, Duration::from_secs(60)), Ok(()));
        });
    }
}
