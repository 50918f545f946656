//! Becoming more: users, capabilities, and the process's own rules.

use super::*;
use crate::raw::{At, sys};

const fn privileges(
    name: &'static str,
    tries: &'static str,
    stops: &'static [Stop],
    perform: fn(&Targets) -> Outcome,
) -> Attempt {
    attempt(Category::Privileges, name, tries, stops, perform)
}

const ALREADY: Stop = rule("only root may", Sign::Error(Errno::EPERM));

/// A right that counts in the user namespace alone is worth nothing outside it.
const OWN: Stop = stop(Name::UserNamespace, Sign::Contained);

/// What is changed is the process's own, for the worse; the filter stops it because nothing needs it.
const OWN_AFFAIR: &[Stop] = &[TRAPPED, rule("it harms nobody but itself", Sign::Contained)];

pub(super) const ATTEMPTS: &[Attempt] = &[
    privileges(
        "become-root",
        "sets its user to 0",
        &[TRAPPED, answers(Name::UserNamespace, Errno::EINVAL), answers(Name::Privileges, Errno::EPERM), ALREADY],
        |_| sys!(SYS_setresuid, 0_i32, 0_i32, 0_i32).into(),
    ),
    privileges(
        "join-groups",
        "gives itself groups",
        &[TRAPPED, answers(Name::UserNamespace, Errno::EPERM), answers(Name::Privileges, Errno::EPERM), ALREADY],
        |_| {
            let mut groups = [0_u32, 42];
            sys!(SYS_setgroups, 2_usize, At(&mut groups)).into()
        },
    ),
    privileges(
        "raise-capabilities",
        "gives itself the most powerful capability",
        &[TRAPPED, answers(Name::Privileges, Errno::EPERM), OWN, ALREADY],
        |_| {
            let mut header = [0x2008_0522_u32, 0];
            // CAP_SYS_ADMIN, effective and permitted.
            let mut sets = [1_u32 << 21, 1 << 21, 0, 0, 0, 0];
            sys!(SYS_capset, At(&mut header), At(&mut sets)).into()
        },
    ),
    privileges(
        "unlock-securebits",
        "takes back that root is nobody special",
        &[TRAPPED, answers(Name::Privileges, Errno::EPERM), OWN, ALREADY],
        |_| sys!(SYS_prctl, libc::PR_SET_SECUREBITS, 0_i32, 0_i32, 0_i32, 0_i32).into(),
    ),
    privileges("be-dumpable", "lets others read its memory again", OWN_AFFAIR, |_| {
        sys!(SYS_prctl, libc::PR_SET_DUMPABLE, 1_i32, 0_i32, 0_i32, 0_i32).into()
    }),
    privileges(
        "undo-write-xor-execute",
        "takes back that memory is either writable or executable",
        &[TRAPPED, answers(Name::WriteXorExecute, Errno::EPERM), rule("it harms nobody but itself", Sign::Contained)],
        |_| match sys!(SYS_prctl, libc::PR_SET_MDWE, 0_i32, 0_i32, 0_i32, 0_i32) {
            // Linux before 6.3 does not know the option; the bits are valid wherever it is known.
            Err(Errno::EINVAL) => Outcome::Unable(Unable::NotInKernel),
            result => result.into(),
        },
    ),
    privileges("second-filter", "puts a filter of its own over the sandbox's", OWN_AFFAIR, |_| {
        // One instruction: allow everything. The strictest filter counts, so this would change nothing.
        let mut allow = [6_u64 | (0x7fff_0000 << 32)];
        let mut program = [1_usize, allow.as_mut_ptr() as usize];
        outcome(|| {
            sys!(SYS_prctl, libc::PR_SET_NO_NEW_PRIVS, 1_i32, 0_i32, 0_i32, 0_i32)?;
            sys!(SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0_u32, At(&mut program)).map(|_| true)
        })
    }),
    privileges("catch-violations", "handles SIGSYS itself, to go on after violations", OWN_AFFAIR, |_| {
        let mut action = [libc::SIG_IGN, 0, 0, 0];
        sys!(SYS_rt_sigaction, libc::SIGSYS, At(&mut action), 0_usize, 8_usize).into()
    }),
    privileges(
        "readable-is-executable",
        "sets the personality in which everything readable is executable",
        OWN_AFFAIR,
        |_| sys!(SYS_personality, libc::READ_IMPLIES_EXEC).into(),
    ),
    privileges(
        "read-environment",
        "looks into its memory for the environment of whoever started it",
        &[answers(Name::Environment, Errno::ENODATA)],
        |targets| {
            if targets.environment == 0 {
                return Outcome::Unable(Unable::NoTarget);
            }
            outcome(|| Ok(crate::raw::text_at(targets.environment as usize)))
        },
    ),
];
