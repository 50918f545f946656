//! The zygote: warms the engine up once, then forks a renderer whenever the broker asks, and warms up further in between.
//!
//! Contract:
//! - it has one thread, always: a lock that another thread holds at the fork would stay locked in the child for ever;
//! - it sees no byte of a page: what it parses is its own warm-up page, the system's fonts, and the broker's messages;
//! - it ends when the broker does: end-of-file on its socket, or the parent-death signal, which watches the *thread* that
//!   started it. That has to be one that lives as long as the broker is to have a zygote;
//! - it waits for every child and reports how it ended.

mod bootstrap;
mod child;
mod priority;
mod sandbox;

use crate::engine::Engine;
use crate::process::descriptors;
use crate::process::limits;
use crate::process::title::TitleArea;
use bulkhead_sandbox::seccomp::CompileError;
use bulkhead_sandbox::{Fork, ForkError};
use bulkhead_shared::ids::{RendererId, TabId};
use bulkhead_shared::packet::{Packet, PacketSocket, RecvError, SendError};
use bulkhead_shared::zygote::{Bootstrap, Downlink, ExitStatus, FromZygote, ToZygote};
pub use child::{Confined, Life};
use ipc_channel::ipc::IpcReceiver;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use sandbox::Sandbox;
use std::collections::HashMap;
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};

/// What the command line tells the zygote: numbers of the descriptors that it inherits.
#[derive(Clone, Copy, Debug)]
pub struct ZygoteArgs {
    /// Its end of a `SOCK_SEQPACKET` socket, for [`ToZygote`] and [`FromZygote`].
    pub socket: RawFd,
    /// The write end of a pipe. It takes one line, a [`Bootstrap`], and is closed. The broker connects to the one-shot server of
    /// [`Downlink`]s that it names and sends a hello ([`bulkhead_shared::zygote::HELLO`]).
    pub bootstrap: RawFd,
    /// Whether to confine renderers. Without, only what keeps them tidy is applied: descriptors, environment, limits.
    pub sandbox: bool,
}

