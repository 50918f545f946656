//! The POSIX message queue: whole messages with priorities, kept in the kernel until somebody takes them.
//!
//! mq_overview(7). The most urgent message comes out first, the oldest of equals before the others. The queue has a name, and
//! outlives the processes until it is unlinked. A queue takes a fixed number of messages of a fixed greatest length.
//! System V's queues (msgget(2)) are the older kind: a number instead of a name, a type instead of a priority, and no
//! descriptor, so that they cannot be polled.

use crate::error::{Call, Error, Result};
use crate::fork::{Peer, fork};
use crate::futex::NOTICE;
use crate::link::{Endpoint, Link, Side};
use crate::names::Name;
use crate::narrate::{Narrator, note, title};
use nix::errno::Errno;
use nix::mqueue::{
    MQ_OFlag, MqAttr, MqdT, mq_close, mq_getattr, mq_open, mq_receive, mq_send, mq_timedreceive, mq_unlink,
};
use nix::sys::stat::Mode;
use nix::sys::time::TimeSpec;
use nix::time::{ClockId, clock_gettime};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SENDER: Narrator = Narrator::new("sender");
const RECEIVER: Narrator = Narrator::new("receiver");
/// What every user may ask for where nobody changed `/proc/sys/fs/mqueue`.
const MESSAGES: i64 = 10;
const MESSAGE_BYTES: i64 = 8192;

/// An open queue.
#[derive(Debug)]
struct Queue(Option<MqdT>);

impl Queue {
    fn open(name: &str, flags: MQ_OFlag) -> Result<Self> {
        let attributes = MqAttr::new(0, MESSAGES, MESSAGE_BYTES, 0);
        let mode = Mode::S_IRUSR | Mode::S_IWUSR;
        mq_open(checked(name)?, flags | MQ_OFlag::O_CLOEXEC, mode, Some(&attributes)).map(|mq| Self(Some(mq))).map_err(
            |errno| match errno {
                Errno::ENOSYS => Error::Unavailable {
                    mechanism: "mqueue",
                    why: "the kernel was built without CONFIG_POSIX_MQUEUE; use a Unix datagram socket instead".into(),
                },
                Errno::EEXIST => Error::Input(format!("{name} is in use; remove it with `lab mqueue unlink {name}`")),
                Errno::ENOENT => Error::Input(format!("no queue {name}: make it with `lab mqueue send {name} TEXT`")),
                Errno::EMFILE => Error::Input(format!(
                    "{name}: the user's queues take all the memory that they may (ulimit -q), or there are too many"
                )),
                errno => Error::Call { call: format!("mq_open({name:?})"), errno },
            },
        )
    }

    fn queue(&self) -> Result<&MqdT> {
        self.0.as_ref().ok_or(Error::Closed)
    }

    /// The longest message that it takes.
    fn message_bytes(&self) -> Result<usize> {
        let attributes = mq_getattr(self.queue()?).call("mq_getattr(3)")?;
        Ok(usize::try_from(attributes.msgsize()).unwrap_or(0))
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let _ = self.0.take().map(mq_close);
    }
}

fn checked(name: &str) -> Result<&str> {
    match name.strip_prefix('/') {
        Some(rest) if !rest.is_empty() && !rest.contains('/') && rest.len() <= 254 => Ok(name),
        _ => Err(Error::Input(format!("{name:?} is no name for a queue: one slash, then 1 to 254 other characters"))),
    }
}

