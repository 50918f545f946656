//! What is asked for: layers, what to keep, and the least that will do.

use crate::limits::{self, Limit};
use crate::profile::{Profile, renderer::RENDERER};
use crate::report::{Layers, Name, Report, State};
use crate::seccomp::Filters;
use std::os::fd::BorrowedFd;

/// How to confine.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// Which layers to apply: all of them, but in a test that shows what one is worth.
    pub layers: Layers,
    /// The system calls that may be made.
    pub profile: &'a Profile,
    /// The same, compiled, where that was done before the fork.
    pub filters: Option<&'a Filters>,
    /// Descriptors that stay open. What is not kept of 0, 1 and 2 becomes `/dev/null`.
    pub keep: &'a [BorrowedFd<'a>],
    /// What may be used up.
    pub limits: &'a [Limit],
    /// The least that will do.
    pub minimum: Minimum,
}

/// The least that will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Minimum {
    /// The system call filter, `no_new_privs`, and Landlock or a network namespace: nothing unknown is called, nothing
    /// gained, and no file or no network reached.
    Stated,
    /// Nothing: for tests, and for `--no-sandbox`.
    Nothing,
}

impl Policy<'_> {
    /// Every layer, for a renderer that keeps nothing yet.
    #[must_use]
    pub const fn renderer() -> Self {
        Self {
            layers: Layers::ALL,
            profile: &RENDERER,
            filters: None,
            keep: &[],
            limits: limits::RENDERER,
            minimum: Minimum::Stated,
        }
    }
}

/// The machine does not grant the minimum; the process must not go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not confined enough: {}", .missing.join("; "))]
pub struct Refused {
    /// What was achieved.
    pub report: Report,
    /// What is missing for the minimum, with the reasons.
    pub missing: Vec<String>,
}

impl Minimum {
    pub(crate) fn check(self, report: Report) -> Result<Report, Refused> {
        if self == Self::Nothing {
            return Ok(report);
        }
        let reason = |name: Name| match report.state(name) {
            Some(State::Off(reason)) => format!("{name}: {reason}"),
            _ => format!("{name}: not applied"),
        };
        let mut missing: Vec<_> =
            [Name::Seccomp, Name::NoNewPrivs].into_iter().filter(|name| !report.is_on(*name)).map(reason).collect();
        if !report.is_on(Name::Landlock) && !report.is_on(Name::NetNamespace) {
            let mut text = format!("neither {} nor {}", reason(Name::Landlock), reason(Name::NetNamespace));
            // An ordinary user has the one through the other, so that is where the remedy is.
            if !report.is_on(Name::UserNamespace) {
                text = format!("{text}; {}", reason(Name::UserNamespace));
            }
            missing.push(text);
        }
        if missing.is_empty() { Ok(report) } else { Err(Refused { report, missing }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Layer;

    fn report(off: &[Name]) -> Report {
        let layer = |name| if off.contains(&name) { Layer::off(name, "forbidden here") } else { Layer::on(name, "") };
        Report { layers: Name::ALL.map(layer).to_vec(), microseconds: 0 }
    }

    #[test]
    fn either_landlock_or_a_network_namespace_will_do() {
        assert!(Minimum::Stated.check(report(&[Name::Landlock])).is_ok());
        assert!(Minimum::Stated.check(report(&[Name::NetNamespace, Name::UserNamespace])).is_ok());
        let refused = Minimum::Stated.check(report(&[Name::Landlock, Name::NetNamespace])).unwrap_err();
        assert!(refused.to_string().contains("forbidden here"), "{refused}");
        let off = [Name::Landlock, Name::NetNamespace, Name::UserNamespace];
        let refused = Minimum::Stated.check(report(&off)).unwrap_err();
        assert!(refused.to_string().contains("user-namespace: forbidden here"), "{refused}");
    }

    #[test]
    fn without_a_filter_nothing_runs_but_by_request() {
        assert_eq!(Minimum::Stated.check(report(&[Name::Seccomp])).unwrap_err().missing.len(), 1);
        assert!(Minimum::Stated.check(report(&[Name::NoNewPrivs])).is_err());
        assert!(Minimum::Nothing.check(report(&Name::ALL)).is_ok());
    }
}
