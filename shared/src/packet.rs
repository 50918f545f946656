//! A `SOCK_SEQPACKET` socket: one message, one packet, with descriptors (`SCM_RIGHTS`, unix(7)).
//!
//! Contract:
//! - a packet over [`PACKET_BYTES`] or with more descriptors than there is room for is refused, whole: the kernel cuts it, and
//!   `MSG_TRUNC` and `MSG_CTRUNC` tell;
//! - a receiver that expects no descriptors gets none: [`PacketSocket::recv`] offers the kernel no room for control data, so
//!   what a peer sends along never enters this process's table;
//! - descriptors that are expected ([`PacketSocket::recv_with_descriptors`], from trusted senders only) are `CLOEXEC` from the
//!   start (`MSG_CMSG_CLOEXEC`) and owned, so whoever does not claim them closes them;
//! - a message must use up its packet to the last byte;
//! - a closed link, a full one and a corrupt message are three different errors.

use crate::limits::{PACKET_BYTES, PACKET_DESCRIPTORS, SOCKET_BYTES};
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg, sendmsg, setsockopt,
    socketpair, sockopt,
};
use serde::{Serialize, de::DeserializeOwned};
use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// One end of the socket. Non-blocking, unless [`PacketSocket::set_blocking`] says otherwise.
#[derive(Debug)]
pub struct PacketSocket {
    fd: OwnedFd,
}

/// Why a packet could not be sent.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SendError {
    /// The peer has closed its end, or is gone.
    #[error("the link is closed")]
    Closed,
    /// The peer does not read: the socket's buffer is full.
    #[error("the link is full")]
    Full,
    /// This user has as many descriptors in sockets, unread, as a process may have open.
    #[error("too many descriptors are on their way")]
    TooManyDescriptors,
    /// The message is over [`PACKET_BYTES`].
    #[error("a message of {0} bytes does not fit a packet")]
    TooLong(usize),
    /// Anything else that `sendmsg(2)` says.
    #[error("sendmsg: {0}")]
    System(Errno),
}

/// Why no message was received.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RecvError {
    /// The peer has closed its end, or is gone.
    #[error("the link is closed")]
    Closed,
    /// Nothing is there now.
    #[error("nothing to receive")]
    Empty,
    /// What came breaks the rules of the link.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// Anything else that `recvmsg(2)` says.
    #[error("recvmsg: {0}")]
    System(Errno),
}

/// A packet that breaks the rules of the link.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Corrupt {
    /// `MSG_TRUNC`: longer than [`PACKET_BYTES`].
    #[error("a packet over the size limit")]
    Oversized,
    /// `MSG_CTRUNC`: more descriptors than expected, or other control data.
    #[error("a packet with too many descriptors")]
    TooManyDescriptors,
    /// The bytes are no message.
    #[error("a packet that decodes to no message")]
    Undecodable,
    /// A message, and then more bytes.
    #[error("a packet with bytes after its message")]
    TrailingBytes,
}

/// A message with the descriptors that came along.
#[derive(Debug)]
pub struct Packet<M> {
    /// The message.
    pub message: M,
    /// The descriptors, in the sender's order.
    pub descriptors: Vec<OwnedFd>,
}

