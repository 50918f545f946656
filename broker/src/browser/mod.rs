//! The browser: its tabs and what is done to them. The main thread owns it; it draws nothing and waits for nothing.
//!
//! A presenter (the window, or the headless one) feeds it what the user does, through the methods here, and what the
//! processes do, through [`Browser::handle`]; then asks it what there is to show.
//!
//! | file | holds |
//! |---|---|
//! | `tabs.rs`, `tab.rs`, `history.rs` | the tab strip; one tab; where it has been |
//! | `activation.rs` | what a click or a key press lets a page do |
//! | `display.rs` | what of it is shown: page area, surfaces, frames |
//! | `surfaces.rs` | what these lie in |
//! | `typed.rs` | what the user typed, read as an address or as none |
//! | `navigation.rs` | the road from a URL to a document in a process |
//! | `reactions.rs` | what follows from each event |
//! | `pace.rs` | how often what pages say is drawn |
//! | `live.rs` | pages about the browser, made anew while they are shown |

mod activation;
mod display;
mod history;
mod live;
mod navigation;
mod pace;
mod reactions;
mod surfaces;
mod tab;
mod tabs;
mod typed;

pub use history::{Entry, History, Motion};
use pace::{Change, Pace};
pub use tab::{Activity, PageState, Pending, Process, Shown, Tab};
pub use typed::{AddressError, NotAnAddress, Typed};

use crate::death::Death;
use crate::events::{Event, ToIo, UserAct};
use crate::fetch::{FetchPool, Fetcher};
use crate::internal_pages::InternalPages;
use crate::io::Io;
pub use crate::io::{Isolation, StartError};
use crate::memory::Bounds;
use crate::sandbox_board::SandboxBoard;
use bulkhead_sandbox::Report;
use bulkhead_shared::downlink::Edit;
use bulkhead_shared::ids::{Counter, NavigationId, RendererId, TabId};
use bulkhead_shared::input::InputEvent;
use crossbeam_channel::{Receiver, unbounded};
use std::sync::Arc;
use std::time::{Duration, Instant};

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
    /// How pages are kept apart.
    pub isolation: Isolation,
    /// What answers fetches.
    pub fetcher: Arc<dyn Fetcher>,
    /// Who makes the pages of `bulkhead:`.
    pub pages: Arc<dyn InternalPages>,
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
    /// Text that a page's user selected.
    pub primary: Option<String>,
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
        /// When it was started, in ticks since boot, where `/proc` tells.
        started: Option<u64>,
    },
    /// Gone; the next one is started soon, and tabs wait for it.
    Gone {
        /// What became of the last one.
        why: String,
        /// How long the pause before the next one is; zero where there is none.
        pause: Duration,
    },
    /// None can be had, and why.
    Lost(String),
}

/// The browser.
#[derive(Debug)]
pub struct Browser {
    io: Io,
    fetches: FetchPool<TabId, NavigationId>,
    events: Receiver<Event>,
    zygote: Zygote,
    tabs: Vec<Tab>,
    active: Option<TabId>,
    closed: Vec<ClosedTab>,
    area: PageArea,
    changes: Changes,
    pace: Pace,
    /// Why nothing goes on, if nothing does.
    failure: Option<String>,
    names: Names,
    confines: bool,
    /// Whether pages are drawn without scroll bars.
    hides_scroll_bars: bool,
    /// What the newest renderer said of its sandbox.
    sandbox: Option<Report>,
    pages: Arc<dyn InternalPages>,
    board: SandboxBoard,
}

/// A tab that Ctrl+Shift+T can bring back.
#[derive(Debug)]
struct ClosedTab {
    history: History,
    /// How many tabs were before it.
    index: usize,
}

/// Where names come from.
#[derive(Debug, Default)]
struct Names {
    tabs: Counter,
    renderers: Counter,
    surfaces: Counter,
    navigations: Counter,
}

