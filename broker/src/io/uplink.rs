//! The broker's end of one uplink: what the renderer says, and what it is granted.
//!
//! Contract: it never blocks. What does not fit into the socket waits in a bounded queue.

use super::poller::{Poller, Source};
use crate::inbox::Violation;
use bulkhead_shared::body::Body;
use bulkhead_shared::ids::RendererId;
use bulkhead_shared::limits;
use bulkhead_shared::packet::{PacketSocket, RecvError, SendError};
use bulkhead_shared::surface::SurfaceReader;
use bulkhead_shared::uplink::{FromRenderer, Grant};
use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

/// One uplink.
#[derive(Debug)]
pub(super) struct Uplink {
    renderer: RendererId,
    socket: PacketSocket,
    outbox: VecDeque<Outgoing>,
}

/// Something for the renderer that comes with a descriptor.
#[derive(Debug)]
struct Outgoing {
    grant: Grant,
    payload: Option<Payload>,
}

/// What a descriptor handed to a renderer stands for.
#[derive(Debug)]
pub(super) enum Payload {
    Surface(Arc<SurfaceReader>),
    Body(Body),
}

impl AsFd for Payload {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Surface(surface) => surface.as_fd(),
            Self::Body(body) => body.as_fd(),
        }
    }
}

/// What came up it.
#[derive(Debug)]
pub(super) enum Heard {
    /// A message, not yet validated, and its length.
    Said(FromRenderer, usize),
    /// Nothing more for now.
    Nothing,
    /// The renderer has closed it.
    Closed,
}

impl Uplink {
    /// Makes one; the other end is for the renderer.
    pub(super) fn new(renderer: RendererId, poller: &Poller) -> io::Result<(Self, PacketSocket)> {
        let (socket, far) = PacketSocket::pair()?;
        poller.add(&socket, Source::Uplink(renderer))?;
        Ok((Self { renderer, socket, outbox: VecDeque::new() }, far))
    }

    /// Takes one packet.
    pub(super) fn recv(&self) -> Result<Heard, Violation> {
        match self.socket.recv_counted::<FromRenderer>() {
            Ok((message, bytes)) => Ok(Heard::Said(message, bytes)),
            Err(RecvError::Empty) => Ok(Heard::Nothing),
            Err(RecvError::Corrupt(corrupt)) => Err(Violation::Packet(corrupt)),
            Err(RecvError::Closed | RecvError::System(_)) => Ok(Heard::Closed),
        }
    }

    /// Hands the renderer something, now or as soon as it reads.
    pub(super) fn grant(&mut self, grant: Grant, payload: Option<Payload>, poller: &Poller) -> Result<(), Violation> {
        if self.outbox.len() >= limits::UPLINK_QUEUE {
            return Err(Violation::UplinkNotRead);
        }
        self.outbox.push_back(Outgoing { grant, payload });
        self.flush(poller);
        Ok(())
    }

    /// Sends what waits, as far as there is room.
    pub(super) fn flush(&mut self, poller: &Poller) {
        while let Some(Outgoing { grant, payload }) = self.outbox.front() {
            let descriptors: Vec<_> = payload.iter().map(AsFd::as_fd).collect();
            match self.socket.send(grant, &descriptors) {
                Ok(()) => {}
                Err(SendError::Full) => break,
                // The end of the process is noticed where it is waited for.
                Err(SendError::Closed) => {}
                Err(error) => tracing::error!(%error, "cannot grant to {}", self.renderer),
            }
            self.outbox.pop_front();
        }
        // It fails once the uplink is no longer waited for, and then nobody wants room.
        let _ = poller.want_room(&self.socket, Source::Uplink(self.renderer), !self.outbox.is_empty());
    }

    /// Waits for it no longer.
    pub(super) fn ignore(&self, poller: &Poller) {
        poller.remove(&self.socket);
    }
}
