//! What the kernel shows of a confined process to somebody else: the same layers, seen from outside.
//!
//! Contract:
//! - nothing here asks the process itself;
//! - what the caller is not allowed to see of an undumpable process, as an ordinary user is not, is left out, not guessed.

use crate::report::Name;
use crate::status::Status;
use nix::unistd::Pid;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;

/// One layer, as seen from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Sight {
    /// Which.
    pub layer: Name,
    /// Whether it is on, as far as can be seen.
    pub holds: bool,
    /// What was seen.
    pub evidence: String,
}

const NAMESPACES: [(Name, &str); 6] = [
    (Name::UserNamespace, "user"),
    (Name::PidNamespace, "pid"),
    (Name::NetNamespace, "net"),
    (Name::IpcNamespace, "ipc"),
    (Name::UtsNamespace, "uts"),
    (Name::EmptyRoot, "mnt"),
];

/// Looks at a process, which must not have been waited for.
///
/// # Errors
/// Where there is no such process, or no `/proc`.
pub fn look_at(process: Pid) -> io::Result<Vec<Sight>> {
    let directory = format!("/proc/{process}");
    let status = Status::from(fs::read_to_string(format!("{directory}/status"))?);
    let mut sights = Vec::new();
    let mut see = |layer, holds, evidence: String| sights.push(Sight { layer, holds, evidence });

    for (layer, kind) in NAMESPACES {
        let inode = |process: &str| fs::metadata(format!("{process}/ns/{kind}")).ok().map(|metadata| metadata.ino());
        if let (Some(theirs), Some(ours)) = (inode(&directory), inode("/proc/self")) {
            see(layer, theirs != ours, format!("{kind}:[{theirs}], where this process's is {kind}:[{ours}]"));
        }
    }
    let numbers = status.field("NSpid").unwrap_or_default();
    see(Name::PidNamespace, numbers.ends_with("\t1"), format!("NSpid: {}", numbers.replace('\t', " ")));
    if let Ok(entries) = fs::read_dir(format!("{directory}/root")) {
        let entries = entries.count();
        see(Name::EmptyRoot, entries == 0, format!("its root directory has {entries} entries"));
    }
    let sets = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map(|set| status.field(set).unwrap_or("unknown"));
    let none = sets.iter().all(|set| u64::from_str_radix(set, 16) == Ok(0));
    let uid = status.field("Uid").and_then(|uids| uids.split_whitespace().next()).unwrap_or("unknown");
    see(Name::Privileges, none && uid != "0", format!("user {uid}; sets of capabilities {}", sets.join(" ")));
    let no_new_privs = status.field("NoNewPrivs").unwrap_or("unknown");
    see(Name::NoNewPrivs, no_new_privs == "1", format!("NoNewPrivs: {no_new_privs}"));
    if let Ok(open) = descriptors(&directory) {
        see(Name::Descriptors, true, open.join(", "));
    }
    if let Ok(environment) = fs::read(format!("{directory}/environ")) {
        let left = environment.iter().filter(|byte| **byte != 0).count();
        see(Name::Environment, left == 0, format!("/proc/{process}/environ has {left} bytes that are not 0"));
    }
    if let Some(limit) = limit(&directory, "Max processes") {
        see(Name::Limits, limit == "1", format!("Max processes: {limit}"));
    }
    // The kernel gives the files of an undumpable process to root (proc_pid(5)).
    if uid != "0" {
        let owner = fs::metadata(format!("{directory}/stat"))?.uid();
        see(
            Name::NotDumpable,
            owner == 0,
            format!("/proc/{process}/stat belongs to user {owner}, and it runs as user {uid}"),
        );
    }
    let mode = status.field("Seccomp").unwrap_or("unknown");
    let filters = status.field("Seccomp_filters").unwrap_or("an unknown number of");
    see(Name::Seccomp, mode == "2", format!("Seccomp: {mode}, with {filters} filters"));
    Ok(sights)
}

/// What each open descriptor leads to.
fn descriptors(directory: &str) -> io::Result<Vec<String>> {
    let mut open = Vec::new();
    for entry in fs::read_dir(format!("{directory}/fd"))? {
        let entry = entry?;
        let target = fs::read_link(entry.path())?;
        open.push(format!("{} {}", entry.file_name().display(), target.display()));
    }
    Ok(open)
}

fn limit(directory: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(format!("{directory}/limits")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_is_not_confined_is_seen_as_that() {
        let sights = look_at(nix::unistd::getpid()).unwrap();
        let holds = |name| sights.iter().filter(|sight| sight.layer == name).any(|sight| sight.holds);
        for name in [Name::UserNamespace, Name::PidNamespace, Name::EmptyRoot, Name::Seccomp, Name::Limits] {
            assert!(!holds(name), "{name}: {sights:?}");
        }
    }
}
