//! The conformance test that all links share: `lab check`.
//!
//! It shows, for each mechanism and over real processes, what [`crate::link`] promises: every byte arrives, in order, once, in
//! both directions; what was sent before the peer's end is received, and then the end is noticed; a peer that is killed
//! before, between and during messages is noticed by whoever sends and by whoever receives; nothing is left behind.

use crate::error::{Error, Result};
use crate::fork::Exit;
use crate::link::{Endpoint, Mechanism};
use crate::names::of_this_process;
use nix::sys::signal::{Signal, raise};
use std::time::{Duration, Instant};

/// Lengths of messages: around every limit that a mechanism has.
const LENGTHS: &[usize] = &[1, 7, 8, 64, 4095, 4096, 8193, 65_537, (256 << 10) + 1, (1 << 20) + 3, 1, 3_000_000];
/// How soon a peer's end must be noticed. Where the kernel tells, it is at once; else [`crate::futex::NOTICE`] and a little.
const NOTICED: Duration = Duration::from_secs(2);
/// How long a sender of two messages is given to end while nobody receives the second one.
const KEPT: Duration = Duration::from_millis(300);

type Check = fn(&Mechanism) -> Result<()>;

/// Checks one mechanism. A line for each promise.
///
/// # Errors
/// [`Error::Broken`] or [`Error::Corrupt`] with the promise that is broken; [`Error::Unavailable`].
pub fn conformance(mechanism: &Mechanism) -> Result<Vec<&'static str>> {
    // A first link, so that what a library opens once and for all is open before the count.
    drop((mechanism.open)()?);
    let before = holdings();
    let promises: [(&str, Check); 5] = [
        ("every byte", every_byte),
        ("the end after the last byte", farewell),
        ("a peer killed at once", killed_at_once),
        ("a peer killed while receiving", killed_while_receiving),
        ("a peer killed while sending", killed_while_sending),
    ];
    for (promise, check) in promises {
        check(mechanism).map_err(|error| match error {
            Error::Unavailable { .. } => error,
            error => Error::Broken(format!("{promise}: {error}")),
        })?;
    }
    let after = holdings();
    if before != after {
        return Err(Error::Broken(format!("left behind: {after:?} instead of {before:?}")));
    }
    Ok(vec![
        "every byte arrives, in order, once, both ways",
        "what was sent before the end is received, then the end is noticed",
        "a peer that is killed before, while receiving and while sending is noticed",
        "no descriptor, process or name is left behind",
    ])
}

/// Descriptors, child processes and names that there are.
fn holdings() -> (usize, usize, usize) {
    let count = |path: String| std::fs::read_dir(path).map_or(0, Iterator::count);
    let children = std::fs::read_to_string(format!("/proc/self/task/{}/children", std::process::id()));
    let children = children.map_or(0, |list| list.split_whitespace().count());
    (count("/proc/self/fd".into()), children, of_this_process().len())
}

