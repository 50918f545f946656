//! What a renderer does about each event: the meeting point of page, fetches, frames and links.
//!
//! The rules of drawing, in [`Renderer::settle`], which runs once after each batch of events:
//! - a hidden tab draws nothing, and a page draws only where something may look different;
//! - a frame acknowledges all input that was handled before it was drawn; input that changes nothing to be seen is
//!   acknowledged by itself, at once;
//! - `Loaded` follows the frame that shows the page with its sub-resources.

use crate::engine::{Engine, Notice, Page, Source};
use crate::event_loop::{Event, Links};
use crate::faults;
use crate::fetch::{self, FetchStub};
use crate::frames::FrameSink;
use crate::log;
use crate::pace::Bucket;
use crate::process::exit;
use crate::refresh_timer::RefreshTimer;
use bulkhead_shared::control::Down;
use bulkhead_shared::downlink::{Edit, ToRenderer, Viewport};
use bulkhead_shared::ids::{InputSeq, NavigationId};
use bulkhead_shared::input::InputEvent;
use bulkhead_shared::surface::Extent;
use bulkhead_shared::uplink::{Document, Frame, FromRenderer, Grant};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between the pictures of an animation: 60 a second.
const TICK: Duration = Duration::from_millis(16);

/// Layouts in a row, before what follows from the last has to wait for the next event.
const LAYOUT_PASSES: usize = 8;

/// One renderer.
pub(crate) struct Renderer {
    pub(crate) links: Links,
    engine: Engine,
    fetches: Arc<FetchStub>,
    frames: FrameSink,
    page: Option<Page>,
    navigation: NavigationId,
    /// How many navigations the page may ask for.
    navigations: Bucket,
    viewport: Option<Viewport>,
    hides_scroll_bar: bool,
    visible: bool,
    /// Style and layout may be out of date.
    unsettled: bool,
    /// The page may look different from the last frame.
    stale: bool,
    /// The next frame is to be sent even if it looks the same.
    repaint: bool,
    loading: Loading,
    handled: InputSeq,
    acknowledged: InputSeq,
    last_frame: Option<Instant>,
    refresh: RefreshTimer,
}

/// How far a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loading {
    /// It, or something it needs, is still on its way.
    Fetching,
    /// All is here; the frame that shows it is not sent yet.
    Undrawn,
    /// `Loaded` was sent, or there is no document.
    Done,
}

impl Renderer {
    pub(crate) fn new(links: Links, engine: Engine) -> Self {
        let fetches = Arc::new(FetchStub::new(engine.svg_fonts()));
        Self {
            links,
            engine,
            fetches,
            frames: FrameSink::default(),
            page: None,
            navigation: NavigationId(0),
            navigations: Bucket::of_navigations(Instant::now()),
            viewport: None,
            hides_scroll_bar: false,
            visible: false,
            unsettled: false,
            stale: false,
            repaint: false,
            loading: Loading::Done,
            handled: InputSeq(0),
            acknowledged: InputSeq(0),
            last_frame: None,
            refresh: RefreshTimer::default(),
        }
    }

    pub(crate) fn handle(&mut self, event: Event) {
        // TOUR frame 7
        match event {
            Event::Control(Down::Ping(number)) => self.links.pong(number),
            Event::Control(Down::Shutdown) => exit::now(exit::DONE),
            Event::Grant(grant, fd) => self.take(grant, fd),
            Event::Command(command) => self.obey(command),
            Event::Tick => self.tick(),
        }
    }

    fn take(&mut self, grant: Grant, fd: Option<OwnedFd>) {
        // TOUR fetch 11
        match grant {
            Grant::Surface { surface, width, height } => {
                let extent = Extent::new(width, height);
                let fd = fd.expect("a surface comes with its descriptor");
                let adopted = extent.and_then(|extent| self.frames.adopt(surface, extent, &fd));
                adopted.unwrap_or_else(|error| panic!("{error}"));
                self.stale = true;
                self.repaint = true;
            }
            Grant::Document(document) => self.open(document, fd),
            Grant::Response { request, result } => self.fetches.respond(request, result, fd),
        }
    }

