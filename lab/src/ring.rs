//! A single-producer single-consumer ring in shared memory: the fastest way for bytes between two processes.
//!
//! Two counters that only grow: `tail`, how many bytes were put in, written by the producer alone, and `head`, how many were
//! taken out, written by the consumer alone. Each sees the other's with acquire, publishes its own with release, and keeps a
//! copy of the other's, so that in the common case a message moves two cache lines and calls nothing.
//!
//! Guarantees: every byte, in order, once; no lock; neither side ever waits for the other unless the ring is full or empty.
//! Waiting is spinning for a moment, where the two have a processor each; then giving the processor away; then a futex.
//!
//! What a peer writes is checked: counters further apart than the ring is large are [`Error::Corrupt`].

use crate::error::{Error, Result};
use crate::fork::Peer;
use crate::futex;
use crate::link::{Endpoint, Link, Side};
use crate::mailbox::End;
use crate::memory::{Shared, anonymous};
use crate::narrate::{Narrator, note, title};
use nix::sched::{sched_getaffinity, sched_getcpu, sched_yield};
use nix::unistd::Pid;
use std::os::fd::{AsRawFd, OwnedFd};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicU32, AtomicU64, fence};
use std::time::Instant;

/// Bytes that a ring holds: a power of two.
pub const CAPACITY: usize = 1 << 20;
/// A long message is published in pieces of this size, so that the consumer copies out while the producer copies in: where
/// both sides have a processor.
const PIECE: usize = 32 << 10;
/// Bytes in the ring at most where both sides have a processor: what the producer is ahead stays in the caches. Where they
/// share one, each turn costs a context switch, so that the whole ring is filled at each.
const AHEAD: usize = 256 << 10;
/// Looks at the counter before looking where the other side runs: about a microsecond.
const GLANCE: u32 = 1000;
/// Looks at the counter before the processor is given away, where the other side runs on another one: some ten microseconds.
const SPINS: u32 = 20_000;
/// How often the processor is given away before sleeping.
const YIELDS: u32 = 16;

/// Where things are, each in a pair of cache lines of its own (processors fetch pairs).
const TAIL: usize = 0;
const HEAD: usize = 128;
const CONSUMER_SLEEPS: usize = 256;
const PRODUCER_SLEEPS: usize = 384;
/// Where the processor that each process waited on last is written, plus one; in the first ring of the memory.
const SEATS: [usize; 2] = [512, 640];
const DATA: usize = 4096;

/// Bytes of shared memory that one ring takes.
pub const BYTES: usize = DATA + CAPACITY;

/// What both halves know.
#[derive(Debug)]
struct Half {
    memory: Rc<Shared>,
    at: usize,
    peer: Peer,
    end: End,
    /// Both processes are tied to one processor.
    together: bool,
    ahead: usize,
    piece: usize,
}

impl Half {
    fn new(memory: Rc<Shared>, at: usize, peer: Peer, end: End) -> Self {
        let together = share_one_processor(peer.pid());
        let (ahead, piece) = if together { (CAPACITY, CAPACITY) } else { (AHEAD, PIECE) };
        Self { memory, at, peer, end, together, ahead, piece }
    }

    fn counter(&self, at: usize) -> &AtomicU64 {
        self.memory.long(self.at + at)
    }

    /// Waits until the other side's counter is no longer `seen`, and returns it.
    fn wait(&self, counter: usize, seen: u64, sleeps: usize) -> Result<u64> {
        let counter = self.counter(counter);
        let mut spins = if self.together { 0 } else { SPINS };
        let mut round = 0;
        while round < spins + YIELDS {
            let now = counter.load(Acquire);
            if now != seen {
                return Ok(now);
            }
            if round == GLANCE && self.on_one_processor() {
                spins = GLANCE;
            }
            if round >= spins {
                let _ = sched_yield();
            }
            round += 1;
        }
        self.sleep(counter, seen, self.memory.word(self.at + sleeps))
    }

