//! The server side of the renderers' fetch stubs (tour 2).

use super::Reactor;
use crate::events::Event;
use crate::fetch::{FetchError, FetchRequest, Fetched};
use crate::inbox::Violation;
use crate::io::session::Session;
use crate::io::uplink::Payload;
use crate::policy::{Destination, Initiator, Request};
use bulkhead_shared::ids::{RendererId, RequestId};
use bulkhead_shared::uplink::Grant;
use url::Url;

/// What a document is told that has fetched more than [`bulkhead_shared::limits::FETCHES_PER_DOCUMENT`] or
/// [`bulkhead_shared::limits::BODY_BYTES_PER_DOCUMENT`] allow.
const FETCHED_TOO_MUCH: &str = "the document has fetched too much";

impl Reactor {
    /// Hands the request to a worker, if the site that the broker recorded may have it.
    pub(super) fn begin_fetch(&mut self, session: &mut Session, request: RequestId, url: Url) -> Result<(), Violation> {
        let permit = match session.site() {
            Some(site) if !session.inbox.fetches_used_up() => {
                let initiator = Initiator::Page { site: site.clone(), activated: false };
                let question = Request { initiator: &initiator, url: &url, destination: Destination::Subresource };
                question.permit().map_err(|refusal| FetchError::from(refusal).to_string())
            }
            _ => Err(FETCHED_TOO_MUCH.to_owned()),
        };
        match permit {
            Ok(permit) => {
                session.parts.asked(request, url);
                self.fetches.submit((session.id, request), FetchRequest { permit });
                Ok(())
            }
            Err(why) => {
                session.inbox.end_fetch(request);
                session.parts.asked(request, url);
                self.tell_of_missing(session, request, &why);
                session.grant(Grant::Response { request, result: Err(why) }, None, &self.poller)
            }
        }
    }

    /// The user is told of the first parts that a document asks for in vain.
    fn tell_of_missing(&self, session: &mut Session, request: RequestId, why: &str) {
        if let Some((navigation, part)) = session.parts.failed(request, why) {
            self.notify.send(Event::PartMissing { renderer: session.id, navigation, part });
        }
    }

    pub(super) fn end_fetch(&mut self, id: RendererId, request: RequestId, result: Result<Fetched, FetchError>) {
        self.with_session(id, |this, session, _| {
            session.inbox.end_fetch(request);
            let result = result.map_err(|error| error.to_string()).and_then(|fetched| {
                if session.spend(fetched.body.length()) { Ok(fetched) } else { Err(FETCHED_TOO_MUCH.to_owned()) }
            });
            match result {
                Ok(Fetched { body, meta, .. }) => {
                    session.parts.came(request);
                    let grant = Grant::Response { request, result: Ok(meta) };
                    session.grant(grant, Some(Payload::Body(body)), &this.poller)
                }
                Err(why) => {
                    this.tell_of_missing(session, request, &why);
                    session.grant(Grant::Response { request, result: Err(why) }, None, &this.poller)
                }
            }
        });
    }
}
