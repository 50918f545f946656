//! The browser's own pages: HTML that the broker makes, and what it is made with.
//!
//! Contract:
//! - a page is found by name in one static table, [`SITE`]; no name reaches the disk;
//! - every value is escaped by the template library, unless it says otherwise (`PreEscaped`: our own files and drawings);
//! - a page that has to be there at once (start, errors) carries its style sheet inside and needs no second fetch.

mod attack;
mod debug;
mod demo;
mod errors;
mod frame;
mod lab;
mod processes;
mod providers;
mod sandbox;
mod site;
mod start;
mod suite;
mod words;

pub use attack::attack;
pub use debug::{DEBUG_PAGES, DebugPage, debug_fault};
pub use errors::error_page;
pub(crate) use lab::lab;
pub use processes::{ProcessKind, ProcessRow, processes};
pub use providers::{LabRun, NoProviders, Providers};
pub use sandbox::sandbox;
pub use site::{Content, Entry, SITE, find};
pub use suite::{AttackRun, Attempt, Outcome, Progress, Suite};
pub use words::Words;

use bulkhead_broker::browser::Notifier;
use bulkhead_broker::internal_pages::{Failure, InternalPages, LivePage, Made, Named, PageNames};
use bulkhead_broker::sandbox_board::SandboxBoard;
use std::any::Any;
use std::fmt;
use std::sync::Arc;
use url::Url;

/// The names alone, for whoever reads an address before there is a browser.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names;

impl PageNames for Names {
    fn find(&self, url: &Url) -> Option<Named> {
        if let Some(action) = debug_fault(url) {
            return Some(Named::Command(action));
        }
        let entry = find(url)?;
        Some(match entry.content {
            Content::Live(page) => Named::LivePage(page),
            _ if entry.mime == "text/html" => Named::Page,
            Content::Static(_) | Content::Made(_) | Content::Lab => Named::Material,
        })
    }
}

/// The site, with what its pages show.
pub struct Pages {
    processes: Box<dyn Fn() -> Vec<ProcessRow> + Send + Sync>,
    board: SandboxBoard,
    suite: Suite,
    providers: Arc<dyn Providers>,
}

impl Pages {
    /// `processes` is called on a worker thread, once for each showing of `bulkhead://processes`; `board` is what the pages
    /// about the sandbox show; `providers` knows the rest.
    pub fn new(
        processes: impl Fn() -> Vec<ProcessRow> + Send + Sync + 'static,
        board: SandboxBoard,
        providers: Arc<dyn Providers>,
    ) -> Self {
        Self { processes: Box::new(processes), board, suite: Suite::default(), providers }
    }
}

impl PageNames for Pages {
    fn find(&self, url: &Url) -> Option<Named> {
        Names.find(url)
    }
}

impl InternalPages for Pages {
    fn content(&self, url: &Url) -> Option<Made> {
        let entry = find(url)?;
        let text = match entry.content {
            Content::Static(text) => text.into(),
            Content::Made(make) => make(url).into(),
            Content::Live(LivePage::Processes) => processes(&(self.processes)()).into(),
            Content::Live(LivePage::Sandbox) => sandbox(&self.board.state(), &(self.processes)()).into(),
            Content::Live(LivePage::Attack) => {
                self.suite.begin(|run| self.providers.attack(run, self.board.state().confines));
                attack(self.suite.progress().as_ref()).into()
            }
            Content::Lab => lab(&self.providers.lab()).into(),
        };
        Some(Made { text, mime: entry.mime })
    }

    fn error_page(&self, address: &str, failure: &Failure<'_>) -> String {
        error_page(address, failure)
    }

    fn tell(&self, notify: Notifier) {
        self.suite.tell(notify);
    }

    fn visit(&self, page: LivePage) {
        if page == LivePage::Attack {
            self.suite.visit();
        }
    }

    fn view(&self, page: LivePage) -> Box<dyn Any + Send> {
        match page {
            LivePage::Attack => Box::new(self.suite.view()),
            LivePage::Processes | LivePage::Sandbox => Box::new(()),
        }
    }

    fn version(&self, page: LivePage) -> u64 {
        match page {
            LivePage::Processes => 0,
            LivePage::Sandbox => u64::from(!self.board.state().reports.is_empty()),
            LivePage::Attack => self.suite.version(),
        }
    }

    fn is_unfinished(&self, page: LivePage) -> bool {
        page == LivePage::Attack && self.suite.is_unfinished()
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}
