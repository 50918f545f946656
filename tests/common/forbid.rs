//! Machines that forbid a layer, by really forbidding it: a filter that was there before the browser, as a container has one.

use nix::errno::Errno;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter,
};
use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// A system call, and what one of its arguments must be like to be refused; `None` for all of its calls.
pub(crate) type Forbidden = (i64, Option<(u8, SeccompCmpOp, u64)>);

const NEW_ANYTHING: i32 = libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWNS;

/// No namespaces by either call, and no mounting.
pub(crate) fn namespaces() -> Vec<Forbidden> {
    let bits = (0..31).map(|shift| 1_u64 << shift).filter(|bit| NEW_ANYTHING as u64 & bit != 0);
    let flags = bits.flat_map(|bit| {
        [libc::SYS_clone, libc::SYS_unshare].map(|call| (call, Some((0, SeccompCmpOp::MaskedEq(bit), bit))))
    });
    flags.chain([(libc::SYS_mount, None)]).collect()
}

/// No Landlock.
pub(crate) fn landlock() -> Vec<Forbidden> {
    vec![(libc::SYS_landlock_create_ruleset, None)]
}

/// No filters of one's own, by either call.
pub(crate) fn filters() -> Vec<Forbidden> {
    let by_prctl = (0, SeccompCmpOp::Eq, libc::PR_SET_SECCOMP as u64);
    vec![(libc::SYS_seccomp, None), (libc::SYS_prctl, Some(by_prctl))]
}

/// Has the program start under a filter that answers these calls with `EPERM`.
#[expect(unsafe_code, reason = "what happens between fork and exec is up to the caller to keep async-signal-safe")]
pub(crate) fn under(command: &mut Command, forbidden: &[Forbidden]) {
    let mut rules = BTreeMap::new();
    for (call, argument) in forbidden {
        let rules: &mut Vec<SeccompRule> = rules.entry(*call).or_default();
        if let Some((index, operator, value)) = argument {
            let condition = SeccompCondition::new(*index, SeccompCmpArgLen::Dword, operator.clone(), *value);
            rules.push(SeccompRule::new(vec![condition.expect("a condition")]).expect("a rule"));
        }
    }
    let arch = std::env::consts::ARCH.try_into().expect("an architecture");
    let answer = SeccompAction::Errno(Errno::EPERM as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, answer, arch).expect("a filter");
    let program: BpfProgram = filter.try_into().expect("a program");
    // SAFETY: between fork and exec the closure makes two system calls (prctl, seccomp) over memory that was there before.
    unsafe { command.pre_exec(move || apply_filter(&program).map_err(|_| Errno::EINVAL.into())) };
}
