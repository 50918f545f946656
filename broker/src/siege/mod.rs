//! The attack suite against the real thing: every attempt that somebody thought of, each in a renderer of this browser that
//! is there to be lost.
//!
//! Contract:
//! - a sacrificial renderer comes from the same zygote as every other, by the same road; it serves no tab, so nothing that
//!   it says reaches one;
//! - one attempt at a time, each in a process of its own, judged by its last words, by the kernel's word on how it ended, by
//!   what the broker ended it for, and by what changed outside ([`World::harms`]);
//! - what nobody expected counts as a failure of the sandbox, not as a success ([`Verdict::Unexplained`]).
//!
//! This is the table and the judging; [`crate::browser`] has the processes forked and hands on what they say.

mod abuses;

use crate::death::{Death, Remains};
use bulkhead_sandbox::{Arch, Layers, Name, Violation};
use bulkhead_shared::attempt::{Abuse, Attempt};
use bulkhead_shared::control::Cause;
use bulkhead_shared::ids::RendererId;
use bulkhead_shared::zygote::ExitStatus;
use bulkhead_siege::judge::{self, judge};
use bulkhead_siege::{self as attack, CATALOGUE, Kept, Outcome, Said, Seen, Targets, World};
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;
use std::collections::VecDeque;

/// The suite, under way or done.
#[derive(Debug)]
pub(crate) struct Siege {
    world: World,
    left: VecDeque<Planned>,
    current: Option<Current>,
}

/// An attempt of the suite.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Planned {
    /// By system calls.
    System(&'static attack::Attempt),
    /// With what it was given.
    Abuse(Abuse),
}

/// The attempt that is being made.
#[derive(Debug)]
struct Current {
    renderer: RendererId,
    planned: Planned,
    /// The layers that the renderer reports to be on.
    on: Layers,
    /// How often it is still waited for.
    patience: u32,
    /// It did not end by itself, and was killed.
    hung: bool,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Its name.
    pub name: &'static str,
    /// What it tries, in words.
    pub tries: &'static str,
    /// How it went.
    pub verdict: Verdict,
}

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// How many times [`bulkhead_shared::limits::HANG`] an attempt may go without an answer before it counts as one that does not end by
/// itself.
fn patience(planned: Planned) -> u32 {
    match planned {
        // It works until it is stopped, and how fast it gets to what it may not have depends on what else the machine does.
        Planned::Abuse(Abuse::Hoard) => 30,
        _ => 0,
    }
}

impl Siege {
    /// Makes what there is to attack. To be called on a thread that lives as long as the suite runs.
    pub(crate) fn begin() -> Self {
        let system = CATALOGUE.iter().copied().flatten().map(Planned::System);
        let abuses = Abuse::ALL.iter().copied().map(Planned::Abuse);
        Self { world: World::create(), left: system.chain(abuses).collect(), current: None }
    }

    /// Passes over the next attempt where there is nothing to make it on.
    pub(crate) fn pass_over(&mut self) -> Option<Tried> {
        let Planned::System(attempt) = *self.left.front()? else { return None };
        let why = self.world.lacks(attempt)?;
        self.left.pop_front();
        Some(Tried { name: attempt.name, tries: attempt.tries, verdict: Verdict::Untried(why) })
    }

    /// How many attempts are left, the one under way not counted.
    pub(crate) fn left(&self) -> usize {
        self.left.len()
    }

    /// The renderer that makes an attempt now.
    pub(crate) fn sacrifice(&self) -> Option<RendererId> {
        self.current.as_ref().map(|current| current.renderer)
    }

    /// Names the renderer that is to make the next attempt; `false` where there is none left.
    pub(crate) fn next(&mut self, renderer: RendererId) -> bool {
        let planned = self.left.pop_front();
        self.current = planned.map(|planned| Current {
            renderer,
            planned,
            on: Layers::NONE,
            patience: patience(planned),
            hung: false,
        });
        self.current.is_some()
    }