    fn open(&mut self, document: Document, fd: Option<OwnedFd>) {
        let bytes = fetch::map_document(fd, document.body.length);
        self.navigation = document.navigation;
        // The page before goes first: two at once would need twice the memory.
        self.page = None;
        self.refresh.stop();
        let source = Source { url: document.url, mime: document.body.mime, bytes, scroll: document.scroll };
        self.fetches.begin(source.own_body());
        let page = self.page.insert(self.engine.open(source, self.viewport, Arc::clone(&self.fetches) as _));
        if self.hides_scroll_bar {
            page.hide_scroll_bar();
        }
        self.loading = Loading::Fetching;
        self.repaint = true;
        self.change();
    }

    fn obey(&mut self, command: ToRenderer) {
        match command {
            ToRenderer::Viewport(viewport) => {
                self.viewport = Some(viewport);
                self.change();
            }
            ToRenderer::Show => {
                self.visible = true;
                self.change();
            }
            ToRenderer::Hide { surface } => {
                self.visible = false;
                self.change();
                self.frames.abandon(surface);
            }
            ToRenderer::Input { seq, ref event } => {
                self.handled = seq;
                if matches!(event, InputEvent::PointerDown(_) | InputEvent::Key(_)) {
                    self.refresh.user_is_here();
                }
            }
            ToRenderer::ReleaseSlot { surface, slot } => return self.frames.release(surface, slot),
            ToRenderer::FrameShown => return self.frames.shown(),
            ToRenderer::HideScrollBar => self.hides_scroll_bar = true,
            ToRenderer::Repaint => {
                self.stale = true;
                self.repaint = true;
            }
            ToRenderer::Fault(fault) => return faults::commit(fault, &self.links),
            ToRenderer::Edit(edit) => return self.edit(edit),
            ToRenderer::ScrollToFragment(_) | ToRenderer::ScrollTo { .. } => {}
        }
        let Some(page) = &mut self.page else { return };
        match command {
            ToRenderer::Viewport(viewport) => page.set_viewport(viewport),
            ToRenderer::Input { event, .. } => page.input(event),
            ToRenderer::ScrollToFragment(fragment) => page.scroll_to_fragment(&fragment),
            ToRenderer::ScrollTo { x, y } => page.scroll_to(x, y),
            ToRenderer::HideScrollBar => page.hide_scroll_bar(),
            _ => {}
        }
        if page.take_redraw_request() {
            self.change();
        }
    }

    fn edit(&mut self, edit: Edit) {
        let answer: Option<fn(Option<String>) -> FromRenderer> = match edit {
            Edit::Copy | Edit::Cut => Some(FromRenderer::Copied),
            Edit::Selection => Some(FromRenderer::Selected),
            Edit::SelectAll | Edit::Paste(_) | Edit::PasteAt(..) => None,
        };
        let text = self.page.as_mut().and_then(|page| page.edit(edit));
        if let Some(answer) = answer {
            // Without a text, without a page: the broker counts the answers.
            self.links.say(&answer(text));
        }
        if self.page.as_mut().is_some_and(Page::take_redraw_request) {
            self.change();
        }
    }

    /// The page may look different from now on.
    fn change(&mut self) {
        self.unsettled = true;
        self.stale = true;
    }

    /// When the loop should wake up by itself: while something moves that can be seen, and when the document wants to be
    /// followed by another.
    pub(crate) fn next_tick(&self) -> Option<Instant> {
        self.next_picture().into_iter().chain(self.refresh.due()).min()
    }

    fn next_picture(&self) -> Option<Instant> {
        let moving = self.can_draw() && self.page.as_ref().is_some_and(Page::is_animating);
        moving.then(|| self.last_frame.map_or_else(Instant::now, |last| last + TICK))
    }

    fn tick(&mut self) {
        if self.refresh.elapsed() {
            self.follow();
        }
        if self.next_picture().is_some() {
            if let Some(page) = &mut self.page {
                page.tick();
            }
            self.change();
        }
    }

    /// Asks for the document that the page wants to be followed by.
    fn follow(&mut self) {
        if let Some(page) = &mut self.page {
            page.refresh();
        }
        self.pass_notices_on();
    }

