//! What a siege says of itself, as it goes: lines of JSON on its standard output.
//!
//! ```text
//! {"begins":{"attempts":150,"in_depth":119}}                    how many attempts there will be
//! {"in_depth":{"name":"kill","layers":["seccomp",...]}}         which layers stand behind one another; where that is asked for
//! {"confined":{"report":{...},"sights":[...],"bounds":{...}}}   what a renderer is confined by, as it says and as others see
//! {"tried":{"name":"kill","tries":"...","verdict":{"stopped":"seccomp"}}}
//! {"ends":{"stopped":150,"not_stopped":0,"not_tried":0,"unharmed":true}}
//! {"fails":"why"}                                               instead of the last, where it cannot go on
//! ```
//!
//! Contract:
//! - a line is at most [`LINE_BYTES`] long, and there are at most [`LINES`];
//! - the first is `begins`, the last `ends` or `fails`; a report without either was cut short.

use bulkhead_sandbox::outside::Sight;
use bulkhead_sandbox::{Name, Report};
use serde::{Deserialize, Serialize};

/// Bytes in a line, its end included. The longest lists fifteen layers with what they are known by: some five thousand.
pub const LINE_BYTES: usize = 64 * 1024;

/// Lines of a report. There are two for each attempt at most, and a few besides.
pub const LINES: usize = 1000;

/// A line of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// It begins.
    Begins {
        /// How many attempts will be made in renderers.
        attempts: usize,
        /// How many will be made before that in processes of the suite's own, to see which layer stands behind which.
        in_depth: usize,
    },
    /// An attempt was made in processes of the suite's own.
    InDepth {
        /// Its name.
        name: String,
        /// The layers that stopped it one after the other, as the one before was taken away.
        layers: Vec<Name>,
    },
    /// A renderer that shows a page is there.
    Confined {
        /// What it says of itself.
        report: Report,
        /// What others see of it.
        sights: Vec<Sight>,
        /// How its memory is bounded.
        bounds: Bounds,
    },
    /// An attempt was made in a renderer, or cannot be made.
    Tried(Tried),
    /// All were made.
    Ends(Sum),
    /// It cannot go on, and why: text for people.
    Fails(String),
}

/// How the memory of renderers is bounded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Bytes for one tab.
    pub tab: u64,
    /// Bytes for all of them together.
    pub all: u64,
    /// The cgroup whose parts hold the kernel to it as well, or why there is none.
    pub cgroup: Result<String, String>,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// Its name.
    pub name: String,
    /// What it tries, in words.
    pub tries: String,
    /// How it went.
    pub verdict: Verdict,
}

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Stopped, by this layer or rule.
    Stopped(String),
    /// It worked; what shows it.
    Attained(String),
    /// It cannot be tried here, and why.
    Untried(String),
    /// It did not work, and nothing that was expected explains why.
    Unexplained(String),
}

impl Verdict {
    /// Whether the attempt did what it set out to, or may have.
    #[must_use]
    pub fn is_breach(&self) -> bool {
        matches!(self, Self::Attained(_) | Self::Unexplained(_))
    }

    /// In words, but for what stopped it, which stands by itself.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Stopped(by) => by.clone(),
            Self::Attained(how) if how.is_empty() => "IT WORKS".to_owned(),
            Self::Attained(how) => format!("IT WORKS: {how}"),
            Self::Untried(why) => format!("not tried: {why}"),
            Self::Unexplained(seen) => format!("UNEXPLAINED: {seen}"),
        }
    }
}

/// What came of all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// How many were stopped.
    pub stopped: usize,
    /// How many were not, or for no reason that was expected.
    pub not_stopped: usize,
    /// How many could not be made.
    pub not_tried: usize,
    /// Whether a page beside them went on: it has its process still, and paints.
    pub unharmed: bool,
}

impl Sum {
    /// Counts one more.
    pub fn count(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Stopped(_) => self.stopped += 1,
            Verdict::Untried(_) => self.not_tried += 1,
            Verdict::Attained(_) | Verdict::Unexplained(_) => self.not_stopped += 1,
        }
    }
}
