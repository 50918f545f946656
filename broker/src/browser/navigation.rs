//! From a URL to a document in a process: tour 2 of ARCHITECTURE.md begins here.
//!
//! Every navigation is the broker's. A page's link is a request ([`Initiator::Page`]) that the policy may refuse; who asked is
//! kept with the place in the history, so that loading it again gets the same answer. The
//! document is fetched first; only when it is there does it commit: into the tab's process if that may hold its site,
//! else into a new one, and the old is ended.

use super::surfaces::Surfaces;
use super::{AddressError, Browser, Entry, Motion, NotAnAddress, PageState, Pending, Process, Shown, Tab, Typed};
use crate::death::Death;
use crate::events::ToIo;
use crate::fetch::{FetchError, FetchRequest, Fetched, Quota};
use crate::internal_pages::{DebugAction, Failure, Named};
use crate::policy::{Destination, Initiator, Permit, Request};
use bulkhead_shared::downlink::ToRenderer;
use bulkhead_shared::ids::{NavigationId, RendererId, TabId};
use bulkhead_shared::limits::URL_BYTES;
use bulkhead_shared::uplink::Document;
use url::Url;

impl Browser {
    /// The user goes to a URL.
    pub fn navigate(&mut self, id: TabId, url: Url) {
        self.begin(id, url, Motion::Push, Initiator::User);
    }

    /// The user has typed something into the address bar.
    pub fn navigate_typed(&mut self, id: TabId, typed: Result<Typed, NotAnAddress>) {
        match typed {
            Ok(Typed { url, otherwise }) => {
                self.begin(id, url, Motion::Push, Initiator::User);
                self.or_else(id, otherwise);
            }
            Err(typed) => self.fail_typed(id, typed, Motion::Push),
        }
    }

    /// Says why what was typed is no address; the tab keeps it to be corrected.
    fn fail_typed(&mut self, id: TabId, mut typed: NotAnAddress, motion: Motion) {
        let navigation = self.pend(id, invalid_address(), motion, Initiator::User);
        typed.text.truncate(typed.text.floor_char_boundary(URL_BYTES));
        if let Some(pending) = self.tab_mut(id).and_then(|tab| tab.pending.as_mut()) {
            pending.typed = Some(typed.clone());
        }
        self.commit_failure(id, navigation, &typed.text, &Failure::Address(typed.error));
    }

    /// One step back in the tab's history.
    pub fn back(&mut self, id: TabId) {
        self.traverse(id, -1);
    }

    /// One step forward in the tab's history.
    pub fn forward(&mut self, id: TabId) {
        self.traverse(id, 1);
    }

    /// Loads the tab's document again; after a crash, in a new process. What is under way to another is begun anew.
    pub fn reload(&mut self, id: TabId) {
        // TOUR crash 10
        let Some(tab) = self.tab_mut(id) else { return };
        let (url, otherwise, typed, motion, initiator) = match (tab.pending.take(), tab.history.current()) {
            (Some(Pending { url, otherwise, typed, motion, initiator, .. }), _) => {
                (url, otherwise, typed, motion, initiator)
            }
            (None, Some(Entry { url, typed, initiator, .. })) => {
                (url.clone(), None, typed.clone(), Motion::Reload, initiator.clone())
            }
            (None, None) => return,
        };
        match typed {
            Some(typed) => self.fail_typed(id, typed, motion),
            None => {
                self.begin(id, url, motion, initiator);
                self.or_else(id, otherwise);
            }
        }
    }

    /// Where the navigation under way is to go if there is no such file.
    fn or_else(&mut self, id: TabId, otherwise: Option<Url>) {
        if let Some(pending) = self.tab_mut(id).and_then(|tab| tab.pending.as_mut()) {
            pending.otherwise = otherwise;
        }
    }

    /// Gives up the navigation under way.
    pub fn stop(&mut self, id: TabId) {
        if let Some(tab) = self.tab_mut(id) {
            tab.pending = None;
            tab.fetch = None;
            self.changes.ui = true;
        }
    }

