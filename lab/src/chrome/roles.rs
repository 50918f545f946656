//! What Bulkhead's processes use their connections for, told by facts of the kernel that its design fixes:
//!
//! - a pipe has one direction, so the broker's end tells what goes through it;
//! - the broker's `epoll` waits for every link that the broker receives from. It never receives over `ipc-channel`, so of the two
//!   sockets that it shares with a process, which are of one kind, the one that it waits for is its own protocol, and the one
//!   that it only ever sends into is `ipc-channel`'s;
//! - what it waits for of one renderer, that renderer's pidfd among it, has one number in the lower half of `epoll_event.data`;
//! - a `memfd` has a name, and a surface's ends with the number of the renderer that draws into it.

use super::census::Access;

/// The broker's number for a renderer, in what its `epoll` knows a descriptor by; 0 for what is no renderer's.
pub(super) fn renderer(data: u64) -> u64 {
    data & 0xffff_ffff
}

/// A pidfd.
pub(super) const WATCH: &str = "the process itself: readable when it has ended";

/// A pipe that is somebody's standard input or output.
pub(super) const STANDARD: &str = "somebody's standard input or output";

/// A socket between the broker and somebody who is none of its processes.
pub(super) const STRANGE: &str = "no link of Bulkhead's own";

/// What memory is for, by the beginning of its name.
const MEMORY: &[(&str, &str)] = &[
    ("bulkhead-surface", "a surface: the renderer draws into it, the broker reads it; sealed against shrinking"),
    ("bulkhead-body", "a fetched body: sealed against every change, mapped by the renderer without a copy"),
];

/// A pipe, by what the broker may do with it.
pub(super) fn pipe(brokers: Option<Access>) -> &'static str {
    match brokers {
        Some(Access::Read) => "control, up: pong and last words; its end of file is the death notice",
        Some(Access::Write) => "control, down: ping and shutdown; its end of file says that the broker is gone",
        _ => "a pipe without the broker",
    }
}

/// A `SOCK_SEQPACKET` socket: whether the broker waits for it, and whether its other end is the zygote's.
pub(super) fn socket(polled: bool, zygote: bool) -> &'static str {
    match (polled, zygote) {
        (true, false) => "uplink: frames and requests up, checked one by one; surfaces and bodies down, as descriptors",
        (false, false) => "downlink, ipc-channel: commands and input; the broker sends here and never receives",
        (true, true) => "zygote: requests to fork, with the far ends of a new renderer's links; pidfds come back",
        (false, true) => "zygote, ipc-channel: the receiving ends of new downlinks; the broker never receives here",
    }
}

/// A `memfd`.
pub(super) fn memory(name: &str) -> &'static str {
    MEMORY.iter().find(|(prefix, _)| name.starts_with(prefix)).map_or("shared memory", |(_, role)| role)
}

/// Whether memory of this name is shared with a renderer by the broker.
pub(super) fn is_known_memory(name: &str) -> bool {
    MEMORY.iter().any(|(prefix, _)| name.starts_with(prefix))
}

/// The broker's number for the renderer that memory of this name is shared with, where the name has it.
pub(super) fn owner(name: &str) -> Option<u64> {
    name.strip_prefix("bulkhead-surface-")?.parse().ok().filter(|number| *number != 0)
}
