//! The client's stub: a function call that happens in another process.
//!
//! It finds the service by asking the registry, marshals the parameters, sends them, and waits. Nothing comes: it sends the same
//! call again, with the same number, a few times; then the call has failed, and whether it was carried out is unknown.

use super::wire::{Call, Procedure, Reply};
use crate::error::{Call as _, Error, Result};
use crate::narrate::{Narrator, note};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

const CLIENT: Narrator = Narrator::new("client");

/// How a call ended that gave no number.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The procedure ran, and failed.
    #[error("the server says: {0}")]
    Failed(String),
    /// Nobody answered in time.
    #[error("no answer after {tries} attempts of {each:?}: it may have been carried out, or not")]
    Timeout {
        /// How often it was sent.
        tries: u32,
        /// How long was waited each time.
        each: Duration,
    },
    /// The call could not be made.
    #[error(transparent)]
    Local(#[from] Error),
}

/// A stub for one service.
#[derive(Debug)]
pub struct Client {
    socket: UdpSocket,
    server: SocketAddr,
    next: u32,
    /// How long each attempt waits.
    pub each: Duration,
    /// How often a call is sent.
    pub tries: u32,
    /// Whether to show the bytes.
    pub show: bool,
}

impl Client {
    /// A stub for the service at this port of this machine.
    ///
    /// # Errors
    /// What `bind(2)` says.
    pub fn new(port: u16) -> Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).call("bind(2)")?;
        let server = (Ipv4Addr::LOCALHOST, port).into();
        Ok(Self { socket, server, next: 1, each: Duration::from_millis(100), tries: 3, show: false })
    }

    /// A stub for the service of this name, by the registry at this port: "locating the port".
    ///
    /// # Errors
    /// [`CallError::Failed`] when the registry does not know it; [`CallError::Timeout`] when there is no registry.
    pub fn locate(registry: u16, name: &str) -> Result<Self, CallError> {
        let port = Self::new(registry)?.call(Procedure::Lookup(name.into()))?;
        let port = u16::try_from(port).map_err(|_| Error::Corrupt(format!("{port} is no port")))?;
        CLIENT.says(format!("asked the registry at port {registry}: {name:?} is at port {port}"));
        Ok(Self::new(port)?)
    }

    /// Calls, and sends the same call again if no answer comes.
    ///
    /// # Errors
    /// See [`CallError`].
    pub fn call(&mut self, procedure: Procedure) -> Result<i32, CallError> {
        let call = Call { client: std::process::id(), request: self.next, procedure };
        self.next = self.next.wrapping_add(1);
        let message = call.encode();
        if self.show {
            CLIENT.says(format!("{:?}, marshalled: {} bytes", call.procedure, message.bytes().len()));
            message.table().for_each(note);
        }
        for attempt in 1..=self.tries {
            match self.socket.send_to(message.bytes(), self.server) {
                // The refusal of an earlier attempt, which has found nobody.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                sent => drop(sent.call("sendto(2)")?),
            }
            if let Some(reply) = self.reply_to(&call)? {
                return reply.result.map_err(CallError::Failed);
            }
            if self.show {
                CLIENT.says(format!("no answer to request {} for {:?}: attempt {attempt}", call.request, self.each));
            }
        }
        Err(CallError::Timeout { tries: self.tries, each: self.each })
    }

    /// The answer to this call, if it comes in time. An answer to an earlier call, which has come too late, is thrown away.
    fn reply_to(&self, call: &Call) -> Result<Option<Reply>> {
        let until = Instant::now() + self.each;
        let mut buffer = [0; 1024];
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            self.socket.set_read_timeout(Some(left)).call("setsockopt(SO_RCVTIMEO)")?;
            match self.socket.recv_from(&mut buffer) {
                Ok((length, from)) if from == self.server => match Reply::decode(&buffer[..length]) {
                    Ok(reply) if (reply.client, reply.request) == (call.client, call.request) => {
                        return Ok(Some(reply));
                    }
                    Ok(late) if self.show => CLIENT.says(format!("an answer to request {}: too late", late.request)),
                    Ok(_) => {}
                    Err(why) => return Err(Error::Corrupt(format!("the server's answer: {why}"))),
                },
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error).call("recvfrom(2)"),
            }
        }
    }
}
