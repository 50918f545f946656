//! From what was seen to what stopped the attempt.
//!
//! Contract: what stops an attempt is the first of its expected stops that is on and explains what was seen. Harm that
//! was seen from outside outweighs everything that the process says.

use super::launch::{Said, Seen};
use super::{Attempt, By, EXIT_ATTAINED, Outcome, Sign};
use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was stopped, by this.
    Stopped(By),
    /// It worked.
    Attained,
    /// It could not be tried, and why.
    Unable(String),
    /// It did not work, and none of the expected stops explains why.
    Unexplained(String),
}

/// Judges one run of an attempt. `harms` is what changed outside.
#[must_use]
pub fn judge(attempt: &Attempt, seen: &Seen, harms: &[&str]) -> Verdict {
    let shown = match shown(seen) {
        Ok(shown) => shown,
        Err(verdict) => return verdict,
    };
    let explains = |sign: Sign| match shown {
        Shown::Attained => sign == Sign::Contained && harms.is_empty(),
        Shown::Sign(seen) => sign == seen && harms.is_empty(),
    };
    let is_on = |by: By| match by {
        By::Layer(name) => seen.on.has(name),
        By::Rule(_) => true,
    };
    match attempt.stops.iter().find(|stop| is_on(stop.by) && explains(stop.sign)) {
        Some(stop) => Verdict::Stopped(stop.by),
        None if shown == Shown::Attained || !harms.is_empty() => Verdict::Attained,
        None => Verdict::Unexplained(describe(seen)),
    }
}

/// What the attempt came to, on the face of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Attained,
    Sign(Sign),
}

fn shown(seen: &Seen) -> Result<Shown, Verdict> {
    let unexplained = || Err(Verdict::Unexplained(describe(seen)));
    match (seen.said, seen.end) {
        (Some(Said::Outcome(Outcome::Attained)), _) => Ok(Shown::Attained),
        (Some(Said::Outcome(Outcome::Failed(errno))), _) => Ok(Shown::Sign(Sign::Error(errno))),
        (Some(Said::Outcome(Outcome::Unable(reason))), _) => Err(Verdict::Unable(reason.as_str().to_owned())),
        // That it died of it is the kernel's word, not its own.
        (Some(Said::Violation(_)), Some(WaitStatus::Signaled(_, Signal::SIGSYS, _))) => Ok(Shown::Sign(Sign::Trap)),
        (None, Some(WaitStatus::Signaled(_, Signal::SIGSYS, _))) => Ok(Shown::Sign(Sign::Kill)),
        // Where no namespace keeps the signal off, it comes before the error (setrlimit(2)).
        (None, Some(WaitStatus::Signaled(_, Signal::SIGXFSZ, _))) => Ok(Shown::Sign(Sign::Error(Errno::EFBIG))),
        (None, Some(WaitStatus::Exited(_, EXIT_ATTAINED))) => Ok(Shown::Attained),
        (None, Some(WaitStatus::Exited(_, code))) => Ok(Shown::Sign(Sign::Exit(code))),
        _ => unexplained(),
    }
}

fn describe(seen: &Seen) -> String {
    let said = match seen.said {
        None => "it said nothing".to_owned(),
        Some(Said::Outcome(outcome)) => format!("it said {outcome:?}"),
        Some(Said::Violation(violation)) => {
            format!("the filter trapped {}", violation.name().unwrap_or("a call without a name"))
        }
    };
    let end = match seen.end {
        None => "it hung and was killed".to_owned(),
        Some(end) => format!("its end was {end:?}"),
    };
    format!("{said}; {end}")
}

#[cfg(test)]
mod tests {
    use super::super::{Category, Targets, stop};
    use super::*;
    use bulkhead_sandbox::{Layers, Name, Violation};
    use nix::unistd::Pid;

    const ATTEMPT: Attempt = Attempt {
        name: "test",
        category: Category::Files,
        tries: "",
        needs: &[],
        perform: |_: &Targets| Outcome::Attained,
        stops: &[
            stop(Name::Seccomp, Sign::Trap),
            stop(Name::EmptyRoot, Sign::Error(Errno::ENOENT)),
            stop(Name::Landlock, Sign::Error(Errno::EACCES)),
            stop(Name::IpcNamespace, Sign::Contained),
        ],
    };

    fn seen(on: &[Name], said: Option<Said>, end: WaitStatus) -> Seen {
        Seen { on: on.iter().copied().collect::<Layers>(), said, end: Some(end) }
    }

    fn exited(code: i32) -> WaitStatus {
        WaitStatus::Exited(Pid::from_raw(2), code)
    }

    fn failed(errno: Errno) -> Option<Said> {
        Some(Said::Outcome(Outcome::Failed(errno)))
    }

    #[test]
    fn the_first_layer_that_is_on_and_explains_it_has_stopped_it() {
        let on = [Name::EmptyRoot, Name::Landlock];
        let verdict = judge(&ATTEMPT, &seen(&on, failed(Errno::EACCES), exited(0)), &[]);
        assert_eq!(verdict, Verdict::Stopped(By::Layer(Name::Landlock)));
        let verdict = judge(&ATTEMPT, &seen(&on, failed(Errno::EPERM), exited(0)), &[]);
        assert!(matches!(verdict, Verdict::Unexplained(_)));
    }

    #[test]
    fn a_layer_that_is_off_explains_nothing() {
        let verdict = judge(&ATTEMPT, &seen(&[Name::Landlock], failed(Errno::ENOENT), exited(0)), &[]);
        assert!(matches!(verdict, Verdict::Unexplained(_)));
    }

    #[test]
    fn a_violation_counts_only_with_the_death_that_belongs_to_it() {
        let said = Some(Said::Violation(Violation { number: 257, arch: 0, address: 0, arguments: [0; 6] }));
        let died = WaitStatus::Signaled(Pid::from_raw(2), Signal::SIGSYS, false);
        assert_eq!(
            judge(&ATTEMPT, &seen(&[Name::Seccomp], said, died), &[]),
            Verdict::Stopped(By::Layer(Name::Seccomp))
        );
        assert!(matches!(judge(&ATTEMPT, &seen(&[Name::Seccomp], said, exited(0)), &[]), Verdict::Unexplained(_)));
    }

    #[test]
    fn harm_outweighs_what_the_process_says() {
        let on = [Name::EmptyRoot];
        assert_eq!(
            judge(&ATTEMPT, &seen(&on, failed(Errno::ENOENT), exited(0)), &["files were changed"]),
            Verdict::Attained
        );
    }

    #[test]
    fn success_on_its_own_things_is_no_success() {
        let attained = Some(Said::Outcome(Outcome::Attained));
        let contained = judge(&ATTEMPT, &seen(&[Name::IpcNamespace], attained, exited(0)), &[]);
        assert_eq!(contained, Verdict::Stopped(By::Layer(Name::IpcNamespace)));
        assert_eq!(judge(&ATTEMPT, &seen(&[], attained, exited(0)), &[]), Verdict::Attained);
        assert_eq!(judge(&ATTEMPT, &seen(&[], None, exited(EXIT_ATTAINED)), &[]), Verdict::Attained);
    }
}