impl Browser {
    /// Starts the I/O thread, the zygote, and the fetch workers. No tab yet.
    ///
    /// # Errors
    /// What could not be started.
    pub fn start(config: Config) -> Result<Self, StartError> {
        let Config { isolation, fetcher, pages, board, area, wake } = config;
        let confines = isolation.sandbox;
        let (sender, events) = unbounded();
        let notify = Notifier { sender, wake };
        let io = Io::start(isolation, notify.clone(), Arc::clone(&fetcher))?;
        board.begin(confines, io.bounds().clone());
        pages.tell(notify.clone());
        let fetches = FetchPool::start("document", fetcher, move |_, navigation, result| {
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
            pace: Pace::default(),
            failure: None,
            names: Names::default(),
            confines,
            hides_scroll_bars: false,
            sandbox: None,
            pages,
            board,
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

    /// When [`Self::tick`] is due, though nothing happens.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.pace.deadline()
    }

    /// Time has passed: what was not drawn at once may be due.
    pub fn tick(&mut self, now: Instant) {
        self.changes.ui |= self.pace.tick(now);
    }

    /// Why the browser cannot go on, if it cannot: a part of it has failed that all else needs.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
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

    /// How the renderers' memory is bounded.
    #[must_use]
    pub fn memory(&self) -> &Bounds {
        self.io.bounds()
    }

    /// The page area.
    #[must_use]
    pub fn area(&self) -> PageArea {
        self.area
    }

    /// What the user does to the page on display. Clicks and keys are meant for the document that the user sees: until the
    /// one that was committed last has painted, they go nowhere.
    pub fn input(&mut self, event: InputEvent) {
        // TOUR frame 2
        let Some(tab) = self.active.and_then(|id| self.tab_mut(id)) else { return };
        let Some(renderer) = tab.renderer() else { return };
        let aimed = match &event {
            InputEvent::PointerDown(_) | InputEvent::PointerUp(_) | InputEvent::Text(_) => true,
            InputEvent::Key(key) => key.pressed,
            InputEvent::PointerMove(_) | InputEvent::PointerLeave | InputEvent::Wheel { .. } | InputEvent::Focus(_) => {
                false
            }
        };
        if aimed && !tab.shows_document() {
            return;
        }
        tab.page.activation.observe(&event, Instant::now());
        self.io.send(ToIo::Act { renderer, act: UserAct::Event(event) });
    }

    /// An edit command for the page on display.
    pub fn edit(&mut self, edit: Edit) {
        if let Some(renderer) = self.active().and_then(Tab::renderer) {
            self.io.send(ToIo::Act { renderer, act: UserAct::Edit(edit) });
        }
    }

    /// Ends a tab's process, because the user says so. The tab shows the crash page at once, whatever the process, the zygote or
    /// the kernel do about it.
    pub fn end_process(&mut self, id: TabId) {
        if let Some(renderer) = self.tab(id).and_then(Tab::renderer) {
            self.io.send(ToIo::End { renderer, reason: Some(Death::EndedByUser) });
            self.bury(renderer, Death::EndedByUser);
            self.changes.ui = true;
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

    /// The user has read what a tab told.
    pub fn dismiss_notice(&mut self, id: TabId) {
        if let Some(tab) = self.tab_mut(id) {
            tab.page.notice = None;
            self.changes.ui = true;
        }
    }

    /// Ends every process and the I/O thread, and waits for them; bounded by [`bulkhead_shared::limits::SHUTDOWN`].
    pub fn shutdown(mut self) {
        // What is made for a page in another process ends with the tabs.
        self.tabs.clear();
        self.io.shutdown();
    }

    /// What is shown of a tab has changed, and not by the user's hand.
    fn tab_changed(&mut self, id: TabId) {
        self.changed(if self.active == Some(id) { Change::Front } else { Change::Behind });
    }

    fn changed(&mut self, change: Change) {
        self.changes.ui |= self.pace.note(change, Instant::now());
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