    /// Brings everything that follows from a batch of events to its end: fetches, layout, a frame, acknowledgements.
    pub(crate) fn settle(&mut self) {
        let began = monotonic_nanoseconds();
        if self.fetches.deliver() {
            self.change();
        }
        if self.unsettled {
            self.lay_out();
        }
        for (request, url) in self.fetches.outgoing() {
            self.links.say(&FromRenderer::Fetch { request, navigation: self.navigation, url });
        }
        let drawn = self.draw(began);
        self.pass_notices_on();
        if self.acknowledged != self.handled && (drawn || !self.waits_for_broker()) {
            self.acknowledged = self.handled;
            if !drawn {
                self.links.say(&FromRenderer::InputHandled(self.handled));
            }
        }
        for (level, text) in log::take() {
            self.links.say(&FromRenderer::Log { level, text });
        }
        if self.loading == Loading::Undrawn && (!self.visible || !self.stale) {
            self.loading = Loading::Done;
            if let Some(delay) = self.page.as_ref().and_then(Page::refresh_delay) {
                self.refresh.start(delay);
                // One without delay comes before the word that all is loaded: whoever waits for that waits for the next.
                if self.refresh.elapsed() {
                    self.follow();
                }
            }
            let failed = self.fetches.failed();
            self.links.say(&FromRenderer::Loaded { navigation: self.navigation, failed });
        }
    }

    /// Style and layout, until nothing more follows by itself: a style sheet may ask for fonts that are here already, and a
    /// new layout may put another element under the pointer.
    fn lay_out(&mut self) {
        let Some(page) = &mut self.page else { return };
        if self.viewport.is_none() && self.visible {
            return;
        }
        self.unsettled = false;
        for _ in 0..LAYOUT_PASSES {
            // What was asked for so far is done by this pass.
            page.take_redraw_request();
            page.lay_out();
            if !(self.fetches.deliver() | page.take_redraw_request()) {
                break;
            }
        }
        if self.loading == Loading::Fetching && self.fetches.is_idle() {
            page.conclude();
            self.loading = Loading::Undrawn;
            self.stale = true;
        }
    }

    /// Draws and sends a frame, if one is due and possible.
    fn draw(&mut self, began: u64) -> bool {
        if !self.stale || !self.can_draw() {
            return false;
        }
        let (Some(page), Some(extent)) = (&mut self.page, self.frames.extent()) else { return false };
        self.stale = false;
        self.last_frame = Some(Instant::now());
        let raster = &mut self.engine.raster;
        let Some(drawn) = self.frames.draw(self.repaint, |slot| raster.draw(page, extent, slot)) else { return false };
        self.repaint = false;
        self.links.say(&FromRenderer::Frame(Frame {
            navigation: self.navigation,
            surface: drawn.surface,
            slot: drawn.slot,
            damage: drawn.damage,
            input: self.handled,
            scroll: page.scroll_state(),
            began,
            done: monotonic_nanoseconds(),
        }));
        true
    }

    fn can_draw(&self) -> bool {
        self.frames.has_room() && self.is_drawable()
    }

    /// Whether only the broker's taking of earlier frames keeps a stale page from being drawn.
    fn waits_for_broker(&self) -> bool {
        self.stale && self.is_drawable() && !self.frames.has_room()
    }

    fn is_drawable(&self) -> bool {
        let fits = match (self.viewport, self.frames.extent()) {
            (Some(viewport), Some(extent)) => (viewport.width, viewport.height) == (extent.width(), extent.height()),
            _ => false,
        };
        self.visible && fits && self.page.as_ref().is_some_and(|page| !page.waits_for_styles())
    }

    fn pass_notices_on(&mut self) {
        let navigation = self.navigation;
        let Some(page) = &mut self.page else { return };
        for notice in page.take_notices() {
            let message = match notice {
                Notice::Title(title) => FromRenderer::Title { navigation, title },
                Notice::Navigate { url, .. } if !self.navigations.take(Instant::now()) => {
                    tracing::warn!(url, "too many navigations: this one is left out");
                    continue;
                }
                Notice::Navigate { url, target } => FromRenderer::Navigate { navigation, url, target },
                Notice::Unsupported(what) => FromRenderer::Unsupported { navigation, what },
                Notice::Scrolled { x, y } => FromRenderer::Scrolled { navigation, x, y },
                Notice::Hover(link) => FromRenderer::Hover { navigation, link },
                Notice::Cursor(cursor) => FromRenderer::Cursor { navigation, cursor },
                Notice::TextFocus(focused) => FromRenderer::TextFocus { navigation, focused },
            };
            self.links.say(&message);
        }
    }
}

fn monotonic_nanoseconds() -> u64 {
    use nix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(0, |now| {
        let seconds = u64::try_from(now.tv_sec()).unwrap_or(0);
        seconds * 1_000_000_000 + u64::try_from(now.tv_nsec()).unwrap_or(0)
    })
}
