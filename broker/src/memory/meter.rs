//! How much memory a renderer has made its own, read from outside.
//!
//! Contract:
//! - counted are anonymous pages, in memory or swapped out (`RssAnon` and `VmSwap` of proc_pid_status(5)), beyond those that it
//!   was born with: these it shares with the zygote, and the zygote's count tells how many they are, since the renderer's own may
//!   have risen before anybody looks. Surfaces and bodies are the broker's to grant, and bounded where they are;
//! - the profile leaves a renderer no other kind of memory to make;
//! - these files can be read of a process that is not dumpable too, except where `/proc` hides others' processes (`hidepid`).

use nix::unistd::Pid;
use std::fs;

/// The count of one process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meter {
    born_with: u64,
    used: u64,
}

impl Meter {
    /// For a process that was forked from one with so many bytes.
    pub(crate) fn born_with(bytes: u64) -> Self {
        Self { born_with: bytes, used: 0 }
    }

    /// Notes what the process has now. Whether it has grown.
    pub(crate) fn note(&mut self, bytes: u64) -> bool {
        let before = std::mem::replace(&mut self.used, bytes.saturating_sub(self.born_with));
        self.used > before
    }

    /// Bytes of its own, when it was last read.
    pub(crate) fn used(&self) -> u64 {
        self.used
    }
}

/// Bytes of anonymous memory of a process, swapped out or not.
pub(crate) fn anonymous(process: Pid) -> Option<u64> {
    sum(&fs::read_to_string(format!("/proc/{process}/status")).ok()?)
}

fn sum(status: &str) -> Option<u64> {
    let field = |name: &str| {
        let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
        rest.trim().strip_suffix(" kB")?.trim_end().parse::<u64>().ok()
    };
    // A process that has ended has no memory, and no such lines. A kernel without swap may lack the second.
    Some(field("RssAnon:")?.saturating_add(field("VmSwap:").unwrap_or(0)).saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_swapped_out_counts_too() {
        assert_eq!(sum("Name:\tx\nRssAnon:\t     100 kB\nRssFile:\t 7 kB\nVmSwap:\t 28 kB\n"), Some(128 * 1024));
        assert_eq!(sum("RssAnon:\t100 kB\n"), Some(100 * 1024));
        assert_eq!(sum("Name:\tbh-renderer\nState:\tZ (zombie)\n"), None);
    }

    #[test]
    fn only_what_was_made_since_is_counted() {
        const CHUNK: usize = 64 << 20;
        let mut meter = Meter::born_with(anonymous(Pid::this()).unwrap());
        let hoard = std::hint::black_box(vec![1_u8; CHUNK]);
        assert!(meter.note(anonymous(Pid::this()).unwrap()));
        // The kernel keeps these counts in parts for each processor, and other tests run beside this one.
        assert!(meter.used() > CHUNK as u64 / 2, "{}", meter.used());
        drop(hoard);
    }

    #[test]
    fn nobody_knows_of_a_process_that_is_not_there() {
        assert_eq!(anonymous(Pid::from_raw(i32::MAX)), None);
    }
}
