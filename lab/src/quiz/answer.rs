//! The answers, each with its own way of getting a half to a consumer, and the one way of measuring them all.

use super::{Alone, BYTES, HALF, Run, sum, word};
use crate::error::{Call, Error, Result};
use crate::fork::{Child, fork};
use crate::link::{self, Side};
use crate::memfd::seal;
use crate::memory::{HUGE_PAGE, Shared, anonymous, keep_from_children, prefer_huge, reserve};
use crate::names::Name;
use nix::fcntl::OFlag;
use nix::time::{ClockId, clock_gettime};
use nix::unistd::pipe2;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// What the data takes in shared memory: whole huge pages.
const SHARED_BYTES: usize = BYTES.next_multiple_of(HUGE_PAGE);

/// One answer to the quiz.
#[derive(Debug)]
pub struct Answer {
    /// Its name on the command line and in the results.
    pub name: &'static str,
    /// How often each byte is copied.
    pub copies: u32,
    way: Way,
}

/// How a consumer gets its half.
#[derive(Debug)]
enum Way {
    /// It is a copy of the producer, made when the data was there: copy-on-write.
    Inherited,
    /// Over the link of this name.
    Sent(&'static str),
    /// The data is in POSIX shared memory, which the consumer opens by name.
    Named,
    /// The data is in a `memfd`, which is sealed and handed over; in huge pages, where the kernel has any.
    Sealed {
        /// Whether to ask for them. The time to make them belongs to the making of the data.
        huge: bool,
    },
}

/// All of them.
pub const ANSWERS: &[Answer] = &[
    Answer { name: "memfd", copies: 0, way: Way::Sealed { huge: true } },
    Answer { name: "memfd-4k", copies: 0, way: Way::Sealed { huge: false } },
    Answer { name: "shm", copies: 0, way: Way::Named },
    Answer { name: "fork", copies: 0, way: Way::Inherited },
    Answer { name: "process_vm_readv", copies: 1, way: Way::Sent("process_vm_readv") },
    Answer { name: "vmsplice", copies: 1, way: Way::Sent("vmsplice") },
    Answer { name: "ring", copies: 2, way: Way::Sent("ring") },
    Answer { name: "pipe", copies: 2, way: Way::Sent("pipe") },
    Answer { name: "fifo", copies: 2, way: Way::Sent("fifo") },
    Answer { name: "unix-stream", copies: 2, way: Way::Sent("unix-stream") },
    Answer { name: "tcp", copies: 2, way: Way::Sent("tcp") },
    Answer { name: "mqueue", copies: 2, way: Way::Sent("mqueue") },
    Answer { name: "ipc-channel", copies: 3, way: Way::Sent("ipc-channel") },
];

/// A consumer as the producer sees it: says its sum and when it had it; then, asked by a byte, its memory.
struct Consumer {
    process: Child,
    says: File,
    ask: File,
}

/// The consumer's own side of that.
struct Desk {
    says: OwnedFd,
    asked: OwnedFd,
}

impl Desk {
    /// Reports `sum`, keeps what it `holds` until asked, and reports the memory of this process.
    fn report<T>(self, sum: u64, holds: T) -> Result<()> {
        let (mut says, mut asked) = (File::from(self.says), File::from(self.asked));
        let mut message = [0; 16];
        message[..8].copy_from_slice(&sum.to_ne_bytes());
        message[8..].copy_from_slice(&now()?.to_ne_bytes());
        says.write_all(&message).call("write(2)")?;
        asked.read_exact(&mut [0]).call("read(2)")?;
        says.write_all(&proportional_set_size()?.to_ne_bytes()).call("write(2)")?;
        // Until both have reported: a page is counted in parts as long as both have it.
        asked.read_exact(&mut [0]).call("read(2)")?;
        drop(holds);
        Ok(())
    }
}

impl Consumer {
    /// Starts one by `start`, which gets the consumer's desk and the descriptors of it.
    fn start<T>(start: impl FnOnce(Desk, &[RawFd]) -> Result<(Child, T)>) -> Result<(Self, T)> {
        let (says, their_says) = pipe2(OFlag::O_CLOEXEC).call("pipe(2)")?;
        let (their_asked, ask) = pipe2(OFlag::O_CLOEXEC).call("pipe(2)")?;
        let keep = [their_says.as_raw_fd(), their_asked.as_raw_fd()];
        let (process, rest) = start(Desk { says: their_says, asked: their_asked }, &keep)?;
        Ok((Self { process, says: says.into(), ask: ask.into() }, rest))
    }

