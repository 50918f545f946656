//! A browser for attempts to be made in: it has no window, its zygote forks hostile renderers, and its first tab shows a page.
//!
//! It is a client of the broker as a window is: commands in, events out.

use crate::hostile::Order;
use crate::report::Bounds;
use bulkhead_broker::browser::{Browser, Config, Isolation, PageArea, StartError, Tab, Zygote};
use bulkhead_broker::death::{Death, Remains};
use bulkhead_broker::events::Event;
use bulkhead_broker::fetch::{FetchError, FetchRequest, Fetched, Fetcher};
use bulkhead_broker::inbox::Message;
use bulkhead_broker::internal_pages::{Failure, InternalPages, Made, Named, PageNames};
use bulkhead_broker::policy::{Destination, Site};
use bulkhead_broker::sandbox_board::SandboxBoard;
use bulkhead_sandbox::outside::{Sight, look_at};
use bulkhead_sandbox::{Layers, Report};
use bulkhead_shared::body::Body;
use bulkhead_shared::ids::{RendererId, TabId};
use bulkhead_shared::limits::HANG;
use bulkhead_shared::uplink::BodyMeta;
use crossbeam_channel::Receiver;
use nix::unistd::Pid;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use url::Url;

/// The tab whose renderer shows a page: the first of the browser, which counts from 1. All others' are hostile.
pub const BYSTANDER: TabId = TabId(1);

/// What it shows.
const PAGE: &str = "data:text/html,<title>A page beside the attempts</title><p>A page beside the attempts.";

const AREA: PageArea = PageArea { width: 64, height: 64, scale: 1.0, dark: false };

/// A deadline that is only there for failure: an attempt takes milliseconds, and what hangs is ended after seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why attempts cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// There is no browser.
    #[error("cannot start a browser: {0}")]
    Start(#[from] StartError),
    /// It has failed, or has no renderers any more.
    #[error("the browser has failed: {0}")]
    Broken(String),
    /// The page beside the attempts was lost before they began.
    #[error("the page beside the attempts: {0}")]
    Page(String),
    /// Nothing more comes.
    #[error("waited in vain for {0}")]
    Stuck(String),
    /// A process cannot be looked at.
    #[error("cannot look at /proc/{0}, a renderer: {1}")]
    Look(i32, io::Error),
    /// An order cannot be said.
    #[error("cannot write an order: {0}")]
    Order(#[from] serde_json::Error),
}

/// The browser.
pub(crate) struct Stage {
    browser: Browser,
    events: Receiver<Event>,
    document: Arc<Orders>,
}

/// What was seen of a hostile renderer.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The layers that it reported to be on.
    pub(crate) on: Layers,
    /// What ended it.
    pub(crate) death: Death,
    /// What that was concluded from.
    pub(crate) remains: Remains,
    /// It did not end by itself, and was killed.
    pub(crate) hung: bool,
}

/// What a renderer that shows a page is confined by.
pub(crate) struct Confined {
    pub(crate) report: Report,
    pub(crate) sights: Vec<Sight>,
    pub(crate) bounds: Bounds,
}

impl Stage {
    /// Starts a browser, and waits until its first tab shows a page.
    pub(crate) fn start(isolation: Isolation) -> Result<Self, StageError> {
        let document = Arc::new(Orders::default());
        let fetcher: Arc<dyn Fetcher> = Arc::clone(&document) as _;
        let board = SandboxBoard::default();
        let config = Config { isolation, fetcher, pages: Arc::new(NoSite), board, area: AREA, wake: Arc::new(|| {}) };
        let browser = Browser::start(config)?;
        let mut stage = Self { events: browser.events(), browser, document };
        let bystander = stage.browser.open_tab(page(PAGE), true);
        let shown = |tab: &Tab| tab.document.as_ref().is_some_and(|shown| shown.loaded.is_some() && shown.painted);
        stage.run("a page to be shown", PATIENCE, |stage, _| {
            let tab = stage.browser.tab(bystander);
            let death = tab.and_then(Tab::death).map(ToString::to_string);
            match (tab, death) {
                (_, Some(death)) => Some(Err(StageError::Page(death))),
                (Some(tab), None) if shown(tab) && tab.pid().is_some() => Some(Ok(())),
                _ => None,
            }
        })??;
        debug_assert_eq!(bystander, BYSTANDER);
        Ok(stage)
    }

    /// What the renderer of the page is confined by.
    pub(crate) fn confined(&self) -> Result<Confined, StageError> {
        let lacks = |what: &str| StageError::Page(format!("it has no {what}"));
        let pid = self.browser.tab(BYSTANDER).and_then(Tab::pid).ok_or_else(|| lacks("process"))?;
        let report = self.browser.sandbox().cloned().ok_or_else(|| lacks("report"))?;
        let sights = look_at(Pid::from_raw(pid)).map_err(|error| StageError::Look(pid, error))?;
        let memory = self.browser.memory();
        let bounds = Bounds { tab: memory.budget.tab, all: memory.budget.all, cgroup: memory.cgroup.clone() };
        Ok(Confined { report, sights, bounds })
    }

