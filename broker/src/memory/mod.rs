//! What tabs may use of the machine's memory, and who holds them to it.
//!
//! | who | counts | acts | file |
//! |---|---|---|---|
//! | the kernel, by `RLIMIT_DATA` | what one renderer asks for | when it asks | `sandbox/src/limits.rs` |
//! | the broker | what each renderer uses, and all of them together | when it looks | `watch.rs`, `meter.rs` |
//! | the broker | what it has handed down to each of them: bodies, documents | before it reads them | `grants.rs` |
//! | the kernel, by cgroup v2 | the same, and surfaces, page tables, buffers | when they would go over | `cgroup.rs` |
//!
//! The first is there always; it cannot tell memory that is asked for from memory that is used, and knows nothing of other
//! tabs. The second works on every machine; what happens between two looks it sees at the next. The third refuses where the
//! others end, so it is an allowance of its own, as large as a tab's budget. The fourth leaves no gap, but only where a part of
//! the cgroup tree is the browser's to manage.

pub(crate) mod cgroup;
pub mod grants;
pub(crate) mod meter;
pub(crate) mod watch;

use nix::sys::sysinfo::sysinfo;
use std::fmt;

const MIB: u64 = 1 << 20;

/// What a tab may use where the machine is large enough: twice what the longest page of the Rust documentation needs.
const TAB: u64 = 512 * MIB;

/// How much tabs may use, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// One tab's process.
    pub tab: u64,
    /// All of them together.
    pub all: u64,
}

impl Budget {
    /// For a machine with so many bytes of memory: at most a quarter for a tab, and half for all.
    #[must_use]
    pub fn of(machine: u64) -> Self {
        Self { tab: TAB.min(machine / 4), all: machine / 2 }
    }

    /// For the machine that this runs on.
    #[must_use]
    pub fn of_this_machine() -> Self {
        // Where the kernel does not say: no smaller machine runs a desktop.
        Self::of(sysinfo().map_or(2048 * MIB, |info| info.ram_total()))
    }

    /// The same with another part for each tab.
    #[must_use]
    pub fn with_tab(self, bytes: u64) -> Self {
        Self { tab: bytes, ..self }
    }
}

/// How memory is bounded here, for the pages and reports about the sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// What is held to.
    pub budget: Budget,
    /// The cgroup whose parts hold the kernel to it as well, or why there is none.
    pub cgroup: Result<String, String>,
}

/// Which bound a renderer met with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exhausted {
    /// The kernel's limit on what one process may ask for.
    Limit,
    /// A tab's budget.
    Tab {
        /// What it used, in bytes.
        used: u64,
        /// What it was allowed.
        allowed: u64,
    },
    /// The budget of all tabs together, of which this one used the most.
    All {
        /// What all used, in bytes.
        used: u64,
        /// What they were allowed.
        allowed: u64,
    },
    /// The limit of its cgroup, or of the one of all tabs.
    Cgroup,
}

impl fmt::Display for Exhausted {
    /// A sentence for the crash page.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit => write!(f, "The page asked for more memory than a tab may have."),
            Self::Tab { used, allowed } => {
                write!(f, "The page used {} MiB of memory, and a tab may use {} MiB.", used / MIB, allowed / MIB)
            }
            Self::All { used, allowed } => write!(
                f,
                "All pages together used {} MiB of memory, where they may use {} MiB, and this one the most.",
                used / MIB,
                allowed / MIB
            ),
            Self::Cgroup => write!(f, "The page used more memory than its cgroup may, and the kernel ended it."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_machine_keeps_half_of_its_memory() {
        assert_eq!(Budget::of(1024 * MIB), Budget { tab: 256 * MIB, all: 512 * MIB });
        assert_eq!(Budget::of(16 * 1024 * MIB).tab, 512 * MIB);
        let here = Budget::of_this_machine();
        assert!(here.tab > 0 && here.tab < here.all, "{here:?}");
    }
}
