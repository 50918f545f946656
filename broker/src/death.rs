//! The death of a process as a value: what ended it, and how that reads to a person.

use crate::inbox::Violation;
use crate::memory::Exhausted;
use bulkhead_shared::control::{Cause, LastWords};
use bulkhead_shared::zygote::ExitStatus;
use nix::sys::signal::Signal;
use std::fmt;

/// Why a renderer is no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Death {
    /// It exited by itself, which no renderer should.
    Exited(i32),
    /// A signal ended it, with the faulting address where it reported one.
    Signalled {
        /// The signal's number.
        signal: i32,
        /// From the signal handler's last words.
        address: Option<u64>,
    },
    /// Its code panicked.
    Panicked(String),
    /// It asked the kernel for something that the sandbox forbids.
    Sandbox {
        /// The system call's number.
        number: i32,
        /// Its name, as the process's own table has it.
        name: String,
    },
    /// It used more memory than it may.
    OutOfMemory(Exhausted),
    /// It recursed until its stack was full.
    StackOverflow,
    /// It broke a rule of a link, and the broker ended it.
    Violation(Violation),
    /// The user ended it, from the "unresponsive" bar or the process table.
    EndedByUser,
    /// The zygote, its parent, died, and it with it.
    Orphaned,
    /// It has ended, and nobody reported how: its parent, the zygote, does not answer.
    Unreported,
    /// It was given up before there was a process.
    CalledOff,
    /// The browser itself has failed, and all processes with it.
    BrowserFailed,
    /// It never came to life: what failed.
    NotStarted(String),
    /// This machine grants less of the sandbox than is asked for at least: what is missing, and what to do about it.
    Unconfined(String),
}

/// What is left of a process that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remains {
    /// What it said, which is its own claim.
    pub words: Option<LastWords>,
    /// What the kernel says, if that was reported in time.
    pub status: Option<ExitStatus>,
}

impl Death {
    /// Puts together what the process said, what the kernel says, and what the broker itself did.
    ///
    /// The broker's own reason wins: it killed the process for it. Last words come next, since they know more than the
    /// wait status; but they are the process's own claim, so a signal that cannot be caught is believed before them.
    #[must_use]
    pub fn conclude(ours: Option<Death>, remains: &Remains) -> Self {
        // TOUR crash 7
        const SIGKILL: ExitStatus = ExitStatus::Signalled(libc::SIGKILL);
        if let Some(ours) = ours {
            return ours;
        }
        let words = remains.words.as_ref().filter(|_| remains.status != Some(SIGKILL));
        if let Some(LastWords { cause, number, address, text }) = words {
            match cause {
                Cause::Panic => return Self::Panicked(text.clone()),
                Cause::Seccomp => return Self::Sandbox { number: *number, name: text.clone() },
                Cause::OutOfMemory => return Self::OutOfMemory(Exhausted::Limit),
                Cause::StackOverflow => return Self::StackOverflow,
                Cause::Unconfined => return Self::Unconfined(text.clone()),
                Cause::Signal => return Self::Signalled { signal: *number, address: Some(*address) },
            }
        }
        match remains.status {
            Some(ExitStatus::Exited(code)) => Self::Exited(code),
            Some(ExitStatus::Signalled(signal)) => Self::Signalled { signal, address: None },
            None => Self::Unreported,
        }
    }

    /// A few words, for a tab's tooltip or a table: `SIGKILL`, `panic`, `out of memory`.
    #[must_use]
    pub fn short(&self) -> String {
        match self {
            Self::Exited(code) => format!("exit code {code}"),
            Self::Signalled { signal, .. } => signal_name(*signal),
            Self::Panicked(_) => "panic".to_owned(),
            Self::Sandbox { name, .. } => format!("sandbox: {name}"),
            Self::OutOfMemory(_) => "out of memory".to_owned(),
            Self::StackOverflow => "stack overflow".to_owned(),
            Self::Violation(violation) => format!("bad message: {}", violation.name()),
            Self::EndedByUser => "ended by you".to_owned(),
            Self::Orphaned => "zygote died".to_owned(),
            Self::Unreported => "ended".to_owned(),
            Self::CalledOff => "given up".to_owned(),
            Self::BrowserFailed => "the browser failed".to_owned(),
            Self::NotStarted(_) => "not started".to_owned(),
            Self::Unconfined(_) => "not confined enough".to_owned(),
        }
    }
}

