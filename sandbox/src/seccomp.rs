//! A profile as BPF, and its installation.
//!
//! A filter made by `seccompiler` has one answer for what matches and one for what does not. So a profile becomes a
//! stack of filters: one that lets every call with a row pass and traps all others, and for each soft answer one more
//! that gives it. Of all the answers the kernel takes the strictest: kill, trap, error, allow (seccomp(2)).
//!
//! Contract:
//! - a call from another architecture's entry (i386 on x86_64, 32-bit ARM) ends the process at once;
//! - x32 calls have numbers of their own (bit 30), which no row has;
//! - a violation is a trap, so that a handler can name it (see [`crate::violation`]); where there is none, or it is
//!   blocked, the kernel ends the process with `SIGSYS`.

use crate::hint;
use crate::profile::{Case, Is, Profile, Test, Verdict};
use crate::report::{Layer, Name};
use crate::status::Status;
use crate::syscalls::Arch;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};
use std::collections::{BTreeMap, BTreeSet};

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Compiled filters of one profile, in the order of installation.
#[derive(Clone, Debug)]
pub struct Filters {
    programs: Vec<BpfProgram>,
    reachable: usize,
}

/// Why a profile does not compile: a mistake in its table.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// What the compiler says.
    #[error("profile {0}: {1}")]
    Backend(&'static str, seccompiler::BackendError),
}

impl Filters {
    /// Compiles a profile for an architecture. It takes about 0.1 ms: a zygote does it once, before it forks.
    ///
    /// # Errors
    /// See [`CompileError`].
    pub fn compile(profile: &Profile, arch: Arch) -> Result<Self, CompileError> {
        let backend = |error| CompileError::Backend(profile.name, error);
        let mut passing = Rules::new();
        let mut unconditional = BTreeSet::new();
        let mut failing: BTreeMap<u32, Rules> = BTreeMap::new();
        for row in profile.rows {
            let Some(number) = arch.number(row.call) else { continue };
            let cases = match row.verdict {
                Verdict::Always => &[],
                Verdict::When(cases) => cases,
                Verdict::Answered(error, cases) => {
                    let rules = failing.entry(error.value).or_default().entry(number).or_default();
                    rules.extend(compile_cases(cases).map_err(backend)?);
                    cases
                }
            };
            let rules = passing.entry(number).or_default();
            if cases.is_empty() {
                unconditional.insert(number);
            }
            rules.extend(compile_cases(cases).map_err(backend)?);
        }
        for number in unconditional {
            // For the compiler, no rule means no condition.
            passing.insert(number, Vec::new());
        }
        let mut programs = Vec::new();
        for (error, rules) in failing {
            programs.push(program(rules, SeccompAction::Allow, SeccompAction::Errno(error), arch).map_err(backend)?);
        }
        // The last to be installed, since it does not allow installing more.
        programs.push(program(passing, SeccompAction::Trap, SeccompAction::Allow, arch).map_err(backend)?);
        let reachable = profile.always(arch).chain(profile.conditional(arch)).collect::<BTreeSet<_>>().len();
        Ok(Self { programs, reachable })
    }

    /// Instructions in all filters together.
    #[must_use]
    pub fn instructions(&self) -> usize {
        self.programs.iter().map(Vec::len).sum()
    }

    /// Installs them on the calling thread, and on threads that it makes later.
    pub(crate) fn install(&self) -> Result<(), String> {
        self.programs.iter().try_for_each(|program| {
            seccompiler::apply_filter(program).map_err(|error| hint::seccomp(&error.to_string()))
        })
    }

    /// Judges by what the kernel shows.
    pub(crate) fn judge(&self, status: &Status, before: &Status, installed: Result<(), String>) -> Layer {
        if let Err(reason) = installed {
            return Layer::off(Name::Seccomp, reason);
        }
        let mode = status.field("Seccomp").unwrap_or("unknown");
        if mode != "2" {
            return Layer::off(Name::Seccomp, format!("installed, and yet the kernel shows mode {mode}"));
        }
        let count = |status: &Status| status.field("Seccomp_filters").and_then(|text| text.parse::<usize>().ok());
        // Linux before 5.9 shows no number.
        let missing = match (count(status), count(before)) {
            (Some(now), Some(then)) if now != then + self.programs.len() => {
                vec![format!(
                    "{now} filters are there, of which {then} were before; {} were installed",
                    self.programs.len()
                )]
            }
            _ => Vec::new(),
        };
        let filters = self.programs.len();
        let evidence = format!("Seccomp: {mode}; {filters} filters; {} system calls reachable", self.reachable);
        Layer::judged(Name::Seccomp, &missing, evidence)
    }
}

fn program(
    rules: Rules,
    otherwise: SeccompAction,
    matching: SeccompAction,
    arch: Arch,
) -> Result<BpfProgram, seccompiler::BackendError> {
    let target = match arch {
        Arch::x86_64 => TargetArch::x86_64,
        Arch::aarch64 => TargetArch::aarch64,
    };
    SeccompFilter::new(rules, otherwise, matching, target)?.try_into()
}

fn compile_cases(cases: &[Case]) -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let mut rules = Vec::new();
    for case in cases {
        // A rule is a conjunction, so "one of" becomes a rule for each.
        let mut conjunctions: Vec<Vec<SeccompCondition>> = vec![Vec::new()];
        for test in *case {
            let alternatives = compile_test(test)?;
            conjunctions = conjunctions
                .iter()
                .flat_map(|so_far| {
                    alternatives.iter().map(move |next| so_far.iter().chain([next]).cloned().collect::<Vec<_>>())
                })
                .collect();
        }
        for conjunction in conjunctions {
            rules.push(SeccompRule::new(conjunction)?);
        }
    }
    Ok(rules)
}

fn compile_test(test: &Test) -> Result<Vec<SeccompCondition>, seccompiler::BackendError> {
    let low = |operator, value: u32| {
        SeccompCondition::new(test.argument, SeccompCmpArgLen::Dword, operator, u64::from(value))
    };
    match test.is {
        Is::OneOf(names) => names.iter().map(|named| low(SeccompCmpOp::Eq, named.value)).collect(),
        Is::Not(named) => Ok(vec![low(SeccompCmpOp::Ne, named.value)?]),
        Is::Within(names) => {
            let allowed = names.iter().fold(0, |bits, named| bits | named.value);
            Ok(vec![low(SeccompCmpOp::MaskedEq(u64::from(!allowed)), 0)?])
        }
        Is::Null => Ok(vec![SeccompCondition::new(test.argument, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)?]),
    }
}

#[cfg(test)]
#[path = "seccomp/tests.rs"]
mod tests;