    /// Has an attempt made in a renderer of its own. One that does not answer is waited for `patience` times [`HANG`] longer.
    pub(crate) fn attempt(&mut self, order: &Order, mut patience: u32) -> Result<Ended, StageError> {
        self.document.set(serde_json::to_vec(order)?);
        let id = self.browser.open_tab(page(&format!("data:application/json,{}", order.attempt)), true);
        let (mut renderer, mut on, mut hung) = (None, Layers::NONE, false);
        let deadline = PATIENCE + HANG * patience;
        let ended = self.run(&format!("the end of {}", order.attempt), deadline, |stage, event| {
            renderer = renderer.or_else(|| stage.browser.tab(id).and_then(Tab::renderer));
            let ours = |other: &RendererId| Some(*other) == renderer;
            match event {
                Some(Event::Said { renderer, message: Message::Ready(report), .. }) if ours(renderer) => {
                    on = report.on()
                }
                Some(Event::Unresponsive(renderer)) if ours(renderer) => match patience.checked_sub(1) {
                    Some(left) => {
                        patience = left;
                        stage.browser.keep_waiting(id);
                    }
                    None => {
                        hung = true;
                        stage.browser.end_process(id);
                    }
                },
                Some(Event::Gone { renderer, death, remains }) if ours(renderer) => {
                    return Some((death.clone(), remains.clone()));
                }
                _ => {}
            }
            None
        });
        let (death, remains) = ended?;
        self.browser.close_tab(id);
        Ok(Ended { on, death, remains, hung })
    }

    /// Whether the page beside the attempts went on: it has its process still, and paints.
    pub(crate) fn is_unharmed(&mut self) -> bool {
        self.browser.select(BYSTANDER);
        self.browser.repaint();
        let painted = self.run("the page to be painted", PATIENCE, |stage, event| {
            let tab = stage.browser.tab(BYSTANDER).filter(|tab| tab.death().is_none());
            let Some(renderer) = tab.and_then(Tab::renderer) else { return Some(false) };
            let painted =
                matches!(event, Some(Event::Said { renderer: who, message: Message::Frame(_), .. }) if *who == renderer);
            painted.then_some(true)
        });
        painted.unwrap_or(false)
    }

    /// Ends every process.
    pub(crate) fn shutdown(self) {
        self.browser.shutdown();
    }

    /// Handles what comes until `done`, which looks at each event before it is handled, and at the state at first.
    fn run<T>(
        &mut self,
        what: &str,
        patience: Duration,
        mut done: impl FnMut(&mut Self, Option<&Event>) -> Option<T>,
    ) -> Result<T, StageError> {
        let deadline = Instant::now() + patience;
        let mut event = None;
        loop {
            let result = done(self, event.as_ref());
            event.take().into_iter().for_each(|event| self.browser.handle(event));
            self.browser.tick(Instant::now());
            if self.browser.take_changes().page {
                self.browser.frame_shown();
            }
            if let Some(result) = result {
                return Ok(result);
            }
            if let Some(result) = done(self, None) {
                return Ok(result);
            }
            if let Some(why) = self.failure() {
                return Err(StageError::Broken(why));
            }
            let due = self.browser.deadline().map_or(deadline, |due| due.min(deadline));
            event = self.events.recv_deadline(due).ok();
            if event.is_none() && Instant::now() >= deadline {
                return Err(StageError::Stuck(what.to_owned()));
            }
        }
    }

    fn failure(&self) -> Option<String> {
        match self.browser.zygote() {
            Zygote::Lost(why) => Some(why.clone()),
            Zygote::Gone { why, .. } => Some(format!("its zygote ended: {why}")),
            Zygote::Starting | Zygote::Warm { .. } => self.browser.failure().map(str::to_owned),
        }
    }
}

#[expect(clippy::unwrap_used, reason = "the addresses are written in this file and in the catalogue")]
fn page(url: &str) -> Url {
    Url::parse(url).unwrap()
}

/// The browser has no pages of its own.
#[derive(Debug)]
struct NoSite;

impl PageNames for NoSite {
    fn find(&self, _: &Url) -> Option<Named> {
        None
    }
}

impl InternalPages for NoSite {
    fn content(&self, _: &Url) -> Option<Made> {
        None
    }

    fn error_page(&self, address: &str, failure: &Failure<'_>) -> String {
        format!("{address}: {failure:?}")
    }
}

/// Every document but the page's is the order that was written last.
#[derive(Debug, Default)]
struct Orders(Mutex<Vec<u8>>);

impl Orders {
    fn set(&self, order: Vec<u8>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = order;
    }
}

impl Fetcher for Orders {
    fn fetch(&self, request: &FetchRequest) -> Result<Fetched, FetchError> {
        let url = request.permit.url();
        if request.permit.destination() != Destination::Document {
            return Err(FetchError::NotFound);
        }
        let (bytes, mime) = match url.as_str() {
            PAGE => (b"<title>A page</title><p>A page beside the attempts.".to_vec(), "text/html"),
            _ => (self.0.lock().unwrap_or_else(PoisonError::into_inner).clone(), "text/plain"),
        };
        let body = Body::from_bytes(&bytes).map_err(FetchError::Body)?;
        let meta = BodyMeta { length: body.length(), mime: mime.to_owned() };
        Ok(Fetched { body, meta, url: url.clone(), reservation: None, site: Site::Opaque })
    }
}
