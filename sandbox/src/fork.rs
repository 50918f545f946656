//! Forking the process that will be confined.
//!
//! Contract:
//! - [`fork`] refuses in a process with several threads: what another thread holds locked stays locked in the child for
//!   ever. A thread that has begun to exit, as one that was joined has, holds nothing and does not count;
//! - in a process with one thread it is safe: the child returns on a copy of the only stack there is;
//! - handlers of `pthread_atfork(3)` do not run. The C library's own state that fork(3) would refresh is the thread's
//!   id, which is refreshed where the library keeps one (see `sys`), and a list of robust mutexes, which no confined
//!   program should share.

use crate::namespaces::Plan;
use crate::report::Layer;
use crate::sys::{self, Cloned};
use crate::{Policy, Report};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// One side of [`fork`].
#[derive(Debug)]
pub enum Fork {
    /// The caller's.
    Parent(Child),
    /// The new process's: to be handed to [`crate::confine`].
    Child(Entered),
}

/// A process that was forked. Dropping this does not end it.
#[derive(Debug)]
#[must_use = "a child that nobody waits for stays a zombie"]
pub struct Child {
    pid: Pid,
    pidfd: OwnedFd,
}

/// Held by a forked child only: what the namespaces came to.
#[derive(Debug)]
pub struct Entered {
    pub(crate) namespaces: Vec<Layer>,
    pub(crate) mount_namespace: bool,
    /// Supplementary groups of the parent: inside, they have no names that tell them apart.
    pub(crate) groups: usize,
    /// When the parent set out to fork.
    pub(crate) began: Instant,
}

/// Why there is no child.
#[derive(Debug, thiserror::Error)]
pub enum ForkError {
    /// Other threads run.
    #[error("a process with {0} threads must not fork a confined child: what the others hold locked would stay locked")]
    Threads(u64),
    /// What `clone(2)` or `clone3(2)` says.
    #[error("clone: {0}")]
    System(#[from] Errno),
}

/// The exit code of a child of [`spawn`] that was not confined enough to run.
pub const EXIT_REFUSED: i32 = 125;

/// The exit code of a child of [`spawn`] that panicked.
pub const EXIT_PANIC: i32 = 101;

/// Forks a process into the namespaces of `plan`. The child goes on to call [`crate::confine`].
///
/// # Errors
/// See [`ForkError`].
pub fn fork(plan: &Plan) -> Result<Fork, ForkError> {
    enter(plan, sys::clone_as_fork)
}

/// The same, into a cgroup of version 2 as well, by a descriptor of its directory: the child is born there, so that no moment of
/// its life is counted elsewhere, and no lock is taken that all forks of the machine wait for, as when a process is moved.
///
/// # Errors
/// See [`ForkError`]; `ENOSYS` or `EPERM` also where a filter forbids `clone3(2)`, as in many containers.
pub fn fork_into(plan: &Plan, cgroup: BorrowedFd<'_>) -> Result<Fork, ForkError> {
    enter(plan, |flags| sys::clone_into_cgroup(flags, cgroup))
}

fn enter(plan: &Plan, clone: impl FnOnce(u64) -> nix::Result<Cloned>) -> Result<Fork, ForkError> {
    one_thread()?;
    let (began, groups) = (Instant::now(), Plan::surplus_groups());
    match clone(plan.clone_flags())? {
        Cloned::Parent { pid, pidfd } => Ok(Fork::Parent(Child::new(pid, pidfd))),
        Cloned::Child => Ok(Fork::Child(Entered {
            namespaces: plan.enter_and_report(),
            mount_namespace: plan.has_mount_namespace(),
            groups,
            began,
        })),
    }
}

/// Runs `work` in a forked and confined child; its result is the child's exit code.
///
/// Where the machine does not grant the policy's minimum, `work` never runs and the child exits with [`EXIT_REFUSED`],
/// having said why on its standard error, if that is kept.
///
/// # Errors
/// See [`ForkError`].
pub fn spawn(policy: &Policy<'_>, work: impl FnOnce(&Report) -> i32) -> Result<Child, ForkError> {
    match fork(&Plan::find(policy.layers)?)? {
        Fork::Parent(child) => Ok(child),
        Fork::Child(entered) => {
            // The child must never return into the caller's code, whatever happens.
            let code = catch_unwind(AssertUnwindSafe(|| match crate::confine(policy, entered) {
                Ok(report) => work(&report),
                Err(refused) => {
                    // Heard where standard error is kept.
                    eprintln!("{refused}");
                    EXIT_REFUSED
                }
            }));
            sys::exit_now(code.unwrap_or(EXIT_PANIC))
        }
    }
}

/// Forks a helper, in the caller's namespaces and unconfined; also of a process with threads. It runs `work` and ends with exit
/// code 0. Its end sends no signal, so what the caller does about `SIGCHLD` is no matter.
///
/// `work` makes system calls only: what other threads of the caller held locked at the fork stays locked in it.
///
/// # Errors
/// What `clone(2)` says.
pub fn fork_helper(work: impl FnOnce()) -> nix::Result<Child> {
    match sys::clone_unannounced(0)? {
        Cloned::Parent { pid, pidfd } => Ok(Child::new(pid, pidfd)),
        Cloned::Child => {
            work();
            sys::exit_now(0)
        }
    }
}

impl Child {
    pub(crate) fn new(pid: i32, pidfd: OwnedFd) -> Self {
        Self { pid: Pid::from_raw(pid), pidfd }
    }

