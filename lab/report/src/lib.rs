//! A run of the lab's benchmark, for the lab that makes it and for whoever shows it: the browser's page `bulkhead://lab` does, without
//! linking the lab and its links.
//!
//! Contract: [`Report`] is the data, as JSON on disk; [`last`] is where the last run lies; [`plot`] draws one.

pub mod last;
pub mod plot;

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a report cannot be kept, read or drawn. The text names the file, and fits on one line.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A system call failed: `open(/path): why`.
    #[error("{call}: {error}")]
    Call {
        /// The call with its object.
        call: String,
        /// Why.
        error: std::io::Error,
    },
    /// The file holds something else.
    #[error("{path} is no report: {why}")]
    NoReport {
        /// The file.
        path: String,
        /// Why not.
        why: String,
    },
    /// The drawing library failed.
    #[error("drawing a plot: {0}")]
    Plot(String),
    /// The file cannot be written.
    #[error(transparent)]
    Unwritten(#[from] bulkhead_destination::WriteError),
}

/// One run of the benchmark.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Where.
    pub machine: Machine,
    /// Rounds over all cells.
    pub rounds: usize,
    /// How long it took.
    pub seconds: f64,
    /// What the machine can do.
    pub limits: Vec<Limit>,
    /// Round trips.
    pub latency: Vec<Latency>,
    /// Transfers.
    pub throughput: Vec<Throughput>,
    /// What was not measured, and why.
    pub skipped: Vec<Skipped>,
}

/// The machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// How many processors.
    pub processors: usize,
    /// The kernel's release.
    pub kernel: String,
    /// Load average of a minute at the end of the run, with the benchmark's own one to two: much more makes it noisy.
    pub load: f64,
}

/// A limit of the machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Limit {
    /// What.
    pub name: String,
    /// `ns` or `bytes/s`.
    pub unit: String,
    /// Of the rounds.
    pub median: f64,
    /// Half the distance of the quartiles of the rounds, in percent of the median.
    pub noise_percent: f64,
}

/// Round trips of one link.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Latency {
    /// The link.
    pub name: String,
    /// Where the two sides ran.
    pub placement: Placement,
    /// Length of a message.
    pub bytes: usize,
    /// How many were measured.
    pub round_trips: usize,
    /// Median of the medians of the rounds.
    pub p50_ns: f64,
    /// 99 of 100 round trips were not longer.
    pub p99_ns: f64,
    /// 999 of 1000 round trips were not longer.
    pub p999_ns: f64,
    /// Half the distance of the quartiles of the rounds' medians, in percent of the median.
    pub noise_percent: f64,
}

/// Transfers over one link.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Throughput {
    /// The link.
    pub name: String,
    /// Where the two sides ran.
    pub placement: Placement,
    /// Length of a message.
    pub bytes: usize,
    /// Median of the rounds.
    pub bytes_per_second: f64,
    /// Half the distance of the quartiles of the rounds, in percent of the median.
    pub noise_percent: f64,
}

/// Something that was not measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Skipped {
    /// What.
    pub name: String,
    /// Why.
    pub why: String,
}

/// Where the two sides of a link run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// Each tied to a processor of its own.
    TwoCores,
    /// Both tied to the same processor.
    OneCore,
    /// Wherever the scheduler puts them.
    Free,
}

impl fmt::Display for Placement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TwoCores => "two cores",
            Self::OneCore => "one core",
            Self::Free => "free",
        })
    }
}

/// A length, shortly.
#[must_use]
pub fn short(bytes: usize) -> String {
    match bytes {
        100_000_000.. => format!("{} MB", bytes / 1_000_000),
        1_048_576.. => format!("{} MiB", bytes >> 20),
        1024.. => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} B"),
    }
}
