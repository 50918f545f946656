//! Where the machine forbids a layer, the others hold, the report says what to do, and below the minimum nothing runs.

mod support;

use bulkhead_sandbox::{EXIT_REFUSED, Layers, Minimum, Name, Plan, Policy, State};
use nix::errno::Errno;
use nix::unistd::geteuid;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::fd::AsFd;
use support::{Outcome, Skipped, confined, exited, kernel, run};

fn main() {
    run(&[
        ("a_filter_that_forbids_user_namespaces", a_filter_that_forbids_user_namespaces),
        ("a_limit_of_no_user_namespaces", a_limit_of_no_user_namespaces),
        ("a_kernel_without_landlock", a_kernel_without_landlock),
        ("a_kernel_where_landlock_was_not_started", a_kernel_where_landlock_was_not_started),
        ("a_kernel_without_write_xor_execute", a_kernel_without_write_xor_execute),
        ("below_the_minimum_nothing_runs", below_the_minimum_nothing_runs),
        ("no_network_namespaces_alone", no_network_namespaces_alone),
        ("a_chroot", a_chroot),
    ]);
}

const NAMESPACES: [Name; 6] = [
    Name::UserNamespace,
    Name::PidNamespace,
    Name::NetNamespace,
    Name::IpcNamespace,
    Name::UtsNamespace,
    Name::EmptyRoot,
];

const NEW_ANYTHING: i32 = libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWNS;

/// Runs `test` in a process of its own, on which `forbid` has been laid, and passes its panic on.
fn where_forbidden(forbid: impl FnOnce(), test: impl FnOnce()) {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    let plain = Plan::find(Layers::NONE).expect("a plan");
    match bulkhead_sandbox::fork(&plain).expect("a fork") {
        bulkhead_sandbox::Fork::Child(_) => {
            let passed = catch_unwind(AssertUnwindSafe(|| {
                forbid();
                test();
            }));
            bulkhead_sandbox::exit_now(i32::from(passed.is_err()));
        }
        bulkhead_sandbox::Fork::Parent(child) => {
            let end = child.wait().expect("an end");
            assert!(exited(end, 0), "{end:?}; what failed is said above");
        }
    }
}

/// A filter that answers these calls with this error, where any of the bits of an argument is set.
fn forbid(calls: &[(i64, Option<(u8, i32)>)], errno: Errno) {
    let mut rules = BTreeMap::new();
    for (call, bits) in calls {
        let rules: &mut Vec<SeccompRule> = rules.entry(*call).or_default();
        let Some((argument, bits)) = bits else { continue };
        for bit in (0..31).map(|shift| 1_u64 << shift).filter(|bit| *bits as u64 & bit != 0) {
            let operator = SeccompCmpOp::MaskedEq(bit);
            let condition =
                SeccompCondition::new(*argument, SeccompCmpArgLen::Dword, operator, bit).expect("a condition");
            rules.push(SeccompRule::new(vec![condition]).expect("a rule"));
        }
    }
    let arch = std::env::consts::ARCH.try_into().expect("an architecture");
    let filter =
        SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(errno as u32), arch).expect("a filter");
    let program: BpfProgram = filter.try_into().expect("a program");
    seccompiler::apply_filter(&program).expect("the filter is installed");
}

/// What a container's filter does: no namespaces by either call, and no mounting.
fn forbid_namespaces() {
    let (clone, unshare) = ((libc::SYS_clone, Some((0, NEW_ANYTHING))), (libc::SYS_unshare, Some((0, NEW_ANYTHING))));
    forbid(&[clone, unshare, (libc::SYS_mount, None)], Errno::EPERM);
}

fn forbid_landlock(errno: Errno) {
    forbid(&[(libc::SYS_landlock_create_ruleset, None)], errno);
}

