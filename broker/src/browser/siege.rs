//! The attack suite: has sacrificial renderers forked, hands on what they say, and keeps its pages up to date.

use super::{Browser, Tab};
use crate::events::{Event, ToIo};
use crate::fetch::Fetched;
use crate::inbox::Message;
use crate::internal_pages::{LivePage, Named};
use crate::sandbox_board::Progress;
use crate::siege::Siege;
use bulkhead_shared::downlink::ToRenderer;
use bulkhead_shared::ids::{NavigationId, RendererId, SurfaceId, TabId};
use bulkhead_shared::surface::{Extent, SurfaceReader};
use bulkhead_shared::uplink::Document;
use std::sync::Arc;
use url::Url;

/// The tab of a renderer that serves none; tabs are counted from 1.
const NO_TAB: TabId = TabId(0);

/// The sides of the surface that a sacrificial renderer is granted.
const SIDE: u32 = 64;

impl Browser {
    /// Starts the attack suite, unless it is under way. What comes of it is on the board.
    pub fn begin_siege(&mut self) {
        if self.siege.as_ref().is_some_and(|siege| siege.sacrifice().is_some()) {
            return;
        }
        let siege = Siege::begin();
        self.board.siege_begins(siege.left());
        self.siege = Some(siege);
        self.next_sacrifice();
    }

    /// How far the attack suite is, once it was begun.
    #[must_use]
    pub fn siege(&self) -> Option<Progress> {
        self.board.state().siege
    }

    /// Whether the tab shows a page that will be made anew by itself.
    #[must_use]
    pub fn is_unfinished(&self, tab: &Tab) -> bool {
        let attacked = tab.url().and_then(|url| self.live_page(url)) == Some(LivePage::Attack);
        tab.death().is_none() && attacked && self.siege.as_ref().is_some_and(|siege| siege.sacrifice().is_some())
    }

    fn next_sacrifice(&mut self) {
        while let Some(tried) = self.siege.as_mut().and_then(Siege::pass_over) {
            self.board.attempt_ended(tried);
        }
        let renderer = RendererId(self.names.renderers.mint());
        if self.siege.as_mut().is_some_and(|siege| siege.next(renderer)) {
            let allowance = self.io.grants().open();
            self.io.send(ToIo::Spawn { renderer, tab: NO_TAB, allowance });
        } else {
            // The world that was attacked goes with it.
            self.siege = None;
        }
    }

    /// Keeps what concerns the sacrificial renderer; passes everything else on.
    pub(super) fn besieged(&mut self, event: Event) -> Option<Event> {
        let Some(siege) = &mut self.siege else { return Some(event) };
        let sacrifice = siege.sacrifice();
        let ours = |renderer: &RendererId| Some(*renderer) == sacrifice;
        match event {
            Event::Said { renderer, message, .. } if ours(&renderer) => match message {
                Message::Ready(report) => {
                    if let Some(attempt) = siege.ready(report.on()) {
                        let command = ToRenderer::Attempt(Box::new(attempt));
                        self.io.send(ToIo::Send { renderer, command });
                    }
                }
                Message::Compromised => self.arm(renderer),
                _ => {}
            },
            Event::Unresponsive(renderer) if ours(&renderer) => {
                let order = if siege.hangs() { ToIo::Kill(renderer) } else { ToIo::KeepWaiting(renderer) };
                self.io.send(order);
            }
            Event::Gone { renderer, death, remains } if ours(&renderer) => {
                siege.judge(&death, &remains).into_iter().for_each(|tried| self.board.attempt_ended(tried));
                self.next_sacrifice();
            }
            Event::Forked { renderer, .. } | Event::Responsive(renderer) if ours(&renderer) => {}
            event => return Some(event),
        }
        None
    }

    /// Grants a sacrificial renderer what a page's renderer has: a surface, and a document.
    fn arm(&mut self, renderer: RendererId) {
        let surface = Extent::new(SIDE, SIDE).and_then(SurfaceReader::allocate).map(Arc::new);
        let (Ok(surface), Ok(page)) = (surface, Fetched::page_of_nobody("a page")) else {
            self.io.send(ToIo::Kill(renderer));
            return;
        };
        let Fetched { body, meta, url, site, .. } = page;
        let navigation = NavigationId(self.names.navigations.mint());
        let document = Document { navigation, url: url.into(), body: meta, scroll: None };
        self.io.send(ToIo::Document { renderer, document, body, site });
        let id = SurfaceId(self.names.surfaces.mint());
        self.io.send(ToIo::Surface { renderer, id, surface });
    }

    /// Has pages about the browser made anew that show less than there is to show by now: one after the other, each when
    /// the one before is on display.
    pub(super) fn refresh_live_pages(&mut self) {
        let stale: Vec<_> = self.tabs.iter().filter(|tab| self.is_stale(tab)).map(|tab| tab.id).collect();
        stale.into_iter().for_each(|id| self.refresh(id));
    }

    /// The page about the browser as it runs that this URL names, if it is one.
    pub(super) fn live_page(&self, url: &Url) -> Option<LivePage> {
        match self.pages.find(url)? {
            Named::LivePage(page) => Some(page),
            Named::Page | Named::Material | Named::Command(_) => None,
        }
    }

    fn is_stale(&self, tab: &Tab) -> bool {
        let Some(made_of) = tab.made_of.filter(|_| tab.pending.is_none()) else { return false };
        let page = tab.history.current().and_then(|entry| self.live_page(&entry.url));
        let on_display = self.active == Some(tab.id);
        tab.document.as_ref().is_some_and(|document| document.loaded.is_some() && (document.painted || !on_display))
            && page.is_some_and(|page| self.board.version(page) != made_of)
    }
}
