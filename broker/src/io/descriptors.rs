//! How many descriptors the broker may have open, and for whom it keeps them.
//!
//! Contract:
//! - the limit is raised to what the system grants (`RLIMIT_NOFILE`, getrlimit(2));
//! - a part is kept for the tabs that are there: a new tab's process is refused with a reason while the tabs that are open can still
//!   go on, navigate into new processes, and be shown;
//! - another part is for bodies on their way to renderers; where that is used up, each renderer may still have one.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::fs;

/// More than any machine has memory for tabs.
const MOST: u64 = 64 * 1024;

/// What a new renderer takes: both ends of its links, its pidfd, its cgroup, its surfaces.
const RENDERER: u64 = 16;

/// There are too few descriptors for another tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this program may have {limit} files open, and keeps what is left of them for the tabs that are open (see ulimit -n)"
)]
pub(super) struct Scarce {
    limit: u64,
}

/// Raises the limit as far as may be.
pub(super) fn raise_limit() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE).and_then(|(soft, hard)| {
        let wanted = hard.min(MOST);
        if soft < wanted { setrlimit(Resource::RLIMIT_NOFILE, wanted, hard) } else { Ok(()) }
    });
    if let Err(errno) = raised {
        tracing::warn!(%errno, "the limit of open files stays as it is");
    }
}

/// Whether there are descriptors for another renderer; `replaces` says whether its tab has one already.
pub(super) fn admit(replaces: bool) -> Result<(), Scarce> {
    let limit = limit();
    if admits(open(), limit, replaces) { Ok(()) } else { Err(Scarce { limit }) }
}

/// How many bodies may be on their way to all renderers together.
pub(super) fn most_bodies() -> usize {
    usize::try_from(bodies(limit())).unwrap_or(usize::MAX)
}

fn admits(open: u64, limit: u64, replaces: bool) -> bool {
    let kept = if replaces { 0 } else { reserve(limit).saturating_add(bodies(limit)) };
    open.saturating_add(RENDERER).saturating_add(kept) <= limit
}

/// For the tabs that are there.
const fn reserve(limit: u64) -> u64 {
    limit / 8
}

const fn bodies(limit: u64) -> u64 {
    limit / 16
}

fn limit() -> u64 {
    // It cannot fail for a resource that there is.
    getrlimit(Resource::RLIMIT_NOFILE).map_or(MOST, |(soft, _)| soft)
}

/// How many are open. Where nothing tells, the kernel itself refuses.
fn open() -> u64 {
    fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_that_are_there_have_a_reserve() {
        let limit = 1024;
        let last = (0..limit).take_while(|open| admits(*open, limit, false)).count() as u64;
        assert!((700..900).contains(&last), "{last}");
        assert!(!admits(last, limit, false) && admits(last, limit, true));
        // Several tabs may have two processes at once.
        assert!(admits(last + 5 * RENDERER, limit, true));
        assert!(!admits(limit, limit, true));
    }

    #[test]
    fn what_is_open_is_counted() {
        let before = open();
        let files: Vec<_> = (0..100).map(|_| fs::File::open("/dev/null").unwrap()).collect();
        // Other tests open and close files meanwhile.
        assert!(open() >= before + 50, "{before}");
        drop(files);
    }
}
