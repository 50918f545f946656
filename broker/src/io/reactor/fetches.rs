//! The server side of the renderers' fetch stubs (tour 2).

use super::Reactor;
use crate::events::Event;
use crate::fetch::{FetchError, FetchRequest, Fetched, Quota};
use crate::io::descriptors;
use crate::io::session::Session;
use crate::policy::{Destination, Initiator, Permit, Request, Site};
use bulkhead_shared::ids::{RendererId, RequestId};
use url::Url;

/// What a document is told that has asked for more than [`bulkhead_shared::limits::FETCHES_PER_DOCUMENT`] parts.
const ASKED_TOO_MUCH: &str = "the document has asked for too much";

/// What it is told of an address that is none.
const NO_ADDRESS: &str = "this is no address, or too long a one";

impl Reactor {
    /// Notes the request, if the site that the broker recorded may have it.
    pub(super) fn begin_fetch(&mut self, session: &mut Session, request: RequestId, url: Option<Url>) {
        let permit = match (session.site(), &url) {
            _ if session.inbox.fetches_used_up() => Err(ASKED_TOO_MUCH.to_owned()),
            (Some(site), Some(url)) => permit(site, url),
            _ => Err(NO_ADDRESS.to_owned()),
        };
        url.into_iter().for_each(|url| session.parts.asked(request, url));
        if let Err(why) = &permit {
            self.tell_of_missing(session, request, why);
        }
        session.begin_fetch(request, permit);
    }

    /// The user is told of the first parts that a document asks for in vain.
    fn tell_of_missing(&self, session: &mut Session, request: RequestId, why: &str) {
        if let Some((navigation, part)) = session.parts.failed(request, why) {
            self.notify.send(Event::PartMissing { renderer: session.id, navigation, part });
        }
    }

    /// A worker has fetched, or has not.
    pub(super) fn end_fetch(&mut self, id: RendererId, request: RequestId, result: Result<Fetched, FetchError>) {
        self.with_session(id, |this, session, _| {
            if let Some(why) = session.end_fetch(request, result) {
                this.tell_of_missing(session, request, &why);
            }
            Ok(())
        });
    }

    /// Hands over what the renderer has room for, and has workers fetch what it has asked for, as far as that can be handed over.
    pub(super) fn serve(&mut self, session: &mut Session) {
        // TOUR fetch 9
        session.flush(&self.poller);
        while self.may_fetch(session)
            && let Some((request, permit)) = session.next_fetch()
        {
            let quota = Quota::of(session.allowance().clone());
            let ticket = self.fetches.submit(session.id, request, FetchRequest { permit, quota });
            session.fetch_begun(request, ticket);
        }
    }

    /// Whether there is room for another body on its way. Whoever has none under way may always have one: so everybody gets on.
    fn may_fetch(&self, session: &Session) -> bool {
        let mine = session.bodies_waiting();
        let all = || self.sessions.values().map(Session::bodies_waiting).fold(mine, usize::saturating_add);
        session.wants_fetch() && (mine == 0 || all() < descriptors::most_bodies())
    }
}

/// The policy's word on a part of a page of this site.
fn permit(site: &Site, url: &Url) -> Result<Permit, String> {
    let initiator = Initiator::Page { site: site.clone(), activated: false };
    let question = Request { initiator: &initiator, url, destination: Destination::Subresource };
    question.permit().map_err(|refusal| FetchError::from(refusal).to_string())
}
