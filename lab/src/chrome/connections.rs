//! What connects the processes of a tree: who has the same pipe, socket or memory, or holds another process.

use super::census::{Access, Descriptor, Kind, Process};
use super::roles;
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

/// What two or more of the processes have in common.
pub(super) fn connections(processes: &[Process], peers: &HashMap<u64, Peer>) -> Vec<Connection> {
    let tree = Tree::new(processes);
    let mut connections = tree.pipes();
    connections.extend(tree.sockets(peers));
    connections.extend(tree.memory());
    connections.extend(tree.watches());
    // The roles are those of Bulkhead's processes; those of another tree have only mechanisms in common with them.
    if !processes.iter().any(|process| process.name.starts_with("bh-")) {
        connections.iter_mut().for_each(|connection| connection.role = "no process of Bulkhead's: role unknown".into());
    }
    connections
}

/// A descriptor, and who has it.
#[derive(Clone, Copy)]
struct End<'a> {
    process: &'a Process,
    descriptor: &'a Descriptor,
}

impl End<'_> {
    fn describe(&self, verb: &str) -> String {
        format!("{} {} {verb} {}", self.process.name, self.process.pid, self.descriptor.number)
    }
}

/// The processes, the broker first.
struct Tree<'a> {
    processes: &'a [Process],
    /// Where an end is that no process shows; `None` when all show theirs.
    unseen: Option<String>,
}

impl<'a> Tree<'a> {
    fn new(processes: &'a [Process]) -> Self {
        let hiding: Vec<_> = processes.iter().filter(|process| process.descriptors.is_none()).collect();
        let names = || hiding.iter().map(|it| format!("{} {}", it.name, it.pid)).collect::<Vec<_>>().join(" or ");
        let unseen = (!hiding.is_empty()).then(|| format!("{} has the other end, and does not show it", names()));
        Self { processes, unseen }
    }

    /// Where the other end of this one is, if no process shows it and it can be in one that shows nothing: the broker has made
    /// its links itself, close-on-exec; what it has inherited leads elsewhere.
    fn unseen_end(&self, end: &End<'_>) -> Option<String> {
        self.unseen.clone().filter(|_| self.is_broker(end.process) && end.descriptor.close_on_exec)
    }

    /// Every descriptor that is shown.
    fn ends(&self) -> impl Iterator<Item = End<'a>> + use<'a> {
        let of = |process: &'a Process| {
            process.descriptors.iter().flatten().map(move |descriptor| End { process, descriptor })
        };
        self.processes.iter().flat_map(of)
    }

    fn is_broker(&self, process: &Process) -> bool {
        self.processes.first().is_some_and(|first| first.pid == process.pid)
    }

    /// The broker's descriptor among these.
    fn brokers<'b>(&self, ends: &[End<'b>]) -> Option<&'b Descriptor> {
        ends.iter().find(|end| self.is_broker(end.process)).map(|end| end.descriptor)
    }

    fn pipes(&self) -> Vec<Connection> {
        let mut pipes: BTreeMap<u64, Vec<End<'_>>> = BTreeMap::new();
        for end in self.ends() {
            if let Kind::Pipe(inode) = end.descriptor.kind {
                pipes.entry(inode).or_default().push(end);
            }
        }
        pipes.into_values().filter_map(|ends| self.pipe(&ends)).collect()
    }

    fn pipe(&self, ends: &[End<'_>]) -> Option<Connection> {
        let first = ends.first()?;
        let standard = ends.iter().any(|end| end.descriptor.number <= 2);
        let verb = |end: &End<'_>| if end.descriptor.access == Access::Write { "writes" } else { "reads" };
        let mut texts: Vec<_> = ends.iter().map(|end| end.describe(verb(end))).collect();
        if !ends.iter().any(|end| end.process.pid != first.process.pid) {
            let one_way = ends.iter().all(|end| end.descriptor.access == first.descriptor.access);
            if standard || !one_way {
                return None;
            }
            texts.push(self.unseen_end(first)?);
        }
        let role = if standard {
            roles::STANDARD
        } else {
            roles::pipe(self.brokers(ends).map(|descriptor| descriptor.access))
        };
        Some(Connection { mechanism: "pipe".into(), ends: texts, role: role.into() })
    }

    /// Connected sockets, each pair once.
    fn sockets(&self, peers: &HashMap<u64, Peer>) -> Vec<Connection> {
        let mut sockets: BTreeMap<u64, Vec<End<'_>>> = BTreeMap::new();
        for end in self.ends() {
            if let Kind::Socket(inode) = end.descriptor.kind {
                sockets.entry(inode).or_default().push(end);
            }
        }
        let pair = |(inode, near): (&u64, &Vec<End<'_>>)| {
            let peer = peers.get(inode).filter(|peer| peer.inode != 0)?;
            let far_inode = u64::from(peer.inode);
            match sockets.get(&far_inode) {
                Some(_) if far_inode < *inode => None,
                Some(far) => self.socket(peer.kind, near, far),
                None => self.socket(peer.kind, near, &[]),
            }
        };
        sockets.iter().filter_map(pair).collect()
    }

    fn socket(&self, kind: &str, near: &[End<'_>], far: &[End<'_>]) -> Option<Connection> {
        let ends = [near, far].concat();
        let first = ends.first()?;
        let ours = kind == "SOCK_SEQPACKET";
        let mut texts: Vec<_> = ends.iter().map(|end| end.describe("has")).collect();
        if far.is_empty() && ours {
            texts.push(self.unseen_end(first)?);
        } else if !ends.iter().any(|end| end.process.pid != first.process.pid) {
            return None;
        }
        let zygote = ends.iter().any(|end| end.process.name == "bh-zygote");
        let role = match self.brokers(&ends) {
            Some(descriptor) if ours => roles::socket(descriptor.polled, zygote),
            _ => roles::STRANGE,
        };
        Some(Connection { mechanism: format!("Unix socket, {kind}"), ends: texts, role: role.into() })
    }

    fn memory(&self) -> Vec<Connection> {
        let mut objects: BTreeMap<(u64, &str), Vec<(&Process, String)>> = BTreeMap::new();
        for end in self.ends() {
            if let Kind::Memory(name, inode) = &end.descriptor.kind {
                objects.entry((*inode, name)).or_default().push((end.process, end.describe("has it as")));
            }
        }
        for process in self.processes {
            for (name, inode) in &process.mapped {
                let text = format!("{} {} has it mapped", process.name, process.pid);
                objects.entry((*inode, name)).or_default().push((process, text));
            }
        }
        let object = |((_, name), ends): ((u64, &str), Vec<(&Process, String)>)| {
            let first = ends.first()?.0;
            let shared = ends.iter().any(|(process, _)| process.pid != first.pid);
            let mut texts: Vec<_> = ends.into_iter().map(|(_, text)| text).collect();
            if !shared {
                texts.push(self.unseen.clone().filter(|_| roles::is_known_memory(name))?);
            }
            Some(Connection { mechanism: format!("memfd {name}"), ends: texts, role: roles::memory(name).into() })
        };
        objects.into_iter().filter_map(object).collect()
    }

    fn watches(&self) -> Vec<Connection> {
        let watch = |end: End<'_>| {
            let Kind::Process(pid) = end.descriptor.kind else { return None };
            let watched = self.processes.iter().find(|process| process.pid == pid)?;
            let text = format!("{}, and so holds {} {pid}", end.describe("has"), watched.name);
            Some(Connection { mechanism: "pidfd".into(), ends: vec![text], role: roles::WATCH.into() })
        };
        self.ends().filter_map(watch).collect()
    }
}