    fn traverse(&mut self, id: TabId, steps: isize) {
        let Some(tab) = self.tab_mut(id) else { return };
        let Some((index, entry)) = tab.history.at(steps) else { return };
        let Entry { url, typed, scroll, document, initiator, .. } = entry.clone();
        let here = tab.history.current().map(|entry| entry.document);
        match tab.renderer() {
            Some(renderer) if here == Some(document) => {
                tab.history.go(index);
                let command = ToRenderer::ScrollTo { x: scroll.0, y: scroll.1 };
                self.io.send(ToIo::Send { renderer, command });
                self.changes.ui = true;
            }
            _ => match typed {
                Some(typed) => self.fail_typed(id, typed, Motion::Traverse(index)),
                None => self.begin(id, url, Motion::Traverse(index), initiator),
            },
        }
    }

    /// Starts a navigation, if the policy lets the initiator have it.
    pub(super) fn begin(&mut self, id: TabId, url: Url, motion: Motion, initiator: Initiator) {
        // TOUR fetch 1
        if url.as_str().len() > URL_BYTES {
            let navigation = self.pend(id, invalid_address(), motion, initiator);
            return self.commit_failure(id, navigation, url.as_str(), &Failure::Address(AddressError::TooLong));
        }
        let request = Request { initiator: &initiator, url: &url, destination: Destination::Document };
        let permit = request.permit();
        let navigation = self.pend(id, url.clone(), motion, initiator);
        tracing::debug!(%url, ?motion, "{id} begins {navigation}");
        let permit = match permit {
            Ok(permit) => permit,
            Err(refusal) => {
                tracing::info!(%url, "{navigation} of {id} is refused: {refusal}");
                return self.commit_failure(id, navigation, url.as_str(), &Failure::Refused(refusal));
            }
        };
        match self.pages.find(&url) {
            Some(Named::Command(action)) => return self.debug(id, action),
            Some(Named::LivePage(page)) => self.pages.visit(page),
            Some(Named::Page | Named::Material) | None => {}
        }
        let within_document = self.tab(id).is_some_and(|tab| {
            let here = tab.history.current();
            tab.renderer().is_some()
                && matches!(motion, Motion::Push | Motion::Replace)
                && url.fragment().is_some()
                && here.is_some_and(|entry| same_document(&entry.url, &url))
        });
        if within_document {
            self.commit_fragment(id);
        } else {
            self.fetch_document(id, navigation, permit);
        }
    }

    /// Has a worker fetch the document that the tab is on its way to.
    fn fetch_document(&mut self, id: TabId, navigation: NavigationId, permit: Permit) {
        let ticket = self.fetches.submit(id, navigation, FetchRequest { permit, quota: Quota::default() });
        if let Some(tab) = self.tab_mut(id) {
            tab.fetch = Some(ticket);
        }
    }

    /// Has the page that the tab shows made anew, without any other consequence.
    pub(super) fn refresh(&mut self, id: TabId) {
        let Some(entry) = self.tab(id).and_then(|tab| tab.history.current()) else { return };
        let (url, initiator) = (entry.url.clone(), entry.initiator.clone());
        let request = Request { initiator: &initiator, url: &url, destination: Destination::Document };
        let Ok(permit) = request.permit() else { return };
        let navigation = self.pend(id, url, Motion::Reload, initiator);
        self.fetch_document(id, navigation, permit);
    }

    /// Notes that the tab is on its way.
    fn pend(&mut self, id: TabId, url: Url, motion: Motion, initiator: Initiator) -> NavigationId {
        let navigation = NavigationId(self.names.navigations.mint());
        let made_of = self.live_page(&url).map(|page| self.view(page));
        let by_user = matches!(initiator, Initiator::User);
        if let Some(tab) = self.tab_mut(id) {
            tab.pending = Some(Pending { navigation, url, otherwise: None, typed: None, motion, initiator });
            tab.made_of = made_of;
            tab.fetch = None;
        }
        if by_user {
            self.changes.ui = true;
        } else {
            self.tab_changed(id);
        }
        navigation
    }