/// What a confined child says of these layers; `None` for one that is on.
fn reasons(names: &'static [Name]) -> Vec<Option<String>> {
    let child = confined(&Policy::renderer(), move |report, mut pipe| {
        for name in names {
            let line = match report.state(*name) {
                Some(State::Off(reason)) => reason.clone(),
                Some(State::Partial(_) | State::On) => "on".to_owned(),
                None => "not reported".to_owned(),
            };
            pipe.write_all(format!("{line}\n").as_bytes()).expect("the pipe is written");
        }
        0
    });
    let (said, end) = child.finish();
    let said = String::from_utf8(said).expect("text");
    assert!(exited(end, 0), "{end:?} {said}");
    said.lines().map(|line| (line != "on").then(|| line.to_owned())).collect()
}

/// Layers that need no namespace.
const OTHERS: &[Name] = &[
    Name::Privileges,
    Name::NoNewPrivs,
    Name::Descriptors,
    Name::Environment,
    Name::Limits,
    Name::NotDumpable,
    Name::WriteXorExecute,
    Name::Landlock,
    Name::Seccomp,
];

/// All of them, but for what this kernel lacks; the report then says what to do about it.
fn the_others_are_on() {
    for (name, reason) in OTHERS.iter().zip(reasons(OTHERS)) {
        let Some(reason) = reason else { continue };
        assert!(kernel::lacks(*name).is_some() && reason.contains("Remedy"), "{name}: {reason}");
    }
}

fn a_filter_that_forbids_user_namespaces() -> Outcome {
    kernel::needs(Name::Landlock)?;
    where_forbidden(forbid_namespaces, || {
        let namespaces = reasons(&NAMESPACES);
        assert!(namespaces.iter().all(Option::is_some), "{namespaces:?}");
        let user = namespaces[0].as_deref().unwrap_or_default();
        assert!(user.contains("seccomp filter") && user.contains("Remedy"), "{user}");
        the_others_are_on();
        // Without a user namespace in between, the user inside is the user outside.
        let (_, end) = confined(&Policy::renderer(), |report, _| {
            let privileges = report.layers.iter().find(|layer| layer.name == Name::Privileges);
            i32::from(privileges.is_none_or(|layer| layer.evidence.contains("uid 0,")))
        })
        .finish();
        assert!(exited(end, 0), "{end:?}: it is still root");
    });
    kernel::but_for(OTHERS.iter().copied())
}

/// In a user namespace of its own, so that the machine's limit stays as it is.
fn a_limit_of_no_user_namespaces() -> Outcome {
    let limit = || {
        let (uid, gid) = (geteuid(), nix::unistd::getegid());
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWUSER).expect("a user namespace");
        fs::write("/proc/self/setgroups", "deny").expect("written");
        fs::write("/proc/self/gid_map", format!("1000 {gid} 1")).expect("written");
        fs::write("/proc/self/uid_map", format!("1000 {uid} 1")).expect("written");
        fs::write("/proc/sys/user/max_user_namespaces", "0").expect("written");
    };
    where_forbidden(limit, || {
        let namespaces = reasons(&NAMESPACES);
        let user = namespaces[0].as_deref().unwrap_or("on");
        assert!(user.contains("sudo sysctl -w user.max_user_namespaces"), "{user}");
        the_others_are_on();
    });
    kernel::but_for(OTHERS.iter().copied())
}

fn a_kernel_without_landlock() -> Outcome {
    where_forbidden(
        || forbid_landlock(Errno::ENOSYS),
        || {
            let landlock = reasons(&[Name::Landlock]);
            assert!(landlock[0].as_deref().is_some_and(|reason| reason.contains("lacks Landlock")), "{landlock:?}");
            let namespaces = reasons(&NAMESPACES);
            assert!(namespaces.iter().all(Option::is_none), "{namespaces:?}");
        },
    );
    Ok(())
}