impl PacketSocket {
    /// Two connected ends, both `CLOEXEC` and non-blocking.
    ///
    /// # Errors
    /// What `socketpair(2)` says: out of descriptors, for one.
    pub fn pair() -> nix::Result<(Self, Self)> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let (a, b) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags)?;
        for end in [&a, &b] {
            // The kernel takes half of what it then counts (socket(7)).
            setsockopt(end, sockopt::SndBuf, &(SOCKET_BYTES / 2))?;
        }
        Ok((Self { fd: a }, Self { fd: b }))
    }

    /// Bytes of what was sent that the peer has not read, as the kernel counts them: with its own record of each packet.
    ///
    /// # Errors
    /// What `ioctl(2)` says.
    #[expect(unsafe_code, reason = "a request of ioctl(2) that no library has a function for")]
    pub fn unread(&self) -> nix::Result<usize> {
        let mut bytes: libc::c_int = 0;
        // SAFETY: unix(7): SIOCOUTQ, whose number is TIOCOUTQ's, writes one int to the pointer, which is valid for that.
        Errno::result(unsafe { libc::ioctl(self.fd.as_raw_fd(), libc::TIOCOUTQ, &raw mut bytes) })?;
        Ok(usize::try_from(bytes).unwrap_or(0))
    }

    /// Sends one message with its descriptors, whole or not at all.
    ///
    /// # Errors
    /// See [`SendError`].
    pub fn send<M: Serialize>(&self, message: &M, descriptors: &[BorrowedFd<'_>]) -> Result<(), SendError> {
        self.send_counted(message, descriptors).map(drop)
    }

    /// The same, and says how long the packet is, for those who ration themselves.
    ///
    /// # Errors
    /// See [`SendError`].
    pub fn send_counted<M: Serialize>(&self, message: &M, descriptors: &[BorrowedFd<'_>]) -> Result<usize, SendError> {
        let mut buffer = [0; PACKET_BYTES];
        let bytes = match postcard::to_slice(message, &mut buffer) {
            Ok(bytes) => &*bytes,
            Err(_) => return Err(SendError::TooLong(postcard::to_stdvec(message).map_or(usize::MAX, |v| v.len()))),
        };
        self.send_bytes(bytes, descriptors).map(|()| bytes.len())
    }

    /// Sends these bytes as one packet: what [`Self::send`] ends in, and what a test of the other side begins with.
    ///
    /// # Errors
    /// See [`SendError`].
    pub fn send_bytes(&self, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> Result<(), SendError> {
        let raw: Vec<_> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
        let rights = [ControlMessage::ScmRights(&raw)];
        let control: &[_] = if raw.is_empty() { &[] } else { &rights };
        loop {
            match sendmsg::<()>(self.fd.as_raw_fd(), &[IoSlice::new(bytes)], control, MsgFlags::MSG_NOSIGNAL, None) {
                Ok(_) => return Ok(()),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN | Errno::ENOBUFS) => return Err(SendError::Full),
                Err(Errno::ETOOMANYREFS) => return Err(SendError::TooManyDescriptors),
                Err(Errno::EPIPE | Errno::ECONNRESET | Errno::ENOTCONN) => return Err(SendError::Closed),
                Err(Errno::EMSGSIZE) => return Err(SendError::TooLong(bytes.len())),
                Err(errno) => return Err(SendError::System(errno)),
            }
        }
    }

    /// Receives one message that has no descriptors: the only way to listen to an untrusted peer.
    ///
    /// # Errors
    /// See [`RecvError`]; after [`RecvError::Corrupt`] the link should be given up.
    pub fn recv<M: DeserializeOwned>(&self) -> Result<M, RecvError> {
        self.recv_counted().map(|(message, _)| message)
    }

    /// The same, with the packet's length in bytes, for those who ration a peer.
    ///
    /// # Errors
    /// See [`RecvError`].
    pub fn recv_counted<M: DeserializeOwned>(&self) -> Result<(M, usize), RecvError> {
        self.recv_packet(None).map(|(packet, length)| (packet.message, length))
    }

    /// Receives one message with its descriptors, from a peer that is trusted.
    ///
    /// # Errors
    /// See [`RecvError`].
    pub fn recv_with_descriptors<M: DeserializeOwned>(&self) -> Result<Packet<M>, RecvError> {
        self.recv_packet(Some(&mut nix::cmsg_space!([RawFd; PACKET_DESCRIPTORS]))).map(|(packet, _)| packet)
    }

    fn recv_packet<M: DeserializeOwned>(
        &self,
        mut control: Option<&mut Vec<u8>>,
    ) -> Result<(Packet<M>, usize), RecvError> {
        let mut buffer = [0_u8; PACKET_BYTES];
        let (length, flags, descriptors) = {
            let mut iov = [IoSliceMut::new(&mut buffer)];
            let received = loop {
                let control = control.as_deref_mut().map(Vec::as_mut_slice);
                match recvmsg::<()>(self.fd.as_raw_fd(), &mut iov, control, MsgFlags::MSG_CMSG_CLOEXEC) {
                    Ok(received) => break received,
                    Err(Errno::EINTR) => {}
                    Err(Errno::EAGAIN) => return Err(RecvError::Empty),
                    Err(Errno::ECONNRESET) => return Err(RecvError::Closed),
                    Err(errno) => return Err(RecvError::System(errno)),
                }
            };
            (received.bytes, received.flags, own_descriptors(&received))
        };
        if flags.contains(MsgFlags::MSG_CTRUNC) {
            return Err(Corrupt::TooManyDescriptors.into());
        }
        if flags.contains(MsgFlags::MSG_TRUNC) {
            return Err(Corrupt::Oversized.into());
        }
        let bytes = buffer.get(..length).ok_or(Corrupt::Oversized)?;
        if bytes.is_empty() && descriptors.is_empty() {
            // On a SOCK_SEQPACKET socket, an empty read is end-of-file; an empty packet is not told apart from it.
            return Err(RecvError::Closed);
        }
        let (message, rest) = postcard::take_from_bytes(bytes).map_err(|_| Corrupt::Undecodable)?;
        if !rest.is_empty() {
            return Err(Corrupt::TrailingBytes.into());
        }
        Ok((Packet { message, descriptors }, length))
    }

    /// Lets [`Self::recv`] wait for a message, and [`Self::send`] for room: for processes that have nothing else to do.
    ///
    /// # Errors
    /// What `fcntl(2)` says.
    pub fn set_blocking(&self, blocking: bool) -> nix::Result<()> {
        use nix::fcntl::{FcntlArg, OFlag, fcntl};
        let mut flags = OFlag::from_bits_truncate(fcntl(&self.fd, FcntlArg::F_GETFL)?);
        flags.set(OFlag::O_NONBLOCK, !blocking);
        fcntl(&self.fd, FcntlArg::F_SETFL(flags)).map(drop)
    }
}

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl From<OwnedFd> for PacketSocket {
    /// Takes a descriptor that is such a socket, as a child inherits one.
    fn from(fd: OwnedFd) -> Self {
        Self { fd }
    }
}

impl From<PacketSocket> for OwnedFd {
    fn from(socket: PacketSocket) -> Self {
        socket.fd
    }
}

/// The descriptors of a received packet, each owned.
#[expect(unsafe_code, reason = "nix hands received descriptors out as plain numbers")]
fn own_descriptors<S>(received: &nix::sys::socket::RecvMsg<'_, '_, S>) -> Vec<OwnedFd> {
    let mut owned = Vec::new();
    let Ok(messages) = received.cmsgs() else { return owned };
    for message in messages {
        if let ControlMessageOwned::ScmRights(raw) = message {
            for fd in raw {
                // SAFETY: recvmsg(2) has just made this descriptor in our table, and `cmsgs` is walked once, here.
                owned.push(unsafe { OwnedFd::from_raw_fd(fd) });
            }
        }
    }
    owned
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::PACKET_OVERHEAD;
    use std::fs::File;

    fn null() -> File {
        File::open("/dev/null").expect("/dev/null opens")
    }

    #[test]
    fn a_message_and_its_descriptors_arrive_once() {
        let (a, b) = PacketSocket::pair().unwrap();
        let file = null();
        a.send(&(7_u32, "seven"), &[file.as_fd()]).unwrap();
        let packet = b.recv_with_descriptors::<(u32, String)>().unwrap();
        assert_eq!(packet.message, (7, "seven".to_owned()));
        assert_eq!(packet.descriptors.len(), 1);
        assert_eq!(b.recv::<u32>().unwrap_err(), RecvError::Empty);
    }

    #[test]
    fn descriptors_that_nobody_expects_never_arrive() {
        let (a, b) = PacketSocket::pair().unwrap();
        let (read, write) = nix::unistd::pipe().unwrap();
        a.send(&1_u32, &[write.as_fd()]).unwrap();
        drop(write);
        assert_eq!(b.recv::<u32>().unwrap_err(), RecvError::Corrupt(Corrupt::TooManyDescriptors));
        // Had the write end entered this process, the pipe would still be open and the read would wait for ever.
        assert_eq!(nix::unistd::read(&read, &mut [0]), Ok(0));
    }

    #[test]
    fn garbage_trailing_bytes_and_oversize_have_names() {
        let (a, b) = PacketSocket::pair().unwrap();
        a.send_bytes(&[0xff; 16], &[]).unwrap();
        assert_eq!(b.recv::<u32>().unwrap_err(), RecvError::Corrupt(Corrupt::Undecodable));
        a.send_bytes(&[1, 2], &[]).unwrap();
        assert_eq!(b.recv::<u32>().unwrap_err(), RecvError::Corrupt(Corrupt::TrailingBytes));
        a.send_bytes(&vec![0; PACKET_BYTES + 1], &[]).unwrap();
        assert_eq!(b.recv::<u32>().unwrap_err(), RecvError::Corrupt(Corrupt::Oversized));
    }

    #[test]
    fn what_is_unread_is_the_kernels_to_say() {
        let (a, b) = PacketSocket::pair().unwrap();
        assert_eq!(a.unread(), Ok(0));
        a.send(&1_u32, &[]).unwrap();
        a.send(&2_u32, &[null().as_fd()]).unwrap();
        assert!(a.unread().unwrap() >= 2 * PACKET_OVERHEAD);
        b.recv::<u32>().unwrap();
        b.recv_with_descriptors::<u32>().unwrap();
        assert_eq!(a.unread(), Ok(0));
    }

    #[test]
    fn a_socket_takes_no_more_packets_than_is_reckoned_with() {
        let (a, _b) = PacketSocket::pair().unwrap();
        let sent = std::iter::repeat_with(|| a.send(&1_u8, &[])).take_while(Result::is_ok).count();
        assert!(sent <= SOCKET_BYTES / PACKET_OVERHEAD, "{sent}");
    }

    #[test]
    fn the_longest_packet_fits_beside_what_holds_the_sender_back() {
        let (a, _b) = PacketSocket::pair().unwrap();
        while a.unread().unwrap() < crate::limits::UNREAD_BYTES {
            a.send(&1_u8, &[]).unwrap();
        }
        assert_eq!(a.send_bytes(&[0; PACKET_BYTES], &[]), Ok(()));
    }

    #[test]
    fn a_closed_and_a_full_link_are_told_apart() {
        let (a, b) = PacketSocket::pair().unwrap();
        let error = loop {
            if let Err(error) = a.send(&[0_u64; 32], &[]) {
                break error;
            }
        };
        assert_eq!(error, SendError::Full);
        drop(b);
        assert_eq!(a.send(&1_u32, &[]).unwrap_err(), SendError::Closed);
    }
}
