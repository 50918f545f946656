//! The browser without a window: the same broker and renderers, with a presenter that keeps its pixels in memory.
//!
//! Contract:
//! - [`Headless::wait`] is the only place that waits, always with a deadline;
//! - every frame that comes is presented, as a window would: copied once, then shown to be so, so that the next may come.

mod picture;

pub use picture::encode_png;

use crate::process_table::ProcessTable;
use crate::views::Ui;
use bulkhead_broker::browser::{Activity, Browser, Changes, Config, Isolation, PageArea, Shown, StartError, Tab};
use bulkhead_broker::events::Event;
use bulkhead_broker::fetch::{Fetcher, LocalFetcher};
use bulkhead_broker::frames::{Canvas, Front};
use bulkhead_broker::sandbox_board::SandboxBoard;
use bulkhead_pages::{NoProviders, Pages, Providers};
use bulkhead_shared::ids::TabId;
use crossbeam_channel::Receiver;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a picture of the window waits for the page's frame.
const FRAME: Duration = Duration::from_secs(5);

/// How long it waits for fonts that its text needs.
const FONTS: Duration = Duration::from_secs(5);

/// How soon it looks again whether they are there.
const PAUSE: Duration = Duration::from_millis(10);

/// A browser without a window.
#[derive(Debug)]
pub struct Headless {
    /// The browser, to do things with.
    pub browser: Browser,
    events: Receiver<Event>,
    pixels: Vec<u32>,
    /// What the page last wanted on the clipboard.
    clipboard: Option<String>,
    /// What it last wanted to be the primary selection.
    primary: Option<String>,
    presented: Presented,
    processes: ProcessTable,
}

/// What was presented, for measurements.
#[derive(Clone, Copy, Debug, Default)]
pub struct Presented {
    /// How many frames.
    pub frames: u64,
    /// How long copying the last one took.
    pub copy: Duration,
    /// How often the interface was to be drawn, if there were one.
    pub interface: u64,
}

/// Why a page is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// It is an error page.
    #[error("{0}")]
    Failed(String),
    /// Its process died.
    #[error("the tab crashed: {0}")]
    Crashed(String),
    /// The browser has failed.
    #[error("the browser has failed: {0}")]
    Broken(String),
    /// No renderer can be had.
    #[error("the zygote is lost: {0}")]
    NoZygote(String),
    /// Its process does what a debug page orders, and nothing else any more.
    #[error("its process does not answer")]
    Hangs,
    /// It took too long.
    #[error("not loaded after {0:?}")]
    TimedOut(Duration),
}

