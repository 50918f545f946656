//! Bounds that the kernel enforces, by cgroup v2 (cgroups(7)), where a part of its tree is the browser's to manage.
//!
//! A cgroup counts as delegated when this process may make cgroups in it, is alone in it, and has the memory controller there:
//! what `systemd-run --user --scope -p Delegate=yes bulkhead` gives. It becomes:
//!
//! ```text
//! SCOPE                    as it was given
//! ├── bulkhead-broker      broker and zygote: a cgroup with controllers for its parts may hold no process itself
//! └── bulkhead-tabs        memory.max: the budget of all
//!     └── renderer-N       memory.max: a tab's, and its surface; pids.max: 1; cpu.weight: less while hidden
//! ```
//!
//! Contract:
//! - a renderer is *born* in its cgroup (`CLONE_INTO_CGROUP`, clone3(2)): moving one there takes a lock that all forks of the
//!   machine wait for;
//! - when the browser ends, the scope is as it was given.

use super::Budget;
use bulkhead_shared::ids::RendererId;
use bulkhead_shared::limits::SURFACE_BYTES;
use nix::unistd::Pid;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

const BROKER: &str = "bulkhead-broker";
const TABS: &str = "bulkhead-tabs";

/// Without the first there is nothing to gain here.
const CONTROLLERS: [&str; 3] = ["memory", "pids", "cpu"];

/// What a hidden tab's share of the CPU is worth beside a visible one's, which is the kernel's default.
const HIDDEN_WEIGHT: &str = "33";
const VISIBLE_WEIGHT: &str = "100";

/// Why no cgroup is the browser's to manage.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotDelegated {
    #[error("there is no cgroup v2 hierarchy")]
    None,
    #[error("the hierarchy's root is nobody's to manage; {REMEDY}")]
    Root,
    #[error("the memory controller is not there in the cgroup {0}: version 1 has it, or nobody delegates it; {REMEDY}")]
    NoController(String),
    #[error("other processes are in the cgroup {0}; {REMEDY}")]
    Shared(String),
    #[error("the cgroup {0} cannot be managed: {1}; {REMEDY}")]
    Forbidden(String, io::Error),
}

const REMEDY: &str = "to be given one: systemd-run --user --scope -p Delegate=yes bulkhead";

/// The part of the tree that is the browser's.
#[derive(Debug)]
pub(crate) struct Cgroup {
    /// As it was given.
    scope: PathBuf,
    /// What renderers get.
    budget: Budget,
    controllers: Vec<&'static str>,
}

/// The cgroup of one renderer.
#[derive(Debug)]
pub(crate) struct Cell {
    directory: PathBuf,
    handle: File,
}

impl Cgroup {
    /// Takes over the cgroup that this process is in, if it is delegated.
    pub(crate) fn take_over(budget: Budget) -> Result<Self, NotDelegated> {
        let membership = fs::read_to_string("/proc/self/cgroup").map_err(|_| NotDelegated::None)?;
        let mounts = fs::read_to_string("/proc/self/mountinfo").map_err(|_| NotDelegated::None)?;
        let name = own(&membership).ok_or(NotDelegated::None)?;
        let scope = directory(&mounts, name).ok_or(NotDelegated::None)?;
        Self::take(scope, name, budget)
    }

    fn take(scope: PathBuf, name: &str, budget: Budget) -> Result<Self, NotDelegated> {
        let forbidden = |error| NotDelegated::Forbidden(name.to_owned(), error);
        let read = |file: &str| fs::read_to_string(scope.join(file)).map_err(forbidden);
        let offered = read("cgroup.controllers")?;
        let offered: Vec<_> = offered.split_whitespace().collect();
        let controllers: Vec<_> = CONTROLLERS.into_iter().filter(|name| offered.contains(name)).collect();
        if controllers.first() != Some(&"memory") {
            return Err(NotDelegated::NoController(name.to_owned()));
        }
        // The root has no such file.
        if !scope.join("cgroup.type").exists() {
            return Err(NotDelegated::Root);
        }
        let this = Pid::this().to_string();
        if read("cgroup.procs")?.split_whitespace().any(|process| process != this) {
            return Err(NotDelegated::Shared(name.to_owned()));
        }
        // From here on, dropping it undoes what was done.
        let cgroup = Self { scope, budget, controllers };
        cgroup.settle().map_err(forbidden)?;
        Ok(cgroup)
    }

    fn settle(&self) -> io::Result<()> {
        let (broker, tabs) = (self.scope.join(BROKER), self.tabs());
        make(&broker)?;
        write(&broker, "cgroup.procs", &Pid::this().to_string())?;
        self.control(&self.scope, '+')?;
        make(&tabs)?;
        write(&tabs, "memory.max", &self.budget.all.to_string())?;
        self.control(&tabs, '+')
    }

    /// Has a cgroup's parts controlled, or no longer.
    fn control(&self, directory: &Path, sign: char) -> io::Result<()> {
        let all: Vec<_> = self.controllers.iter().map(|name| format!("{sign}{name}")).collect();
        write(directory, "cgroup.subtree_control", &all.join(" "))
    }

    fn tabs(&self) -> PathBuf {
        self.scope.join(TABS)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.scope
    }