    /// The renderer is confined by these layers: what it is to be told.
    pub(crate) fn ready(&mut self, on: Layers) -> Option<Attempt> {
        let current = self.current.as_mut()?;
        current.on = on;
        Some(match current.planned {
            Planned::System(attempt) => {
                // Which descriptors it holds, it knows best.
                let targets = Targets { kept: Kept::default(), ..self.world.targets().clone() };
                let there = !on.has(Name::Seccomp);
                Attempt::System { name: attempt.name.to_owned(), targets, there }
            }
            Planned::Abuse(abuse) => Attempt::Abuse(abuse),
        })
    }

    /// The renderer does not answer. Whether it is to be killed for that.
    pub(crate) fn hangs(&mut self) -> bool {
        let Some(current) = &mut self.current else { return true };
        current.hung = current.patience == 0;
        current.patience = current.patience.saturating_sub(1);
        current.hung
    }

    /// The renderer has ended: how its attempt went.
    pub(crate) fn judge(&mut self, death: &Death, remains: &Remains) -> Option<Tried> {
        let current = self.current.take()?;
        Some(match current.planned {
            Planned::System(attempt) => {
                let harms = self.world.harms();
                let verdict = match (death, judge(attempt, &seen(&current, remains), &harms)) {
                    (Death::NotStarted(why) | Death::Unconfined(why), _) => Verdict::Unexplained(why.clone()),
                    (_, judge::Verdict::Stopped(by)) => Verdict::Stopped(by.as_str().to_owned()),
                    (_, judge::Verdict::Attained) => Verdict::Attained(harms.join(", ")),
                    (_, judge::Verdict::Unable(reason)) => Verdict::Untried(reason),
                    (_, judge::Verdict::Unexplained(seen)) => Verdict::Unexplained(seen),
                };
                if verdict.is_breach() {
                    // What it did may show late, and would then be charged to the next attempt.
                    self.world = World::create();
                }
                Tried { name: attempt.name, tries: attempt.tries, verdict }
            }
            Planned::Abuse(abuse) => {
                Tried { name: abuse.name(), tries: abuse.tries(), verdict: abuses::judge(abuse, death, current.hung) }
            }
        })
    }
}

/// In the terms of the library: what the process said, and how the kernel says that it ended.
fn seen(current: &Current, remains: &Remains) -> Seen {
    let said = remains.words.as_ref().and_then(|words| match words.cause {
        Cause::Attempt => Some(Said::Outcome(Outcome::from_code(words.number))),
        Cause::Seccomp => {
            let (number, address) = (words.number, words.address);
            Some(Said::Violation(Violation { number, arch: Arch::THIS.audit(), address, arguments: [0; 6] }))
        }
        _ => None,
    });
    let nobody = Pid::from_raw(0);
    let end = remains.status.filter(|_| !current.hung).and_then(|status| match status {
        ExitStatus::Exited(code) => Some(WaitStatus::Exited(nobody, code)),
        ExitStatus::Signalled(number) => {
            Signal::try_from(number).ok().map(|signal| WaitStatus::Signaled(nobody, signal, false))
        }
    });
    Seen { on: current.on, said, end }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A siege in which this is the attempt that is being made.
    fn siege(planned: Planned) -> Siege {
        let current =
            Current { renderer: RendererId(1), planned, on: Layers::NONE, patience: patience(planned), hung: false };
        Siege { world: World::create(), left: VecDeque::new(), current: Some(current) }
    }

    #[test]
    fn who_hoards_on_a_machine_that_is_busy_is_waited_for() {
        let mut hoarder = siege(Planned::Abuse(Abuse::Hoard));
        assert!((0..30).all(|_| !hoarder.hangs()));
        assert!(hoarder.hangs());
        assert!(siege(Planned::Abuse(Abuse::Garbage)).hangs());
    }
}
