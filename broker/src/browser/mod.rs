//! The browser: its tabs and what is done to them. The main thread owns it; it draws nothing and waits for nothing.
//!
//! A presenter (the window, or the headless one) feeds it what the user does, through the methods here, and what the
//! processes do, through [`Browser::handle`]; then asks it what there is to show. `navigation` has the road from a URL to
//! a document in a process, `reactions` what follows from each event, `siege` the attack suite.

mod history;
mod navigation;
mod reactions;
mod siege;
mod tab;

pub use history::{Entry, History, Motion};
pub use tab::{Activity, Pending, Process, Shown, Tab};

use crate::death::Death;
use crate::events::{Event, ToIo};
use crate::fetch::{FetchPool, Fetcher};
use crate::io::Io;
pub use crate::io::{StartError, ZygoteConfig};
use crate::sandbox_board::SandboxBoard;
use crate::siege::Siege;
use bulkhead_sandbox::Report;
use bulkhead_shared::downlink::{Edit, ToRenderer, Viewport};
use bulkhead_shared::ids::{Counter, InputSeq, NavigationId, RendererId, SurfaceId, TabId};
use bulkhead_shared::input::{InputEvent, Key};
use bulkhead_shared::surface::{Extent, SurfaceReader};
use bulkhead_shared::uplink::Rect;
use crossbeam_channel::{Receiver, unbounded};
use std::sync::Arc;
use std::time::Instant;
use url::Url;

/// How many closed tabs Ctrl+Shift+T can bring back.
const CLOSED_TABS: usize = 25;

/// Wakes the main thread: called after an [`Event`] was put on its channel.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// The page area of the window, the same for all tabs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageArea {
    /// Device pixels.
    pub width: u32,
    /// Device pixels.
    pub height: u32,
    /// Device pixels for one logical pixel.
    pub scale: f32,
    /// Whether the system prefers dark.
    pub dark: bool,
}

/// What a browser is started with.
pub struct Config {
    /// How to start the zygote.
    pub zygote: ZygoteConfig,
    /// What answers fetches.
    pub fetcher: Arc<dyn Fetcher>,
    /// Where it notes what the pages about the sandbox show.
    pub board: SandboxBoard,
    /// The page area to begin with.
    pub area: PageArea,
    /// Wakes the main thread.
    pub wake: Wake,
}

/// What has changed since the presenter last asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Tab strip, toolbar, status bar or a page that the UI draws.
    pub ui: bool,
    /// The front frame of the tab on display.
    pub page: bool,
    /// Text that a page's user copied.
    pub clipboard: Option<String>,
}

/// State of the zygote, for the process table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Zygote {
    /// Starting; tabs wait for it.
    #[default]
    Starting,
    /// Warm.
    Warm {
        /// Its pid.
        pid: i32,
    },
    /// Gone for good, and why.
    Lost(String),
}

/// The browser.
#[derive(Debug)]
pub struct Browser {
    io: Io,
    fetches: FetchPool<NavigationId>,
    events: Receiver<Event>,
    zygote: Zygote,
    tabs: Vec<Tab>,
    active: Option<TabId>,
    closed: Vec<History>,
    area: PageArea,
    changes: Changes,
    names: Names,
    confines: bool,
    /// What the newest renderer said of its sandbox.
    sandbox: Option<Report>,
    board: SandboxBoard,
    /// The attack suite, while it runs and afterwards.
    siege: Option<Siege>,
}

/// Where names come from.
#[derive(Debug, Default)]
struct Names {
    tabs: Counter,
    renderers: Counter,
    surfaces: Counter,
    navigations: Counter,
    inputs: Counter,
}

impl Browser {
    /// Starts the I/O thread, the zygote, and the fetch workers. No tab yet.
    ///
    /// # Errors
    /// What could not be started.
    pub fn start(config: Config) -> Result<Self, StartError> {
        let Config { zygote, fetcher, board, area, wake } = config;
        let confines = zygote.sandbox;
        board.begin(confines);
        let (sender, events) = unbounded();
        let notify = Notifier { sender, wake };
        let io = Io::start(zygote, notify.clone(), Arc::clone(&fetcher))?;
        let fetches = FetchPool::start("document", fetcher, move |navigation, result| {
            notify.send(Event::DocumentFetched { navigation, result });
        })?;
        Ok(Self {
            io,
            fetches,
            events,
            zygote: Zygote::Starting,
            tabs: Vec::new(),
            active: None,
            closed: Vec::new(),
            area,
            changes: Changes::default(),
            names: Names::default(),
            confines,
            sandbox: None,
            board,
            siege: None,
        })
    }

    /// What the processes did, to be handed to [`Self::handle`].
    #[must_use]
    pub fn events(&self) -> Receiver<Event> {
        self.events.clone()
    }

    /// What there is to draw anew; asking again gives nothing.
    pub fn take_changes(&mut self) -> Changes {
        std::mem::take(&mut self.changes)
    }

    /// All tabs, in the order of the tab strip.
    #[must_use]
    pub fn tabs(&self) -> &[Tab] {
        &self.tabs
    }