fn a_kernel_where_landlock_was_not_started() -> Outcome {
    where_forbidden(
        || forbid_landlock(Errno::EOPNOTSUPP),
        || {
            let landlock = reasons(&[Name::Landlock]);
            assert!(landlock[0].as_deref().is_some_and(|reason| reason.contains("lsm=")), "{landlock:?}");
        },
    );
    Ok(())
}

fn a_kernel_without_write_xor_execute() -> Outcome {
    let unknown = || {
        let operation = SeccompCmpOp::Eq;
        let condition = SeccompCondition::new(0, SeccompCmpArgLen::Dword, operation, libc::PR_SET_MDWE as u64);
        let rule = SeccompRule::new(vec![condition.expect("a condition")]).expect("a rule");
        let rules = BTreeMap::from([(libc::SYS_prctl, vec![rule])]);
        let arch = std::env::consts::ARCH.try_into().expect("an architecture");
        let answer = SeccompAction::Errno(libc::EINVAL as u32);
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, answer, arch).expect("a filter");
        let program: BpfProgram = filter.try_into().expect("a program");
        seccompiler::apply_filter(&program).expect("the filter is installed");
    };
    where_forbidden(unknown, || {
        let reasons = reasons(&[Name::WriteXorExecute, Name::Seccomp]);
        assert!(reasons[0].as_deref().is_some_and(|reason| reason.contains("PROT_EXEC")), "{reasons:?}");
        assert_eq!(reasons[1], None);
    });
    Ok(())
}

fn below_the_minimum_nothing_runs() -> Outcome {
    let both = || {
        forbid_landlock(Errno::ENOSYS);
        forbid_namespaces();
    };
    where_forbidden(both, || {
        let child = confined(&Policy::renderer(), |_, _| 0);
        let (said, end) = child.finish();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(exited(end, EXIT_REFUSED), "{end:?} {said}");
        assert!(said.contains("landlock") && said.contains("net-namespace"), "{said}");
        // Unless it is asked for.
        let policy = Policy { minimum: Minimum::Nothing, ..Policy::renderer() };
        let (_, end) = confined(&policy, |_, _| 0).finish();
        assert!(exited(end, 0), "{end:?}");
    });
    Ok(())
}

fn no_network_namespaces_alone() -> Outcome {
    kernel::needs(Name::Landlock)?;
    let net = || {
        let bits = Some((0, libc::CLONE_NEWNET));
        forbid(&[(libc::SYS_clone, bits), (libc::SYS_unshare, bits)], Errno::EPERM);
    };
    where_forbidden(net, || {
        let namespaces = reasons(&NAMESPACES);
        let off: Vec<_> = NAMESPACES.into_iter().zip(&namespaces).filter(|(_, reason)| reason.is_some()).collect();
        assert!(off.len() == 1 && off[0].0 == Name::NetNamespace, "{off:?}");
    });
    Ok(())
}

/// In a chroot, the kernel refuses user namespaces, and there is no `/proc` to verify anything by.
fn a_chroot() -> Outcome {
    if !geteuid().is_root() {
        return Err(Skipped("only root may change its root".into()));
    }
    let directory = tempfile::tempdir().expect("a directory");
    let kept = fs::File::open("/dev/null").expect("a file");
    // Asked while there is a /proc.
    let lacks_landlock = kernel::lacks(Name::Landlock).is_some();
    where_forbidden(
        || nix::unistd::chroot(directory.path()).and_then(|()| nix::unistd::chdir("/")).expect("a chroot"),
        || {
            let keep = [kept.as_fd()];
            let policy = Policy { keep: &keep, minimum: Minimum::Nothing, ..Policy::renderer() };
            let child = confined(&policy, |report, _| {
                let landlock = report.is_on(Name::Landlock) || lacks_landlock;
                i32::from(!report.is_on(Name::NoNewPrivs) || !landlock)
            });
            let (_, end) = child.finish();
            assert!(exited(end, 0), "{end:?}");
        },
    );
    kernel::but_for([Name::Landlock])
}
