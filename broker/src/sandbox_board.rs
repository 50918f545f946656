//! What the pages about the sandbox show: a board that the main thread writes on, and a fetch worker reads.
//!
//! Contract:
//! - writing is cheap, and done when a renderer has reported or an attempt has ended;
//! - a page tells from the version whether there is more to show than when it was made ([`SandboxBoard::version`]).

use crate::internal_pages::LivePage;
use crate::memory::Bounds;
use crate::siege::Tried;
use bulkhead_sandbox::Report;
use bulkhead_shared::ids::TabId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A shared handle on the board.
#[derive(Clone, Debug, Default)]
pub struct SandboxBoard(Arc<Mutex<State>>);

/// What is on it.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Whether renderers are confined at all.
    pub confines: bool,
    /// How the renderers' memory is bounded.
    pub bounds: Option<Bounds>,
    /// What renderers said of their sandboxes, the newest last.
    pub reports: Vec<Reported>,
    /// The attack suite, once it was begun.
    pub siege: Option<Progress>,
    /// Rises with each attempt.
    pub attempts: u64,
}

/// What a renderer said of its sandbox.
#[derive(Clone, Debug)]
pub struct Reported {
    /// What.
    pub report: Report,
    /// The tab that it serves.
    pub tab: Option<TabId>,
    /// Its pid, if that was known by then.
    pub pid: Option<i32>,
}

/// How far the attack suite is.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// What came of the attempts so far.
    pub tried: Vec<Tried>,
    /// How many there are in all.
    pub total: usize,
}

impl Progress {
    /// Whether there is more to come.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        self.tried.len() < self.total
    }
}

impl SandboxBoard {
    /// A browser starts.
    pub(crate) fn begin(&self, confines: bool, bounds: Bounds) {
        let mut state = self.lock();
        state.confines = confines;
        state.bounds = Some(bounds);
    }

    /// A renderer has reported.
    pub(crate) fn confined(&self, reported: Reported) {
        /// More tabs than that have had new processes since.
        const KEPT: usize = 32;
        let mut state = self.lock();
        if state.reports.len() == KEPT {
            state.reports.remove(0);
        }
        state.reports.push(reported);
    }

    /// The suite begins, with so many attempts.
    pub(crate) fn siege_begins(&self, total: usize) {
        let mut state = self.lock();
        state.siege = Some(Progress { total, ..Progress::default() });
        state.attempts += 1;
    }

    /// An attempt has ended.
    pub(crate) fn attempt_ended(&self, tried: Tried) {
        let mut state = self.lock();
        state.attempts += 1;
        if let Some(siege) = &mut state.siege {
            siege.tried.push(tried);
        }
    }

    /// What is on the board now.
    #[must_use]
    pub fn state(&self) -> State {
        self.lock().clone()
    }

    /// A number that changes when this page has more to show.
    #[must_use]
    pub fn version(&self, page: LivePage) -> u64 {
        let state = self.lock();
        match page {
            LivePage::Processes => 0,
            LivePage::Sandbox => u64::from(!state.reports.is_empty()),
            LivePage::Attack => state.attempts,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change is complete when it is made, so a panic in between leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
