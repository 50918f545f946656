//! What follows from each event of the processes.

use super::surfaces::Surfaces;
use super::{Browser, Change, Motion, PageState, Process, Tab, Zygote};
use crate::death::Death;
use crate::events::{Event, MissingPart, ToIo};
use crate::frames::{Front, union};
use crate::inbox::{CheckedFrame, Message};
use crate::notice::Notice;
use crate::policy::{Destination, Initiator, Request};
use crate::sandbox_board::Reported;
use bulkhead_sandbox::Report;
use bulkhead_shared::downlink::ToRenderer;
use bulkhead_shared::ids::{NavigationId, RendererId};
use bulkhead_shared::uplink::{Frame, Target};
use std::time::Instant;
use url::Url;

impl Browser {
    /// Takes one event of [`Browser::events`] into account.
    pub fn handle(&mut self, event: Event) {
        self.react(event);
        self.refresh_live_pages();
    }

    fn react(&mut self, event: Event) {
        match event {
            Event::ZygoteWarm { pid, started, fonts } => {
                tracing::info!(pid, fonts, "the zygote is warm");
                self.zygote = Zygote::Warm { pid, started };
                self.changes.ui = true;
            }
            Event::ZygoteGone { why, pause } => {
                self.zygote = Zygote::Gone { why, pause };
                self.changes.ui = true;
            }
            Event::ZygoteLost(why) => {
                tracing::error!(why, "the zygote is lost");
                self.zygote = Zygote::Lost(why);
                self.changes.ui = true;
            }
            Event::Forked { renderer, pid: new, started: then } => {
                if let Some(tab) = self.tab_of(renderer)
                    && let Process::Running { pid, started, .. } = &mut tab.process
                {
                    (*pid, *started) = (Some(new), then);
                    let id = tab.id;
                    self.tab_changed(id);
                }
            }
            Event::Said { renderer, message, .. } => self.hear(renderer, message),
            Event::Unresponsive(renderer) => self.set_unresponsive(renderer, true),
            Event::Responsive(renderer) => self.set_unresponsive(renderer, false),
            Event::Gone { renderer, death, .. } => self.bury(renderer, death),
            Event::PartMissing { renderer, navigation, part } => self.part_missing(renderer, navigation, part),
            Event::DocumentFetched { navigation, result } => self.document_fetched(navigation, result),
            Event::Failed(why) => self.fail(why),
            // What shows it is made anew below.
            Event::PageOutdated => {}
        }
    }

    fn part_missing(&mut self, renderer: RendererId, navigation: NavigationId, part: MissingPart) {
        let Some(tab) = self.tab_of(renderer) else { return };
        let id = tab.id;
        if let Some(document) = tab.document.as_mut().filter(|document| document.navigation == navigation) {
            tracing::info!(url = %part.url, "a part of {navigation} is missing: {}", part.why);
            document.missing.push(part);
            self.tab_changed(id);
        }
    }

    fn set_unresponsive(&mut self, renderer: RendererId, value: bool) {
        tracing::info!(unresponsive = value, "{renderer}");
        if let Some(tab) = self.tab_of(renderer)
            && let Process::Running { unresponsive, .. } = &mut tab.process
        {
            *unresponsive = value;
            let id = tab.id;
            self.tab_changed(id);
        }
    }

    /// A process is gone: its tab shows why. A process that no tab has any more is not missed.
    pub(super) fn bury(&mut self, renderer: RendererId, death: Death) {
        // TOUR crash 8
        let active = self.active;
        let Some(tab) = self.tab_of(renderer) else { return };
        tracing::warn!(pid = tab.pid(), "{}: {death}", tab.id);
        tab.process = Process::Crashed { pid: tab.pid(), death };
        tab.allowance = None;
        tab.surfaces = Surfaces::default();
        tab.document = None;
        tab.front = None;
        tab.unshown = false;
        tab.page = PageState::default();
        let id = tab.id;
        self.changes.page |= active == Some(id);
        self.tab_changed(id);
    }