    /// Makes the cgroup of a new renderer.
    pub(crate) fn cell(&self, renderer: RendererId) -> io::Result<Cell> {
        let directory = self.tabs().join(format!("renderer-{}", renderer.0));
        make(&directory)?;
        let bounds = || {
            // The first to touch a page is charged for it, and that is the renderer for its surface.
            let memory = self.budget.tab.saturating_add(SURFACE_BYTES as u64);
            write(&directory, "memory.max", &memory.to_string())?;
            write(&directory, "memory.oom.group", "1")?;
            if self.controllers.contains(&"pids") {
                write(&directory, "pids.max", "1")?;
            }
            File::open(&directory)
        };
        match bounds() {
            Ok(handle) => Ok(Cell { directory, handle }),
            Err(error) => {
                remove(&directory);
                Err(error)
            }
        }
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // Whatever fails here leaves an empty cgroup, which goes when its scope goes.
        let cells = fs::read_dir(self.tabs()).into_iter().flatten().flatten();
        cells.for_each(|cell| remove(&cell.path()));
        remove(&self.tabs());
        let given_back = [self.control(&self.scope, '-'), write(&self.scope, "cgroup.procs", &Pid::this().to_string())];
        for error in given_back.into_iter().filter_map(Result::err) {
            tracing::debug!(%error, "the cgroup {} is not as it was", self.scope.display());
        }
        remove(&self.scope.join(BROKER));
    }
}

impl Cell {
    /// Gives its processes their share of the CPU. Whether it could.
    pub(crate) fn set_visible(&self, visible: bool) -> bool {
        write(&self.directory, "cpu.weight", if visible { VISIBLE_WEIGHT } else { HIDDEN_WEIGHT }).is_ok()
    }

    /// Whether the kernel has killed its process for want of memory.
    pub(crate) fn has_run_out(&self) -> bool {
        fs::read_to_string(self.directory.join("memory.events")).is_ok_and(|events| kills(&events) > 0)
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        // Where its process is not quite gone yet, the browser's end removes it.
        remove(&self.directory);
    }
}

impl AsFd for Cell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

/// One that is there already is somebody's who was killed: of the same name, but with another's count of events.
fn make(directory: &Path) -> io::Result<()> {
    remove(directory);
    match fs::create_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result,
    }
}

/// Removes an empty cgroup. One that stays uses nothing, so nobody has to act on it.
fn remove(directory: &Path) {
    match fs::remove_dir(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::debug!(%error, "the cgroup {} stays", directory.display());
        }
        _ => {}
    }
}

/// The kernel takes one value in one write.
fn write(directory: &Path, file: &str, value: &str) -> io::Result<()> {
    OpenOptions::new().write(true).open(directory.join(file))?.write_all(value.as_bytes())
}

/// This process's cgroup in the hierarchy of version 2: the line `0::PATH` of `/proc/self/cgroup`.
fn own(membership: &str) -> Option<&str> {
    membership.lines().find_map(|line| line.strip_prefix("0::"))
}

/// Where that cgroup is in the file system: below the mount point of type `cgroup2`, whose root may be a part of the hierarchy
/// only (proc_pid_mountinfo(5)).
fn directory(mounts: &str, cgroup: &str) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        if after.split(' ').next() != Some("cgroup2") {
            return None;
        }
        let mut fields = before.split(' ').skip(3);
        let (root, point) = (fields.next()?, fields.next()?);
        let below = Path::new(cgroup).strip_prefix(root).ok()?;
        Some(Path::new(point).join(below))
    })
}

/// How many processes the kernel has killed here: `oom_kill` of `memory.events`.
fn kills(events: &str) -> u64 {
    events.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "22 1 0:20 / /proc rw - proc proc rw\n\
                          30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

    #[test]
    fn the_cgroup_of_this_process_is_found_in_the_file_system() {
        let membership = "4:memory:/elsewhere\n0::/user.slice/run-1.scope\n";
        let name = own(membership).unwrap();
        assert_eq!(directory(MOUNTS, name), Some("/sys/fs/cgroup/user.slice/run-1.scope".into()));
        assert_eq!(own("4:memory:/elsewhere\n"), None);
        assert_eq!(directory("22 1 0:20 / /proc rw - proc proc rw\n", "/"), None);
    }

    #[test]
    fn a_mount_of_a_part_of_the_hierarchy_has_its_own_root() {
        let mounts = "30 22 0:26 /box /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        assert_eq!(directory(mounts, "/box/app"), Some("/sys/fs/cgroup/app".into()));
        assert_eq!(directory(mounts, "/other"), None);
    }

    #[test]
    fn kills_are_told_from_other_events() {
        assert_eq!(kills("low 0\nhigh 3\nmax 9\noom 1\noom_kill 2\noom_group_kill 1\n"), 2);
        assert_eq!(kills("low 0\noom 7\n"), 0);
    }

    #[test]
    fn what_is_no_cgroup_is_not_taken_over() {
        let nothing = PathBuf::from("/nonexistent");
        let error = Cgroup::take(nothing, "/x", Budget::of_this_machine()).unwrap_err();
        assert!(matches!(error, NotDelegated::Forbidden(..)), "{error}");
    }
}
