//! Why the broker never receives over `ipc-channel` from a renderer: its receiver trusts its sender. If one of these tests
//! fails, the crate has changed, and the rule in ARCHITECTURE.md may be thought over.

use ipc_channel::ipc::IpcOneShotServer;
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, UnixAddr, connect, sendmsg, socket, socketpair,
};
use std::io::IoSlice;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// What became of a receiver: whether its message was taken, or its panic.
type Outcome = std::thread::Result<bool>;

/// A real receiver, and a peer that connects to it and sends one packet: the header that the crate has (the length of this
/// packet, the length of the message) and eight bytes. With `promise`, it sends the socket along through which the rest is to
/// come. The peer's ends stay open for as long as the returned descriptors live.
fn receive(packet: &[u8], promise: bool) -> (Receiver<Outcome>, [OwnedFd; 2]) {
    let (server, name) = IpcOneShotServer::<Vec<u8>>::new().expect("a server");
    let peer = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None).expect("a socket");
    connect(peer.as_raw_fd(), &UnixAddr::new(name.as_str()).expect("a path")).expect("connects");
    let (rest, theirs) =
        socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).expect("a socket pair");
    let rights = [theirs.as_raw_fd()];
    let control = if promise { &[ControlMessage::ScmRights(&rights)][..] } else { &[] };
    let bytes = [IoSlice::new(packet)];
    sendmsg::<()>(peer.as_raw_fd(), &bytes, control, MsgFlags::MSG_NOSIGNAL, None).expect("sends");
    let (done, outcome) = channel();
    std::thread::spawn(move || {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| server.accept().is_ok()));
        let _ = done.send(result);
    });
    (outcome, [peer, rest])
}

/// A packet of 24 bytes, of a message that is said to have `claimed`.
fn packet(claimed: usize) -> Vec<u8> {
    [24_usize.to_ne_bytes(), claimed.to_ne_bytes(), [0; 8]].concat()
}

#[test]
fn a_packet_of_eight_bytes_panics_the_receiver() {
    let (outcome, _peer) = receive(&8_usize.to_ne_bytes(), false);
    let outcome = outcome.recv_timeout(Duration::from_secs(30)).expect("an outcome");
    assert!(outcome.is_err(), "the receiver panics");
}

#[test]
fn a_packet_that_claims_two_to_the_62_bytes_panics_the_receiver() {
    // With the promised socket, the receiver asks the allocator for as much, and its whole process aborts.
    let (outcome, _peer) = receive(&packet(1 << 62), false);
    let outcome = outcome.recv_timeout(Duration::from_secs(30)).expect("an outcome");
    assert!(outcome.is_err(), "the receiver panics");
}

#[test]
fn a_packet_that_claims_more_than_comes_blocks_the_receiver() {
    let (outcome, _peer) = receive(&packet(100_000), true);
    // It would block for ever; half a second is long enough to see that it does not give up by itself.
    assert_eq!(outcome.recv_timeout(Duration::from_millis(500)).err(), Some(RecvTimeoutError::Timeout));
}
