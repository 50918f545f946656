//! Hidden tabs come after visible ones, where no cgroup weighs them: a renderer's nice value, or its scheduling policy (sched(7)).
//! The zygote does this, since these calls know processes by number only: as long as their parent has not waited for them, and
//! that is the zygote itself, in its one thread, the number is theirs.
//!
//! Contract:
//! - whatever is done can be undone when the tab is shown again. A nice value can be lowered again by root, and by users whose
//!   `RLIMIT_NICE` reaches up to the usual priority; most users' is 0, and a tab that was hidden once would stay behind for ever;
//! - with it, a hidden tab's process has a third of the weight of a visible one where both want a CPU, and all of it where nobody
//!   does;
//! - elsewhere it has the policy `SCHED_BATCH`: as much of the CPU in the long run, but it never takes one from somebody by waking
//!   up. Anybody may take that back;
//! - a renderer itself has no such system call.

#![expect(unsafe_code, reason = "these calls have no wrapper")]

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit};
use nix::unistd::{Pid, geteuid};

/// Above the zygote's own, which is the broker's. Each step is worth 1.25, so this is a third.
const HIDDEN: i32 = 5;

/// The highest there is.
const MOST: i32 = 19;

/// Sets the priority of a child that was not waited for.
pub(super) fn set(process: Pid, visible: bool) {
    // SAFETY: it takes numbers only; 0 is the calling process.
    let usual = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
    let result = if can_be_undone(usual) {
        set_nice(process, if visible { usual } else { (usual + HIDDEN).min(MOST) })
    } else {
        set_policy(process, if visible { libc::SCHED_OTHER } else { libc::SCHED_BATCH })
    };
    if let Err(errno) = result {
        tracing::debug!(%errno, visible, "cannot set the priority of {process}");
    }
}

fn set_nice(process: Pid, nice: i32) -> nix::Result<()> {
    // SAFETY: it takes numbers only.
    let result = unsafe { libc::setpriority(libc::PRIO_PROCESS, process.as_raw().cast_unsigned(), nice) };
    Errno::result(result).map(drop)
}

fn set_policy(process: Pid, policy: i32) -> nix::Result<()> {
    // SAFETY: all fields of the structure are numbers, and 0 is what these policies ask for.
    let parameters: libc::sched_param = unsafe { std::mem::zeroed() };
    // SAFETY: the structure outlives the call.
    let result = unsafe { libc::sched_setscheduler(process.as_raw(), policy, &raw const parameters) };
    Errno::result(result).map(drop)
}

/// A limit of `n` lets the nice value be lowered to 20 - n (getrlimit(2)).
fn can_be_undone(usual: i32) -> bool {
    let reached = getrlimit(Resource::RLIMIT_NICE).map_or(0, |(_, hard)| hard);
    geteuid().is_root() || reached >= u64::try_from(20 - usual).unwrap_or(0)
}
