//! On which processors the two sides run.

use crate::error::{Call, Result};
use bulkhead_lab_report::{Placement, Skipped};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// What `sched_setaffinity(2)` calls the calling thread.
const THIS_THREAD: Pid = Pid::from_raw(0);

/// The placements that this process may use, and those that it may not.
pub(super) fn possible() -> Result<(Vec<Placement>, Vec<Skipped>)> {
    if processors()?.len() > 1 {
        return Ok((vec![Placement::TwoCores, Placement::OneCore, Placement::Free], Vec::new()));
    }
    let why = "this process may use one processor only".to_owned();
    Ok((vec![Placement::OneCore], vec![Skipped { name: Placement::TwoCores.to_string(), why }]))
}

/// Ties this process before the other side is started, which inherits it.
pub(super) fn before_fork(placement: Placement) -> Result<()> {
    if placement == Placement::OneCore { tie(THIS_THREAD, &processors()?[..1]) } else { Ok(()) }
}

/// Ties both sides when the other one is there, and before the link is joined: links look at where the two sides may run.
pub(super) fn after_fork(placement: Placement, other: Pid) -> Result<()> {
    if placement == Placement::TwoCores {
        let processors = processors()?;
        tie(other, &processors[1..2])?;
        tie(THIS_THREAD, &processors[..1])?;
    }
    Ok(())
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
