//! Which processes there are, and what they have open: `/proc`, see proc(5).

use crate::error::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;

/// A process.
#[derive(Clone, Debug, Serialize)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// Its parent's number.
    pub parent: i32,
    /// The name of its main thread.
    pub name: String,
    /// What it has open; `None` where it does not show that.
    pub descriptors: Option<Vec<Descriptor>>,
    /// The memory objects that it has mapped: name and inode.
    pub mapped: Vec<(String, u64)>,
}

/// An open descriptor.
#[derive(Clone, Debug, Serialize)]
pub struct Descriptor {
    /// Its number.
    pub number: i32,
    /// What it stands for.
    pub kind: Kind,
    /// What may be done with it.
    pub access: Access,
    /// Whether it would be closed by `execve(2)`: what a process has inherited from its parent's was not.
    pub close_on_exec: bool,
    /// What an `epoll(7)` of the process knows it by, if one waits for it.
    pub waited_for_as: Option<u64>,
}

/// What a descriptor stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Kind {
    /// A pipe, by its inode.
    Pipe(u64),
    /// A socket, by its inode.
    Socket(u64),
    /// A `memfd`, by its name and inode.
    Memory(String, u64),
    /// A process, by its number.
    Process(i32),
    /// Something else: a file, a terminal, an epoll.
    Other(String),
}

/// What may be done with a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Access {
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// Both.
    Both,
}

/// The process `root` and its descendants, with what they have open.
///
/// # Errors
/// [`Error::Input`] when there is no such process.
pub(super) fn census(root: i32) -> Result<Vec<Process>> {
    let all = all();
    let mut tree: Vec<Process> = all.iter().filter(|process| process.pid == root).cloned().collect();
    let mut at = 0;
    while let Some(parent) = tree.get(at).map(|process| process.pid) {
        tree.extend(all.iter().filter(|process| process.parent == parent).cloned());
        at += 1;
    }
    for process in &mut tree {
        process.descriptors = descriptors(process.pid);
        process.mapped = mapped(process.pid);
    }
    if tree.is_empty() { Err(Error::Input(format!("there is no process {root}"))) } else { Ok(tree) }
}

/// All processes, without what they have open.
pub(super) fn all() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| process(entry.file_name().to_str()?.parse().ok()?)).collect()
}

fn process(pid: i32) -> Option<Process> {
    // "pid (name) state parent ...": the name may contain anything, so the last parenthesis counts.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (head, tail) = stat.rsplit_once(')')?;
    let name = head.split_once('(')?.1.to_owned();
    let parent = tail.split_whitespace().nth(1)?.parse().ok()?;
    Some(Process { pid, parent, name, descriptors: None, mapped: Vec::new() })
}

fn descriptors(pid: i32) -> Option<Vec<Descriptor>> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
    let mut waited_for = BTreeMap::new();
    let mut descriptors: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            let target = fs::read_link(entry.path()).ok()?.to_string_lossy().into_owned();
            let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{number}")).ok()?;
            let inode = || fs::metadata(entry.path()).map_or(0, |metadata| metadata.ino());
            waited_for.extend(targets(&info));
            Some(Descriptor {
                number,
                kind: kind(&target, &info, inode),
                access: access(&info),
                close_on_exec: close_on_exec(&info),
                waited_for_as: None,
            })
        })
        .collect();
    for descriptor in &mut descriptors {
        descriptor.waited_for_as = waited_for.get(&descriptor.number).copied();
    }
    descriptors.sort_by_key(|descriptor| descriptor.number);
    Some(descriptors)
}

