//! What one process may use up, as data.
//!
//! Contract: soft and hard limit are the same, so a process can only lower them; each is read back.
//!
//! A limit of the kernel on memory counts address space, not use: it stops a runaway, and cannot tell 1 GiB touched
//! from 1 GiB reserved. A budget on use is for whoever watches the process from outside to enforce.

use crate::report::{Layer, Name};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// One limit.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Of what: `setrlimit(2)`.
    pub resource: Resource,
    /// Its name there.
    pub name: &'static str,
    /// How much.
    pub value: u64,
    /// Why so much.
    pub why: &'static str,
}

const fn limit(resource: Resource, name: &'static str, value: u64, why: &'static str) -> Limit {
    Limit { resource, name, value, why }
}

/// For a process that only computes and draws.
pub const RENDERER: &[Limit] = &[
    limit(
        Resource::RLIMIT_AS,
        "AS",
        4 << 30,
        "surfaces of up to 0.4 GiB, old and new at once, bodies, and what is its own",
    ),
    limit(
        Resource::RLIMIT_DATA,
        "DATA",
        1 << 30,
        "memory of its own, the one kind that it can make: four times what the longest page of the Rust documentation needs",
    ),
    limit(
        Resource::RLIMIT_STACK,
        "STACK",
        64 << 20,
        "the engine lays out by recursion, down to the depth that its parser admits",
    ),
    limit(
        Resource::RLIMIT_NOFILE,
        "NOFILE",
        64,
        "five links, one surface, and bodies between their arrival and their mapping",
    ),
    limit(Resource::RLIMIT_NPROC, "NPROC", 1, "it is one process with one thread"),
    limit(Resource::RLIMIT_FSIZE, "FSIZE", 0, "it writes to pipes, sockets and mappings, never to a file"),
    limit(Resource::RLIMIT_CORE, "CORE", 0, "a core file holds the page's secrets"),
    limit(Resource::RLIMIT_MEMLOCK, "MEMLOCK", 0, "locked memory cannot be reclaimed, and io_uring and bpf feed on it"),
    limit(Resource::RLIMIT_MSGQUEUE, "MSGQUEUE", 0, "it makes no POSIX queues"),
    limit(Resource::RLIMIT_SIGPENDING, "SIGPENDING", 16, "it queues no signals"),
    limit(
        Resource::RLIMIT_NICE,
        "NICE",
        20,
        "it may not raise its priority above the usual one; up to that, whoever has lowered it may",
    ),
    limit(Resource::RLIMIT_RTPRIO, "RTPRIO", 0, "it may not run in real time"),
];

pub(crate) fn apply(limits: &[Limit]) -> Layer {
    let mut missing = Vec::new();
    let mut seen = Vec::new();
    for limit in limits {
        // A hard limit that is lower already stays: only root may raise one.
        let before = getrlimit(limit.resource).map_or(u64::MAX, |(_, hard)| hard);
        let value = limit.value.min(before);
        if let Err(errno) = setrlimit(limit.resource, value, value) {
            missing.push(format!("{}: {errno}", limit.name));
        }
        match getrlimit(limit.resource) {
            Ok((soft, hard)) if soft == value && hard == value => seen.push(format!("{} {value}", limit.name)),
            got => missing.push(format!("{} is {got:?}", limit.name)),
        }
    }
    Layer::judged(Name::Limits, &missing, seen.join(", "))
}