/// The byte at a place of the endless test text; no short period, so that a lost or doubled piece shows.
fn byte(place: usize) -> u8 {
    ((place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

fn text(place: &mut usize, length: usize) -> Vec<u8> {
    let bytes = (*place..*place + length).map(byte).collect();
    *place += length;
    bytes
}

fn expect_text(endpoint: &mut dyn Endpoint, place: &mut usize, length: usize) -> Result<()> {
    let mut received = vec![0; length];
    endpoint.recv(&mut received)?;
    let from = *place;
    match text(place, length).iter().zip(&received).position(|(expected, byte)| expected != byte) {
        None => Ok(()),
        Some(at) => Err(Error::Corrupt(format!("byte {at} of the {length} from {from} is wrong"))),
    }
}

fn every_byte(mechanism: &Mechanism) -> Result<()> {
    let (child, mut endpoint) = (mechanism.open)()?.spawn(|mut endpoint| {
        let (mut down, mut up) = (0, 1 << 40);
        for length in LENGTHS {
            expect_text(&mut *endpoint, &mut down, *length)?;
            endpoint.send(&text(&mut up, *length))?;
        }
        // Many in one direction, before anything comes back.
        (0..100).try_for_each(|_| expect_text(&mut *endpoint, &mut down, 1000))?;
        endpoint.send(&text(&mut up, 1))
    })?;
    let (mut down, mut up) = (0, 1 << 40);
    for length in LENGTHS {
        endpoint.send(&text(&mut down, *length))?;
        expect_text(&mut *endpoint, &mut up, *length)?;
    }
    (0..100).try_for_each(|_| endpoint.send(&text(&mut down, 1000)))?;
    expect_text(&mut *endpoint, &mut up, 1)?;
    child.join()
}

fn farewell(mechanism: &Mechanism) -> Result<()> {
    let (mut child, mut endpoint) = (mechanism.open)()?.spawn(|mut endpoint| {
        endpoint.recv(&mut [0])?;
        let mut place = 0;
        (0..2).try_for_each(|_| endpoint.send(&text(&mut place, 100)))
    })?;
    endpoint.send(b"!")?;
    let mut place = 0;
    expect_text(&mut *endpoint, &mut place, 100)?;
    // Where a message is kept somewhere on its way, the sender has ended before it is received; where it is not, it waits.
    let _ = child.wait_for(KEPT);
    expect_text(&mut *endpoint, &mut place, 100)?;
    child.join()?;
    expect_closed("recv after the peer's end", Instant::now(), endpoint.recv(&mut [0]))
}

fn killed_at_once(mechanism: &Mechanism) -> Result<()> {
    let (mut child, side) = (mechanism.open)()?.fork(|mut endpoint| endpoint.recv(&mut [0]))?;
    child.kill(Signal::SIGKILL)?;
    let start = Instant::now();
    let end = side.join(child.peer()).and_then(|mut endpoint| endpoint.recv(&mut [0]));
    expect_closed("join or recv with a peer killed at its start", start, end)?;
    killed(child.wait()?)
}

fn killed_while_receiving(mechanism: &Mechanism) -> Result<()> {
    let (mut child, mut endpoint) = (mechanism.open)()?.spawn(|mut endpoint| {
        (0..3).try_for_each(|_| endpoint.recv(&mut [0; 50_000]))?;
        raise(Signal::SIGKILL).map_err(|_| Error::Closed)
    })?;
    let start = Instant::now();
    let end = (0..10_000).try_for_each(|_| endpoint.send(&[7; 50_000]));
    expect_closed("send to a killed peer", start, end)?;
    killed(child.wait()?)
}

fn killed_while_sending(mechanism: &Mechanism) -> Result<()> {
    let (mut child, mut endpoint) = (mechanism.open)()?.spawn(|mut endpoint| {
        endpoint.recv(&mut [0])?;
        loop {
            endpoint.send(&[7; 50_000])?;
        }
    })?;
    endpoint.send(b"!")?;
    (0..3).try_for_each(|_| endpoint.recv(&mut [0; 50_000]))?;
    child.kill(Signal::SIGKILL)?;
    killed(child.wait()?)?;
    let start = Instant::now();
    // What it had sent before may still come; then, the end.
    let end = (0..10_000).try_for_each(|_| endpoint.recv(&mut [0; 50_000]));
    expect_closed("recv from a killed peer", start, end)
}

fn expect_closed(what: &str, start: Instant, end: Result<()>) -> Result<()> {
    match end {
        Err(Error::Closed) if start.elapsed() < NOTICED => Ok(()),
        Err(Error::Closed) => Err(Error::Broken(format!("{what}: noticed after {:?} only", start.elapsed()))),
        Err(error) => Err(Error::Broken(format!("{what}: {error}"))),
        Ok(()) => Err(Error::Broken(format!("{what}: it worked"))),
    }
}

fn killed(exit: Exit) -> Result<()> {
    match exit {
        Exit::Signal(Signal::SIGKILL) => Ok(()),
        exit => Err(Error::Broken(format!("the peer ended with {exit}"))),
    }
}
