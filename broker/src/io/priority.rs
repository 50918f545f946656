//! Hidden tabs come after visible ones: a renderer's nice value (setpriority(2), sched(7)).
//!
//! Contract:
//! - a hidden tab's process has a third of the weight of a visible one where both want a CPU, and all of it where nobody does;
//! - it is done only where it can be undone: by root, or by a user whose `RLIMIT_NICE` reaches up to the usual priority.
//!   Most users' is 0, and a tab that was hidden once would stay behind for ever;
//! - a renderer itself has no such system call.

use nix::sys::resource::{Resource, getrlimit};
use nix::unistd::{Pid, geteuid};

/// Above the broker's own. Each step is worth 1.25, so this is a third.
const HIDDEN: i32 = 5;

/// The highest there is.
const MOST: i32 = 19;

/// Sets the priority of a process. It must not have been waited for, or the number may have come to mean another.
#[expect(unsafe_code, reason = "these calls have no wrapper")]
pub(super) fn set(process: Pid, visible: bool) {
    // SAFETY: it takes numbers only; 0 is the calling process.
    let usual = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
    if !can_be_undone(usual) {
        return;
    }
    let nice = if visible { usual } else { (usual + HIDDEN).min(MOST) };
    // SAFETY: it takes numbers only.
    let result = unsafe { libc::setpriority(libc::PRIO_PROCESS, process.as_raw().cast_unsigned(), nice) };
    if result != 0 {
        tracing::debug!(error = %std::io::Error::last_os_error(), visible, "cannot set the priority of {process}");
    }
}

/// A limit of `n` lets the nice value be lowered to 20 - n (getrlimit(2)).
fn can_be_undone(usual: i32) -> bool {
    let reached = getrlimit(Resource::RLIMIT_NICE).map_or(0, |(_, hard)| hard);
    geteuid().is_root() || reached >= u64::try_from(20 - usual).unwrap_or(0)
}
