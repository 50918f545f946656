//! On which processors the two sides run.

use super::report::Skipped;
use crate::error::{Call, Result};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What `sched_setaffinity(2)` calls the calling thread.
const THIS_THREAD: Pid = Pid::from_raw(0);

/// Where the two sides run.
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

impl Placement {
    /// Those that this process may use, and those that it may not.
    pub(super) fn possible() -> Result<(Vec<Self>, Vec<Skipped>)> {
        if processors()?.len() > 1 {
            return Ok((vec![Self::TwoCores, Self::OneCore, Self::Free], Vec::new()));
        }
        let why = "this process may use one processor only".to_owned();
        Ok((vec![Self::OneCore], vec![Skipped { name: Self::TwoCores.to_string(), why }]))
    }

    /// Before the other side is started, which inherits it.
    pub(super) fn before_fork(self) -> Result<()> {
        if self == Self::OneCore { tie(THIS_THREAD, &processors()?[..1]) } else { Ok(()) }
    }

    /// When the other side is there, and before the link is joined: links look at where the two sides may run.
    pub(super) fn after_fork(self, other: Pid) -> Result<()> {
        if self == Self::TwoCores {
            let processors = processors()?;
            tie(other, &processors[1..2])?;
            tie(THIS_THREAD, &processors[..1])?;
        }
        Ok(())
    }
}

/// The processors that this thread may use.
fn processors() -> Result<Vec<usize>> {
    let set = sched_getaffinity(THIS_THREAD).call("sched_getaffinity(2)")?;
    Ok((0..CpuSet::count()).filter(|cpu| set.is_set(*cpu) == Ok(true)).collect())
}

fn tie(thread: Pid, processors: &[usize]) -> Result<()> {
    let mut set = CpuSet::new();
    processors.iter().try_for_each(|cpu| set.set(*cpu)).call("CPU_SET(3)")?;
    sched_setaffinity(thread, &set).call("sched_setaffinity(2)")
}
