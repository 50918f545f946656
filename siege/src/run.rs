//! A siege: every attempt of the catalogue, each in a renderer of its own, one after the other.
//!
//! Contract:
//! - a hostile renderer comes from the same zygote as every other, by the same road, confined as every other;
//! - each attempt is judged by the renderer's last words, by the kernel's word on how it ended, by what the broker ended it for, and
//!   by what changed outside ([`World::harms`]);
//! - what nobody expected counts as a failure of the sandbox, not as a success ([`Verdict::Unexplained`]).

use crate::catalogue::links::{ABUSES, Abuse, Reason};
use crate::hostile::{self, Order};
use crate::judge::{self, judge};
use crate::report::{Line, Sum, Tried, Verdict};
use crate::stage::{Confined, Ended, Stage, StageError};
use crate::suite::{Depth, Suite};
use crate::{Attempt, CATALOGUE, ForkLauncher, Kept, LaunchError, Said, Seen, Targets, World};
use bulkhead_broker::browser::Isolation;
use bulkhead_broker::death::Death;
use bulkhead_broker::memory::Exhausted;
use bulkhead_sandbox::{Arch, Violation};
use bulkhead_shared::control::Cause;
use bulkhead_shared::zygote::ExitStatus;
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;
use std::io::{self, Write};

/// Why a siege did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum SiegeError {
    /// No renderer can be had, or not any more.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// No process of the suite's own can be had.
    #[error("cannot find out which layer stands behind which: {0}")]
    InDepth(#[from] LaunchError),
    /// There is nothing for such a process to hold.
    #[error("cannot make what an attacker holds: memfd_create(2): {0}")]
    Kept(io::Error),
    /// Nobody reads the report.
    #[error("cannot write the report: {0}")]
    Report(io::Error),
}

/// Makes every attempt, and reports to `out` as it goes. To be called in a process that is there for this, while it has one thread.
/// `in_depth` says whether to find out as well which layer stands behind which.
///
/// # Errors
/// That nobody reads the report. All else is in it.
pub fn besiege(isolation: Isolation, in_depth: bool, out: impl Write) -> Result<(), SiegeError> {
    let mut report = Reporter(out);
    match all(isolation, in_depth, &mut report) {
        Ok(sum) => report.say(&Line::Ends(sum)),
        Err(SiegeError::Report(error)) => Err(SiegeError::Report(error)),
        Err(error) => report.say(&Line::Fails(error.to_string())),
    }
}

fn all(isolation: Isolation, in_depth: bool, report: &mut Reporter<impl Write>) -> Result<Sum, SiegeError> {
    let system = CATALOGUE.iter().copied().map(<[Attempt]>::len).sum::<usize>();
    let attempts = system + ABUSES.len();
    report.say(&Line::Begins { attempts, in_depth: if in_depth { system } else { 0 } })?;
    if in_depth {
        // First, while there is one thread: this forks.
        layers_behind(report)?;
    }
    let mut stage = Stage::start(isolation)?;
    let Confined { report: layers, sights, bounds } = stage.confined()?;
    report.say(&Line::Confined { report: layers, sights, bounds })?;
    let (mut world, mut sum) = (World::create(), Sum::default());
    let mut tell = |name: &str, tries: &str, verdict: Verdict| {
        sum.count(&verdict);
        report.say(&Line::Tried(Tried { name: name.to_owned(), tries: tries.to_owned(), verdict }))
    };
    for attempt in CATALOGUE.iter().copied().flatten() {
        let verdict = make(attempt, &mut stage, &world)?;
        if verdict.is_breach() {
            // What it did may show late, and would then be charged to the next attempt.
            world = World::create();
        }
        tell(attempt.name, attempt.tries, verdict)?;
    }
    for abuse in ABUSES {
        tell(abuse.name, abuse.tries, commit(abuse, &mut stage, &world)?)?;
    }
    sum.unharmed = stage.is_unharmed();
    stage.shutdown();
    Ok(sum)
}

/// Which layers stop each attempt one after the other, as the one before is taken away; in processes of the suite's own, since no
/// real renderer can be had with a layer less.
fn layers_behind(report: &mut Reporter<impl Write>) -> Result<(), SiegeError> {
    let mut suite = Suite::new(ForkLauncher::new().map_err(SiegeError::Kept)?, World::create());
    for attempt in CATALOGUE.iter().copied().flatten() {
        let layers = suite.try_one(attempt, Depth::ToTheEnd)?.layers();
        report.say(&Line::InDepth { name: attempt.name.to_owned(), layers })?;
    }
    Ok(())
}

/// Where the report goes.
struct Reporter<W>(W);

impl<W: Write> Reporter<W> {
    fn say(&mut self, line: &Line) -> Result<(), SiegeError> {
        let mut text = serde_json::to_vec(line).map_err(|error| SiegeError::Report(error.into()))?;
        text.push(b'\n');
        self.0.write_all(&text).and_then(|()| self.0.flush()).map_err(SiegeError::Report)
    }
}

