//! What connects the processes, and what Bulkhead uses it for.

use super::census::{Access, Kind, Process};
use super::sockets::Peer;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// Something that two processes have in common, or one holds of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Connection {
    /// The mechanism.
    pub mechanism: String,
    /// Who has it, and how.
    pub ends: Vec<String>,
    /// What it is for.
    pub role: String,
}

impl fmt::Display for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}  ({})", self.mechanism, self.ends.join(", "), self.role)
    }
}

/// What memory is for, by the beginning of its name.
const MEMORY: &[(&str, &str)] = &[
    ("bulkhead-surface", "a surface: the renderer draws into it, the broker reads it; sealed against shrinking"),
    ("bulkhead-body", "a fetched body: sealed against every change, mapped by the renderer without a copy"),
];

const CONTROL: &str = "control: lifecycle and last words; its end of file is the death notice";
const MESSAGES: &str =
    "messages: an uplink (SOCK_SEQPACKET, checked), or a downlink (ipc-channel, which believes its sender)";
const WATCH: &str = "the process itself: readable when it has ended";

/// Who has an object, and how.
#[derive(Default)]
struct Ends(Vec<(i32, String)>);

impl Ends {
    fn add(&mut self, process: &Process, text: impl fmt::Display) {
        self.0.push((process.pid, format!("{} {} {text}", process.name, process.pid)));
    }

    /// The ends, if they are in two processes or more.
    fn shared(self) -> Option<Vec<String>> {
        let first = self.0.first()?.0;
        self.0.iter().any(|(pid, _)| *pid != first).then(|| self.0.into_iter().map(|(_, text)| text).collect())
    }
}

/// What two or more of the processes have in common.
pub(super) fn connections(processes: &[Process], peers: &HashMap<u64, Peer>) -> Vec<Connection> {
    let mut pipes: BTreeMap<u64, Ends> = BTreeMap::new();
    let mut memory: BTreeMap<(u64, String), Ends> = BTreeMap::new();
    let mut sockets: BTreeMap<u64, Vec<(&Process, i32)>> = BTreeMap::new();
    let mut watches = Vec::new();
    for process in processes {
        for descriptor in process.descriptors.iter().flatten() {
            let number = descriptor.number;
            match &descriptor.kind {
                Kind::Pipe(inode) => {
                    let how = if descriptor.access == Access::Write { "writes" } else { "reads" };
                    pipes.entry(*inode).or_default().add(process, format_args!("{how} {number}"));
                }
                Kind::Socket(inode) => sockets.entry(*inode).or_default().push((process, number)),
                Kind::Memory(name, inode) => {
                    let ends = memory.entry((*inode, name.clone())).or_default();
                    ends.add(process, format_args!("has it as {number}"));
                }
                Kind::Process(pid) => watches.extend(watch(processes, process, number, *pid)),
                Kind::Other(_) => {}
            }
        }
        for (name, inode) in &process.mapped {
            memory.entry((*inode, name.clone())).or_default().add(process, "has it mapped");
        }
    }
    // The roles are those of Bulkhead's processes; those of another tree have only mechanisms in common with them.
    let ours = processes.iter().any(|process| process.name.starts_with("bh-"));
    let mut connections = Vec::new();
    for ends in pipes.into_values().filter_map(Ends::shared) {
        connections.push(Connection { mechanism: "pipe".into(), ends, role: CONTROL.into() });
    }
    connections.extend(pairs(&sockets, peers));
    for ((_, name), ends) in memory {
        let role = MEMORY.iter().find(|(prefix, _)| name.starts_with(prefix)).map_or("shared memory", |(_, role)| role);
        let ends = ends.shared();
        connections.extend(ends.map(|ends| Connection { mechanism: format!("memfd {name}"), ends, role: role.into() }));
    }
    connections.extend(watches);
    if !ours {
        connections.iter_mut().for_each(|connection| connection.role = "no process of Bulkhead's: role unknown".into());
    }
    connections
}

fn watch(processes: &[Process], holder: &Process, number: i32, pid: i32) -> Option<Connection> {
    let watched = processes.iter().find(|process| process.pid == pid)?;
    Some(Connection {
        mechanism: "pidfd".into(),
        ends: vec![format!("{} {} holds {} {pid} as {number}", holder.name, holder.pid, watched.name)],
        role: WATCH.into(),
    })
}

/// Connected sockets, each pair once. An end that nobody shows belongs to a process that does not show its descriptors.
fn pairs(sockets: &BTreeMap<u64, Vec<(&Process, i32)>>, peers: &HashMap<u64, Peer>) -> Vec<Connection> {
    let mut connections = Vec::new();
    for (inode, holders) in sockets {
        let Some(peer) = peers.get(inode).filter(|peer| peer.inode != 0) else { continue };
        let other = sockets.get(&u64::from(peer.inode));
        if other.is_some() && u64::from(peer.inode) < *inode {
            continue;
        }
        let mut ends = Ends::default();
        holders.iter().for_each(|(process, number)| ends.add(process, format_args!("has {number}")));
        let ends = match other {
            Some(others) => {
                others.iter().for_each(|(process, number)| ends.add(process, format_args!("has {number}")));
                ends.shared()
            }
            None => {
                ends.0.push((0, "its other end is in a process that does not show its descriptors".into()));
                ends.shared()
            }
        };
        connections.extend(ends.map(|ends| Connection {
            mechanism: format!("Unix socket, {}", peer.kind),
            ends,
            role: MESSAGES.into(),
        }));
    }
    connections
}
