//! Descriptors that a confined process should not have: those of the world, under numbers that no renderer's own reach.

use super::Missing;
use super::files::Files;
use crate::raw::{self, At, sys};
use crate::{Leaked, Part};
use nix::fcntl::{FcntlArg, fcntl};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixDatagram;

/// Beyond a renderer's limit ([`bulkhead_sandbox::limits::RENDERER`]).
const FROM: RawFd = 64;

/// Held open, that is all.
#[derive(Debug, Default)]
pub(super) struct Leaks {
    held: Vec<OwnedFd>,
    /// Their numbers.
    pub(super) numbers: Leaked,
}

impl Leaks {
    /// Opens what can be opened.
    pub(super) fn open(files: Option<&Files>, missing: &mut Missing) -> Self {
        let mut leaks = Self::default();
        if let Some(files) = files {
            leaks.numbers.file = leaks.keep(out_of_the_way(files.leaked()), Part::Files, missing);
            leaks.numbers.directory = leaks.keep(out_of_the_way(files.directory()), Part::Files, missing);
        }
        let socket = UnixDatagram::unbound().and_then(out_of_the_way);
        leaks.numbers.socket = leaks.keep(socket, Part::LeakedSocket, missing);
        let namespace = File::open("/proc/self/ns/net").and_then(out_of_the_way);
        leaks.numbers.namespace = leaks.keep(namespace, Part::LeakedNamespace, missing);
        let terminal = open_terminal().and_then(|(master, slave)| {
            leaks.held.push(master.into());
            out_of_the_way(slave)
        });
        leaks.numbers.terminal = leaks.keep(terminal, Part::LeakedTerminal, missing);
        leaks
    }

    fn keep(&mut self, opened: io::Result<OwnedFd>, part: Part, missing: &mut Missing) -> RawFd {
        let Some(opened) = missing.note(part, opened) else { return -1 };
        let number = opened.as_raw_fd();
        self.held.push(opened);
        number
    }
}

fn out_of_the_way(descriptor: impl AsFd) -> io::Result<OwnedFd> {
    Ok(raw::own(fcntl(descriptor, FcntlArg::F_DUPFD_CLOEXEC(FROM))?))
}

/// A pseudo-terminal: its master and its slave.
fn open_terminal() -> io::Result<(File, OwnedFd)> {
    let master = OpenOptions::new().read(true).write(true).open("/dev/ptmx")?;
    let mut locked = 0_i32;
    sys!(SYS_ioctl, master.as_raw_fd(), libc::TIOCSPTLCK, At(&mut locked))?;
    let slave = sys!(SYS_ioctl, master.as_raw_fd(), libc::TIOCGPTPEER, libc::O_RDWR | libc::O_NOCTTY)?;
    Ok((master, raw::own(slave as RawFd)))
}
