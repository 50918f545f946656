//! The common contract: a link between two processes, whatever it is made of.
//!
//! Contract, which [`crate::check`] verifies for every mechanism:
//! - every byte that is sent arrives, in order, once;
//! - the receiver asks for as many bytes at a time as the sender sent at a time, so that links made of messages need no
//!   buffer of their own;
//! - when the other process ends, in whatever way and whatever it was doing, `send` and `recv` end with [`Error::Closed`],
//!   after what it had sent before was received;
//! - nothing is left behind: no process, descriptor, name, or memory.
//!
//! A link is opened before the fork, by the parent. Each process then *joins* its side: opens by name what must be opened by
//! name, and maps what it shares.

use crate::error::{Error, Result};
use crate::fork::{Child, Peer, fork};
use std::os::fd::RawFd;

/// One end of a link, in the process that uses it.
pub trait Endpoint {
    /// Sends all of `bytes`. When it returns, they may be overwritten.
    ///
    /// # Errors
    /// [`Error::Closed`] when the peer is gone; what a call says.
    fn send(&mut self, bytes: &[u8]) -> Result<()>;

    /// Waits for the next bytes, exactly as many as `buffer` takes.
    ///
    /// # Errors
    /// [`Error::Closed`] when the peer is gone; what a call says.
    fn recv(&mut self, buffer: &mut [u8]) -> Result<()>;
}

type Join = Box<dyn FnOnce(Peer) -> Result<Box<dyn Endpoint>> + Send>;

/// One side of a link before it is joined.
pub struct Side {
    descriptors: Vec<RawFd>,
    join: Join,
}

impl Side {
    /// A side that needs these descriptors, and becomes an endpoint by this function.
    pub fn new<E: Endpoint + 'static>(
        descriptors: &[RawFd],
        join: impl FnOnce(Peer) -> Result<E> + Send + 'static,
    ) -> Self {
        Self { descriptors: descriptors.to_vec(), join: Box::new(|peer| Ok(Box::new(join(peer)?))) }
    }

    /// Becomes an endpoint, in the process that uses it.
    ///
    /// # Errors
    /// What the mechanism's calls say.
    pub fn join(self, peer: Peer) -> Result<Box<dyn Endpoint>> {
        (self.join)(peer)
    }
}

/// A link that is open, with both sides still in one process.
pub struct Link {
    /// The side that stays here.
    pub parent: Side,
    /// The side that goes to a new process.
    pub child: Side,
}

impl Link {
    /// Starts `body` in a new process with the child's side, and returns the parent's, not yet joined.
    ///
    /// # Errors
    /// What [`fork`] says.
    pub fn fork(self, body: impl FnOnce(Box<dyn Endpoint>) -> Result<()>) -> Result<(Child, Side)> {
        self.fork_keeping(&[], body)
    }

    /// The same; the new process also keeps the descriptors `keep`.
    ///
    /// # Errors
    /// What [`fork`] says.
    pub fn fork_keeping(
        self,
        keep: &[RawFd],
        body: impl FnOnce(Box<dyn Endpoint>) -> Result<()>,
    ) -> Result<(Child, Side)> {
        let Self { parent, child } = self;
        let keep = [keep, &child.descriptors].concat();
        let process = fork(&keep, move || body(child.join(Peer::parent()?)?))?;
        Ok((process, parent))
    }

    /// Starts `body` in a new process with the child's end, and joins the parent's.
    ///
    /// # Errors
    /// What [`fork`] or the mechanism's calls say.
    pub fn spawn(self, body: impl FnOnce(Box<dyn Endpoint>) -> Result<()>) -> Result<(Child, Box<dyn Endpoint>)> {
        let (process, side) = self.fork(body)?;
        let endpoint = side.join(process.peer())?;
        Ok((process, endpoint))
    }
}

/// How an endpoint waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// In the kernel: the processor is free for others.
    Asleep,
    /// Spinning: fast, at the price of a processor.
    Spinning,
    /// Spinning for a little while, then asleep.
    Both,
}

/// A mechanism, as the tables of the lab name it.
pub struct Mechanism {
    /// Its name on the command line and in the results.
    pub name: &'static str,
    /// The calls that carry the data.
    pub calls: &'static str,
    /// How often each byte is copied between the sender's buffer and the receiver's.
    pub copies: u32,
    /// How the receiver waits.
    pub waits: Waits,
    /// Opens a link.
    pub open: fn() -> Result<Link>,
}

/// Every mechanism that is a link between processes.
pub const ALL: &[Mechanism] = &[
    mechanism("pipe", "write, read", 2, Waits::Asleep, crate::pipe::link),
    mechanism("fifo", "write, read", 2, Waits::Asleep, crate::fifo::link),
    mechanism("unix-stream", "write, read", 2, Waits::Asleep, crate::socket::stream_link),
    mechanism("unix-dgram", "send, recv", 2, Waits::Asleep, crate::socket::datagram_link),
    mechanism("unix-seqpacket", "send, recv", 2, Waits::Asleep, crate::socket::seqpacket_link),
    mechanism("tcp", "write, read", 2, Waits::Asleep, crate::inet::tcp_link),
    mechanism("udp", "send, recv", 2, Waits::Asleep, crate::inet::udp_link),
    mechanism("mqueue", "mq_send, mq_receive", 2, Waits::Asleep, crate::mqueue::link),
    mechanism("shm", "futex semaphores", 2, Waits::Asleep, crate::shm::link),
    mechanism("eventfd", "memfd, write, poll, read", 2, Waits::Asleep, crate::eventfd::link),
    mechanism("signal", "memfd, rt_sigqueueinfo", 2, Waits::Asleep, crate::signal::link),
    mechanism("io_uring", "memfd, IORING_OP_MSG_RING", 2, Waits::Asleep, crate::uring::link),
    mechanism("vmsplice", "vmsplice, read", 1, Waits::Asleep, crate::splice::link),
    mechanism("process_vm_readv", "process_vm_readv", 1, Waits::Asleep, crate::vmread::link),
    mechanism("ring", "none, else futex", 2, Waits::Both, crate::ring::link),
    mechanism("ipc-channel", "sendmsg, recvmsg", 2, Waits::Asleep, crate::peers::ipc_channel_link),
    mechanism("iceoryx2", "none: it spins", 2, Waits::Spinning, crate::peers::iceoryx2_link),
    mechanism("iceoryx2-event", "its event service", 2, Waits::Asleep, crate::peers::iceoryx2_event_link),
];

const fn mechanism(
    name: &'static str,
    calls: &'static str,
    copies: u32,
    waits: Waits,
    open: fn() -> Result<Link>,
) -> Mechanism {
    Mechanism { name, calls, copies, waits, open }
}

/// The mechanism of this name.
///
/// # Errors
/// [`Error::Input`] with the names that there are.
pub fn by_name(name: &str) -> Result<&'static Mechanism> {
    ALL.iter().find(|mechanism| mechanism.name == name).ok_or_else(|| {
        let names: Vec<_> = ALL.iter().map(|mechanism| mechanism.name).collect();
        Error::Input(format!("there is no mechanism {name}; there are: {}", names.join(", ")))
    })
}
