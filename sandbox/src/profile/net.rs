//! What the network process may call: the renderer's list, and sockets to the internet. No files.
//!
//! The process itself is not written yet; this holds its place. The table says what an event loop over TCP and UDP
//! sockets needs in principle, and is to be cut to what that process is seen to need, as the renderer's was.

use super::renderer::{RENDERER, case};
use super::{Case, Is, Named, Profile, Row, always, name, named, test, when};

/// The process is not written: who writes it, names the function.
const NOBODY_YET: &str = "nobody yet";

/// The network process's own rows; [`NET`] has the renderer's in front of them.
const SOCKETS: [Row; 12] = [
    when(
        "socket",
        NOBODY_YET,
        &[case![
            0 "domain" Is::OneOf(named![AF_INET, AF_INET6]),
            1 "type" Is::OneOf(&[
                Named { name: "SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK", value: STREAM },
                Named { name: "SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK", value: DATAGRAM },
            ]),
            2 "protocol" Is::OneOf(&[Named { name: "0", value: 0 }, name!(IPPROTO_TCP), name!(IPPROTO_UDP)])
        ]],
        "connections to servers, and questions to name servers. No Unix, netlink, packet or raw sockets",
    ),
    always("connect", NOBODY_YET, "connections; where to is the broker's decision, and no filter can see it"),
    always("shutdown", NOBODY_YET, "the orderly end of a connection"),
    when(
        "getsockopt",
        NOBODY_YET,
        &[case![1 "level" Is::OneOf(named![SOL_SOCKET]), 2 "optname" Is::OneOf(named![SO_ERROR])]],
        "whether a connection came about",
    ),
    when(
        "setsockopt",
        NOBODY_YET,
        &[case![1 "level" Is::OneOf(named![IPPROTO_TCP]), 2 "optname" Is::OneOf(named![TCP_NODELAY])]],
        "requests leave at once",
    ),
    always("getsockname", NOBODY_YET, "for the inspector"),
    always("getpeername", NOBODY_YET, "for the inspector"),
    when(
        "sendto",
        NOBODY_YET,
        &[case![3 "flags" Is::Within(named![MSG_NOSIGNAL, MSG_DONTWAIT])]],
        "requests, and datagrams to name servers",
    ),
    always("epoll_ctl", NOBODY_YET, "the event loop"),
    always("epoll_pwait", NOBODY_YET, "the event loop"),
    when("memfd_create", NOBODY_YET, &[case![1 "flags" Is::Within(named![MFD_CLOEXEC, MFD_ALLOW_SEALING])]], "bodies"),
    when(
        "fcntl",
        NOBODY_YET,
        &[case![1 "op" Is::OneOf(named![F_ADD_SEALS])]],
        "bodies are sealed before they are handed on",
    ),
];

const STREAM: u32 = (libc::SOCK_STREAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK) as u32;
const DATAGRAM: u32 = (libc::SOCK_DGRAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK) as u32;

const COMMON: usize = RENDERER.rows.len();

const ALL: [Row; COMMON + SOCKETS.len()] = {
    let mut rows = [SOCKETS[0]; COMMON + SOCKETS.len()];
    let mut index = 0;
    while index < rows.len() {
        rows[index] = if index < COMMON { RENDERER.rows[index] } else { SOCKETS[index - COMMON] };
        index += 1;
    }
    rows
};

/// The network process's profile, as far as it is known before the process is written.
pub const NET: Profile = Profile {
    name: "net",
    about: "the process that talks to servers: sockets to the internet, and no files. Not final: it is cut when the \
     process is there",
    rows: &ALL,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_yes_files_no() {
        let has = |call| NET.rows.iter().any(|row| row.call == call);
        assert!(has("socket") && has("connect"));
        for call in ["open", "openat", "execve", "clone", "bind", "listen", "ptrace"] {
            assert!(!has(call), "{call}");
        }
    }
}