    /// Whether the other side has waited last on the processor that this one waits on now. A hint: either may have moved.
    #[cold]
    fn on_one_processor(&self) -> bool {
        let [parent, child] = SEATS.map(|seat| self.memory.word(seat));
        let (own, other) = if self.end == End::Parent { (parent, child) } else { (child, parent) };
        let here = sched_getcpu().ok().and_then(|cpu| u32::try_from(cpu + 1).ok()).unwrap_or(0);
        own.store(here, Relaxed);
        other.load(Relaxed) == here
    }

    #[cold]
    fn sleep(&self, counter: &AtomicU64, seen: u64, sleeps: &AtomicU32) -> Result<u64> {
        loop {
            sleeps.store(1, Relaxed);
            // With the fence in `wake`: either we see the new counter, or the other side sees that we sleep.
            fence(SeqCst);
            let now = counter.load(Acquire);
            if now != seen {
                sleeps.store(0, Relaxed);
                return Ok(now);
            }
            let start = Instant::now();
            futex::wait(sleeps, 1)?;
            if start.elapsed() >= futex::NOTICE && self.peer.is_gone() && counter.load(Acquire) == seen {
                return Err(Error::Closed);
            }
        }
    }

    /// Wakes the other side if it sleeps.
    fn wake(&self, sleeps: usize) {
        let sleeps = self.memory.word(self.at + sleeps);
        fence(SeqCst);
        if sleeps.load(Relaxed) != 0 && sleeps.swap(0, Relaxed) != 0 {
            futex::wake(sleeps, 1);
        }
    }
}

/// The side that puts bytes in.
#[derive(Debug)]
pub struct Producer {
    half: Half,
    tail: u64,
    head: u64,
}

impl Producer {
    /// The producer of the ring at `at`, in the process `end`.
    #[must_use]
    pub fn new(memory: Rc<Shared>, at: usize, peer: Peer, end: End) -> Self {
        Self { half: Half::new(memory, at, peer, end), tail: 0, head: 0 }
    }

    /// Puts all of `bytes` in, waiting for room where there is none.
    ///
    /// # Errors
    /// [`Error::Closed`] when there is no room and no consumer any more; [`Error::Corrupt`] when the consumer lies.
    pub fn put(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let mut room = self.half.ahead - used(self.tail, self.head)?;
            if room < bytes.len() {
                self.head = self.half.counter(HEAD).load(Acquire);
                room = self.half.ahead - used(self.tail, self.head)?;
            }
            if room == 0 {
                self.head = self.half.wait(HEAD, self.head, PRODUCER_SLEEPS)?;
                continue;
            }
            let (piece, rest) = bytes.split_at(bytes.len().min(room).min(self.half.piece));
            let (first, second) = piece.split_at(piece.len().min(CAPACITY - place(self.tail)));
            self.half.memory.write(self.half.at + DATA + place(self.tail), first);
            self.half.memory.write(self.half.at + DATA, second);
            self.tail += piece.len() as u64;
            self.half.counter(TAIL).store(self.tail, Release);
            self.half.wake(CONSUMER_SLEEPS);
            bytes = rest;
        }
        Ok(())
    }
}

/// The side that takes bytes out.
#[derive(Debug)]
pub struct Consumer {
    half: Half,
    tail: u64,
    head: u64,
}

impl Consumer {
    /// The consumer of the ring at `at`, in the process `end`.
    #[must_use]
    pub fn new(memory: Rc<Shared>, at: usize, peer: Peer, end: End) -> Self {
        Self { half: Half::new(memory, at, peer, end), tail: 0, head: 0 }
    }

    /// Fills `buffer`, waiting for bytes where there are none.
    ///
    /// # Errors
    /// [`Error::Closed`] when there is nothing and no producer any more; [`Error::Corrupt`] when the producer lies.
    pub fn take(&mut self, mut buffer: &mut [u8]) -> Result<()> {
        while !buffer.is_empty() {
            let there = used(self.tail, self.head)?;
            if there == 0 {
                self.tail = self.half.wait(TAIL, self.tail, CONSUMER_SLEEPS)?;
                continue;
            }
            let length = buffer.len().min(there).min(self.half.piece);
            let (piece, rest) = std::mem::take(&mut buffer).split_at_mut(length);
            let (first, second) = piece.split_at_mut(length.min(CAPACITY - place(self.head)));
            self.half.memory.read(self.half.at + DATA + place(self.head), first);
            self.half.memory.read(self.half.at + DATA, second);
            self.head += length as u64;
            self.half.counter(HEAD).store(self.head, Release);
            self.half.wake(PRODUCER_SLEEPS);
            buffer = rest;
        }
        Ok(())
    }
}

