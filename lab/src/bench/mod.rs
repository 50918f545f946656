//! The benchmark: latency and throughput of every link, against what the machine can do, in one run.
//!
//! Method:
//! - latency is the time of a round trip, a message there and one of the same length back, between two processes (two threads of
//!   one for `crossbeam-channel`, to compare with); throughput is from the first byte sent until the other side says that it has the last;
//! - two processors (each process on its own), one processor (both on the same), and free (the scheduler's choice);
//! - each cell is warmed up, then measured in several rounds; the rounds go over all cells, so that a disturbance of the
//!   machine does not hit one cell alone; given is the median of the rounds, with half the distance of their quartiles as noise;
//!   percentiles are those of all round trips of all rounds;
//! - the limits, measured in the same rounds: memcpy, a cache line's way there and back, a futex wake, a context switch.

mod cell;
mod limits;
mod place;
pub mod report;
pub mod statistics;
mod threads;

use crate::error::{Error, Result};
use crate::link::ALL;
use crate::quiz::in_a_process;
pub use bulkhead_lab_report::{Latency, Limit, Placement, Report, Skipped, Throughput};
use cell::Cell;
use indicatif::{ProgressBar, ProgressStyle};
use statistics::{median, noise_percent, percentile};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// How much to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// Rounds over all cells.
    pub rounds: usize,
    /// No round is begun that would end after this, once there is one: a busy machine gets fewer rounds.
    pub limit: Duration,
    /// Time for the round trips of one cell in one round.
    pub budget: Duration,
    /// Bytes that a throughput measurement moves, where messages are not larger than that.
    pub volume: usize,
    /// Lengths of messages for latency.
    pub latency_bytes: Vec<usize>,
    /// Lengths of messages for throughput.
    pub throughput_bytes: Vec<usize>,
    /// These links only, if any.
    pub only: Vec<String>,
}

impl Options {
    /// What is measured unless told otherwise: within five minutes.
    #[must_use]
    pub fn full() -> Self {
        Self {
            rounds: 5,
            limit: Duration::from_secs(280),
            budget: Duration::from_millis(40),
            volume: 32 << 20,
            latency_bytes: vec![64, 1 << 10, 16 << 10, 128 << 10, 1 << 20],
            throughput_bytes: vec![4 << 10, 64 << 10, 1 << 20, 100_000_000],
            only: Vec::new(),
        }
    }

    /// A glance: some seconds, and noisier.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            rounds: 2,
            budget: Duration::from_millis(8),
            volume: 4 << 20,
            latency_bytes: vec![64, 16 << 10],
            throughput_bytes: vec![64 << 10],
            ..Self::full()
        }
    }
}

/// Seconds that a cell may take in one round, in which it takes a tenth of one: after that, it hangs, and is ended.
const CELL_LIMIT: u32 = 30;

/// The name of the link between threads.
const THREADS: &str = "crossbeam-channel";

/// Runs the benchmark.
///
/// # Errors
/// What a call says; [`Error::Input`] for an unknown link. A link that is not to be had, or goes wrong,
/// is skipped, and the report says so.
pub fn run(options: &Options) -> Result<Report> {
    let start = Instant::now();
    let names: Vec<&'static str> = std::iter::once(THREADS).chain(ALL.iter().map(|mechanism| mechanism.name)).collect();
    if let Some(unknown) = options.only.iter().find(|name| !names.contains(&name.as_str())) {
        return Err(Error::Input(format!("there is no link {unknown}; there are: {}", names.join(", "))));
    }
    let (placements, mut skipped) = place::possible()?;
    let cells = cells(options, &names, &placements);
    let progress = ProgressBar::new((cells.len() * options.rounds) as u64);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {elapsed}, {eta} left: {msg}");
    progress.set_style(style.map_err(|error| Error::Broken(error.to_string()))?);
    let mut measured: BTreeMap<Cell, Vec<Vec<f64>>> = BTreeMap::new();
    let mut limits: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    let mut lacking = BTreeSet::new();
    let mut rounds = 0;
    while rounds < options.rounds && start.elapsed() / (rounds as u32).max(1) + start.elapsed() < options.limit {
        rounds += 1;
        for (name, value) in limits::measure(&placements)? {
            limits.entry(name).or_default().push(value);
        }
        for cell in &cells {
            progress.set_message(cell.to_string());
            if !lacking.contains(cell.name) {
                // In a process of its own: a link that goes wrong takes nothing with it, and threads stay out of this one.
                match in_a_process(cell.name, || within(CELL_LIMIT, || cell.measure(options))) {
                    Ok(values) => measured.entry(*cell).or_default().push(values),
                    Err(Error::Unavailable { mechanism, why }) => {
                        lacking.insert(cell.name);
                        skipped.push(Skipped { name: mechanism.into(), why });
                    }
                    Err(error) => {
                        lacking.insert(cell.name);
                        skipped.push(Skipped { name: cell.to_string(), why: error.to_string() });
                    }
                }
            }
            progress.inc(1);
        }
    }
    progress.finish_and_clear();
    let mut report = Report {
        machine: report::this_machine(),
        rounds,
        seconds: 0.0,
        limits: limits.into_iter().map(|(name, values)| limit(name, &values)).collect(),
        latency: Vec::new(),
        throughput: Vec::new(),
        skipped,
    };
    for (cell, rounds) in measured {
        if cell.latency {
            report.latency.push(latency(cell, rounds));
        } else {
            report.throughput.push(throughput(cell, &rounds));
        }
    }
    report.seconds = start.elapsed().as_secs_f64();
    Ok(report)
}

/// Ends this process if `body` takes longer than so many seconds.
fn within<T>(seconds: u32, body: impl FnOnce() -> Result<T>) -> Result<T> {
    nix::unistd::alarm::set(seconds);
    body()
}

fn cells(options: &Options, names: &[&'static str], placements: &[Placement]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for name in names.iter().filter(|name| options.only.is_empty() || options.only.iter().any(|only| only == *name)) {
        for placement in placements {
            let cell = |latency, bytes| Cell { latency, placement: *placement, name, bytes };
            cells.extend(options.latency_bytes.iter().map(|bytes| cell(true, *bytes)));
            cells.extend(options.throughput_bytes.iter().map(|bytes| cell(false, *bytes)));
        }
    }
    cells
}

fn limit(name: &str, values: &[f64]) -> Limit {
    let unit = if name.starts_with("memcpy") { "bytes/s" } else { "ns" };
    Limit {
        name: name.into(),
        unit: unit.into(),
        median: median(values.iter().copied()),
        noise_percent: noise_percent(values),
    }
}

fn latency(cell: Cell, rounds: Vec<Vec<f64>>) -> Latency {
    let medians: Vec<f64> = rounds.iter().map(|round| median(round.iter().copied())).collect();
    let mut all = rounds.concat();
    all.sort_by(f64::total_cmp);
    Latency {
        name: cell.name.into(),
        placement: cell.placement,
        bytes: cell.bytes,
        round_trips: all.len(),
        p50_ns: median(medians.iter().copied()),
        p99_ns: percentile(&all, 0.99),
        p999_ns: percentile(&all, 0.999),
        noise_percent: noise_percent(&medians),
    }
}

fn throughput(cell: Cell, rounds: &[Vec<f64>]) -> Throughput {
    let values: Vec<f64> = rounds.iter().flatten().copied().collect();
    Throughput {
        name: cell.name.into(),
        placement: cell.placement,
        bytes: cell.bytes,
        bytes_per_second: median(values.iter().copied()),
        noise_percent: noise_percent(&values),
    }
}
