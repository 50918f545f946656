//! Starting the zygote, and talking to it.
//!
//! It is started by fork + exec, so that it has an address space layout of its own, with an explicit list of descriptors:
//! its socket as 3, the bootstrap pipe as 4, and standard error. It makes an `ipc-channel` one-shot server and writes
//! the server's name to the pipe, or why it cannot; the broker connects as a *sender*. So the broker never receives over
//! `ipc-channel`.

use super::Isolation;
use super::control::FarControl;
use bulkhead_shared::downlink::ToRenderer;
use bulkhead_shared::ids::{RendererId, TabId};
use bulkhead_shared::limits::{KILL, WAIT_STATUS, ZYGOTE_CONNECT};
use bulkhead_shared::packet::{PacketSocket, RecvError, SendError};
use bulkhead_shared::pidfd::Pidfd;
use bulkhead_shared::zygote::{Bootstrap, Downlink, FromZygote, HELLO, ToZygote};
use ipc_channel::ipc::{self, IpcReceiver, IpcSender};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{Resource, getrlimit};
use nix::unistd::{Pid, pipe2};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Instant;

/// Where the zygote finds its socket and its bootstrap pipe.
const SOCKET_FD: RawFd = 3;
const BOOTSTRAP_FD: RawFd = 4;

/// What the zygote may know of its environment: where fonts and their configuration are, where a private directory may be, and
/// what to log.
const ENVIRONMENT: [&str; 10] = [
    "HOME",
    "XDG_DATA_HOME",
    "XDG_DATA_DIRS",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    "RUST_LOG",
];

/// Why there is no zygote.
#[derive(Debug, thiserror::Error)]
pub(super) enum ZygoteError {
    #[error("cannot start {}: {error}", program.display())]
    Spawn { program: PathBuf, error: io::Error },
    #[error("cannot make its links: {0}")]
    Links(#[from] Errno),
    #[error("{0}")]
    Failed(String),
    #[error("it ended before it said where to connect: {0}")]
    Ended(String),
    #[error("it did not say where to connect within {ZYGOTE_CONNECT:?}")]
    Silent,
    #[error("it said {0:?} instead of where to connect")]
    Garbled(String),
    #[error("cannot connect to it at {name}: {error}")]
    Connect { name: String, error: ipc_channel::IpcError },
}

/// A running zygote.
#[derive(Debug)]
pub(super) struct Zygote {
    child: Child,
    pidfd: Pidfd,
    socket: PacketSocket,
    downlinks: IpcSender<Downlink>,
}

/// What a renderer is born with: the far ends of its links.
#[derive(Debug)]
pub(super) struct FarEnds {
    pub(super) uplink: PacketSocket,
    pub(super) control: FarControl,
    /// Where it has one of its own.
    pub(super) cgroup: Option<OwnedFd>,
    pub(super) downlink: IpcReceiver<ToRenderer>,
}

/// What the zygote says of a renderer that it has just forked.
pub(super) struct Newborn {
    pub(super) pid: Pid,
    pub(super) pidfd: Pidfd,
    /// Whether it was born in the cgroup that it was to be in.
    pub(super) in_cgroup: bool,
    /// Bytes that it shares with the zygote, as far as that can be known.
    pub(super) memory: Option<u64>,
}

impl Zygote {
    /// Starts a zygote and connects to it. Waits for it at most [`ZYGOTE_CONNECT`]; it warms up afterwards.
    ///
    /// The thread that calls this must live as long as the zygote: the parent-death signal is bound to it (prctl(2)). It may have
    /// to wait for exec, for the zygote's first words, and where these do not come, for its end.
    pub(super) fn start(isolation: &Isolation) -> Result<Self, ZygoteError> {
        let (socket, theirs) = PacketSocket::pair()?;
        let (bootstrap, their_bootstrap) = pipe2(nix::fcntl::OFlag::O_CLOEXEC)?;
        let mut child = spawn(isolation, theirs.as_fd(), their_bootstrap.as_fd())
            .map_err(|error| ZygoteError::Spawn { program: isolation.executable.clone(), error })?;
        drop((theirs, their_bootstrap));
        match connect(&child, &bootstrap) {
            Ok((pidfd, downlinks)) => Ok(Self { child, pidfd, socket, downlinks }),
            Err(error) => {
                // The pipe may be closed a moment before it has ended.
                let ended = matches!(error, ZygoteError::Ended(_)).then(|| wait_a_moment(&mut child)).flatten();
                for error in [child.kill().err(), child.wait().err()].into_iter().flatten() {
                    tracing::debug!(%error, "the end of a zygote that failed");
                }
                Err(ended.map_or(error, |status| ZygoteError::Ended(status.to_string())))
            }
        }
    }