/// Three messages of different urgency, sent before anybody receives.
///
/// # Errors
/// What a call says; [`Error::Unavailable`] where the kernel has no queues.
pub fn demo() -> Result<()> {
    title("mqueue: priorities");
    let name = Name::queue();
    let name = name.as_str();
    let queue = Queue::open(name, MQ_OFlag::O_CREAT | MQ_OFlag::O_EXCL | MQ_OFlag::O_RDWR)?;
    RECEIVER.says(format!("mq_open({name:?}, O_CREAT): {MESSAGES} messages of up to {MESSAGE_BYTES} bytes"));
    let child = fork(&[], || {
        for (text, priority) in [("tea is ready", 1), ("mail has come", 1), ("the house is on fire", 9)] {
            send(name, text, priority)?;
        }
        Ok(())
    })?;
    child.join()?;
    let mut buffer = vec![0; queue.message_bytes()?];
    let mut order = Vec::new();
    for _ in 0..3 {
        let mut priority = 0;
        let count = mq_receive(queue.queue()?, &mut buffer, &mut priority).call("mq_receive(3)")?;
        RECEIVER.says(format!("mq_receive() -> {:?}, priority {priority}", String::from_utf8_lossy(&buffer[..count])));
        order.push(priority);
    }
    if order != [9, 1, 1] {
        return Err(Error::Broken(format!("priorities came as {order:?}")));
    }
    note("The last one came first. A pipe or a socket could not do that.");
    note("System V queues (msgget, msgsnd, msgrcv; `ipcs -q`) are older: a number for a name, a type for a priority,");
    note(
        "and no descriptor: they cannot be polled, passed on or closed by the end of a process. Not for new programs.",
    );
    Ok(())
}

/// `lab mqueue send NAME TEXT --priority N`. Makes the queue if there is none.
///
/// # Errors
/// [`Error::Input`] for a text that is longer than the queue takes, a full queue, or a bad name.
pub fn send(name: &str, text: &str, priority: u32) -> Result<()> {
    let flags = MQ_OFlag::O_CREAT | MQ_OFlag::O_WRONLY | MQ_OFlag::O_NONBLOCK;
    let fresh = Queue::open(name, MQ_OFlag::O_WRONLY).is_err();
    let queue = Queue::open(name, flags)?;
    match mq_send(queue.queue()?, text.as_bytes(), priority) {
        Ok(()) => {
            SENDER.says(format!("mq_send({text:?}, priority {priority})"));
            Ok(())
        }
        Err(errno) => {
            if fresh {
                let _ = mq_unlink(name);
            }
            Err(match errno {
                Errno::EMSGSIZE => Error::Input(format!(
                    "a message of {} bytes; the queue takes at most {} (mq_getattr: mq_msgsize)",
                    text.len(),
                    queue.message_bytes()?
                )),
                Errno::EAGAIN => Error::Input(format!("{name} is full; take one out with `lab mqueue receive {name}`")),
                Errno::EINVAL => Error::Input(format!("priority {priority} is more than the system has (32767)")),
                errno => Error::Call { call: "mq_send(3)".into(), errno },
            })
        }
    }
}

/// `lab mqueue receive NAME`.
///
/// # Errors
/// [`Error::Input`] when there is no such queue; [`Error::Deadline`] when nobody sends.
pub fn receive(name: &str, limit: Duration) -> Result<()> {
    let queue = Queue::open(name, MQ_OFlag::O_RDONLY)?;
    let mut buffer = vec![0; queue.message_bytes()?];
    let start = Instant::now();
    let (count, priority) = loop {
        match timed_receive(queue.queue()?, &mut buffer) {
            Err(Errno::ETIMEDOUT) if start.elapsed() >= limit => {
                let why = format!("{name} is empty; send with `lab mqueue send {name} TEXT`, or wait with --timeout");
                return Err(Error::Deadline { after: limit, why });
            }
            Err(Errno::ETIMEDOUT | Errno::EINTR) => {}
            result => break result.call("mq_timedreceive(3)")?,
        }
    };
    RECEIVER.says(format!("mq_receive() -> {:?}, priority {priority}", String::from_utf8_lossy(&buffer[..count])));
    Ok(())
}

/// `lab mqueue unlink NAME`.
///
/// # Errors
/// [`Error::Input`] when there is no such queue.
pub fn unlink(name: &str) -> Result<()> {
    match mq_unlink(checked(name)?) {
        Err(Errno::ENOENT) => Err(Error::Input(format!("no queue {name}"))),
        result => result.call("mq_unlink(3)"),
    }
}

