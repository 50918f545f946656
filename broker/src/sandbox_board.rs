//! What the page about the sandbox shows: a board that the main thread writes on, and a fetch worker reads.

use crate::memory::Bounds;
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

    /// What is on the board now.
    #[must_use]
    pub fn state(&self) -> State {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change is complete when it is made, so a panic in between leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
