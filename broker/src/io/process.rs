//! A renderer's process as the kernel knows it: its pidfd, its cgroup, its share of the CPU, its memory.

use super::zygote::Newborn;
use crate::memory::cgroup::Cell;
use crate::memory::meter::Meter;
use crate::proc::anonymous;
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
        if cell.is_some() && !in_cgroup {
            tracing::warn!("process {pid} stays outside of its cgroup");
        }
        Self { pid, pidfd, cell, meter: memory.map(Meter::born_with) }
    }

    /// Gives it the share of the CPU that befits its tab, by its cgroup. Whether it has one that can.
    pub(super) fn set_visible(&self, visible: bool) -> bool {
        self.cell.as_ref().is_some_and(|cell| cell.set_visible(visible))
    }

    /// Its number.
    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    /// `SIGKILL`, as anybody could send it.
    pub(super) fn kill(&self) {
        if let Err(errno) = self.pidfd.kill() {
            tracing::error!(%errno, "cannot kill process {}", self.pid);
        }
    }

    /// Looks at what it uses. Whether it has grown.
    pub(super) fn look_at_memory(&mut self) -> bool {
        let Some(meter) = &mut self.meter else { return false };
        let bytes = anonymous(self.pid.as_raw());
        // Its number cannot come to mean another process before it was waited for. Asked after the look, this tells whose
        // memory that was; asked before, it would tell nothing.
        let its_own = self.pidfd.signal(0).is_ok();
        // Of a process that has just ended, the last figure stands.
        bytes.filter(|_| its_own).is_some_and(|bytes| meter.note(bytes))
    }

    /// Bytes of memory that it has made its own, when they were last looked at.
    pub(super) fn memory(&self) -> Option<u64> {
        self.meter.as_ref().map(Meter::used)
    }

    /// Whether the kernel has killed it for what its cgroup has no memory for.
    pub(super) fn has_run_out(&self) -> bool {
        self.cell.as_ref().is_some_and(Cell::has_run_out)
    }
}

impl AsFd for Process {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}
