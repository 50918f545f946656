//! User, PID, network, IPC, UTS and mount namespaces, made together with the fork of the process that lives in them.
//!
//! Contract:
//! - [`Plan::find`] tries what this machine grants, once, with processes that end at once; [`crate::fork`] then asks
//!   for just that;
//! - the forked child is PID 1 of its PID namespace, so that nothing outlives it, and alone in all the others;
//! - who starts this as root gets a child that is not root: the identity is dropped *before* the user namespace is
//!   made, so that not even an escape from it is root's;
//! - `setgroups(2)` is denied for good, both maps hold one line, inside everybody is `nobody`, and nobody there makes
//!   further user namespaces.
//!
//! What it costs (2-core Linux 6.18 machine, parent of 30 MiB): 0.3 ms more than a plain fork, nearly all of it for the
//! network namespace. Making them one by one, or ahead of time and joining with `setns(2)`, was not cheaper.

use crate::fork::{Child, ForkError, one_thread};
use crate::hint;
use crate::privileges;
use crate::report::{Layer, Layers, Name};
use crate::sys::{self, Cloned, PrctlOption};
use nix::errno::Errno;
use nix::sys::wait::WaitStatus;
use nix::unistd::{getegid, geteuid, getgroups};
use std::fs;
use std::os::unix::fs::MetadataExt;

/// The user and group that everybody is inside, and that a process started as root becomes outside: `nobody`.
pub const NOBODY: u32 = 65534;

/// Layer, flag of `clone(2)`, name under `/proc/self/ns`.
const KINDS: [(Name, u64, &str); 6] = [
    (Name::UserNamespace, NEWUSER, "user"),
    (Name::PidNamespace, NEWPID, "pid"),
    (Name::NetNamespace, libc::CLONE_NEWNET as u64, "net"),
    (Name::IpcNamespace, libc::CLONE_NEWIPC as u64, "ipc"),
    (Name::UtsNamespace, libc::CLONE_NEWUTS as u64, "uts"),
    (Name::EmptyRoot, libc::CLONE_NEWNS as u64, "mnt"),
];

const NEWUSER: u64 = libc::CLONE_NEWUSER as u64;
const NEWPID: u64 = libc::CLONE_NEWPID as u64;

/// Each user namespace has its own value of it.
const FURTHER: &str = "/proc/sys/user/max_user_namespaces";

/// What this machine grants, and how to ask for it.
#[derive(Clone, Debug)]
pub struct Plan {
    layers: Layers,
    /// Flags that were seen to work.
    flags: u64,
    /// Drop root's identity in the child and only then make the user namespace.
    drop_first: bool,
    /// Who forks: after the fork, and until the maps are written, the child cannot tell.
    outside: (u32, u32),
    /// Layers that cannot be had, with the reason.
    refused: Vec<(Name, String)>,
    /// The inodes of this process's own namespaces: a child's must differ.
    own: [Option<u64>; KINDS.len()],
}

impl Plan {
    /// Finds out which of these layers' namespaces the machine grants.
    ///
    /// # Errors
    /// Where not even a plain fork works, or this process has several threads.
    pub fn find(layers: Layers) -> Result<Self, ForkError> {
        let wanted = KINDS.iter().filter(|(name, ..)| layers.has(*name)).fold(0, |flags, kind| flags | kind.1);
        let mut plan = Self {
            layers,
            flags: wanted,
            // Where the privileges layer was taken out, root stays root.
            drop_first: geteuid().is_root() && layers.has(Name::Privileges) && wanted & NEWUSER != 0,
            outside: (geteuid().as_raw(), getegid().as_raw()),
            refused: Vec::new(),
            own: KINDS.map(|(_, _, file)| inode(file)),
        };
        let Err(errno) = plan.rehearse(wanted)? else { return Ok(plan) };
        // Root of a container may lack CAP_SYS_ADMIN and yet be granted user namespaces, as everybody is.
        let dropping = std::mem::replace(&mut plan.drop_first, false);
        if dropping && plan.rehearse(wanted)?.is_ok() {
            return Ok(plan);
        }
        plan.drop_first = dropping;
        plan.settle(wanted, errno)?;
        Ok(plan)
    }

    /// Tries the flags one by one where all together do not work.
    fn settle(&mut self, wanted: u64, together: Errno) -> Result<(), ForkError> {
        let user = wanted & NEWUSER;
        let no_user = if user == 0 { Some(Errno::EPERM) } else { self.rehearse(user)?.err() };
        self.drop_first &= no_user.is_none();
        let base = if no_user.is_none() { user } else { 0 };
        self.flags = base;
        for (name, flag, _) in KINDS {
            if wanted & flag == 0 {
                continue;
            }
            let refusal = if flag == NEWUSER { no_user } else { self.rehearse(base | flag)?.err() };
            match refusal {
                None => self.flags |= flag,
                Some(Errno::EPERM) if flag != NEWUSER && no_user.is_some() => {
                    self.refused.push((name, "only root may have it without a user namespace".to_owned()));
                }
                Some(errno) => self.refused.push((name, hint::namespace(flag == NEWUSER, errno))),
            }
        }
        if self.rehearse(self.flags)?.is_err() {
            // Each works alone, and not together: a limit on their number is near.
            for (name, flag, _) in KINDS {
                if self.flags & flag != 0 {
                    self.refused.push((name, hint::namespace(flag == NEWUSER, together)));
                }
            }
            self.flags = 0;
            self.drop_first = false;
        }
        Ok(())
    }

