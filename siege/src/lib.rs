//! The attacker: a process that is assumed compromised tries everything, and is watched from outside.
//!
//! It is no part of the browser. Its processes are its own: a siege, the browser that this starts for itself, and the renderers of that,
//! which are confined as every renderer is and then make an attempt instead of showing a page. `bulkhead sandbox` and
//! `bulkhead://attack` start a siege and read its report.
//!
//! | module | holds |
//! |---|---|
//! | `catalogue` | every attempt: what it does, what must stop it, what it needs; by system calls, and by abuse of its links |
//! | `world` | what there is to attack |
//! | [`judge`] | from what was seen to what stopped an attempt |
//! | `launch`, [`suite`] | attempts in processes of the suite's own, layer by layer |
//! | [`hostile`] | a renderer that makes an attempt |
//! | `stage` | the browser that such renderers are forked for |
//! | [`run`] | a siege: all attempts, one after the other |
//! | [`report`] | what it says of itself, as lines of JSON |
//! | [`process`], [`page`] | a siege in a process of its own, as the tool and the page start it |
//!
//! Without the feature `browser` there are the attempts by system calls alone, in processes of the suite's own.
//!
//! Each [`Attempt`] is a row of a table: what it tries, and which layers are expected to stop it, in the order in which
//! they get to see it. [`suite::Suite`] runs each in a sacrificial process of its own through a [`Launcher`], and
//! judges by three things: what the process says, how it ended, and whether anything in the [`World`] outside changed.
//! Then it takes the layer away that stopped the attempt, and runs it again, until nothing stops it: that shows which
//! layer stands behind which, and, at the end, that the attempt would have worked.
//!
//! Contract:
//! - every attempt is harmless where it succeeds: it acts on what the world made for it, and on itself;
//! - an attempt counts as stopped only where an expected layer that is really on explains what was seen. What nobody
//!   expected is [`judge::Verdict::Unexplained`], and is a failure;
//! - what cannot be tried on a machine says so and why; it is neither stopped nor not. So does what there is nothing to try
//!   it on: a part of the world that could not be made takes the attempts that need it with it, and no others.

mod catalogue;
#[cfg(feature = "browser")]
pub mod hostile;
pub mod judge;
mod launch;
#[cfg(feature = "browser")]
pub mod page;
#[cfg(feature = "browser")]
pub mod process;
mod program;
mod raw;
#[cfg(feature = "browser")]
pub mod report;
#[cfg(feature = "browser")]
pub mod run;
#[cfg(feature = "browser")]
mod stage;
pub mod suite;
mod targets;
mod world;

pub use catalogue::CATALOGUE;
#[cfg(feature = "browser")]
pub use catalogue::links::{ABUSES, Abuse, Reason};
pub use launch::{ForkLauncher, LaunchError, Launcher, Said, Seen};
#[cfg(feature = "browser")]
pub use stage::{BYSTANDER, StageError};
pub use targets::{Kept, Leaked, NotOneProcess, Part, ProcessNumber, Sysv, Targets};
pub use world::World;

use bulkhead_sandbox::Name;
use nix::errno::Errno;
use serde::{Deserialize, Serialize};

/// One thing that a compromised process may try.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Its name, unique.
    pub name: &'static str,
    /// What kind of thing it is.
    pub category: Category,
    /// What it tries, in words.
    pub tries: &'static str,
    /// What of the world it takes: without that, it is not made ([`World::lacks`]).
    pub needs: &'static [Part],
    /// Tries it. Called in the sacrificial process, which is in the targets' directory unless it is confined.
    pub perform: fn(&Targets) -> Outcome,
    /// What is expected to stop it, in the order in which it meets them.
    pub stops: &'static [Stop],
}

/// Groups of attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Category {
    Files,
    Programs,
    Processes,
    Network,
    Privileges,
    Namespaces,
    Kernel,
    Memory,
    Sharing,
    Resources,
}

/// What an attempt came to, as the process that made it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It worked.
    Attained,
    /// The kernel answered with this error.
    Failed(Errno),
    /// It cannot be tried on this machine, or by this user, whatever the sandbox.
    Unable(Unable),
}

/// Why an attempt cannot be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Unable {
    /// This kernel lacks the thing.
    NotInKernel = 2,
    /// This architecture lacks the thing.
    NotOnArchitecture = 3,
    /// There is nothing to try it on.
    NoTarget = 4,
}

/// Something that stops an attempt, and how that shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// What stops it.
    pub by: By,
    /// How it shows.
    pub sign: Sign,
}

/// What stops an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// A layer of the sandbox.
    Layer(Name),
    /// A rule that holds without any sandbox.
    Rule(&'static str),
}

/// How a stop shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The filter trapped the call and the process died with the call's name on its lips.
    Trap,
    /// The kernel ended the process at once.
    Kill,
    /// The kernel answered with this error.
    Error(Errno),
    /// The process ended with this exit code.
    Exit(i32),
    /// It worked, on something that is the process's own, and nothing outside changed.
    Contained,
}

/// The exit code of a program that was run by an attempt and got what it was run for.
pub const EXIT_ATTAINED: i32 = 42;

/// The exit code of a program that was run by an attempt and did not get it.
pub const EXIT_IN_VAIN: i32 = 43;

const fn stop(name: Name, sign: Sign) -> Stop {
    Stop { by: By::Layer(name), sign }
}

const fn rule(why: &'static str, sign: Sign) -> Stop {
    Stop { by: By::Rule(why), sign }
}

/// Where the first string of this process's environment lies, or 0: what [`Targets::environment`] names. To be asked before
/// the environment is wiped.
#[must_use]
pub fn environment() -> u64 {
    raw::first_of_environment()
}

/// The attempt of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Attempt> {
    CATALOGUE.iter().copied().flatten().find(|attempt| attempt.name == name)
}

impl Outcome {
    /// As a number, to be sent over a link: 0 for what worked, an `errno`, or a negative number for what could not be
    /// tried.
    #[must_use]
    pub fn code(self) -> i32 {
        match self {
            Self::Attained => 0,
            Self::Failed(errno) => errno as i32,
            Self::Unable(reason) => -(reason as i32),
        }
    }

    /// From such a number. An unknown one is an `errno` that nobody expects.
    #[must_use]
    pub fn from_code(code: i32) -> Self {
        match code {
            0 => Self::Attained,
            1.. => Self::Failed(Errno::from_raw(code)),
            _ => Unable::from_number(code.saturating_neg()).map_or(Self::Failed(Errno::UnknownErrno), Self::Unable),
        }
    }
}

impl From<Result<usize, Errno>> for Outcome {
    fn from(result: Result<usize, Errno>) -> Self {
        match result {
            Ok(_) => Self::Attained,
            Err(errno) => Self::Failed(errno),
        }
    }
}

impl Unable {
    fn from_number(number: i32) -> Option<Self> {
        [Self::NotInKernel, Self::NotOnArchitecture, Self::NoTarget].into_iter().find(|reason| *reason as i32 == number)
    }

    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotInKernel => "this kernel lacks it",
            Self::NotOnArchitecture => "this architecture lacks it",
            Self::NoTarget => "there is nothing to try it on",
        }
    }
}

impl By {
    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Layer(name) => name.as_str(),
            Self::Rule(why) => why,
        }
    }
}