/// Receives one message, waiting at most [`NOTICE`].
fn timed_receive(queue: &MqdT, buffer: &mut [u8]) -> nix::Result<(usize, u32)> {
    let until = clock_gettime(ClockId::CLOCK_REALTIME)? + TimeSpec::from_duration(NOTICE);
    let mut priority = 0;
    mq_timedreceive(queue, buffer, &mut priority, &until).map(|count| (count, priority))
}

/// One process's end: a queue out, a queue in.
#[derive(Debug)]
struct Queues {
    out: Arc<Queue>,
    input: Arc<Queue>,
    peer: Peer,
    /// `mq_receive` wants room for the longest message, even where a shorter one is expected.
    room: Vec<u8>,
}

impl Endpoint for Queues {
    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        for message in bytes.chunks(self.room.len()) {
            while let Err(errno) = timed_send(self.out.queue()?, message) {
                match errno {
                    Errno::ETIMEDOUT => self.peer.still_there()?,
                    Errno::EINTR => {}
                    errno => return Err(errno).call("mq_timedsend(3)"),
                }
            }
        }
        Ok(())
    }

    fn recv(&mut self, buffer: &mut [u8]) -> Result<()> {
        for message in buffer.chunks_mut(self.room.len()) {
            let expected = message.len();
            let direct = expected == self.room.len();
            let mut gone = false;
            let count = loop {
                let room = if direct { &mut *message } else { &mut self.room };
                match timed_receive(self.input.queue()?, room) {
                    Err(Errno::ETIMEDOUT) if gone => return Err(Error::Closed),
                    // Once more after its end: what it sent before that is to be received.
                    Err(Errno::ETIMEDOUT) => gone = self.peer.is_gone(),
                    Err(Errno::EINTR) => {}
                    result => break result.call("mq_timedreceive(3)")?.0,
                }
            };
            if count != expected {
                return Err(Error::Corrupt(format!("a message of {count} bytes instead of {expected}")));
            }
            if !direct {
                message.copy_from_slice(&self.room[..count]);
            }
        }
        Ok(())
    }
}

/// Sends one message, waiting at most [`NOTICE`] for room.
#[expect(unsafe_code, reason = "nix has no mq_timedsend")]
fn timed_send(queue: &MqdT, message: &[u8]) -> nix::Result<()> {
    let until = clock_gettime(ClockId::CLOCK_REALTIME)? + TimeSpec::from_duration(NOTICE);
    // SAFETY: the queue is open, the message and the time are live as long as the call.
    let result =
        unsafe { libc::mq_timedsend(queue.as_raw_fd(), message.as_ptr().cast(), message.len(), 0, until.as_ref()) };
    Errno::result(result).map(drop)
}

/// A queue in each direction. The names are gone before the fork: the descriptors are inherited.
///
/// # Errors
/// What `mq_open(3)` says; [`Error::Unavailable`] where the kernel has no queues.
pub fn link() -> Result<Link> {
    let queue = || {
        let name = Name::queue();
        Queue::open(name.as_str(), MQ_OFlag::O_CREAT | MQ_OFlag::O_EXCL | MQ_OFlag::O_RDWR).map(Arc::new)
    };
    let (down, up) = (queue()?, queue()?);
    let descriptors = [down.queue()?.as_raw_fd(), up.queue()?.as_raw_fd()];
    let side = |out: &Arc<Queue>, input: &Arc<Queue>| {
        let (out, input) = (Arc::clone(out), Arc::clone(input));
        Side::new(&descriptors, move |peer| {
            let room = vec![0; out.message_bytes()?];
            Ok(Queues { out, input, peer, room })
        })
    };
    Ok(Link { child: side(&up, &down), parent: side(&down, &up) })
}