    /// Enters the namespaces in a process that ends at once, and says what came of it.
    fn rehearse(&self, flags: u64) -> Result<Result<(), Errno>, ForkError> {
        one_thread()?;
        let trial = Self { flags, ..self.clone() };
        // Whatever the caller does with SIGCHLD, what this child ends with has to be learned.
        match sys::clone_unannounced(trial.clone_flags()) {
            Ok(Cloned::Child) => sys::exit_now(trial.enter().err().map_or(0, |errno| errno as i32)),
            Ok(Cloned::Parent { pid, pidfd }) => Ok(match Child::new(pid, pidfd).wait() {
                Ok(WaitStatus::Exited(_, 0)) => Ok(()),
                Ok(WaitStatus::Exited(_, code)) => Err(Errno::from_raw(code)),
                _ => Err(Errno::UnknownErrno),
            }),
            Err(errno) if flags == 0 => Err(errno.into()),
            Err(errno) => Ok(Err(errno)),
        }
    }

    /// What is asked of the fork itself; the rest is asked for after root's identity is dropped.
    pub(crate) fn clone_flags(&self) -> u64 {
        if self.drop_first { self.flags & NEWPID } else { self.flags }
    }

    /// In the child: what is left to do after the fork.
    fn enter(&self) -> Result<(), Errno> {
        let (mut uid, mut gid) = self.outside;
        if self.drop_first {
            privileges::become_nobody()?;
            // The change of identity made the process undumpable, and with that its files under /proc root's. This
            // lasts until the layer `NotDumpable`.
            sys::prctl(PrctlOption::SetDumpable, 1, 0)?;
            sys::unshare(self.flags & !NEWPID)?;
            (uid, gid) = (NOBODY, NOBODY);
        }
        if self.flags & NEWUSER == 0 {
            return Ok(());
        }
        // A process that was undumpable before the fork still is.
        sys::prctl(PrctlOption::SetDumpable, 1, 0)?;
        write("/proc/self/setgroups", "deny")?;
        write("/proc/self/gid_map", &format!("{NOBODY} {gid} 1"))?;
        write("/proc/self/uid_map", &format!("{NOBODY} {uid} 1"))?;
        // The limit is the new namespace's own: no further ones from inside. A container's /proc/sys may be read-only:
        // judged later.
        let _ = write(FURTHER, "0");
        Ok(())
    }

    /// In the child: enters, and reports what is seen to be different from the parent.
    pub(crate) fn enter_and_report(&self) -> Vec<Layer> {
        let failure = self.enter().err();
        KINDS
            .iter()
            .enumerate()
            .map(|(index, (name, flag, file))| self.judge(*name, *flag, file, index, failure))
            .collect()
    }

    fn judge(&self, name: Name, flag: u64, file: &str, index: usize, failure: Option<Errno>) -> Layer {
        if !self.layers.has(name) {
            return Layer::not_asked(name);
        }
        if let Some((_, reason)) = self.refused.iter().find(|(refused, _)| *refused == name) {
            return Layer::off(name, reason.clone());
        }
        let own = self.own.get(index).copied().flatten();
        let (Some(before), Some(now)) = (own, inode(file)) else {
            return match failure {
                Some(errno) => Layer::off(name, hint::namespace(flag == NEWUSER, errno)),
                None => Layer::partial(name, "cannot be verified: /proc/self/ns is not there", "the fork succeeded"),
            };
        };
        if before == now {
            let errno = failure.unwrap_or(Errno::UnknownErrno);
            return Layer::off(name, hint::namespace(flag == NEWUSER, errno));
        }
        let seen = format!("{file}:[{now}], where the parent's is {file}:[{before}]");
        match name {
            Name::UserNamespace => self.judge_user(name, seen, failure),
            Name::PidNamespace => Layer::on(name, format!("{seen}; this is process {}", std::process::id())),
            _ => Layer::on(name, seen),
        }
    }

    fn judge_user(&self, name: Name, seen: String, failure: Option<Errno>) -> Layer {
        let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        let setgroups = fs::read_to_string("/proc/self/setgroups").unwrap_or_default();
        let further = fs::read_to_string(FURTHER).unwrap_or_default();
        let words: Vec<_> = map.split_whitespace().collect();
        let evidence = format!(
            "{seen}; uid map \"{}\", setgroups {}, {} further ones",
            words.join(" "),
            setgroups.trim(),
            further.trim()
        );
        let mut missing = Vec::new();
        if let Some(errno) = failure {
            missing.push(format!("the identity maps could not be written: {errno}"));
        } else if words.get(1) == Some(&"0") {
            missing.push("outside, the process is still root: it may not change its identity here".to_owned());
        }
        if further.trim() != "0" {
            missing.push(format!("further user namespaces are not forbidden: {FURTHER} cannot be written"));
        }
        Layer::judged(name, &missing, evidence)
    }

    /// How many supplementary groups this process has beside its own group: a user's child keeps them.
    pub(crate) fn surplus_groups() -> usize {
        getgroups().unwrap_or_default().iter().filter(|group| **group != getegid()).count()
    }

    /// Whether the child has a mount namespace to itself.
    pub(crate) fn has_mount_namespace(&self) -> bool {
        self.flags & libc::CLONE_NEWNS as u64 != 0
    }
}

fn write(path: &str, text: &str) -> Result<(), Errno> {
    fs::write(path, text).map_err(|error| error.raw_os_error().map_or(Errno::UnknownErrno, Errno::from_raw))
}

fn inode(file: &str) -> Option<u64> {
    fs::metadata(format!("/proc/self/ns/{file}")).ok().map(|metadata| metadata.ino())
}
