//! The client stub of the fetch procedure call: what the engine asks for goes up the uplink, and what comes back is handed to
//! the engine as if it had been here all along.
//!
//! Contract:
//! - every request is answered, once: with its bytes, or with none where it failed, because the engine waits for style sheets;
//! - answers are handed over from [`FetchStub::deliver`] only, never from within the engine's own call;
//! - no more than [`FETCHES_IN_FLIGHT`] are with the broker at once, the rest waits here; those beyond
//!   [`FETCHES_PER_DOCUMENT`] fail;
//! - `data:` URLs are decoded here: they carry their own answer.

use crate::engine::sheet;
use crate::engine::text::to_utf8_bytes;
use crate::fonts::SvgFonts;
use crate::{images, svg};
use blitz_traits::net::{Bytes, NetHandler, NetProvider, Request};
use bulkhead_shared::body::{Body, NotABody};
use bulkhead_shared::ids::RequestId;
use bulkhead_shared::limits::{FETCHES_IN_FLIGHT, FETCHES_PER_DOCUMENT, URL_BYTES};
use bulkhead_shared::uplink::BodyMeta;
use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The stub. The engine's trait wants it shareable, so its state is behind a lock that nobody ever contends for.
pub(crate) struct FetchStub {
    state: Mutex<State>,
    svg_fonts: Arc<SvgFonts>,
}

#[derive(Default)]
struct State {
    last_id: u32,
    /// Since the current document began.
    asked: u32,
    failed: u32,
    waiting: VecDeque<Pending>,
    in_flight: HashMap<RequestId, Pending>,
    answered: Vec<(Pending, Bytes)>,
    own: Option<(String, Bytes)>,
}

/// A request that the engine waits for.
struct Pending {
    url: String,
    handler: Box<dyn NetHandler>,
}