    pub(super) fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    pub(super) fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    pub(super) fn pidfd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    /// Kills it; its pidfd tells when it is gone.
    pub(super) fn kill(&self) {
        if let Err(errno) = self.pidfd.kill() {
            tracing::error!(%errno, "cannot kill the zygote, process {}", self.pid());
        }
    }

    /// Asks for a renderer; the answer comes over the socket.
    pub(super) fn fork(&self, renderer: RendererId, tab: TabId, ends: FarEnds) -> Result<(), SendError> {
        let links = [ends.uplink.as_fd(), ends.control.reader.as_fd(), ends.control.writer.as_fd()];
        let descriptors: Vec<_> = links.into_iter().chain(ends.cgroup.as_ref().map(AsFd::as_fd)).collect();
        self.socket.send(&ToZygote::Fork { renderer, tab }, &descriptors)?;
        let downlink = Downlink { renderer, receiver: ends.downlink };
        self.downlinks.send(downlink).map_err(|_| SendError::Closed)
    }

    /// Asks for a renderer to be given the share of the CPU that befits its tab.
    pub(super) fn share(&self, renderer: RendererId, visible: bool) -> Result<(), SendError> {
        self.socket.send(&ToZygote::Share { renderer, visible }, &[])
    }

    /// What it says, with the pidfd of a new renderer.
    pub(super) fn recv(&self) -> Result<(FromZygote, Option<Pidfd>), RecvError> {
        let packet = self.socket.recv_with_descriptors()?;
        Ok((packet.message, packet.descriptors.into_iter().next().map(Pidfd::from)))
    }

    /// Ends it and with it, through their parent-death signal, every renderer that is left. Returns how it ended, if it has: one
    /// that waits for a device that does not answer cannot be killed, and is waited for no longer than [`KILL`].
    pub(super) fn end(mut self) -> Option<ExitStatus> {
        self.kill();
        let patience = PollTimeout::try_from(KILL).unwrap_or(PollTimeout::MAX);
        let mut ended = [PollFd::new(self.pidfd.as_fd(), PollFlags::POLLIN)];
        while poll(&mut ended, patience) == Err(Errno::EINTR) {}
        let status = self.child.try_wait();
        if !matches!(status, Ok(Some(_))) {
            tracing::warn!("the zygote, process {}, was killed and is not gone", self.pid());
        }
        status.ok().flatten()
    }
}

#[expect(unsafe_code, reason = "what happens between fork and exec is up to the caller to keep async-signal-safe")]
fn spawn(isolation: &Isolation, socket: BorrowedFd<'_>, bootstrap: BorrowedFd<'_>) -> io::Result<Child> {
    let mut command = Command::new(&isolation.executable);
    command
        .arg0("bulkhead")
        .args([
            format!("--type={}", isolation.zygote),
            format!("--zygote-socket={SOCKET_FD}"),
            format!("--bootstrap={BOOTSTRAP_FD}"),
        ])
        .args((!isolation.sandbox).then_some("--no-sandbox"))
        .stdin(nothing_to_read()?)
        .stdout(nobody_who_reads()?)
        .env_clear()
        .envs(ENVIRONMENT.iter().filter_map(|name| std::env::var_os(name).map(|value| (*name, value))));
    let (socket, bootstrap) = (socket.as_raw_fd(), bootstrap.as_raw_fd());
    let parent = nix::unistd::getpid();
    // SAFETY: between fork and exec the closure makes system calls only (fcntl, dup2, close_range, getrlimit, prctl, getppid), all of
    // them async-signal-safe; it allocates nothing and takes no lock.
    unsafe { command.pre_exec(move || install_links(socket, bootstrap, parent)) };
    command.spawn()
}

/// The end of a pipe that has no other: as `/dev/null`, which need not be there.
fn nothing_to_read() -> io::Result<Stdio> {
    io::pipe().map(|(reader, _)| reader.into())
}

/// The same, to write to.
fn nobody_who_reads() -> io::Result<Stdio> {
    io::pipe().map(|(_, writer)| writer.into())
}

/// How it ended, if it does within the time that a process takes to end.
fn wait_a_moment(child: &mut Child) -> Option<ExitStatus> {
    let pidfd = Pidfd::open(Pid::from_raw(child.id().cast_signed())).ok()?;
    let moment = PollTimeout::try_from(WAIT_STATUS).unwrap_or(PollTimeout::MAX);
    #[expect(clippy::let_underscore_must_use, reason = "whether it has ended is asked afterwards")]
    let _ = poll(&mut [PollFd::new(pidfd.as_fd(), PollFlags::POLLIN)], moment);
    child.try_wait().ok().flatten()
}

/// In the child: the socket becomes 3 and the pipe 4, everything above is closed at exec, and the broker's death is ours.
#[expect(unsafe_code, reason = "these calls work on descriptor numbers")]
fn install_links(socket: RawFd, bootstrap: RawFd, parent: Pid) -> io::Result<()> {
    let ok = |result: i32| Errno::result(result).map_err(io::Error::from);
    // SAFETY: each call takes integers only. Duplicates above 4 come first, so that neither dup2 can hit the other's source.
    unsafe {
        let socket = ok(libc::fcntl(socket, libc::F_DUPFD, BOOTSTRAP_FD + 1))?;
        let bootstrap = ok(libc::fcntl(bootstrap, libc::F_DUPFD, BOOTSTRAP_FD + 1))?;
        ok(libc::dup2(socket, SOCKET_FD))?;
        ok(libc::dup2(bootstrap, BOOTSTRAP_FD))?;
        close_at_exec(BOOTSTRAP_FD + 1)?;
        ok(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM))?;
    }
    // The broker may have died before the line above.
    if nix::unistd::getppid() == parent { Ok(()) } else { Err(Errno::ESRCH.into()) }
}

