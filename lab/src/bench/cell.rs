//! One cell of the table: one link, one placement, one length of messages.

use super::{Options, Placement, THREADS, place, threads};
use crate::error::{Error, Result};
use crate::link::{Endpoint, by_name};
use std::fmt;
use std::hint::black_box;
use std::time::Instant;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    /// Round trips, or else throughput.
    pub latency: bool,
    pub placement: Placement,
    pub name: &'static str,
    pub bytes: usize,
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, {}, {} bytes", self.name, self.placement, self.bytes)
    }
}

/// Round trips before the measurement, in parts of the budget.
const WARM_UP: u32 = 4;
/// Round trips that are kept of one round: enough for a percentile of 99.9.
const MOST: usize = 10_000;
/// The first byte of a message: go on, or this is the last one.
const GO: u8 = 1;
const STOP: u8 = 2;

impl Cell {
    /// Nanoseconds of each round trip, or one number of bytes per second. Runs in a process of its own.
    pub(super) fn measure(&self, options: &Options) -> Result<Vec<f64>> {
        if self.name == THREADS {
            return threads::with_threads(
                self.placement,
                |mut endpoint| self.far(options, &mut endpoint),
                |mut endpoint| self.near(options, &mut endpoint),
            );
        }
        let link = (by_name(self.name)?.open)()?;
        place::before_fork(self.placement)?;
        let (process, side) = link.fork(|mut endpoint| self.far(options, &mut *endpoint))?;
        place::after_fork(self.placement, process.pid())?;
        let mut endpoint = side.join(process.peer())?;
        let values = self.near(options, &mut *endpoint)?;
        process.join()?;
        Ok(values)
    }

    /// How many messages a throughput measurement has, and as many for the warm-up.
    fn messages(&self, options: &Options) -> usize {
        (options.volume / self.bytes).max(1)
    }

    /// The other side: echoes, or takes everything and says so.
    fn far(&self, options: &Options, endpoint: &mut dyn Endpoint) -> Result<()> {
        let mut buffer = vec![0; self.bytes];
        if self.latency {
            loop {
                endpoint.recv(&mut buffer)?;
                endpoint.send(&buffer)?;
                if buffer[0] == STOP {
                    return Ok(());
                }
            }
        }
        for _ in 0..2 {
            for _ in 0..self.messages(options) {
                endpoint.recv(&mut buffer)?;
                black_box(&buffer);
            }
            endpoint.send(&[GO])?;
        }
        Ok(())
    }

    /// This side: sends, and looks at the clock.
    fn near(&self, options: &Options, endpoint: &mut dyn Endpoint) -> Result<Vec<f64>> {
        let mut buffer = vec![GO; self.bytes];
        if self.latency {
            self.round_trips(options, endpoint, &mut buffer)
        } else {
            let seconds = (0..2).map(|_| self.transfer(options, endpoint, &buffer)).collect::<Result<Vec<_>>>()?;
            let bytes = (self.messages(options) * self.bytes) as f64;
            // The first transfer was the warm-up: page faults, and what a library sets up at its first message.
            Ok(seconds.last().map(|seconds| bytes / seconds).into_iter().collect())
        }
    }

    fn transfer(&self, options: &Options, endpoint: &mut dyn Endpoint, buffer: &[u8]) -> Result<f64> {
        let start = Instant::now();
        for _ in 0..self.messages(options) {
            endpoint.send(buffer)?;
        }
        endpoint.recv(&mut [0])?;
        Ok(start.elapsed().as_secs_f64())
    }

    fn round_trips(&self, options: &Options, endpoint: &mut dyn Endpoint, buffer: &mut [u8]) -> Result<Vec<f64>> {
        let mut round_trip = |buffer: &mut [u8], kind: u8| {
            buffer[0] = kind;
            let start = Instant::now();
            endpoint.send(buffer)?;
            endpoint.recv(buffer)?;
            let time = start.elapsed();
            if buffer[0] == kind { Ok(time) } else { Err(Error::Corrupt("another message came back".into())) }
        };
        let start = Instant::now();
        while start.elapsed() < options.budget / WARM_UP {
            round_trip(buffer, GO)?;
        }
        let mut times = Vec::with_capacity(MOST);
        let start = Instant::now();
        while times.len() < MOST && (start.elapsed() < options.budget || times.len() < 3) {
            times.push(round_trip(buffer, GO)?.as_nanos() as f64);
        }
        round_trip(buffer, STOP)?;
        Ok(times)
    }
}