/// Why a response brings nothing.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The broker says so.
    #[error("{0}")]
    Refused(String),
    /// No descriptor, or the wrong kind.
    #[error("a response without a body")]
    NoDescriptor,
    /// See there.
    #[error(transparent)]
    NotABody(#[from] NotABody),
    /// It could not be mapped.
    #[error("body: {0}")]
    Map(#[from] std::io::Error),
    /// See there.
    #[error(transparent)]
    Image(#[from] images::TooLarge),
}

impl FetchStub {
    pub(crate) fn new(svg_fonts: Arc<SvgFonts>) -> Self {
        Self { state: Mutex::default(), svg_fonts }
    }

    /// Forgets the document before. `own` is the URL and body of the new one, where the page that shows it asks for that.
    pub(crate) fn begin(&self, own: Option<(String, Bytes)>) {
        let mut state = self.state();
        *state = State { last_id: state.last_id, own, ..State::default() };
    }

    /// The requests to send up the uplink now.
    pub(crate) fn outgoing(&self) -> Vec<(RequestId, String)> {
        let mut state = self.state();
        let mut outgoing = Vec::new();
        while state.in_flight.len() < FETCHES_IN_FLIGHT
            && let Some(pending) = state.waiting.pop_front()
        {
            state.last_id += 1;
            let id = RequestId(state.last_id);
            outgoing.push((id, pending.url.clone()));
            state.in_flight.insert(id, pending);
        }
        outgoing
    }

    /// Takes the answer to a request. One to a request of a document before is dropped.
    pub(crate) fn respond(&self, request: RequestId, result: Result<BodyMeta, String>, fd: Option<OwnedFd>) {
        let mut state = self.state();
        let Some(pending) = state.in_flight.remove(&request) else { return };
        let bytes = self.body(result, fd).unwrap_or_else(|failure| {
            tracing::debug!(url = pending.url, %failure, "fetch failed");
            state.failed += 1;
            Bytes::new()
        });
        state.answered.push((pending, bytes));
    }

    /// Hands the answers to the engine. Returns whether there were any.
    pub(crate) fn deliver(&self) -> bool {
        // The engine may ask for more meanwhile: the lock is not held.
        let answered = std::mem::take(&mut self.state().answered);
        let any = !answered.is_empty();
        for (pending, bytes) in answered {
            pending.handler.bytes(pending.url, bytes);
        }
        any
    }

    /// Whether everything asked for so far was answered and delivered.
    pub(crate) fn is_idle(&self) -> bool {
        let state = self.state();
        state.waiting.is_empty() && state.in_flight.is_empty() && state.answered.is_empty()
    }

    /// How many requests of the current document failed.
    pub(crate) fn failed(&self) -> u32 {
        self.state().failed
    }

    fn body(&self, result: Result<BodyMeta, String>, fd: Option<OwnedFd>) -> Result<Bytes, Failure> {
        let meta = result.map_err(Failure::Refused)?;
        let bytes = map(fd, meta.length)?;
        self.prepare(&meta.mime, bytes)
    }

    /// Makes a style sheet one that the engine can match, and checks what may be an image before the engine decodes it.
    fn prepare(&self, mime: &str, bytes: Bytes) -> Result<Bytes, Failure> {
        if mime == "text/css" {
            return Ok(rewrite_sheet(to_utf8_bytes(bytes)));
        }
        images::check_size(&bytes)?;
        Ok(svg::prepare(bytes, &self.svg_fonts))
    }

    fn decode_data_url(&self, url: &str) -> Option<Bytes> {
        let url = data_url::DataUrl::process(url).ok()?;
        let (bytes, _) = url.decode_to_vec().ok()?;
        let mime = url.mime_type();
        self.prepare(&format!("{}/{}", mime.type_, mime.subtype), bytes.into()).ok()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NetProvider for FetchStub {
    fn fetch(&self, _document: usize, request: Request, handler: Box<dyn NetHandler>) {
        // TOUR fetch 7
        if request.signal.as_ref().is_some_and(blitz_traits::net::AbortSignal::aborted) {
            return;
        }
        let pending = Pending { url: request.url.into(), handler };
        let mut state = self.state();
        state.asked += 1;
        if let Some((_, bytes)) = state.own.as_ref().filter(|(url, _)| *url == pending.url) {
            let bytes = self.prepare("", bytes.clone()).unwrap_or_default();
            state.answered.push((pending, bytes));
        } else if pending.url.starts_with("data:") {
            let bytes = self.decode_data_url(&pending.url);
            state.failed += u32::from(bytes.is_none());
            state.answered.push((pending, bytes.unwrap_or_default()));
        } else if state.asked > FETCHES_PER_DOCUMENT || pending.url.len() > URL_BYTES {
            state.failed += 1;
            state.answered.push((pending, Bytes::new()));
        } else {
            state.waiting.push_back(pending);
        }
    }
}

fn rewrite_sheet(sheet: Bytes) -> Bytes {
    match std::str::from_utf8(&sheet).map(sheet::rewrite) {
        Ok(Cow::Owned(rewritten)) => Bytes::from(rewritten),
        _ => sheet,
    }
}

/// Maps a body that came down the uplink.
fn map(fd: Option<OwnedFd>, length: u64) -> Result<Bytes, Failure> {
    let body = Body::adopt(fd.ok_or(Failure::NoDescriptor)?, length)?;
    Ok(Bytes::from_owner(body.map()?))
}

/// Maps a document's body; one that is none shows as empty.
pub(crate) fn map_document(fd: Option<OwnedFd>, length: u64) -> Bytes {
    map(fd, length).unwrap_or_else(|failure| {
        tracing::warn!(%failure, "document without a body");
        Bytes::new()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;
    use url::Url;

    type Heard = Vec<(String, Vec<u8>)>;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Heard>>);

    impl NetHandler for Log {
        fn bytes(self: Box<Self>, url: String, bytes: Bytes) {
            self.0.lock().unwrap().push((url, bytes.to_vec()));
        }
    }

    fn ask(stub: &FetchStub, log: &Log, url: &str) {
        stub.fetch(0, Request::get(Url::parse(url).unwrap()), Box::new(log.clone()));
    }

    fn meta(length: u64) -> BodyMeta {
        BodyMeta { length, mime: "text/plain".to_owned() }
    }

    fn body_of(bytes: &[u8]) -> Option<OwnedFd> {
        Some(Body::from_bytes(bytes).unwrap().as_fd().try_clone_to_owned().unwrap())
    }

    fn heard(log: &Log) -> Heard {
        std::mem::take(&mut *log.0.lock().unwrap())
    }

    #[test]
    fn an_answer_reaches_the_engine_when_delivered_and_once() {
        let (stub, log) = (FetchStub::new(Arc::default()), Log::default());
        ask(&stub, &log, "http://a/b");
        let outgoing = stub.outgoing();
        assert_eq!(outgoing, [(RequestId(1), "http://a/b".to_owned())]);
        stub.respond(RequestId(1), Ok(meta(5)), body_of(b"hello"));
        assert!(heard(&log).is_empty() && !stub.is_idle());
        assert!(stub.deliver());
        assert_eq!(heard(&log), [("http://a/b".to_owned(), b"hello".to_vec())]);
        stub.respond(RequestId(1), Ok(meta(5)), body_of(b"hello"));
        assert!(!stub.deliver() && stub.is_idle());
        assert_eq!(stub.failed(), 0);
    }

    #[test]
    fn what_failed_is_answered_with_nothing_and_counted() {
        let (stub, log) = (FetchStub::new(Arc::default()), Log::default());
        for n in 0..3 {
            ask(&stub, &log, &format!("http://a/{n}"));
        }
        assert_eq!(stub.outgoing().len(), 3);
        stub.respond(RequestId(1), Err("not found".to_owned()), None);
        stub.respond(RequestId(2), Ok(meta(9)), body_of(b"too short"[..4].as_ref()));
        stub.respond(RequestId(3), Ok(meta(4)), None);
        stub.deliver();
        assert_eq!(heard(&log).iter().map(|(_, bytes)| bytes.len()).sum::<usize>(), 0);
        assert_eq!(stub.failed(), 3);
    }

    #[test]
    fn requests_beyond_the_cap_wait_their_turn() {
        let (stub, log) = (FetchStub::new(Arc::default()), Log::default());
        for n in 0..=FETCHES_IN_FLIGHT {
            ask(&stub, &log, &format!("http://a/{n}"));
        }
        assert_eq!(stub.outgoing().len(), FETCHES_IN_FLIGHT);
        assert!(stub.outgoing().is_empty());
        stub.respond(RequestId(7), Err(String::new()), None);
        assert_eq!(stub.outgoing().len(), 1);
    }

    #[test]
    fn a_new_document_hears_nothing_of_the_old_ones_requests() {
        let (stub, log) = (FetchStub::new(Arc::default()), Log::default());
        ask(&stub, &log, "http://a/old");
        stub.outgoing();
        stub.begin(None);
        stub.respond(RequestId(1), Ok(meta(3)), body_of(b"old"));
        assert!(!stub.deliver());
        ask(&stub, &log, "http://a/new");
        assert_eq!(stub.outgoing()[0].0, RequestId(2), "numbers are not used again");
    }

    #[test]
    fn data_urls_and_the_documents_own_body_need_no_broker() {
        let (stub, log) = (FetchStub::new(Arc::default()), Log::default());
        stub.begin(Some(("http://a/image.png".to_owned(), Bytes::from_static(b"png"))));
        ask(&stub, &log, "data:text/plain;base64,aGk=");
        ask(&stub, &log, "http://a/image.png");
        ask(&stub, &log, "data:nonsense");
        assert!(stub.outgoing().is_empty());
        stub.deliver();
        let bytes: Vec<_> = heard(&log).into_iter().map(|(_, bytes)| bytes).collect();
        assert_eq!(bytes, [b"hi".to_vec(), b"png".to_vec(), Vec::new()]);
        assert_eq!(stub.failed(), 1);
    }

    #[test]
    fn a_page_that_never_stops_asking_is_cut_off() {
        let (stub, log) = (FetchStub::new(Arc::default()), Log::default());
        for n in 0..FETCHES_PER_DOCUMENT + 5 {
            ask(&stub, &log, &format!("http://a/{n}"));
        }
        assert_eq!(stub.failed(), 5);
    }
}
