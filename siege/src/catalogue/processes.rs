//! Reaching other processes: to signal, trace, read, write, slow down or borrow from them.

use super::*;
use crate::raw::{At, sys};

const fn processes(
    name: &'static str,
    tries: &'static str,
    stops: &'static [Stop],
    perform: fn(&Targets) -> Outcome,
) -> Attempt {
    attempt(Category::Processes, name, tries, stops, perform).on(&[Part::Victim])
}

/// There is no such process; Landlock lets signals and tracing not out; and then its user is another, or its user
/// namespace.
const OUT_OF_REACH: &[Stop] = &[
    TRAPPED,
    answers(Name::PidNamespace, Errno::ESRCH),
    answers(Name::Landlock, Errno::EPERM),
    answers(Name::UserNamespace, Errno::EPERM),
    answers(Name::Privileges, Errno::EPERM),
    answers(Name::NotDumpable, Errno::EPERM),
];

/// The same for what gives away that there is such a process, and no more.
const UNSEEN: &[Stop] = &[TRAPPED, answers(Name::PidNamespace, Errno::ESRCH)];

pub(super) const ATTEMPTS: &[Attempt] = &[
    processes("kill", "ends another process", OUT_OF_REACH, |targets| {
        sys!(SYS_kill, targets.victim.get(), libc::SIGKILL).into()
    }),
    processes("kill-thread", "ends another process by tgkill(2)", OUT_OF_REACH, |targets| {
        sys!(SYS_tgkill, targets.victim.get(), targets.victim.get(), libc::SIGKILL).into()
    }),
    processes("queue-signal", "ends another process by rt_sigqueueinfo(2)", OUT_OF_REACH, |targets| {
        let mut info = [0_u32; 32];
        info[2] = libc::SI_QUEUE.cast_unsigned();
        sys!(SYS_rt_sigqueueinfo, targets.victim.get(), libc::SIGKILL, At(&mut info)).into()
    }),
    // Signal 0 asks whether there is anybody to signal; a real one would be a real harm where nothing stops it.
    processes("kill-everybody", "asks whom it could signal", UNSEEN, |_| sys!(SYS_kill, -1_i32, 0_i32).into()),
    processes("ptrace", "attaches to another process as a debugger", OUT_OF_REACH, |targets| {
        sys!(SYS_ptrace, libc::PTRACE_SEIZE, targets.victim.get(), 0_usize, 0_usize).into()
    }),
    processes("read-memory", "reads another process's memory", OUT_OF_REACH, |targets| {
        outcome(|| transfer(targets, libc::SYS_process_vm_readv))
    }),
    processes("write-memory", "writes to another process's memory", OUT_OF_REACH, |targets| {
        outcome(|| transfer(targets, libc::SYS_process_vm_writev))
    }),
    processes("pidfd-open", "gets a handle on another process", UNSEEN, |targets| {
        sys!(SYS_pidfd_open, targets.victim.get(), 0_u32).into()
    }),
    processes("pidfd-getfd", "takes a descriptor from another process", OUT_OF_REACH, |targets| {
        outcome(|| {
            let process = sys!(SYS_pidfd_open, targets.victim.get(), 0_u32)?;
            sys!(SYS_pidfd_getfd, process, targets.leaked.file, 0_u32).map(|_| true)
        })
    })
    .on(&[Part::Victim, Part::Files]),
    processes("slow-down", "lowers another process's priority", OUT_OF_REACH_OR_DENIED, |targets| {
        sys!(SYS_setpriority, libc::PRIO_PROCESS, targets.victim.get(), 19_i32).into()
    }),
    processes("pin-down", "ties another process to one CPU", OUT_OF_REACH_OR_DENIED, |targets| {
        let mut cpus = [1_u64];
        sys!(SYS_sched_setaffinity, targets.victim.get(), size_of_val(&cpus), At(&mut cpus)).into()
    }),
    processes("limit-other", "lowers another process's limits", OUT_OF_REACH, |targets| {
        let mut limit = [32_u64, 32];
        sys!(SYS_prlimit64, targets.victim.get(), libc::RLIMIT_NOFILE, At(&mut limit), 0_usize).into()
    }),
];

/// Landlock has no say in scheduling.
const OUT_OF_REACH_OR_DENIED: &[Stop] = &[
    TRAPPED,
    answers(Name::PidNamespace, Errno::ESRCH),
    answers(Name::Privileges, Errno::EPERM),
    answers(Name::UserNamespace, Errno::EPERM),
];

fn transfer(targets: &Targets, number: libc::c_long) -> Result<bool, Errno> {
    let mut bytes = [0x41_u8; 8];
    let here = [bytes.as_mut_ptr() as usize, 8];
    let there = [targets.victim_address as usize, 8];
    let number_of = 1_usize;
    crate::raw::call(
        number,
        &[targets.victim.get() as usize, here.as_ptr() as usize, number_of, there.as_ptr() as usize, number_of, 0],
    )
    .map(|length| length == 8)
}