/// Has all descriptors from this one on closed at exec.
#[expect(unsafe_code, reason = "these calls work on descriptor numbers")]
fn close_at_exec(first: RawFd) -> io::Result<()> {
    // By its number: musl has no function for it.
    // SAFETY: it takes numbers only.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    match Errno::result(result) {
        // Before Linux 5.11, it can only close at once.
        Err(Errno::EINVAL | Errno::ENOSYS) => {
            let most = getrlimit(Resource::RLIMIT_NOFILE)?.0;
            for descriptor in first..RawFd::try_from(most).unwrap_or(RawFd::MAX) {
                // SAFETY: it takes numbers only. EBADF: there is none of that number.
                unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
            }
            Ok(())
        }
        result => Ok(result.map(drop)?),
    }
}

fn connect(child: &Child, bootstrap: &OwnedFd) -> Result<(Pidfd, IpcSender<Downlink>), ZygoteError> {
    let pidfd = Pidfd::open(Pid::from_raw(child.id().cast_signed()))?;
    let line = read_line(bootstrap)?;
    let name = match Bootstrap::from_line(&line) {
        Some(Bootstrap::Listening(name)) => name,
        Some(Bootstrap::Failed(why)) => return Err(ZygoteError::Failed(why)),
        None => return Err(ZygoteError::Garbled(line)),
    };
    let refused = |error| ZygoteError::Connect { name: name.clone(), error };
    let downlinks = IpcSender::connect(name.clone()).map_err(|error| refused(error.into()))?;
    // The server waits for a first message before it removes its name from the file system.
    let (_, receiver) = ipc::channel().map_err(|error| refused(error.into()))?;
    downlinks.send(Downlink { renderer: HELLO, receiver }).map_err(refused)?;
    // It closes the pipe when the socket is no longer in the file system. Killed before that, as at a quick end, it would leave it there.
    match read_line(bootstrap) {
        Err(ZygoteError::Ended(_)) => Ok((pidfd, downlinks)),
        Err(error) => Err(error),
        Ok(line) => Err(match Bootstrap::from_line(&line) {
            Some(Bootstrap::Failed(why)) => ZygoteError::Failed(why),
            _ => ZygoteError::Garbled(line),
        }),
    }
}

/// Reads up to the newline, or gives up at the deadline.
fn read_line(pipe: &OwnedFd) -> Result<String, ZygoteError> {
    const LONGEST: usize = 4096;
    let deadline = Instant::now() + ZYGOTE_CONNECT;
    let mut line = Vec::new();
    let mut buffer = [0; 256];
    while line.len() < LONGEST {
        let left =
            PollTimeout::try_from(deadline.saturating_duration_since(Instant::now())).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)], left) {
            Ok(0) => return Err(ZygoteError::Silent),
            Ok(_) => {}
            Err(Errno::EINTR) => continue,
            Err(errno) => return Err(errno.into()),
        }
        let count = nix::unistd::read(pipe, &mut buffer)?;
        line.extend(buffer.iter().take(count));
        if let Some(end) = line.iter().position(|byte| *byte == b'\n') {
            line.truncate(end);
            break;
        }
        if count == 0 {
            return Err(ZygoteError::Ended("its end was not seen".to_owned()));
        }
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}