/// What there is to attack. Which descriptors it holds, the renderer knows best.
fn targets(world: &World) -> Targets {
    Targets { kept: Kept::default(), ..world.targets().clone() }
}

fn make(attempt: &Attempt, stage: &mut Stage, world: &World) -> Result<Verdict, SiegeError> {
    if let Some(why) = world.lacks(attempt) {
        return Ok(Verdict::Untried(why));
    }
    let ended = stage.attempt(&Order { attempt: attempt.name.to_owned(), targets: targets(world) }, 0)?;
    let harms = world.harms();
    Ok(match (&ended.death, judge(attempt, &seen(&ended), &harms)) {
        (Death::NotStarted(why) | Death::Unconfined(why), _) => Verdict::Unexplained(why.clone()),
        (_, judge::Verdict::Stopped(by)) => Verdict::Stopped(by.as_str().to_owned()),
        (_, judge::Verdict::Attained) => Verdict::Attained(harms.join(", ")),
        (_, judge::Verdict::Unable(reason)) => Verdict::Untried(reason),
        (_, judge::Verdict::Unexplained(seen)) => Verdict::Unexplained(seen),
    })
}

/// In the terms of the judge: what the process said, and how the kernel says that it ended.
fn seen(ended: &Ended) -> Seen {
    let said = ended.remains.words.as_ref().and_then(|words| match (hostile::outcome(words), words.cause) {
        (Some(outcome), _) => Some(Said::Outcome(outcome)),
        (None, Cause::Seccomp) => {
            let (number, address) = (words.number, words.address);
            Some(Said::Violation(Violation { number, arch: Arch::THIS.audit(), address, arguments: [0; 6] }))
        }
        _ => None,
    });
    let nobody = Pid::from_raw(0);
    let end = ended.remains.status.filter(|_| !ended.hung).and_then(|status| match status {
        ExitStatus::Exited(code) => Some(WaitStatus::Exited(nobody, code)),
        ExitStatus::Signalled(number) => {
            Signal::try_from(number).ok().map(|signal| WaitStatus::Signaled(nobody, signal, false))
        }
    });
    Seen { on: ended.on, said, end }
}

fn commit(abuse: &Abuse, stage: &mut Stage, world: &World) -> Result<Verdict, SiegeError> {
    let patience = match abuse.ended_for {
        Reason::Violation(_) => 0,
        // It works until it is stopped, and how fast it gets to what it may not have depends on what else the machine does.
        Reason::Memory => 30,
    };
    let ended = stage.attempt(&Order { attempt: abuse.name.to_owned(), targets: targets(world) }, patience)?;
    Ok(judge_abuse(abuse.ended_for, &ended.death, ended.hung))
}

/// How an abuse went.
fn judge_abuse(reason: Reason, death: &Death, hung: bool) -> Verdict {
    match (death, reason) {
        (Death::Violation(violation), Reason::Violation(expected)) if expected.contains(&violation.name().as_str()) => {
            Verdict::Stopped(format!("inbox: {}", violation.name()))
        }
        (Death::OutOfMemory(exhausted), Reason::Memory) => Verdict::Stopped(
            match exhausted {
                Exhausted::Limit => "limits",
                Exhausted::Tab { .. } | Exhausted::All { .. } => "memory budget",
                Exhausted::Cgroup => "cgroup",
            }
            .to_owned(),
        ),
        // Not every abuse gets as far as the link.
        (Death::Sandbox { .. }, _) => Verdict::Stopped("seccomp".to_owned()),
        _ if hung => Verdict::Attained("nobody minded".to_owned()),
        (death, _) => Verdict::Unexplained(death.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_it_is_to_be_ended_for_has_stopped_an_abuse() {
        use bulkhead_broker::inbox;
        const FLOOD: Reason = Reason::Violation(&["Flood"]);
        const GARBAGE: Reason = Reason::Violation(&["Packet"]);
        let flood = Death::Violation(inbox::Violation::Flood);
        assert_eq!(judge_abuse(FLOOD, &flood, false), Verdict::Stopped("inbox: Flood".to_owned()));
        assert!(judge_abuse(GARBAGE, &flood, false).is_breach());
        assert!(judge_abuse(Reason::Memory, &flood, false).is_breach());
        let budget = Death::OutOfMemory(Exhausted::Tab { used: 2, allowed: 1 });
        assert_eq!(judge_abuse(Reason::Memory, &budget, false), Verdict::Stopped("memory budget".to_owned()));
        assert!(judge_abuse(GARBAGE, &budget, false).is_breach());
        let killed = Death::Signalled { signal: libc::SIGKILL, address: None };
        assert_eq!(judge_abuse(FLOOD, &killed, true), Verdict::Attained("nobody minded".to_owned()));
        assert!(judge_abuse(FLOOD, &killed, false).is_breach());
    }
}
