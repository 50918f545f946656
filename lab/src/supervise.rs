//! Nothing is left behind: the process that watches over the lab's work.
//!
//! Contract:
//! - the work runs in a child, the *worker*; the supervisor does nothing but wait, so that nothing can keep it from cleaning;
//! - it adopts every orphan of the work (`PR_SET_CHILD_SUBREAPER`) and ends only when all are reaped;
//! - when the work takes longer than its limit, or the lab gets SIGINT, SIGTERM or SIGHUP, that ends the worker; its children die with it (see [`crate::fork`]); the exit code is 130;
//! - afterwards, names of processes that are no more are removed (see [`crate::names`]), also those of an earlier run whose
//!   supervisor was killed with SIGKILL.

use crate::error::{Call, Error, Result};
use crate::fork::{Exit, Peer, fork};
use crate::names::sweep;
use nix::errno::Errno;
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, alarm, getpid};
use std::time::{Duration, Instant};

/// How long a process may take to end that is neither the worker nor dies with it (a program that a pipeline started, and
/// that started another), before it is left alone.
const STRANGERS: Duration = Duration::from_secs(2);

/// Runs `work`, at most as long as `limit`, and returns its exit code: 0, 1, 101 for a panic, 130 when it was interrupted.
///
/// # Errors
/// Where the worker cannot be started, or was ended by a signal or the limit.
pub fn supervise(limit: Option<Duration>, work: impl FnOnce() -> Result<()>) -> Result<u8> {
    sweep(&[]);
    set_child_subreaper(true).call("prctl(PR_SET_CHILD_SUBREAPER)")?;
    let watched = signals();
    watched.thread_block().call("sigprocmask(2)")?;
    let mut worker = fork(&[], || {
        signals().thread_unblock().call("sigprocmask(2)")?;
        work()
    })?;
    let _ = limit.map(|limit| alarm::set(u32::try_from(limit.as_secs()).unwrap_or(u32::MAX)));
    let mut ended = Vec::new();
    let mut cause = None;
    while !worker.peer().is_gone() {
        match watched.wait() {
            Ok(Signal::SIGCHLD) => reap_orphans(worker.pid(), &mut ended),
            Ok(signal) => {
                cause = Some(signal);
                worker.kill(Signal::SIGKILL)?;
            }
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno).call("sigwait(3)"),
        }
    }
    let exit = worker.wait()?;
    ended.push(worker.pid().as_raw().unsigned_abs());
    reap_all(&mut ended);
    sweep(&ended);
    alarm::cancel();
    watched.thread_unblock().call("sigprocmask(2)")?;
    match exit {
        _ if cause == Some(Signal::SIGALRM) => Err(Error::Broken("it took too long and was ended".into())),
        _ if cause.is_some() => Ok(130),
        Exit::Code(code) => Ok(u8::try_from(code).unwrap_or(1)),
        Exit::Signal(Signal::SIGINT | Signal::SIGTERM | Signal::SIGHUP) => Ok(130),
        exit @ Exit::Signal(_) => Err(Error::Broken(format!("the lab's own process ended with {exit}"))),
    }
}

fn signals() -> SigSet {
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGCHLD, Signal::SIGALRM].into_iter().collect()
}

/// Reaps whatever has ended, except for the worker, whose handle does that.
fn reap_orphans(worker: Pid, ended: &mut Vec<u32>) {
    for pid in children().filter(|pid| *pid != worker) {
        if let Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..)) = waitpid(pid, Some(WaitPidFlag::WNOHANG)) {
            ended.push(pid.as_raw().unsigned_abs());
        }
    }
}

/// Ends and reaps every child that there is.
fn reap_all(ended: &mut Vec<u32>) {
    let until = Instant::now() + STRANGERS;
    loop {
        for pid in children() {
            let _ = Peer::open(pid).and_then(|child| child.signal(Signal::SIGKILL));
        }
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Err(_) => return,
            Ok(WaitStatus::StillAlive) if Instant::now() > until => return,
            Ok(WaitStatus::StillAlive) => std::thread::sleep(Duration::from_millis(1)),
            Ok(status) => ended.extend(status.pid().map(|pid| pid.as_raw().unsigned_abs())),
        }
    }
}

fn children() -> impl Iterator<Item = Pid> {
    let list = std::fs::read_to_string(format!("/proc/self/task/{}/children", getpid())).unwrap_or_default();
    list.split_whitespace().filter_map(|pid| pid.parse().ok().map(Pid::from_raw)).collect::<Vec<_>>().into_iter()
}