/// Why a zygote ended before its broker did.
#[derive(Debug, thiserror::Error)]
pub enum ZygoteError {
    /// A descriptor that it was to inherit is not there.
    #[error("zygote: descriptor {0} from the command line: {1}")]
    Inherited(RawFd, Errno),
    /// Where its command line lies cannot be found out.
    #[error("cannot read /proc/self/stat: {0}")]
    Title(std::io::Error),
    /// The broker could not connect.
    #[error("{0}")]
    Bootstrap(String),
    /// The broker has ended meanwhile.
    #[error("the broker is gone")]
    BrokerGone,
    /// A system call failed.
    #[error("zygote: {0}")]
    System(#[from] Errno),
    /// A confined process cannot be forked.
    #[error("zygote: {0}")]
    Fork(#[from] ForkError),
    /// The system call filter cannot be made.
    #[error("zygote: {0}")]
    Filter(#[from] CompileError),
    /// The broker's message is none.
    #[error("zygote: {0}")]
    Receive(#[from] RecvError),
    /// The broker does not read.
    #[error("zygote: {0}")]
    Send(#[from] SendError),
    /// The broker's messages contradict one another.
    #[error("zygote: {0}")]
    Protocol(&'static str),
    /// A downlink did not arrive.
    #[error("zygote: {0}")]
    Downlink(#[from] ipc_channel::IpcError),
}

/// Is the zygote until the broker is gone. To be called on the main thread, before any other exists. In each forked process
/// it does not return, but calls `life`, as soon as the process is confined.
///
/// # Errors
/// See [`ZygoteError`].
pub fn zygote_main(args: ZygoteArgs, life: Life) -> Result<(), ZygoteError> {
    let inherited = |fd| descriptors::inherited(fd).map_err(|errno| ZygoteError::Inherited(fd, errno));
    let socket = PacketSocket::from(inherited(args.socket)?);
    let mut bootstrap = File::from(inherited(args.bootstrap)?);
    let _ = prctl::set_name(c"bh-zygote");
    limits::limit_zygote();
    let (title, downlinks) = match begin(&mut bootstrap, &socket) {
        Ok(begun) => begun,
        Err(ZygoteError::BrokerGone) => return Ok(()),
        Err(error) => {
            // The broker says it to the user; whether it listens is its own matter.
            let _ = bootstrap::say(&mut bootstrap, &Bootstrap::Failed(error.to_string()));
            return Ok(());
        }
    };
    drop(bootstrap);
    socket.set_blocking(true)?;

    let sandbox = Sandbox::prepare(args.sandbox)?;
    let engine = Engine::warm_up();
    socket.send(&FromZygote::Warm { fonts: engine.font_faces() }, &[])?;
    Zygote { socket, downlinks, children: HashMap::new(), title, sandbox, engine: Some(engine), life }.run()
}

/// What has to succeed before the broker can connect.
fn begin(bootstrap: &mut File, socket: &PacketSocket) -> Result<(TitleArea, IpcReceiver<Downlink>), ZygoteError> {
    let title = TitleArea::find().map_err(ZygoteError::Title)?;
    match bootstrap::connect(bootstrap, socket.as_fd()) {
        Ok(downlinks) => Ok((title, downlinks)),
        Err(bootstrap::BootstrapError::BrokerGone) => Err(ZygoteError::BrokerGone),
        Err(error) => Err(ZygoteError::Bootstrap(error.to_string())),
    }
}

struct Zygote {
    socket: PacketSocket,
    downlinks: IpcReceiver<Downlink>,
    children: HashMap<Pid, RendererId>,
    title: TitleArea,
    sandbox: Sandbox,
    /// Taken by the child; always there in the zygote itself.
    engine: Option<Engine>,
    life: Life,
}

/// A renderer's links, as the zygote has received them.
struct NewRenderer {
    id: RendererId,
    tab: TabId,
    uplink: OwnedFd,
    control_read: OwnedFd,
    control_write: OwnedFd,
    downlink: Downlink,
    downlink_fd: RawFd,
}

impl Zygote {
    fn run(mut self) -> Result<(), ZygoteError> {
        let chld = SigSet::from(Signal::SIGCHLD);
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&chld), None)?;
        let deaths = SignalFd::with_flags(&chld, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
        let mut warming = true;
        loop {
            let timeout = if warming { PollTimeout::ZERO } else { PollTimeout::NONE };
            let mut ready =
                [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN), PollFd::new(deaths.as_fd(), PollFlags::POLLIN)];
            match poll(&mut ready, timeout) {
                Ok(0) => warming = self.engine.as_mut().is_some_and(Engine::warm_further),
                Ok(_) => {}
                Err(Errno::EINTR) => continue,
                Err(errno) => return Err(errno.into()),
            }
            let [asked, died] = ready.map(|fd| fd.any().unwrap_or(false));
            if died {
                while deaths.read_signal()?.is_some() {}
                self.reap()?;
            }
            if asked {
                match self.socket.recv_with_descriptors() {
                    Ok(packet) => self.obey(packet)?,
                    Err(RecvError::Closed) => return Ok(()),
                    Err(RecvError::Empty) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }

    fn obey(&mut self, packet: Packet<ToZygote>) -> Result<(), ZygoteError> {
        match packet.message {
            ToZygote::Fork { renderer, tab } => self.fork(renderer, tab, packet.descriptors),
            ToZygote::Share { renderer, visible } => {
                let child = self.children.iter().find(|(_, id)| **id == renderer);
                child.into_iter().for_each(|(pid, _)| priority::set(*pid, visible));
                Ok(())
            }
        }
    }

    /// Forks one renderer. Both of the broker's messages are taken even if the fork fails, so that they stay in step.
    fn fork(&mut self, id: RendererId, tab: TabId, descriptors: Vec<OwnedFd>) -> Result<(), ZygoteError> {
        let mut descriptors = descriptors.into_iter();
        let (Some(uplink), Some(control_read), Some(control_write), cgroup, None) =
            (descriptors.next(), descriptors.next(), descriptors.next(), descriptors.next(), descriptors.next())
        else {
            return Err(ZygoteError::Protocol("a fork request without its descriptors"));
        };
        // `ipc-channel` does not tell a receiver's descriptor. The process has one thread, so it is the lowest free number.
        let downlink_fd = descriptors::next_number(uplink.as_fd())?;
        let downlink = self.downlinks.recv()?;
        if downlink.renderer != id {
            return Err(ZygoteError::Protocol("a downlink for another renderer than the fork request's"));
        }
        let new = NewRenderer { id, tab, uplink, control_read, control_write, downlink, downlink_fd };

        let (fork, born_in_cgroup) = self.sandbox.fork(cgroup.as_ref().map(AsFd::as_fd));
        match fork {
            Ok(Fork::Child(entered)) => {
                let engine = self.engine.take().unwrap_or_else(Engine::warm_up);
                child::become_renderer(new, self.title, &self.sandbox, entered, engine, self.life)
            }
            Ok(Fork::Parent(child)) => {
                self.children.insert(child.pid(), id);
                let in_cgroup = born_in_cgroup || cgroup.is_some_and(|cgroup| sandbox::adopt(&cgroup, child.pid()));
                let forked = FromZygote::Forked { renderer: id, pid: child.pid().as_raw(), in_cgroup };
                self.socket.send(&forked, &[child.as_fd()])?;
            }
            Err(ForkError::System(errno)) => {
                self.socket.send(&FromZygote::NotForked { renderer: id, errno: errno as i32 }, &[])?;
            }
            Err(error @ ForkError::Threads(_)) => return Err(error.into()),
        }
        Ok(())
    }

    /// Waits for every child that has ended: one `SIGCHLD` may stand for many.
    fn reap(&mut self) -> Result<(), ZygoteError> {
        // TOUR crash 4
        loop {
            let (pid, status) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) => (pid, ExitStatus::Exited(code)),
                Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, ExitStatus::Signalled(signal as i32)),
                Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return Ok(()),
                Ok(_) | Err(Errno::EINTR) => continue,
                Err(errno) => return Err(errno.into()),
            };
            if let Some(renderer) = self.children.remove(&pid) {
                self.socket.send(&FromZygote::Exited { renderer, status }, &[])?;
            }
        }
    }
}

impl std::fmt::Debug for NewRenderer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fds = [&self.uplink, &self.control_read, &self.control_write].map(AsRawFd::as_raw_fd);
        write!(f, "{} of {} with descriptors {fds:?} and {}", self.id, self.tab, self.downlink_fd)
    }
}