    /// A tab.
    #[must_use]
    pub fn tab(&self, id: TabId) -> Option<&Tab> {
        self.tabs.iter().find(|tab| tab.id == id)
    }

    /// The tab on display.
    #[must_use]
    pub fn active(&self) -> Option<&Tab> {
        self.active.and_then(|id| self.tab(id))
    }

    /// The zygote.
    #[must_use]
    pub fn zygote(&self) -> &Zygote {
        &self.zygote
    }

    /// Whether renderers are confined at all; otherwise the window warns, for as long as it is open.
    #[must_use]
    pub fn confines(&self) -> bool {
        self.confines
    }

    /// What the newest renderer said of its sandbox before it saw a page.
    #[must_use]
    pub fn sandbox(&self) -> Option<&Report> {
        self.sandbox.as_ref()
    }

    /// The page area.
    #[must_use]
    pub fn area(&self) -> PageArea {
        self.area
    }

    /// Opens a tab after the active one and has it load `url`; in front, or behind.
    pub fn open_tab(&mut self, url: Url, foreground: bool) -> TabId {
        let id = self.insert_tab(History::default());
        if foreground || self.active.is_none() {
            self.select(id);
        }
        self.navigate(id, url);
        id
    }

    /// Closes a tab, and ends its process.
    pub fn close_tab(&mut self, id: TabId) {
        let Some(index) = self.index(id) else { return };
        let tab = self.tabs.remove(index);
        if let Some(renderer) = tab.renderer() {
            self.io.send(ToIo::End { renderer, reason: None });
        }
        if tab.history.current().is_some() {
            self.closed.push(tab.history);
            if self.closed.len() > CLOSED_TABS {
                self.closed.remove(0);
            }
        }
        if self.active == Some(id) {
            self.active = None;
            let neighbour = self.tabs.get(index).or(self.tabs.last()).map(|tab| tab.id);
            if let Some(neighbour) = neighbour {
                self.select(neighbour);
            }
        }
        self.changes.ui = true;
        self.changes.page = true;
    }

    /// Brings back the tab that was closed last, with its history. `None` where there is none.
    pub fn reopen_tab(&mut self) -> Option<TabId> {
        let history = self.closed.pop()?;
        let id = self.insert_tab(history);
        self.select(id);
        self.reload(id);
        Some(id)
    }

    fn insert_tab(&mut self, history: History) -> TabId {
        let mut tab = Tab::new(TabId(self.names.tabs.mint()));
        let id = tab.id;
        tab.history = history;
        let at = self.active.and_then(|active| self.index(active)).map_or(self.tabs.len(), |index| index + 1);
        self.tabs.insert(at, tab);
        self.changes.ui = true;
        id
    }

    /// Puts a tab on display; the one before is hidden, and its pixels are given up.
    pub fn select(&mut self, id: TabId) {
        if self.active == Some(id) || self.index(id).is_none() {
            return;
        }
        if let Some(hidden) = self.active.replace(id) {
            self.hide(hidden);
        }
        self.show(id);
        self.changes.ui = true;
        self.changes.page = true;
    }

    /// Selects the tab `steps` further on in the tab strip, around its end.
    pub fn select_relative(&mut self, steps: isize) {
        let count = self.tabs.len();
        if let Some(index) = self.active.and_then(|active| self.index(active)) {
            let steps = steps.rem_euclid(count.cast_signed().max(1)).cast_unsigned();
            self.select(self.tabs[(index + steps) % count].id);
        }
    }

    /// Selects the tab at a position of the tab strip, or the last one.
    pub fn select_index(&mut self, index: usize) {
        if let Some(tab) = self.tabs.get(index).or(self.tabs.last()) {
            self.select(tab.id);
        }
    }

    /// The page area has changed.
    pub fn set_area(&mut self, area: PageArea) {
        if self.area == area {
            return;
        }
        let resized = (self.area.width, self.area.height) != (area.width, area.height);
        self.area = area;
        if let Some(id) = self.active {
            self.send_viewport(id);
            if resized {
                self.grant_surface(id);
            }
        }
        self.changes.ui = true;
        self.changes.page = true;
    }

    /// Sets a tab's page zoom, between a quarter and five times as in Chromium.
    pub fn set_zoom(&mut self, id: TabId, zoom: f32) {
        if let Some(tab) = self.tab_mut(id) {
            tab.zoom = zoom.clamp(0.25, 5.0);
            self.send_viewport(id);
            self.changes.ui = true;
        }
    }

    /// What the user does to the page on display.
    pub fn input(&mut self, event: InputEvent) {
        let Some(tab) = self.active.and_then(|id| self.tab_mut(id)) else { return };
        let Some(renderer) = tab.renderer() else { return };
        if matches!(
            &event,
            InputEvent::PointerDown(_) | InputEvent::PointerUp(_) | InputEvent::Key(Key { pressed: true, .. })
        ) {
            tab.activated = Some(Instant::now());
        }
        let seq = InputSeq(self.names.inputs.mint());
        self.io.send(ToIo::Send { renderer, command: ToRenderer::Input { seq, event } });
    }