    fn commit_fragment(&mut self, id: TabId) {
        let Some(tab) = self.tab_mut(id) else { return };
        let Some(Pending { url, motion, initiator, .. }) = tab.pending.take() else { return };
        let fragment = url.fragment().unwrap_or_default().to_owned();
        tab.history.commit_fragment(motion, url, initiator);
        if let Some(renderer) = tab.renderer() {
            self.io.send(ToIo::Send { renderer, command: ToRenderer::ScrollToFragment(fragment) });
        }
    }

    /// A document has arrived for a navigation; one that was given up in the meantime concerns nobody.
    pub(super) fn document_fetched(&mut self, navigation: NavigationId, result: Result<Fetched, FetchError>) {
        let waits = |tab: &&Tab| tab.pending.as_ref().is_some_and(|pending| pending.navigation == navigation);
        let Some(id) = self.tabs.iter().find(waits).map(|tab| tab.id) else { return };
        match result {
            Ok(fetched) => self.commit(id, navigation, fetched, None),
            Err(error) => {
                let pending = self.tab_mut(id).and_then(|tab| tab.pending.as_mut());
                if let (Some(pending), FetchError::NotFound) = (pending, &error)
                    && let Some(otherwise) = pending.otherwise.take()
                {
                    let motion = pending.motion;
                    return self.begin(id, otherwise, motion, Initiator::User);
                }
                tracing::info!(%error, "nothing was fetched for {navigation} of {id}");
                let pending = self.tab(id).and_then(|tab| tab.pending.as_ref());
                let address = pending.map(|pending| pending.url.to_string()).unwrap_or_default();
                self.commit_failure(id, navigation, &address, &Failure::Fetch(&error));
            }
        }
    }

    /// Commits a page that says why there is no other.
    fn commit_failure(&mut self, id: TabId, navigation: NavigationId, address: &str, failure: &Failure<'_>) {
        let Some(url) = self.tab(id).and_then(|tab| tab.pending.as_ref()).map(|pending| pending.url.clone()) else {
            return;
        };
        match Fetched::internal_page(&url, &self.pages.error_page(address, failure)) {
            Ok(page) => self.commit(id, navigation, page, Some(reason(failure))),
            Err(error) => self.give_up(id, format!("{}, and there is no page to say so: {error}", reason(failure))),
        }
    }

    /// Not even an error page can be had. A tab that shows a page keeps it; another says why it has none as after a crash.
    fn give_up(&mut self, id: TabId, why: String) {
        tracing::error!(why, "no page for {id}");
        let Some(tab) = self.tab_mut(id) else { return };
        let Some(pending) = tab.pending.take() else { return };
        if tab.history.current().is_none() {
            tab.history.commit(Motion::Push, pending.url, pending.initiator);
        }
        if tab.renderer().is_none() {
            tab.process = Process::Crashed { pid: None, death: Death::NotStarted(why) };
        }
        self.changes.ui = true;
    }