    /// Takes a message into account. What looks as before is not drawn again.
    fn hear(&mut self, renderer: RendererId, message: Message) {
        let active = self.active;
        let Some(tab) = self.tab_of(renderer) else { return };
        let on_display = active == Some(tab.id);
        let place = if on_display { Change::Front } else { Change::Behind };
        let mut changed = None;
        let current = tab.document.as_ref().map(|document| document.navigation);
        let is_current = |navigation: NavigationId| current == Some(navigation);
        match message {
            // Of these the I/O thread has already made what there is to make.
            Message::Ready(report) => self.confined(renderer, report),
            Message::InputHandled(_)
            | Message::NothingCopied
            | Message::Log(..)
            | Message::LogLeftOut
            | Message::Fetch { .. } => {}
            // It was drawn while the tab was being hidden.
            Message::VoidFrame if !on_display => tab.surfaces.empty(),
            Message::VoidFrame => {}
            Message::Frame(frame) => self.frame(renderer, frame),
            Message::Title(navigation, title) if is_current(navigation) => {
                if let Some(entry) = tab.history.current_mut().filter(|entry| entry.title != title) {
                    entry.title = title;
                    // Of any tab: nobody reads faster.
                    changed = Some(Change::Behind);
                }
            }
            Message::Loaded(navigation, failed) if is_current(navigation) => {
                if let Some(document) = tab.document.as_mut().filter(|document| document.loaded.is_none()) {
                    document.loaded = Some(failed);
                    changed = Some(place);
                }
            }
            Message::Scrolled(navigation, scroll) if is_current(navigation) => {
                if let Some(entry) = tab.history.current_mut() {
                    entry.scroll = scroll;
                }
            }
            Message::Navigate(navigation, url, target) if is_current(navigation) => {
                self.page_navigates(renderer, url, target)
            }
            Message::Hover(navigation, url) if is_current(navigation) => {
                let url = url.filter(|_| on_display);
                changed = (tab.page.hover != url).then_some(place);
                tab.page.hover = url;
            }
            Message::Cursor(navigation, cursor) if is_current(navigation) => {
                changed = (on_display && tab.page.cursor != cursor).then_some(place);
                tab.page.cursor = cursor;
            }
            Message::TextFocus(navigation, focused) if is_current(navigation) => {
                changed = (on_display && tab.page.text_focus != focused).then_some(place);
                tab.page.text_focus = focused;
            }
            Message::Unsupported(navigation, notice) if is_current(navigation) => self.tell(renderer, notice),
            // Of a document that is not on display any more.
            Message::Title(..)
            | Message::Loaded(..)
            | Message::Scrolled(..)
            | Message::Navigate(..)
            | Message::Hover(..)
            | Message::Cursor(..)
            | Message::TextFocus(..)
            | Message::Unsupported(..) => {}
            Message::Copied(text) if on_display => self.changes.clipboard = Some(text),
            Message::Selected(text) if on_display => self.changes.primary = Some(text),
            Message::Copied(_) | Message::Selected(_) => {}
        }
        if let Some(change) = changed {
            self.changed(change);
        }
    }

    /// The I/O thread is gone, and with it, through their parent-death signal, all processes. What there is to see stays, and
    /// says so.
    fn fail(&mut self, why: String) {
        tracing::error!("the browser has failed: {why}");
        self.failure = Some(why);
        let renderers: Vec<_> = self.tabs.iter().filter_map(Tab::renderer).collect();
        renderers.into_iter().for_each(|renderer| self.bury(renderer, Death::BrowserFailed));
        self.changes.ui = true;
    }

    /// A renderer has reported on its sandbox. What is missing is said on the terminal, once: it is the machine's doing.
    fn confined(&mut self, renderer: RendererId, report: Report) {
        if self.confines && self.sandbox.is_none() {
            for layer in report.missing() {
                tracing::error!("the sandbox goes without a layer: {layer}");
            }
        }
        let tab = self.tab_of(renderer).map(|tab| (tab.id, tab.pid()));
        let (tab, pid) = (tab.map(|(tab, _)| tab), tab.and_then(|(_, pid)| pid));
        self.board.confined(Reported { report: report.clone(), tab, pid });
        self.sandbox = Some(report);
    }

