//! The broker's end of one uplink: what the renderer says, and what it is granted.
//!
//! Contract:
//! - it never blocks;
//! - what the renderer does not read waits, and what waits is bounded: one surface and one document at most, since a newer one takes
//!   the place of one that was not sent, and the answers to fetches that are under way
//!   ([`bulkhead_shared::limits::FETCHES_IN_FLIGHT`]);
//! - how much the renderer has not read is the kernel's figure. From [`UNREAD_BYTES`] on, nothing more is sent; of surfaces, one
//!   at a time. So there are few descriptors on their way to anybody, and not to read is no offence.

use super::poller::{Poller, Source};
use crate::inbox::Violation;
use crate::memory::grants::Reservation;
use bulkhead_shared::body::Body;
use bulkhead_shared::ids::{NavigationId, RendererId, RequestId, SurfaceId};
use bulkhead_shared::limits::UNREAD_BYTES;
use bulkhead_shared::packet::{PacketSocket, RecvError, SendError};
use bulkhead_shared::surface::SurfaceReader;
use bulkhead_shared::uplink::{BodyMeta, Document, FromRenderer, Grant};
use std::collections::VecDeque;
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;

/// One uplink.
#[derive(Debug)]
pub(super) struct Uplink {
    renderer: RendererId,
    /// `None` once it was closed.
    socket: Option<PacketSocket>,
    surface: Option<(SurfaceId, Arc<SurfaceReader>)>,
    /// A surface was sent that may be unread.
    surface_unread: bool,
    document: Option<(Document, Body)>,
    answers: VecDeque<Answer>,
    /// The socket is full, and waited for until it is not.
    full: bool,
}

/// The answer to a fetch.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) request: RequestId,
    pub(super) result: Result<Handed, String>,
}

/// A body to be handed down, and the room that was taken for it.
#[derive(Debug)]
pub(super) struct Handed {
    pub(super) body: Body,
    pub(super) meta: BodyMeta,
    pub(super) reservation: Reservation,
}

