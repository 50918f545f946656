//! A renderer's process as the kernel knows it: its pidfd, its cgroup, its share of the CPU, its memory.

use super::priority;
use super::zygote::Newborn;
use crate::memory::cgroup::Cell;
use crate::memory::meter::Meter;
use bulkhead_shared::pidfd::Pidfd;
use nix::unistd::Pid;
use std::os::fd::{AsFd, BorrowedFd};

/// One process, alive or not.
#[derive(Debug)]
pub(super) struct Process {
    pid: Pid,
    pidfd: Pidfd,
    cell: Option<Cell>,
    /// `None` where `/proc` tells nothing of others.
    meter: Option<Meter>,
}

impl Process {
    /// The zygote has forked it, to live in this cgroup.
    pub(super) fn new(newborn: Newborn, cell: Option<Cell>) -> Self {
        let Newborn { pid, pidfd, in_cgroup, memory } = newborn;
        if let Some(cell) = cell.as_ref().filter(|_| !in_cgroup)
            && let Err(error) = cell.adopt(pid)
        {
            tracing::warn!(%error, "process {pid} stays outside of its cgroup");
        }
        Self { pid, pidfd, cell, meter: memory.map(Meter::born_with) }
    }

    /// Gives it the share of the CPU that befits its tab.
    pub(super) fn set_visible(&self, visible: bool) {
        let weighed = self.cell.as_ref().is_some_and(|cell| cell.set_visible(visible));
        if !weighed && let Some(pid) = self.live_pid() {
            priority::set(pid, visible);
        }
    }

    /// `SIGKILL`, as anybody could send it.
    pub(super) fn kill(&self) {
        // ESRCH: it is dead already.
        let _ = self.pidfd.signal(libc::SIGKILL);
    }

    /// Looks at what it uses. Whether it has grown.
    pub(super) fn look_at_memory(&mut self) -> bool {
        let pid = self.live_pid();
        self.meter.as_mut().zip(pid).is_some_and(|(meter, pid)| meter.read(pid))
    }

    /// Bytes of memory that it has made its own, when they were last looked at.
    pub(super) fn memory(&self) -> Option<u64> {
        self.meter.as_ref().map(Meter::used)
    }

    /// Whether the kernel has killed it for what its cgroup has no memory for.
    pub(super) fn has_run_out(&self) -> bool {
        self.cell.as_ref().is_some_and(Cell::has_run_out)
    }

    /// Its number, which is its own as long as it can be signalled.
    fn live_pid(&self) -> Option<Pid> {
        self.pidfd.signal(0).is_ok().then_some(self.pid)
    }
}

impl AsFd for Process {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}
