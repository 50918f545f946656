//! What the machine can do: the limits that the links are held against.

use super::statistics::median;
use super::{Placement, place};
use crate::error::Result;
use crate::fork::{Peer, fork};
use crate::futex::Semaphore;
use crate::memory::{Shared, anonymous};
use crate::quiz::in_a_process;
use nix::sched::sched_yield;
use std::hint::{black_box, spin_loop};
use std::rc::Rc;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::time::{Duration, Instant};

/// How long each limit is measured in one round.
const BUDGET: Duration = Duration::from_millis(30);
/// Fits into the first two caches.
const HOT: usize = 64 << 10;
/// Fits into none.
const COLD: usize = 100_000_000;
/// Enough round trips for a median.
const ROUND_TRIPS: usize = 5_000;

/// Each limit with its value: nanoseconds, or bytes per second for memcpy.
pub(super) fn measure(placements: &[Placement]) -> Result<Vec<(&'static str, f64)>> {
    let mut limits = vec![
        ("memcpy, in the cache", in_a_process("memcpy", || Ok(memcpy(HOT)))?),
        ("memcpy, 100 MB", in_a_process("memcpy", || Ok(memcpy(COLD)))?),
        ("context switch, one core", in_a_process("context switch", context_switch)?),
    ];
    for placement in placements {
        match placement {
            Placement::TwoCores => {
                limits.push(("cache line there and back, two cores", in_a_process("cache line", cache_line)?));
                limits.push(("futex wake there and back, two cores", in_a_process("futex", || futex(*placement))?));
            }
            Placement::OneCore => {
                limits.push(("futex wake there and back, one core", in_a_process("futex", || futex(*placement))?));
            }
            Placement::Free => {}
        }
    }
    Ok(limits)
}

/// Bytes per second of copying `length` bytes again and again.
fn memcpy(length: usize) -> f64 {
    let (source, mut target) = (vec![1u8; length], vec![0u8; length]);
    target.copy_from_slice(&source);
    let (start, mut copied) = (Instant::now(), 0usize);
    while start.elapsed() < BUDGET {
        target.copy_from_slice(black_box(&source));
        black_box(&mut target);
        copied += length;
    }
    copied as f64 / start.elapsed().as_secs_f64()
}

/// Two processes on one processor that give it to one another: the time from one to the other.
fn context_switch() -> Result<f64> {
    place::before_fork(Placement::OneCore)?;
    let memory = Shared::map(anonymous(4096)?, 4096)?;
    let count = memory.long(0);
    // The count is odd when it is the child's turn; each side's look at it when it is not is a switch too few, and not counted.
    let child = fork(&[], || {
        loop {
            if count.load(Acquire) % 2 == 1 {
                count.store(count.load(Acquire) + 1, Release);
            }
            let _ = sched_yield();
        }
    })?;
    let round_trip = || {
        let turn = count.load(Acquire);
        count.store(turn + 1, Release);
        while count.load(Acquire) != turn + 2 {
            let _ = sched_yield();
        }
    };
    let time = median_of(round_trip) / 2.0;
    drop(child);
    Ok(time)
}

/// Two processes on two processors that write to one word in turn.
fn cache_line() -> Result<f64> {
    let memory = Shared::map(anonymous(4096)?, 4096)?;
    let word = memory.long(0);
    let child = fork(&[], || {
        loop {
            let turn = word.load(Acquire);
            if turn % 2 == 1 {
                word.store(turn + 1, Release);
            }
        }
    })?;
    place::after_fork(Placement::TwoCores, child.pid())?;
    let time = median_of(|| {
        let turn = word.load(Acquire);
        word.store(turn + 1, Release);
        while word.load(Acquire) != turn + 2 {
            spin_loop();
        }
    });
    drop(child);
    Ok(time)
}

/// Two processes that sleep and wake one another by semaphores.
fn futex(placement: Placement) -> Result<f64> {
    let fd = anonymous(4096)?;
    let semaphores = || {
        let memory = Rc::new(Shared::map(&fd, 4096)?);
        Ok::<_, crate::error::Error>((Semaphore::new(Rc::clone(&memory), 0), Semaphore::new(memory, 128)))
    };
    let (ping, pong) = semaphores()?;
    place::before_fork(placement)?;
    let child = fork(&[], || {
        let parent = Peer::parent()?;
        loop {
            ping.acquire(&parent)?;
            pong.post();
        }
    })?;
    place::after_fork(placement, child.pid())?;
    let peer = child.peer();
    let mut result = Ok(());
    let time = median_of(|| {
        ping.post();
        if let Err(error) = pong.acquire(&peer) {
            result = Err(error);
        }
    });
    drop(child);
    result.map(|()| time)
}

/// The median time of a round trip, in nanoseconds, after a warm-up.
fn median_of(mut round_trip: impl FnMut()) -> f64 {
    (0..200).for_each(|_| round_trip());
    let mut times = Vec::with_capacity(ROUND_TRIPS);
    let begin = Instant::now();
    while times.len() < ROUND_TRIPS && begin.elapsed() < BUDGET {
        let start = Instant::now();
        round_trip();
        times.push(start.elapsed().as_nanos() as f64);
    }
    median(times)
}
