//! The sandbox of the renderers: prepared once, applied in each child.

use super::ZygoteError;
use crate::process::last_words;
use bulkhead_sandbox::profile::renderer::RENDERER;
use bulkhead_sandbox::seccomp::Filters;
use bulkhead_sandbox::{
    Arch, Entered, Fork, ForkError, Layers, Minimum, Name, Plan, Policy, Refused, Report, fork, fork_into, violation,
};
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, write};
use std::os::fd::{BorrowedFd, OwnedFd};

/// Moves a child that was not waited for into a cgroup. Whether that was possible.
pub(super) fn adopt(cgroup: &OwnedFd, child: Pid) -> bool {
    let file = openat(cgroup, "cgroup.procs", OFlag::O_WRONLY | OFlag::O_CLOEXEC, Mode::empty());
    file.and_then(|file| write(&file, child.to_string().as_bytes())).is_ok()
}

/// What is left of the layers with `--no-sandbox`: no protection, but the same tidy process.
const TIDY: Layers = Layers::NONE.with(Name::Descriptors).with(Name::Environment).with(Name::Limits);

/// What this machine grants, and the system call filter, compiled.
pub(super) struct Sandbox {
    layers: Layers,
    plan: Plan,
    filters: Filters,
}

impl Sandbox {
    /// Finds out what can be had. It forks to do so, and waits for those children.
    pub(super) fn prepare(confine: bool) -> Result<Self, ZygoteError> {
        let layers = if confine { Layers::ALL } else { TIDY };
        Ok(Self { layers, plan: Plan::find(layers)?, filters: Filters::compile(&RENDERER, Arch::THIS)? })
    }

    /// Forks, into namespaces where they can be had, and into a cgroup where there is one. Whether it came there.
    pub(super) fn fork(&self, cgroup: Option<BorrowedFd<'_>>) -> (Result<Fork, ForkError>, bool) {
        match cgroup.map(|cgroup| fork_into(&self.plan, cgroup)) {
            Some(Ok(fork)) => (Ok(fork), true),
            // A filter may forbid clone3(2): then the child is moved there.
            None | Some(Err(_)) => (fork(&self.plan), false),
        }
    }

    /// In the child: all other layers. `control` takes the last words of whoever breaks the profile.
    pub(super) fn close(
        &self,
        entered: Entered,
        keep: &[BorrowedFd<'_>],
        control: BorrowedFd<'_>,
    ) -> Result<Report, Refused> {
        // It fails for a signal that is none only.
        let _ = violation::report_to(control, last_words::encode_violation);
        let minimum = if self.layers == Layers::ALL { Minimum::Stated } else { Minimum::Nothing };
        let policy = Policy { layers: self.layers, filters: Some(&self.filters), keep, minimum, ..Policy::renderer() };
        bulkhead_sandbox::confine(&policy, entered)
    }
}