impl Headless {
    /// Starts a browser with a page area of this size.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start(isolation: Isolation, area: PageArea) -> Result<Self, StartError> {
        Self::start_with(isolation, area, Arc::new(NoProviders))
    }

    /// The same, with what the browser's own pages are to show besides.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start_with(isolation: Isolation, area: PageArea, providers: Arc<dyn Providers>) -> Result<Self, StartError> {
        let processes = ProcessTable::default();
        let table = processes.clone();
        let board = SandboxBoard::default();
        let pages = Arc::new(Pages::new(move || table.rows(), board.clone(), providers));
        let fetcher = Arc::new(LocalFetcher::new(Arc::clone(&pages) as _));
        Self::assemble(Config { isolation, fetcher, pages, board, area, wake: Arc::new(|| {}) }, processes)
    }

    /// The same, with a fetcher around the browser's own.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start_fetching(
        isolation: Isolation,
        area: PageArea,
        around: impl FnOnce(LocalFetcher) -> Arc<dyn Fetcher>,
    ) -> Result<Self, StartError> {
        let board = SandboxBoard::default();
        let pages = Arc::new(Pages::new(Vec::new, board.clone(), Arc::new(NoProviders)));
        let fetcher = around(LocalFetcher::new(Arc::clone(&pages) as _));
        Self::assemble(
            Config { isolation, fetcher, pages, board, area, wake: Arc::new(|| {}) },
            ProcessTable::default(),
        )
    }

    fn assemble(config: Config, processes: ProcessTable) -> Result<Self, StartError> {
        let browser = Browser::start(config)?;
        processes.note(&browser);
        let events = browser.events();
        let presented = Presented::default();
        Ok(Self { browser, events, pixels: Vec::new(), clipboard: None, primary: None, presented, processes })
    }

    /// Handles and presents what comes, until `done`; `false` if the deadline comes first.
    pub fn wait(&mut self, timeout: Duration, mut done: impl FnMut(&Browser) -> bool) -> bool {
        let deadline = Instant::now() + timeout;
        while !done(&self.browser) {
            let due = self.browser.deadline().map_or(deadline, |due| due.min(deadline));
            match self.events.recv_deadline(due) {
                Ok(event) => self.handle(event),
                Err(_) if Instant::now() >= deadline => return false,
                Err(_) => self.take_changes(),
            }
        }
        true
    }

    /// Handles and presents what has already come.
    pub fn settle(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            self.handle(event);
        }
    }

    /// Waits until the tab's document is complete and, where it is on display, painted.
    ///
    /// # Errors
    /// Why it is not.
    pub fn wait_loaded(&mut self, id: TabId, timeout: Duration) -> Result<(), LoadError> {
        let lost = |browser: &Browser| match browser.zygote() {
            bulkhead_broker::browser::Zygote::Lost(why) => Some(why.clone()),
            _ => None,
        };
        let failed = |browser: &Browser| browser.failure().map(str::to_owned);
        let hopeless = |browser: &Browser| lost(browser).is_some() || failed(browser).is_some();
        self.wait(timeout, |browser| is_settled(browser, id) || hopeless(browser));
        if let Some(why) = failed(&self.browser) {
            return Err(LoadError::Broken(why));
        }
        let Some(tab) = self.browser.tab(id) else { return Err(LoadError::Failed("the tab is closed".to_owned())) };
        if let Some(death) = tab.death() {
            return Err(LoadError::Crashed(death.to_string()));
        }
        if let Some(why) = lost(&self.browser) {
            return Err(LoadError::NoZygote(why));
        }
        if hangs_on_command(tab) {
            return Err(LoadError::Hangs);
        }
        if !is_settled(&self.browser, id) {
            return Err(LoadError::TimedOut(timeout));
        }
        match tab.document.as_ref().and_then(|document| document.error.clone()) {
            Some(error) => Err(LoadError::Failed(error)),
            None => Ok(()),
        }
    }

    /// The page on display, as pixels of the page area's size; `None` before its first frame.
    #[must_use]
    pub fn page(&self) -> Option<(&[u32], PageArea)> {
        self.browser.active()?.front.as_ref()?;
        Some((&self.pixels, self.browser.area()))
    }

    /// The whole window, interface and page, as `width * height` pixels. The page area becomes what the interface leaves of it,
    /// so this waits for the frame of that size, for some seconds at most.
    pub fn window(&mut self, ui: &mut Ui, width: u32, height: u32) -> Vec<u32> {
        let PageArea { scale, dark, .. } = self.browser.area();
        let mut pixels = vec![0; width as usize * height as usize];
        let mut draw = |browser: &mut Browser| {
            let (width, height) = (width as usize, height as usize);
            ui.draw(browser, scale, dark, &mut Canvas { pixels: &mut pixels, width, height });
        };
        // Egui settles what depends on sizes in a second pass.
        draw(&mut self.browser);
        draw(&mut self.browser);
        self.wait(FRAME, |browser| {
            let area = browser.area();
            let fits = |front: &Front| {
                let extent = front.memory.extent();
                (extent.width(), extent.height()) == (area.width, area.height)
            };
            browser.active().is_none_or(|tab| tab.renderer().is_none() || tab.front.as_ref().is_some_and(fits))
        });
        draw(&mut self.browser);
        let deadline = Instant::now() + FONTS;
        while ui.awaits_fonts() && Instant::now() < deadline {
            self.wait(PAUSE, |_| false);
            let (width, height) = (width as usize, height as usize);
            ui.draw(&mut self.browser, scale, dark, &mut Canvas { pixels: &mut pixels, width, height });
        }
        pixels
    }

    /// The processes, for the process table.
    #[must_use]
    pub fn processes(&self) -> &ProcessTable {
        self.processes.note(&self.browser);
        &self.processes
    }

    /// What was presented so far.
    #[must_use]
    pub fn presented(&self) -> Presented {
        self.presented
    }

    /// Text that a page's user copied, once.
    pub fn take_clipboard(&mut self) -> Option<String> {
        self.clipboard.take()
    }

    /// Text that a page's user selected, once.
    pub fn take_primary(&mut self) -> Option<String> {
        self.primary.take()
    }

    /// Ends every process.
    pub fn shutdown(self) {
        self.browser.shutdown();
    }

    fn handle(&mut self, event: Event) {
        self.browser.handle(event);
        self.take_changes();
    }

    fn take_changes(&mut self) {
        self.browser.tick(Instant::now());
        let Changes { ui, page, clipboard, primary } = self.browser.take_changes();
        if ui {
            self.presented.interface += 1;
            self.processes.note(&self.browser);
        }
        self.clipboard = clipboard.or(self.clipboard.take());
        self.primary = primary.or(self.primary.take());
        if page {
            self.present();
        }
    }

    fn present(&mut self) {
        let PageArea { width, height, .. } = self.browser.area();
        let (width, height) = (width as usize, height as usize);
        self.pixels.resize(width * height, 0);
        let Some(front) = self.browser.active().and_then(|tab| tab.front.as_ref()) else { return };
        let began = Instant::now();
        front.copy(&mut Canvas { pixels: &mut self.pixels, width, height }, 0, 0, front.damage);
        self.presented.frames += 1;
        self.presented.copy = began.elapsed();
        self.browser.frame_shown();
    }
}

/// Whether nothing more will come of the tab's navigation by itself.
fn is_settled(browser: &Browser, id: TabId) -> bool {
    let Some(tab) = browser.tab(id) else { return true };
    let on_display = browser.active().is_some_and(|active| active.id == id);
    let complete = |document: &Shown| document.loaded.is_some() && (document.painted || !on_display);
    // The zygote's word of the fork may come after the renderer's own.
    let loaded = tab.pid().is_some() && tab.document.as_ref().is_some_and(complete);
    let over = loaded || tab.death().is_some() || hangs_on_command(tab);
    tab.pending.is_none() && !browser.is_unfinished(tab) && over
}

/// Whether a debug page, which is no document, keeps the process from answering. One that loads a document may still answer.
fn hangs_on_command(tab: &Tab) -> bool {
    tab.document.is_none() && tab.pending.is_none() && tab.activity() == Activity::Unresponsive
}
