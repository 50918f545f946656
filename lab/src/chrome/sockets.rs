//! Which Unix socket is connected to which: the kernel's list, by netlink. sock_diag(7).

use crate::error::{Call, Result};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket};
use std::collections::HashMap;
use std::os::fd::AsRawFd;

/// What is known of a Unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    /// The other one's inode; 0 when it is not connected.
    pub inode: u32,
    /// `SOCK_STREAM`, `SOCK_DGRAM` or `SOCK_SEQPACKET`.
    pub kind: &'static str,
}

const HEADER: usize = 16;
const MESSAGE: usize = 16;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_DUMP: u16 = 0x300;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const UDIAG_SHOW_PEER: u32 = 4;
const UNIX_DIAG_PEER: u16 = 2;

/// Every Unix socket of this network namespace by its inode; empty where the kernel does not say.
pub(super) fn peers() -> HashMap<u64, Peer> {
    dump().unwrap_or_default()
}

fn dump() -> Result<HashMap<u64, Peer>> {
    let netlink = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkSockDiag)
        .call("socket(AF_NETLINK)")?;
    send(netlink.as_raw_fd(), &request(), MsgFlags::empty()).call("send(2)")?;
    let mut sockets = HashMap::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let length = recv(netlink.as_raw_fd(), &mut buffer, MsgFlags::empty()).call("recv(2)")?;
        if length == 0 || !collect(&buffer[..length], &mut sockets) {
            return Ok(sockets);
        }
    }
}

/// "All Unix sockets in all states, with their peers."
fn request() -> Vec<u8> {
    let mut request = Vec::new();
    request.extend((HEADER as u32 + 24).to_ne_bytes());
    request.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    request.extend((NLM_F_REQUEST | NLM_F_DUMP).to_ne_bytes());
    request.extend([0; 8]);
    request.extend([libc::AF_UNIX as u8, 0, 0, 0]);
    request.extend(u32::MAX.to_ne_bytes());
    request.extend(0u32.to_ne_bytes());
    request.extend(UDIAG_SHOW_PEER.to_ne_bytes());
    request.extend([0; 8]);
    request
}

/// Takes the messages of one answer; says whether more will come.
fn collect(mut answer: &[u8], sockets: &mut HashMap<u64, Peer>) -> bool {
    while let (Some(length), Some(kind)) = (u32_at(answer, 0), u16_at(answer, 4)) {
        let length = length as usize;
        if kind == NLMSG_DONE || kind == NLMSG_ERROR || length < HEADER {
            return false;
        }
        if let Some(message) = answer.get(HEADER..length) {
            sockets.extend(parse(message));
        }
        answer = answer.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    true
}

fn parse(message: &[u8]) -> Option<(u64, Peer)> {
    let kind = match i32::from(*message.get(1)?) {
        libc::SOCK_STREAM => "SOCK_STREAM",
        libc::SOCK_DGRAM => "SOCK_DGRAM",
        libc::SOCK_SEQPACKET => "SOCK_SEQPACKET",
        _ => "socket",
    };
    let own = u32_at(message, 4)?;
    let mut attributes = message.get(MESSAGE..)?;
    let mut inode = 0;
    while let (Some(length), Some(name)) = (u16_at(attributes, 0), u16_at(attributes, 2)) {
        if name == UNIX_DIAG_PEER {
            inode = u32_at(attributes, 4).unwrap_or(0);
        }
        attributes = attributes.get(usize::from(length.max(4)).next_multiple_of(4)..).unwrap_or_default();
    }
    Some((own.into(), Peer { inode, kind }))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::net::UnixStream;

    #[test]
    fn the_two_ends_of_a_pair_know_one_another() {
        let (a, b) = UnixStream::pair().unwrap();
        let inode =
            |socket: &UnixStream| std::fs::metadata(format!("/proc/self/fd/{}", socket.as_raw_fd())).unwrap().ino();
        let peers = dump().unwrap();
        let expected = Peer { inode: u32::try_from(inode(&b)).unwrap(), kind: "SOCK_STREAM" };
        assert_eq!(peers.get(&inode(&a)), Some(&expected));
    }

    #[test]
    fn a_cut_answer_is_no_panic() {
        let mut answer = request();
        answer[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        for length in 0..answer.len() {
            collect(&answer[..length], &mut HashMap::new());
        }
    }
}
