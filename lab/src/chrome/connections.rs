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

/// Several processes show nothing, and nothing that is shown tells which of them it is.
const SOMEBODY: &str = "one of those has the other end that do not show theirs";

fn hides(process: &Process) -> String {
    format!("{} {} has the other end, and does not show it", process.name, process.pid)
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
    /// Those that do not show their descriptors.
    hiding: Vec<&'a Process>,
}

impl<'a> Tree<'a> {
    fn new(processes: &'a [Process]) -> Self {
        Self { processes, hiding: processes.iter().filter(|process| process.descriptors.is_none()).collect() }
    }

    /// Where the other end of this one is, if no process shows it and it can be in one that shows nothing: the broker has made
    /// its links itself, close-on-exec; what it has inherited leads elsewhere.
    fn unseen_end(&self, end: &End<'_>) -> Option<String> {
        if !self.is_broker(end.process) || !end.descriptor.close_on_exec {
            return None;
        }
        let known = self.hiding.iter().find(|process| self.belongs_to(end, process));
        known.map(|process| hides(process)).or_else(|| self.hidden_end())
    }

    /// Where an end is that nothing tells more of than that it is hidden; `None` when all show theirs.
    fn hidden_end(&self) -> Option<String> {
        match self.hiding.as_slice() {
            [] => None,
            [only] => Some(hides(only)),
            _ => Some(SOMEBODY.to_owned()),
        }
    }

    /// Whether the broker waits for this end and for that process under one number: it numbers its renderers.
    fn belongs_to(&self, end: &End<'_>, process: &Process) -> bool {
        let number = end.descriptor.waited_for_as.map(roles::renderer);
        number.is_some_and(|number| number != 0 && self.is_numbered(process, number))
    }

    /// Whether the broker waits for this process under this number.
    fn is_numbered(&self, process: &Process, number: u64) -> bool {
        let its_own = |descriptor: &Descriptor| {
            descriptor.kind == Kind::Process(process.pid)
                && descriptor.waited_for_as.map(roles::renderer) == Some(number)
        };
        self.processes.first().and_then(|broker| broker.descriptors.as_ref()).into_iter().flatten().any(its_own)
    }

    /// Which process that shows nothing has mapped memory of this name, too.
    fn hidden_owner(&self, name: &str) -> Option<String> {
        let number = roles::owner(name);
        let known = number.and_then(|number| self.hiding.iter().find(|process| self.is_numbered(process, number)));
        known.map(|process| hides(process)).or_else(|| self.hidden_end())
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
            Some(descriptor) if ours => roles::socket(descriptor.waited_for_as.is_some(), zygote),
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
                texts.push(self.hidden_owner(name).filter(|_| roles::is_known_memory(name))?);
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

#[cfg(test)]
mod tests {
    use super::*;

    const UPLINK: u64 = 3 << 32;
    const PIDFD: u64 = 5 << 32;

    fn process(pid: i32, descriptors: Option<Vec<Descriptor>>) -> Process {
        let name = if pid == 1 { "bulkhead" } else { "bh-renderer" };
        Process { pid, parent: 1, name: name.to_owned(), descriptors, mapped: Vec::new() }
    }

    fn descriptor(number: i32, kind: Kind, waited_for_as: Option<u64>) -> Descriptor {
        Descriptor { number, kind, access: Access::Both, close_on_exec: true, waited_for_as }
    }

    #[test]
    fn of_several_that_hide_their_ends_the_one_is_named_that_the_broker_waits_for_under_the_same_number() {
        let broker = vec![
            descriptor(10, Kind::Socket(100), Some(UPLINK | 1)),
            descriptor(11, Kind::Process(71), Some(PIDFD | 1)),
            descriptor(12, Kind::Socket(101), Some(UPLINK | 2)),
            descriptor(13, Kind::Process(72), Some(PIDFD | 2)),
            // Only ever sent into.
            descriptor(14, Kind::Socket(102), None),
        ];
        let mut processes = [process(1, Some(broker)), process(71, None), process(72, None)];
        processes[0].mapped.push(("bulkhead-surface-2".to_owned(), 300));
        let peer = |inode| Peer { inode, kind: "SOCK_SEQPACKET" };
        let peers = HashMap::from([(100, peer(200)), (101, peer(201)), (102, peer(202))]);
        let found = connections(&processes, &peers);
        let other_ends = |number: i32| {
            let near = format!("bulkhead 1 has {number}");
            let connection = found.iter().find(|connection| connection.ends.contains(&near)).unwrap();
            connection.ends[1].clone()
        };
        assert!(other_ends(10).starts_with("bh-renderer 71 has the other end"), "{found:#?}");
        assert!(other_ends(12).starts_with("bh-renderer 72 has the other end"), "{found:#?}");
        assert_eq!(other_ends(14), SOMEBODY);
        let surface = found.iter().find(|connection| connection.mechanism == "memfd bulkhead-surface-2").unwrap();
        assert!(surface.ends[1].starts_with("bh-renderer 72 has the other end"), "{surface:#?}");
    }
}