    fn number(&mut self) -> Result<u64> {
        let mut number = [0; 8];
        self.says.read_exact(&mut number).call("read(2)")?;
        Ok(u64::from_ne_bytes(number))
    }
}

/// The producer: makes the data, gets it over, and measures. Runs in a process of its own.
pub(super) fn produce(answer: &Answer, sums: [u64; 2]) -> Result<Run> {
    match answer.way {
        Way::Inherited => {
            let data = data();
            let start = now()?;
            let consumers = [0, 1].map(|half| {
                Consumer::start(|desk, keep| {
                    let body = || desk.report(sum(&data[half * HALF..][..HALF]), ());
                    Ok((fork(keep, body)?, ()))
                })
                .map(|(consumer, ())| consumer)
            });
            measure(start, consumers, sums)
        }
        Way::Sent(name) => {
            let mut data = data();
            keep_from_children(&mut data);
            let start = now()?;
            let links = [0, 1].map(|_| sent(name));
            let mut sides = Vec::new();
            let consumers = links.map(|link| link.map(|(consumer, side)| (consumer, sides.push(side)).0));
            if consumers.iter().all(Result::is_ok) {
                send_halves(&data, sides, &consumers)?;
            }
            measure(start, consumers, sums)
        }
        Way::Named => {
            let name = Name::shm();
            let fd = crate::shm::create(name.as_str())?;
            fill(&fd, true)?;
            drop(fd);
            let start = now()?;
            let consumers = [0, 1].map(|half| {
                Consumer::start(|desk, keep| {
                    let body = || read_half(crate::shm::open(name.as_str())?, half, desk);
                    Ok((fork(keep, body)?, ()))
                })
                .map(|(consumer, ())| consumer)
            });
            measure(start, consumers, sums)
        }
        Way::Sealed { huge } => {
            let fd = anonymous(SHARED_BYTES)?;
            let memory = fill(&fd, huge)?;
            let start = now()?;
            drop(memory);
            seal(&fd)?;
            let consumers = [0, 1].map(|half| {
                Consumer::start(|desk, keep| {
                    let keep = [keep, &[fd.as_raw_fd()]].concat();
                    Ok((fork(&keep, || read_half(&fd, half, desk))?, ()))
                })
                .map(|(consumer, ())| consumer)
            });
            measure(start, consumers, sums)
        }
    }
}

/// The data in ordinary memory.
fn data() -> Vec<u8> {
    let mut data = room(BYTES);
    data.as_chunks_mut().0.iter_mut().enumerate().for_each(|(place, chunk)| *chunk = word(place).to_ne_bytes());
    data
}

/// Ordinary memory, in huge pages where the kernel gives them to whoever asks: the same courtesy for every answer.
fn room(length: usize) -> Vec<u8> {
    let mut room = vec![0; length];
    prefer_huge(&mut room);
    room
}

/// The data in shared memory, where it is made at once: nothing is copied there.
fn fill(fd: &OwnedFd, huge: bool) -> Result<Shared> {
    reserve(fd, SHARED_BYTES)?;
    let memory = Shared::map(fd, SHARED_BYTES)?;
    if huge {
        memory.make_huge();
    }
    (0..BYTES / 8).for_each(|place| memory.poke(8 * place, word(place)));
    Ok(memory)
}

/// A consumer with a link of this name.
fn sent(name: &str) -> Result<(Consumer, Side)> {
    let link = (link::by_name(name)?.open)()?;
    Consumer::start(|desk, keep| {
        link.fork_keeping(keep, |mut endpoint| {
            let mut half = room(HALF);
            endpoint.recv(&mut half)?;
            desk.report(sum(&half), half)
        })
    })
}

/// Sends both halves at the same time, each by a thread of its own.
fn send_halves(data: &[u8], sides: Vec<Side>, consumers: &[Result<Consumer>; 2]) -> Result<()> {
    std::thread::scope(|scope| {
        let senders: Vec<_> = sides
            .into_iter()
            .zip(consumers.iter().flatten())
            .zip(data.chunks(HALF))
            .map(|((side, consumer), half)| {
                let peer = consumer.process.peer();
                scope.spawn(move || side.join(peer)?.send(half))
            })
            .collect();
        senders.into_iter().try_for_each(|sender| sender.join().map_err(|_| Error::Closed)?)
    })
}

/// In a consumer: maps the data for reading, and sums its half where it is.
fn read_half(fd: impl AsFd, half: usize, desk: Desk) -> Result<()> {
    let memory = Shared::map_to_read(fd, SHARED_BYTES)?;
    desk.report(memory.sum(half * HALF, HALF / 8), memory)
}

/// Waits for both sums, checks them, asks for the memory, and measures what a process alone would need.
fn measure(start: u64, consumers: [Result<Consumer>; 2], sums: [u64; 2]) -> Result<Run> {
    let [first, second] = consumers;
    let mut consumers = [first?, second?];
    let mut end = 0;
    for (consumer, right) in consumers.iter_mut().zip(sums) {
        let (sum, when) = (consumer.number()?, consumer.number()?);
        if sum != right {
            return Err(Error::Broken(format!("a wrong sum: {sum:#x} instead of {right:#x}")));
        }
        end = end.max(when);
    }
    consumers.iter_mut().try_for_each(|consumer| consumer.ask.write_all(b"?").call("write(2)"))?;
    let memory = [proportional_set_size()?, consumers[0].number()?, consumers[1].number()?];
    consumers.iter_mut().try_for_each(|consumer| consumer.ask.write_all(b"!").call("write(2)"))?;
    for consumer in consumers {
        consumer.process.join()?;
    }
    Ok(Run { nanoseconds: end.saturating_sub(start), memory })
}

/// What a process alone would need.
pub(super) fn alone(sums: [u64; 2]) -> Result<Alone> {
    let mut data = data();
    keep_from_children(&mut data);
    let start = now()?;
    let right = sum(&data) == sums[0].wrapping_add(sums[1]);
    let pass = now()? - start;
    if !right {
        return Err(Error::Broken("a wrong sum in one process".into()));
    }
    let start = now()?;
    let children = [0, 1].map(|_| {
        Consumer::start(|desk, keep| Ok((fork(keep, || desk.report(0, ()))?, ()))).map(|(consumer, ())| consumer)
    });
    let mut end = 0;
    for child in children {
        let mut child = child?;
        child.number()?;
        end = end.max(child.number()?);
    }
    Ok(Alone { pass, start: end.saturating_sub(start) })
}

/// Nanoseconds of a clock that all processes have in common.
fn now() -> Result<u64> {
    let time = Duration::from(clock_gettime(ClockId::CLOCK_MONOTONIC).call("clock_gettime(2)")?);
    Ok(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

/// Bytes of memory of this process, in which a page that n processes have counts one nth.
fn proportional_set_size() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").call("read(/proc/self/smaps_rollup)")?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kilobytes.map(|kilobytes| kilobytes * 1024).ok_or_else(|| Error::Broken("no Pss in smaps_rollup".into()))
}