impl fmt::Display for Death {
    /// A sentence for the crash page.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "Its process exited with code {code}."),
            Self::Signalled { signal, address } => {
                write!(f, "Its process was ended by {}", signal_name(*signal))?;
                if let Some(what) = signal_meaning(*signal) {
                    write!(f, " ({what})")?;
                }
                match address {
                    Some(address) if matches!(*signal, libc::SIGSEGV | libc::SIGBUS) => {
                        write!(f, " at address {address:#x}.")
                    }
                    _ => write!(f, "."),
                }
            }
            Self::Panicked(message) => write!(f, "The page's engine panicked: {message}"),
            Self::Sandbox { number, name } => write!(f, "The sandbox stopped {name}(2), system call {number}."),
            Self::OutOfMemory(exhausted) => write!(f, "{exhausted}"),
            Self::StackOverflow => write!(f, "The page's engine recursed until its stack was full."),
            Self::Violation(violation) => {
                write!(f, "Its process broke a rule of its links and was ended: {violation}.")
            }
            Self::EndedByUser => write!(f, "You ended its process."),
            Self::Orphaned => write!(f, "The zygote, the parent of its process, died, and it with it."),
            Self::Unreported => write!(f, "Its process has ended; how, its parent, the zygote, did not report."),
            Self::CalledOff => write!(f, "It was given up before it had a process."),
            Self::BrowserFailed => write!(f, "The browser itself has failed, and every process with it."),
            Self::NotStarted(why) => write!(f, "Its process could not be started: {why}."),
            Self::Unconfined(why) => write!(
                f,
                "Its process could not be started: {why}. With --no-sandbox it starts all the same, and is confined by nothing."
            ),
        }
    }
}

fn signal_name(signal: i32) -> String {
    Signal::try_from(signal).map_or_else(|_| format!("signal {signal}"), |signal| signal.as_str().to_owned())
}

fn signal_meaning(signal: i32) -> Option<&'static str> {
    Some(match signal {
        libc::SIGSEGV => "segmentation fault",
        libc::SIGBUS => "bus error",
        libc::SIGABRT => "abort",
        libc::SIGILL => "illegal instruction",
        libc::SIGFPE => "arithmetic fault",
        libc::SIGKILL => "killed from outside",
        libc::SIGTERM => "asked to end from outside",
        libc::SIGSYS => "forbidden system call",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remains(cause: Cause, number: i32, status: ExitStatus) -> Remains {
        let words = LastWords { cause, number, address: 0x10, text: "boom at x.rs:1".to_owned() };
        Remains { words: Some(words), status: Some(status) }
    }

    #[test]
    fn a_kill_from_outside_is_reported_as_such_whatever_the_process_claims() {
        let death = Death::conclude(None, &remains(Cause::Panic, 0, ExitStatus::Signalled(libc::SIGKILL)));
        assert_eq!(death, Death::Signalled { signal: libc::SIGKILL, address: None });
        assert!(death.to_string().contains("SIGKILL"));
    }

    #[test]
    fn last_words_say_more_than_the_wait_status() {
        let death = Death::conclude(None, &remains(Cause::Panic, 0, ExitStatus::Exited(101)));
        assert_eq!(death, Death::Panicked("boom at x.rs:1".to_owned()));
        let death = Death::conclude(None, &remains(Cause::Signal, 11, ExitStatus::Signalled(11)));
        assert_eq!(death.to_string(), "Its process was ended by SIGSEGV (segmentation fault) at address 0x10.");
    }

    #[test]
    fn the_brokers_own_reason_wins() {
        let death = Death::conclude(Some(Death::EndedByUser), &Remains::default());
        assert_eq!(death, Death::EndedByUser);
    }
}