fn place(counter: u64) -> usize {
    counter as usize & (CAPACITY - 1)
}

/// How many bytes are in the ring. Wrapping, since a counter of the peer may be anything; then checked.
fn used(tail: u64, head: u64) -> Result<usize> {
    match usize::try_from(tail.wrapping_sub(head)) {
        Ok(used) if used <= CAPACITY => Ok(used),
        _ => Err(Error::Corrupt(format!("ring counters {tail} and {head} are further apart than {CAPACITY}"))),
    }
}

/// Whether this process and the other one are tied to one and the same processor, so that spinning would only delay the other.
#[must_use]
pub(crate) fn share_one_processor(other: Pid) -> bool {
    match (sched_getaffinity(Pid::from_raw(0)), sched_getaffinity(other)) {
        (Ok(mine), Ok(others)) => {
            let either = |cpu: &usize| mine.is_set(*cpu) == Ok(true) || others.is_set(*cpu) == Ok(true);
            (0..nix::sched::CpuSet::count()).filter(either).take(2).count() < 2
        }
        _ => false,
    }
}

/// Both directions over two rings.
#[derive(Debug)]
pub struct Duplex {
    producer: Producer,
    consumer: Consumer,
}

impl Endpoint for Duplex {
    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.producer.put(bytes)
    }

    fn recv(&mut self, buffer: &mut [u8]) -> Result<()> {
        self.consumer.take(buffer)
    }
}

/// A ring in each direction, in one `memfd`.
///
/// # Errors
/// What `memfd_create(2)` says.
pub fn link() -> Result<Link> {
    let fd = Arc::new(anonymous(2 * BYTES)?);
    let join = |fd: Arc<OwnedFd>, end: End| {
        let (out, input) = if end == End::Parent { (0, BYTES) } else { (BYTES, 0) };
        move |peer: Peer| {
            let memory = Rc::new(Shared::map(&fd, 2 * BYTES)?);
            let producer = Producer::new(Rc::clone(&memory), out, peer.clone(), end);
            Ok(Duplex { producer, consumer: Consumer::new(memory, input, peer, end) })
        }
    };
    Ok(Link {
        parent: Side::new(&[fd.as_raw_fd()], join(Arc::clone(&fd), End::Parent)),
        child: Side::new(&[fd.as_raw_fd()], join(fd, End::Child)),
    })
}

const PRODUCER: Narrator = Narrator::new("producer");
const CONSUMER: Narrator = Narrator::new("consumer");

/// Demonstration: a million numbers through the ring.
///
/// # Errors
/// What a call says; [`Error::Broken`] if one number is missing, doubled or out of order.
pub fn demo() -> Result<()> {
    const COUNT: u64 = 1_000_000;
    title("shm, with a ring: every value, in order, once");
    let (child, mut consumer) = link()?.spawn(|mut producer| {
        PRODUCER.says(format!("puts the numbers 1 to {COUNT} into a ring of {CAPACITY} bytes, as fast as it can"));
        (1..=COUNT).try_for_each(|number| producer.send(&number.to_le_bytes()))
    })?;
    let start = Instant::now();
    let mut number = [0; 8];
    for expected in 1..=COUNT {
        consumer.recv(&mut number)?;
        if u64::from_le_bytes(number) != expected {
            return Err(Error::Broken(format!("{} came instead of {expected}", u64::from_le_bytes(number))));
        }
    }
    let each = start.elapsed().as_nanos() / u128::from(COUNT);
    CONSUMER.says(format!("took out {COUNT} numbers, none missing, none twice, all in order: {each} ns for each"));
    child.join()?;
    note("Guarantee: every value, in order, once, without a lock; the price: one producer and one consumer only.");
    Ok(())
}
