//! Capabilities, groups, securebits, `no_new_privs`: everything that a process may do because of who it is.
//!
//! Contract, after both layers:
//! - all five sets of capabilities are empty, the bounding set too where the process had `CAP_SETPCAP` to empty it with;
//! - no program, set-user-id or not, and no return to user 0 gives any back (securebits, locked; `no_new_privs`);
//! - who was root outside is `nobody` outside;
//! - there are no supplementary groups, where the process was allowed to drop them: only root is, so a user's stay in the
//!   credentials, unmapped, and this is reported.

use crate::namespaces::NOBODY;
use crate::report::{Layer, Name};
use crate::status::Status;
use crate::sys::{self, PrctlOption};
use nix::errno::Errno;
use nix::unistd::{Gid, Uid, geteuid, setgroups, setresgid, setresuid};

/// Root gets no capabilities (`NOROOT`), a change of user changes none (`NO_SETUID_FIXUP`), none is kept (`KEEP_CAPS` off) and none
/// becomes ambient (`NO_CAP_AMBIENT_RAISE`); all of it locked: capabilities(7), linux/securebits.h.
const SECUREBITS: u64 = 1 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 7;

const PR_CAP_AMBIENT_CLEAR_ALL: u64 = 4;

/// Linux 6.18 knows 41; the kernel says when there are no more.
const CAPABILITIES_AT_MOST: u64 = 64;

/// What was tried and failed, to be reported together with what the kernel shows at the end.
#[derive(Debug, Default)]
pub(crate) struct Dropped {
    failures: Vec<String>,
    /// As the kernel shows them; once the filter is in force it cannot be asked.
    securebits: u64,
}

/// Gives up root's identity: user, group and groups. Needs `CAP_SETUID` and `CAP_SETGID`.
pub(crate) fn become_nobody() -> Result<(), Errno> {
    setgroups(&[])?;
    let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    setresgid(gid, gid, gid)?;
    setresuid(uid, uid, uid)
}

/// Drops everything. `still_root` where no user namespace was made, so that the identity is the one outside.
pub(crate) fn drop_all(still_root: bool) -> Dropped {
    let mut dropped = Dropped::default();
    dropped.note(
        "clearing ambient capabilities",
        sys::prctl(PrctlOption::AmbientCapabilities, PR_CAP_AMBIENT_CLEAR_ALL, 0),
    );
    for capability in 0..CAPABILITIES_AT_MOST {
        match sys::prctl(PrctlOption::ReadBoundingSet, capability, 0) {
            Ok(0) => {}
            Ok(_) => match sys::prctl(PrctlOption::DropFromBoundingSet, capability, 0) {
                // Not ours to drop: judged by what the status shows.
                Err(Errno::EPERM) => break,
                other => dropped.note("dropping from the bounding set", other),
            },
            Err(_) => break,
        }
    }
    // Before the identity goes, since that takes CAP_SETPCAP along.
    match sys::prctl(PrctlOption::SetSecurebits, SECUREBITS, 0) {
        Err(Errno::EPERM) => {}
        other => dropped.note("setting securebits", other),
    }
    if still_root && geteuid().is_root() {
        dropped.note("becoming nobody", become_nobody());
    }
    dropped.note("dropping capabilities", sys::drop_all_capabilities());
    let securebits = sys::prctl(PrctlOption::GetSecurebits, 0, 0).unwrap_or(0);
    dropped.securebits = u64::from(securebits.cast_unsigned());
    dropped
}

/// Judges by what the kernel shows in the end. `surplus` is how many groups there were outside beside the process's own: inside a
/// user namespace each of them is shown as `nobody`, and so is its own, if it is listed twice.
pub(crate) fn judge(status: &Status, dropped: &Dropped, surplus: usize) -> Layer {
    let mut missing = dropped.failures.clone();
    for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        match status.field(set) {
            Some(value) if is_zero(value) => {}
            value => missing.push(format!("{set} is {}", value.unwrap_or("unknown"))),
        }
    }
    let bounding = status.field("CapBnd").unwrap_or("unknown");
    if !is_zero(bounding) {
        missing.push(format!(
            "CapBnd is {bounding}: without a user namespace only root may empty it; no_new_privs keeps it out of reach"
        ));
    }
    let securebits = dropped.securebits;
    if securebits & SECUREBITS != SECUREBITS {
        missing.push(format!("securebits are {securebits:#x}, only root may lock them without a user namespace"));
    }
    let uids = status.field("Uid").unwrap_or("unknown");
    if uids.split_whitespace().any(|uid| uid == "0") {
        missing.push("the process is still user 0".to_owned());
    }
    let groups = status.field("Groups").unwrap_or("unknown");
    let extra = groups.split_whitespace().count().min(surplus);
    if extra > 0 {
        missing.push(format!(
            "{extra} supplementary groups stay, since only root may drop them; no file is left to use them on"
        ));
    }
    let evidence = format!(
        "CapEff {}, CapBnd {bounding}, securebits {securebits:#x}, uid {}, {extra} groups",
        status.field("CapEff").unwrap_or("unknown"),
        uids.split_whitespace().next().unwrap_or("unknown"),
    );
    Layer::judged(Name::Privileges, &missing, evidence)
}

/// Sets `no_new_privs`.
pub(crate) fn no_new_privs() -> Layer {
    let set = sys::prctl(PrctlOption::SetNoNewPrivs, 1, 0);
    match (set, sys::prctl(PrctlOption::GetNoNewPrivs, 0, 0)) {
        (_, Ok(1)) => Layer::on(Name::NoNewPrivs, "PR_GET_NO_NEW_PRIVS answers 1"),
        (Err(errno), _) => Layer::off(Name::NoNewPrivs, format!("{errno}")),
        (Ok(_), got) => Layer::off(Name::NoNewPrivs, format!("set, and yet PR_GET_NO_NEW_PRIVS answers {got:?}")),
    }
}

impl Dropped {
    fn note<T>(&mut self, what: &str, result: Result<T, Errno>) {
        if let Err(errno) = result {
            self.failures.push(format!("{what}: {errno}"));
        }
    }
}

fn is_zero(hexadecimal: &str) -> bool {
    u64::from_str_radix(hexadecimal, 16) == Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_shows_decides_not_what_was_tried() {
        let status = Status::from(
            "Uid:\t0 0 0 0\nGroups:\t4 24 \nCapInh:\t0\nCapPrm:\t1\nCapEff:\t0\nCapBnd:\t0\nCapAmb:\t0\n".to_owned(),
        );
        let layer = judge(&status, &Dropped::default(), 2);
        let crate::State::Partial(missing) = &layer.state else { panic!("{layer}") };
        for expected in ["CapPrm is 1", "still user 0", "2 supplementary groups"] {
            assert!(missing.contains(expected), "{missing}");
        }
    }
}