    /// A new frame takes the old one's place; the old one's slot goes back to its renderer.
    fn frame(&mut self, renderer: RendererId, CheckedFrame { memory, frame }: CheckedFrame) {
        // TOUR frame 11
        let active = self.active;
        let Some(tab) = self.tab_of(renderer) else { return };
        tab.unshown = true;
        let id = tab.id;
        if active != Some(id) {
            // It was drawn before the tab was hidden; its surface is void.
            tab.surfaces.empty();
            self.acknowledge_frame(Some(id));
            return;
        }
        let document = tab.document.as_mut().filter(|document| document.navigation == frame.navigation);
        let Some(document) = document else {
            // It shows the document before: its pixels have no place under the new one's address.
            self.release(renderer, &frame);
            self.acknowledge_frame(Some(id));
            return;
        };
        document.painted = true;
        tab.count_frame();
        tab.page.scroll = frame.scroll;
        if let Some(entry) = tab.history.current_mut() {
            entry.scroll = (frame.scroll.x, frame.scroll.y);
        }
        let old = tab.front.take();
        let damage = match &old {
            Some(old) if old.memory.extent() == memory.extent() && old.frame.navigation == frame.navigation => {
                union(old.damage, frame.damage)
            }
            _ => memory.extent().rect(),
        };
        tab.front = Some(Front { frame, memory, damage });
        if let Some(old) = old {
            self.release(renderer, &old.frame);
        }
        self.changes.page = true;
    }

    /// Gives a slot back. One of another renderer, or of a surface that is gone, resolves to nothing.
    fn release(&self, renderer: RendererId, frame: &Frame) {
        let command = ToRenderer::ReleaseSlot { surface: frame.surface, slot: frame.slot };
        self.io.send(ToIo::Send { renderer, command });
    }

    /// Tells the user of a tab why nothing happens.
    fn tell(&mut self, renderer: RendererId, notice: Notice) {
        let Some(tab) = self.tab_of(renderer) else { return };
        let id = tab.id;
        if tab.page.notice.as_ref() != Some(&notice) {
            tab.page.notice = Some(notice);
            self.tab_changed(id);
        }
    }

    /// A page wants to go somewhere. It does so by itself in the place that it has in the history, and only while the user is not on
    /// the way to somewhere else.
    fn page_navigates(&mut self, renderer: RendererId, url: Url, target: Target) {
        let active = self.active;
        let Some(tab) = self.tab_of(renderer) else { return };
        let Some(site) = tab.site.clone() else { return };
        let id = tab.id;
        if target == Target::Current && tab.pending.as_ref().is_some_and(|pending| pending.initiator.is_user()) {
            return tracing::info!(%url, "{id} wanted to navigate while the user does");
        }
        let activated = active == Some(id) && tab.page.activation.consume(Instant::now());
        let gesture = tab.page.activation.take_gesture();
        let initiator = Initiator::Page { site, activated };
        let request = Request { initiator: &initiator, url: &url, destination: Destination::Document };
        if let Some(notice) = request.permit().err().and_then(|refusal| Notice::instead_of(refusal, &url)) {
            return self.tell(renderer, notice);
        }
        match target {
            Target::Current => {
                let motion = if gesture { Motion::Push } else { Motion::Replace };
                self.begin(id, url, motion, initiator);
            }
            Target::NewTab | Target::NewForegroundTab if !activated => {
                tracing::info!(%url, "{id} wanted to open a tab, though nobody clicked");
            }
            Target::NewTab | Target::NewForegroundTab => {
                let new = self.insert_tab_of(id);
                if target == Target::NewForegroundTab {
                    self.select(new);
                }
                self.begin(new, url, Motion::Push, initiator);
            }
        }
    }
}