    /// Its number, as the caller's PID namespace counts.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// What `waitid(2)` says: that somebody else has waited already, or that the caller ignores `SIGCHLD`.
    pub fn wait(&self) -> nix::Result<WaitStatus> {
        loop {
            match waitid(Id::PIDFd(self.pidfd.as_fd()), WaitPidFlag::WEXITED | WaitPidFlag::__WALL) {
                Err(Errno::EINTR) => {}
                other => return other,
            }
        }
    }

    /// Ends it with `SIGKILL`, the one signal from outside that PID 1 of a namespace cannot survive.
    ///
    /// # Errors
    /// What `pidfd_send_signal(2)` says. By the pidfd it cannot hit another process, whatever the number means by now.
    pub fn kill(&self) -> nix::Result<()> {
        sys::signal(self.pidfd.as_fd(), libc::SIGKILL)
    }

    /// Whether it has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        // A pidfd becomes readable then.
        poll(&mut [PollFd::new(self.pidfd.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
    }
}

impl AsFd for Child {
    /// The pidfd: readable when the process is gone.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}

impl From<Child> for OwnedFd {
    /// The pidfd, to be sent to whoever watches the process.
    fn from(child: Child) -> Self {
        child.pidfd
    }
}

/// Refuses unless the calling thread is the only one.
pub(crate) fn one_thread() -> Result<(), ForkError> {
    // A directory's links are its own two and one for each directory in it: one for each thread (proc_pid_task(5)).
    let links = fs::metadata("/proc/self/task").map_or(3, |metadata| metadata.nlink());
    if links <= 3 {
        return Ok(());
    }
    let running = running_threads().unwrap_or(links - 2);
    if running > 1 { Err(ForkError::Threads(running)) } else { Ok(()) }
}

/// Threads that may still hold something. One that was joined is listed for a moment more: the kernel wakes whoever
/// waits for it before it takes it off the list.
fn running_threads() -> Option<u64> {
    let mut running = 0;
    for thread in fs::read_dir("/proc/self/task").ok()? {
        // What is gone meanwhile runs no more.
        let stat = fs::read_to_string(thread.ok()?.path().join("stat")).unwrap_or_default();
        running += u64::from(!stat.is_empty() && !is_exiting(&stat));
    }
    Some(running)
}

/// Whether a line of proc_pid_stat(5) is of a thread on its way out: it never returns to the program.
fn is_exiting(stat: &str) -> bool {
    /// linux/sched.h; set before the waiting are woken.
    const PF_EXITING: u64 = 4;
    /// After the name, which may hold anything: state, parent, group, session, terminal, its group, flags.
    const FLAGS: usize = 6;
    let flags = stat.rsplit_once(')').and_then(|(_, fields)| fields.split_whitespace().nth(FLAGS)?.parse::<u64>().ok());
    flags.is_some_and(|flags| flags & PF_EXITING != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_on_its_way_out_is_told_by_its_flags() {
        let line = |flags: u64| format!("7 (a ) 4 4 name) S 1 7 7 0 -1 {flags} 120 0");
        assert!(!is_exiting(&line(0x40_0040)));
        assert!(is_exiting(&line(0x40_0044)));
        assert!(!is_exiting(""));
    }
}