    /// An edit command for the page on display.
    pub fn edit(&mut self, edit: Edit) {
        if let Some(renderer) = self.active().and_then(Tab::renderer) {
            self.io.send(ToIo::Send { renderer, command: ToRenderer::Edit(edit) });
        }
    }

    /// Has the page on display drawn again, though nothing changed.
    pub fn repaint(&mut self) {
        if let Some(renderer) = self.active().and_then(Tab::renderer) {
            self.io.send(ToIo::Send { renderer, command: ToRenderer::Repaint });
        }
    }

    /// The front frame is on display: its renderer may send the next. Returns whether it was a new one.
    pub fn frame_shown(&mut self) -> bool {
        if let Some(front) = self.active.and_then(|id| self.tab_mut(id)).and_then(|tab| tab.front.as_mut()) {
            front.damage = Rect::default();
        }
        self.acknowledge_frame(self.active)
    }

    /// Each frame is acknowledged once, shown or not: without that its renderer would draw no more. Returns whether one was.
    fn acknowledge_frame(&mut self, id: Option<TabId>) -> bool {
        let Some(tab) = id.and_then(|id| self.tab_mut(id)) else { return false };
        let new = std::mem::take(&mut tab.unshown);
        if let Some(renderer) = tab.renderer().filter(|_| new) {
            self.io.send(ToIo::Send { renderer, command: ToRenderer::FrameShown });
        }
        new
    }

    /// Ends a tab's process, because the user says so; the tab shows the crash page.
    pub fn end_process(&mut self, id: TabId) {
        if let Some(renderer) = self.tab(id).and_then(Tab::renderer) {
            self.io.send(ToIo::End { renderer, reason: Some(Death::EndedByUser) });
        }
    }

    /// Waits on for an unresponsive tab.
    pub fn keep_waiting(&mut self, id: TabId) {
        if let Some(tab) = self.tab_mut(id)
            && let Process::Running { renderer, unresponsive, .. } = &mut tab.process
        {
            *unresponsive = false;
            let renderer = *renderer;
            self.io.send(ToIo::KeepWaiting(renderer));
            self.changes.ui = true;
        }
    }

    /// Ends every process and the I/O thread, and waits for them; bounded by [`bulkhead_shared::limits::SHUTDOWN`].
    pub fn shutdown(self) {
        self.io.shutdown();
    }

    fn hide(&mut self, id: TabId) {
        self.acknowledge_frame(Some(id));
        let surface = SurfaceId(self.names.surfaces.last());
        if let Some(tab) = self.tab_mut(id) {
            tab.front = None;
            tab.hover = None;
            if let Some(renderer) = tab.renderer() {
                self.io.send(ToIo::Send { renderer, command: ToRenderer::Hide { surface } });
            }
        }
    }

    fn show(&mut self, id: TabId) {
        self.send_viewport(id);
        self.grant_surface(id);
        if let Some(renderer) = self.tab(id).and_then(Tab::renderer) {
            self.io.send(ToIo::Send { renderer, command: ToRenderer::Show });
        }
    }

    fn send_viewport(&mut self, id: TabId) {
        let PageArea { width, height, scale, dark } = self.area;
        let Some(tab) = self.tab(id) else { return };
        let viewport = Viewport { width, height, scale, zoom: tab.zoom, dark };
        if let Some(renderer) = tab.renderer() {
            self.io.send(ToIo::Send { renderer, command: ToRenderer::Viewport(viewport) });
        }
    }

    /// Grants the tab's process a surface of the page area's size; it draws its next frame there.
    fn grant_surface(&mut self, id: TabId) {
        let Some(renderer) = self.tab(id).and_then(Tab::renderer) else { return };
        let surface = Extent::new(self.area.width, self.area.height).and_then(SurfaceReader::allocate);
        match surface {
            Ok(surface) => {
                let id = SurfaceId(self.names.surfaces.mint());
                self.io.send(ToIo::Surface { renderer, id, surface: Arc::new(surface) });
            }
            Err(error) => tracing::warn!(%error, "no surface for {id}"),
        }
    }

    fn index(&self, id: TabId) -> Option<usize> {
        self.tabs.iter().position(|tab| tab.id == id)
    }

    fn tab_mut(&mut self, id: TabId) -> Option<&mut Tab> {
        self.tabs.iter_mut().find(|tab| tab.id == id)
    }

    fn tab_of(&mut self, renderer: RendererId) -> Option<&mut Tab> {
        self.tabs.iter_mut().find(|tab| tab.renderer() == Some(renderer))
    }
}

/// Puts events on the main thread's channel and wakes it.
#[derive(Clone)]
pub struct Notifier {
    sender: crossbeam_channel::Sender<Event>,
    wake: Wake,
}

impl Notifier {
    /// Sends one event. Once the main thread is gone, nobody misses it.
    pub fn send(&self, event: Event) {
        if self.sender.send(event).is_ok() {
            (self.wake)();
        }
    }
}

impl std::fmt::Debug for Notifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Notifier")
    }
}