fn kind(target: &str, info: &str, inode: impl Fn() -> u64) -> Kind {
    let bracketed = |prefix: &str| target.strip_prefix(prefix)?.strip_suffix(']')?.parse().ok();
    if let Some(inode) = bracketed("pipe:[") {
        Kind::Pipe(inode)
    } else if let Some(inode) = bracketed("socket:[") {
        Kind::Socket(inode)
    } else if let Some(name) = memory_name(target) {
        Kind::Memory(name, inode())
    } else if target == "anon_inode:[pidfd]" {
        Kind::Process(field(info, "Pid:").and_then(|pid| pid.parse().ok()).unwrap_or(-1))
    } else {
        Kind::Other(target.to_owned())
    }
}

fn memory_name(target: &str) -> Option<String> {
    let name = target.strip_prefix("/memfd:")?;
    Some(name.strip_suffix(" (deleted)").unwrap_or(name).to_owned())
}

fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

/// What an epoll waits for, and the number that its owner has given each; nothing for any other descriptor.
fn targets(info: &str) -> impl Iterator<Item = (i32, u64)> {
    // "tfd: DESCRIPTOR events: HEX data: HEX pos:..."
    let target = |line: &str| {
        let mut words = line.strip_prefix("tfd:")?.split_whitespace();
        let descriptor = words.next()?.parse().ok()?;
        let data = words.skip_while(|word| *word != "data:").nth(1)?;
        Some((descriptor, u64::from_str_radix(data, 16).ok()?))
    };
    info.lines().filter_map(target)
}

/// The last digit of the flags, which are octal: O_RDONLY, O_WRONLY or O_RDWR.
fn access(info: &str) -> Access {
    match field(info, "flags:").and_then(|flags| flags.chars().last()) {
        Some('1' | '5') => Access::Write,
        Some('2' | '6') => Access::Both,
        _ => Access::Read,
    }
}

/// A bit of the flags, which are octal.
fn close_on_exec(info: &str) -> bool {
    let flags = field(info, "flags:").and_then(|flags| i64::from_str_radix(flags, 8).ok());
    flags.is_some_and(|flags| flags & i64::from(libc::O_CLOEXEC) != 0)
}

/// "address perms offset device inode path": the memory objects, each once.
fn mapped(pid: i32) -> Vec<(String, u64)> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    let mut objects: Vec<_> = maps
        .lines()
        .filter_map(|line| {
            let (before, path) = line.split_at(line.find("/memfd:")?);
            Some((memory_name(path)?, before.split_whitespace().nth(4)?.parse().ok()?))
        })
        .collect();
    objects.sort();
    objects.dedup();
    objects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_told_apart() {
        assert_eq!(kind("pipe:[7]", "", || 0), Kind::Pipe(7));
        assert_eq!(kind("socket:[8]", "", || 0), Kind::Socket(8));
        assert_eq!(kind("/memfd:bulkhead-surface (deleted)", "", || 9), Kind::Memory("bulkhead-surface".into(), 9));
        assert_eq!(kind("anon_inode:[pidfd]", "pos:\t0\nPid:\t42\n", || 0), Kind::Process(42));
        assert_eq!(kind("/dev/null", "", || 0), Kind::Other("/dev/null".into()));
    }

    #[test]
    fn an_epoll_tells_what_it_waits_for() {
        let info = "pos:\t0\nflags:\t02\ntfd:        9 events:       19 data:        30000001b  pos:0 ino:1 sdev:d\ntfd: 12 events: 19\n";
        assert_eq!(targets(info).collect::<Vec<_>>(), [(9, 0x3_0000_001b)]);
        assert_eq!(targets("pos:\t0\nflags:\t02\n").count(), 0);
    }

    #[test]
    fn the_access_is_in_the_flags() {
        assert_eq!(access("pos:\t0\nflags:\t02000001\n"), Access::Write);
        assert_eq!(access("pos:\t0\nflags:\t02000002\n"), Access::Both);
        assert_eq!(access("pos:\t0\nflags:\t02000000\n"), Access::Read);
        assert!(close_on_exec("pos:\t0\nflags:\t02004001\n") && !close_on_exec("pos:\t0\nflags:\t04001\n"));
    }
}