/// What has left for the renderer.
#[derive(Debug)]
pub(super) enum Sent {
    Surface(SurfaceId, Arc<SurfaceReader>),
    Document(NavigationId),
    Answer(RequestId),
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
        let uplink = Self {
            renderer,
            socket: Some(socket),
            surface: None,
            surface_unread: false,
            document: None,
            answers: VecDeque::new(),
            full: false,
        };
        Ok((uplink, far))
    }

    /// Takes one packet.
    pub(super) fn recv(&self) -> Result<Heard, Violation> {
        let Some(socket) = &self.socket else { return Ok(Heard::Nothing) };
        match socket.recv_counted::<FromRenderer>() {
            Ok((message, bytes)) => Ok(Heard::Said(message, bytes)),
            Err(RecvError::Empty) => Ok(Heard::Nothing),
            Err(RecvError::Corrupt(corrupt)) => Err(Violation::Packet(corrupt)),
            Err(RecvError::Closed | RecvError::System(_)) => Ok(Heard::Closed),
        }
    }

    /// Has a surface handed down, in the place of one that still waits.
    pub(super) fn grant_surface(&mut self, id: SurfaceId, surface: Arc<SurfaceReader>) {
        self.surface = Some((id, surface));
    }

    /// No surface is to be handed down any more.
    pub(super) fn withdraw_surface(&mut self) {
        self.surface = None;
    }

    /// Has a document handed down. What waits for the one before concerns nobody any more.
    pub(super) fn grant_document(&mut self, document: Document, body: Body) {
        self.document = Some((document, body));
        self.answers.clear();
    }

    /// Has a fetch answered.
    pub(super) fn answer(&mut self, answer: Answer) {
        self.answers.push_back(answer);
    }

    /// Answers that wait.
    pub(super) fn answers_waiting(&self) -> usize {
        self.answers.len()
    }

    /// Sends what waits, as far as the renderer has read what was sent before. Returns what has left.
    pub(super) fn flush(&mut self, poller: &Poller) -> Vec<Sent> {
        // TOUR fetch 10
        let mut sent = Vec::new();
        let mut full = false;
        while self.has_waiting()
            && let Some(socket) = &self.socket
        {
            let unread = socket.unread().unwrap_or(UNREAD_BYTES);
            self.surface_unread &= unread > 0;
            if unread >= UNREAD_BYTES {
                break;
            }
            match self.send_next() {
                Ok(Some(what)) => sent.push(what),
                Ok(None) => break,
                Err(SendError::Full) => {
                    full = true;
                    break;
                }
                // The end of the process is noticed where it is waited for; so many descriptors are soon fewer.
                Err(error) => {
                    tracing::debug!(%error, "cannot grant to {} now", self.renderer);
                    break;
                }
            }
        }
        if full != self.full
            && let Some(socket) = &self.socket
        {
            self.full = full;
            // It fails once the uplink is no longer waited for, and then nobody wants room.
            if let Err(errno) = poller.want_room(socket, Source::Uplink(self.renderer), full) {
                tracing::debug!(%errno, "the uplink of {} is not waited for", self.renderer);
            }
        }
        sent
    }

    fn has_waiting(&self) -> bool {
        self.surface.is_some() || self.document.is_some() || !self.answers.is_empty()
    }

    /// Sends the first of what waits and may go.
    fn send_next(&mut self) -> Result<Option<Sent>, SendError> {
        let Some(socket) = &self.socket else { return Ok(None) };
        if !self.surface_unread
            && let Some((id, surface)) = self.surface.take()
        {
            let (width, height) = (surface.extent().width(), surface.extent().height());
            let grant = Grant::Surface { surface: id, width, height };
            if let Err(error) = socket.send(&grant, &[surface.as_fd()]) {
                self.surface = Some((id, surface));
                return Err(error);
            }
            self.surface_unread = true;
            return Ok(Some(Sent::Surface(id, surface)));
        }
        if let Some((document, body)) = self.document.take() {
            let navigation = document.navigation;
            let grant = Grant::Document(document);
            return match (socket.send(&grant, &[body.as_fd()]), grant) {
                (Ok(()), _) => Ok(Some(Sent::Document(navigation))),
                (Err(error), Grant::Document(document)) => {
                    self.document = Some((document, body));
                    Err(error)
                }
                (Err(error), _) => Err(error),
            };
        }
        let Some(Answer { request, result }) = self.answers.pop_front() else { return Ok(None) };
        let outcome = match result {
            Ok(Handed { body, meta, reservation }) => {
                let grant = Grant::Response { request, result: Ok(meta.clone()) };
                match socket.send(&grant, &[body.as_fd()]) {
                    Ok(()) => {
                        reservation.hand_down();
                        return Ok(Some(Sent::Answer(request)));
                    }
                    Err(error) => Err((error, Ok(Handed { body, meta, reservation }))),
                }
            }
            Err(why) => {
                let grant = Grant::Response { request, result: Err(why.clone()) };
                socket.send(&grant, &[]).map_err(|error| (error, Err(why)))
            }
        };
        match outcome {
            Ok(()) => Ok(Some(Sent::Answer(request))),
            Err((error, result)) => {
                self.answers.push_front(Answer { request, result });
                Err(error)
            }
        }
    }

    /// Waits for it again, after [`Self::ignore`].
    pub(super) fn heed(&mut self, poller: &Poller) {
        self.full = false;
        if let Some(socket) = &self.socket {
            // Without it the renderer is not heard, and ended for being unresponsive by whoever waits for it.
            if let Err(errno) = poller.add(socket, Source::Uplink(self.renderer)) {
                tracing::error!(%errno, "cannot listen to {} again", self.renderer);
            }
        }
    }

    /// Waits for it no longer.
    pub(super) fn ignore(&self, poller: &Poller) {
        self.socket.iter().for_each(|socket| poller.remove(socket));
    }

    /// Closes it, and lets go of all that waits.
    pub(super) fn close(&mut self, poller: &Poller) {
        self.ignore(poller);
        self.socket = None;
        self.surface = None;
        self.document = None;
        self.answers.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Budget;
    use crate::memory::grants::Grants;
    use bulkhead_shared::surface::Extent;

    const ID: RendererId = RendererId(1);

    fn uplink() -> (Uplink, PacketSocket, Poller) {
        let poller = Poller::new().unwrap();
        let (uplink, far) = Uplink::new(ID, &poller).unwrap();
        (uplink, far, poller)
    }

    fn surface() -> Arc<SurfaceReader> {
        Arc::new(SurfaceReader::allocate(Extent::new(8, 8).unwrap()).unwrap())
    }

    fn document(number: u32) -> (Document, Body) {
        let body = BodyMeta { length: 0, mime: "text/html".to_owned() };
        let document = Document { navigation: NavigationId(number), url: "about:blank".to_owned(), body, scroll: None };
        (document, Body::from_bytes(b"").unwrap())
    }

    fn answer(number: u32) -> Answer {
        let allowance = Grants::new(Budget { tab: u64::MAX, all: u64::MAX }).open();
        let meta = BodyMeta { length: 0, mime: "text/css".to_owned() };
        let body = Body::from_bytes(b"").unwrap();
        let handed = Handed { body, meta, reservation: allowance.reserve(0).unwrap() };
        Answer { request: RequestId(number), result: Ok(handed) }
    }

    /// Everything that the renderer reads now.
    fn read(far: &PacketSocket) -> Vec<Grant> {
        std::iter::from_fn(|| far.recv_with_descriptors::<Grant>().ok()).map(|packet| packet.message).collect()
    }

    fn surfaces(grants: &[Grant]) -> Vec<u32> {
        grants
            .iter()
            .filter_map(|grant| if let Grant::Surface { surface, .. } = grant { Some(surface.0) } else { None })
            .collect()
    }

    #[test]
    fn of_surfaces_one_is_unread_and_one_waits_whatever_the_user_does() {
        let (mut uplink, far, poller) = uplink();
        for n in 1..=1000 {
            uplink.grant_surface(SurfaceId(n), surface());
            uplink.flush(&poller);
        }
        assert_eq!(surfaces(&read(&far)), [1]);
        uplink.flush(&poller);
        assert_eq!(surfaces(&read(&far)), [1000]);
    }

    #[test]
    fn a_document_takes_the_place_of_one_that_was_not_sent_and_of_its_answers() {
        let (mut uplink, far, poller) = uplink();
        while uplink.socket.as_ref().unwrap().unread().unwrap() < UNREAD_BYTES {
            uplink.answer(Answer { request: RequestId(1), result: Err(String::new()) });
            assert_eq!(uplink.flush(&poller).len(), 1);
        }
        for n in 1..=1000 {
            let (document, body) = document(n);
            uplink.grant_document(document, body);
            uplink.answer(answer(n));
            assert!(uplink.flush(&poller).is_empty());
        }
        read(&far);
        uplink.flush(&poller);
        let [Grant::Document(document), Grant::Response { request, .. }] = &read(&far)[..] else {
            panic!("two grants")
        };
        assert_eq!((document.navigation, *request), (NavigationId(1000), RequestId(1000)));
    }

    #[test]
    fn what_is_not_read_holds_back_what_is_to_come() {
        let (mut uplink, far, poller) = uplink();
        (1..=1000).for_each(|n| uplink.answer(answer(n)));
        let first = uplink.flush(&poller).len();
        assert!(first > 0 && first < 64, "{first}");
        assert!(uplink.flush(&poller).is_empty());
        let mut answered = read(&far).len();
        while !uplink.flush(&poller).is_empty() {
            answered += read(&far).len();
        }
        assert_eq!(answered, 1000);
    }
}