    /// Commits a document into a process that may hold its site.
    fn commit(&mut self, id: TabId, navigation: NavigationId, fetched: Fetched, error: Option<String>) {
        let Some(tab) = self.tab_mut(id) else { return };
        let Some(pending) = tab.pending.take() else { return };
        let reused = match &tab.process {
            Process::Running { renderer, unresponsive: false, .. }
                if tab.site.as_ref().is_some_and(|site| site.same_process(&fetched.site))
                    && tab.allowance.as_ref().is_some_and(|left| left.takes_document(fetched.meta.length)) =>
            {
                Some(*renderer)
            }
            Process::None | Process::Running { .. } | Process::Crashed { .. } => None,
        };
        tab.history.commit(pending.motion, pending.url.clone(), pending.initiator);
        let scroll = match pending.motion {
            Motion::Push | Motion::Replace => None,
            Motion::Reload | Motion::Traverse(_) => tab.history.current().map(|entry| entry.scroll),
        };
        if let Some(entry) = tab.history.current_mut() {
            entry.typed = pending.typed;
        }
        tab.site = Some(fetched.site.clone());
        tab.page = PageState::default();
        tab.document = Some(Shown { navigation, loaded: None, missing: Vec::new(), error, painted: false });
        let renderer = reused.unwrap_or_else(|| self.replace_process(id));
        tracing::debug!(url = %pending.url, reused = reused.is_some(), "{navigation} of {id} commits into {renderer}");
        if let Some(allowance) = self.tab(id).and_then(|tab| tab.allowance.as_ref()) {
            allowance.charge_document(fetched.meta.length);
        }
        let document = Document { navigation, url: pending.url.into(), body: fetched.meta, scroll };
        self.io.send(ToIo::Document { renderer, document, body: fetched.body, site: fetched.site });
        self.tab_changed(id);
    }

    /// Gives the tab a new process. The old one, if there is one, is ended, and its pixels go with it: nothing of theirs stands under
    /// another site's address. (Where a process goes on to another document, the old one's last frame stays until the new one's first:
    /// both are that site's, and what a process shows under its own address is its own affair.)
    fn replace_process(&mut self, id: TabId) -> RendererId {
        let renderer = RendererId(self.names.renderers.mint());
        let allowance = self.io.grants().open();
        if let Some(tab) = self.tab_mut(id) {
            let old = tab.renderer();
            tab.process = Process::Running { renderer, pid: None, started: None, unresponsive: false };
            tab.unshown = false;
            tab.front = None;
            tab.allowance = Some(allowance.clone());
            tab.surfaces = Surfaces::default();
            if let Some(old) = old {
                tracing::debug!("{id} gives up {old}");
                self.io.send(ToIo::End { renderer: old, reason: None });
            }
        }
        self.changes.page |= self.active == Some(id);
        self.io.send(ToIo::Spawn { renderer, tab: id, allowance });
        if self.hides_scroll_bars {
            self.io.send(ToIo::Send { renderer, command: ToRenderer::HideScrollBar });
        }
        if self.failure.is_some() {
            // Nobody reads that.
            self.bury(renderer, Death::BrowserFailed);
        }
        if self.active == Some(id) {
            self.show(id);
        } else {
            self.send_viewport(id);
        }
        renderer
    }

    /// A debug page: a real fault in the tab's real process, which gets one if it has none. As in Chromium, it takes no place
    /// in the history, so "reload" afterwards shows what was there before.
    fn debug(&mut self, id: TabId, action: DebugAction) {
        let Some(tab) = self.tab_mut(id) else { return };
        let Some(pending) = tab.pending.take() else { return };
        let renderer = match tab.renderer() {
            Some(renderer) => renderer,
            None => {
                if tab.history.current().is_none() {
                    tab.history.commit(Motion::Push, pending.url, pending.initiator);
                }
                self.replace_process(id)
            }
        };
        self.io.send(match action {
            DebugAction::Fault(fault) => ToIo::Send { renderer, command: ToRenderer::Fault(fault) },
            DebugAction::Kill => ToIo::Kill(renderer),
        });
    }
}

/// Whether two URLs differ in their fragments at most.
fn same_document(a: &Url, b: &Url) -> bool {
    let (mut a, mut b) = (a.clone(), b.clone());
    a.set_fragment(None);
    b.set_fragment(None);
    a == b
}

/// Where a tab is that was sent to what is no address.
#[expect(clippy::expect_used, reason = "the address is a constant")]
fn invalid_address() -> Url {
    Url::parse("about:invalid").expect("a constant URL parses")
}

fn reason(failure: &Failure<'_>) -> String {
    match failure {
        Failure::Fetch(error) => error.to_string(),
        Failure::Refused(refusal) => refusal.to_string(),
        Failure::Address(error) => error.to_string(),
    }
}
