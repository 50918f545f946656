//! Everything that is tried, as tables: a file for each kind of thing, a row for each attempt.
//!
//! The stops of a row are listed in the order in which a call meets them: the filter before the call is looked at, then
//! what the call looks up, then what it checks.

mod files;
mod kernel;
#[cfg(feature = "browser")]
pub(crate) mod links;
mod memory;
mod namespaces;
mod network;
mod privileges;
mod processes;
mod programs;
mod resources;
mod sharing;

use super::{Attempt, Category, Outcome, Part, Sign, Stop, Targets, Unable, rule, stop};
use bulkhead_sandbox::Name;
use nix::errno::Errno;
use std::ffi::CString;

/// All of it.
pub const CATALOGUE: &[&[Attempt]] = &[
    files::ATTEMPTS,
    programs::ATTEMPTS,
    processes::ATTEMPTS,
    network::ATTEMPTS,
    privileges::ATTEMPTS,
    namespaces::ATTEMPTS,
    kernel::ATTEMPTS,
    memory::ATTEMPTS,
    sharing::ATTEMPTS,
    resources::ATTEMPTS,
];

/// The filter traps it: nearly every attempt's first stop.
const TRAPPED: Stop = stop(Name::Seccomp, Sign::Trap);

/// This layer answers with this error.
const fn answers(name: Name, errno: Errno) -> Stop {
    stop(name, Sign::Error(errno))
}

const fn attempt(
    category: Category,
    name: &'static str,
    tries: &'static str,
    stops: &'static [Stop],
    perform: fn(&Targets) -> Outcome,
) -> Attempt {
    Attempt { name, category, tries, needs: &[], perform, stops }
}

impl Attempt {
    /// The same, for worlds that have this.
    const fn on(self, needs: &'static [Part]) -> Self {
        Self { needs, ..self }
    }
}

fn outcome(attempt: impl FnOnce() -> Result<bool, Errno>) -> Outcome {
    match attempt() {
        Ok(true) => Outcome::Attained,
        Ok(false) => Outcome::Failed(Errno::ENODATA),
        Err(errno) => Outcome::Failed(errno),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_each_attempt_expects_to_be_stopped() {
        let mut names = BTreeSet::new();
        for attempt in CATALOGUE.iter().copied().flatten() {
            assert!(names.insert(attempt.name), "{} is there twice", attempt.name);
            assert!(!attempt.stops.is_empty(), "{} expects nothing to stop it", attempt.name);
            assert!(!attempt.tries.is_empty());
        }
        assert!(names.len() >= 60, "{} attempts", names.len());
    }
}
