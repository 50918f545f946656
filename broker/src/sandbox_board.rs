//! What the pages about the sandbox show: a board that the main thread and whoever runs the attack suite write on, and a fetch
//! worker reads.
//!
//! Contract:
//! - writing is cheap, and done when a renderer has reported or an attempt has ended;
//! - a page tells from the version whether there is more to show than when it was made ([`SandboxBoard::version`]);
//! - the attack suite is begun when somebody goes to its page, runs elsewhere ([`SandboxBoard::attack`]), and is ended when
//!   no tab shows that page any more ([`View`]).

use crate::browser::Notifier;
use crate::events::Event;
use crate::internal_pages::LivePage;
use crate::memory::Bounds;
use bulkhead_sandbox::Report;
use bulkhead_shared::ids::TabId;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A shared handle on the board.
#[derive(Clone, Debug, Default)]
pub struct SandboxBoard(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    state: State,
    /// Tells the main thread that there is more to show.
    notify: Option<Notifier>,
    suite: Suite,
}

/// The attack suite, as far as it is nobody's to show.
#[derive(Default)]
struct Suite {
    /// Rises with all that there is to show of it.
    version: u64,
    /// Somebody went to its page, and it was not begun yet.
    wanted: bool,
    /// Which run it is; of those before nothing is heard any more.
    run: u64,
    /// Tabs that show its page.
    views: usize,
    /// Ends the run when it is dropped.
    running: Option<Box<dyn Send>>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxBoard").field("state", &self.state).finish_non_exhaustive()
    }
}

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
    pub attack: Option<Progress>,
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
    pub attempts: Vec<Attempt>,
    /// How many there are in all, once that is known.
    pub total: usize,
    /// Whether there is no more to come.
    pub is_over: bool,
    /// Why it did not come to its end.
    pub failure: Option<String>,
}

/// What came of one attempt, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its name.
    pub name: String,
    /// What it tried.
    pub tries: String,
    /// How it went.
    pub outcome: Outcome,
    /// What stopped it, or what was seen, or why it was not made.
    pub says: String,
}

/// How an attempt went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was stopped.
    Stopped,
    /// It worked, or nothing explains why it did not.
    NotStopped,
    /// It cannot be made here.
    NotMade,
}

/// A run of the attack suite, as whoever runs it holds it.
#[derive(Debug)]
pub struct AttackRun {
    board: SandboxBoard,
    number: u64,
}

impl AttackRun {
    /// So many attempts will be made.
    pub fn expects(&self, total: usize) {
        self.note(|progress| progress.total = total);
    }

    /// One was made.
    pub fn made(&self, attempt: Attempt) {
        self.note(|progress| progress.attempts.push(attempt));
    }

    /// All were made, or no more will be, and why.
    pub fn ends(&self, result: Result<(), String>) {
        self.note(|progress| {
            progress.is_over = true;
            progress.failure = result.err();
        });
    }

    fn note(&self, change: impl FnOnce(&mut Progress)) {
        let mut inner = self.board.lock();
        if inner.suite.run != self.number {
            return;
        }
        if let Some(progress) = &mut inner.state.attack {
            change(progress);
        }
        inner.suite.version = inner.suite.version.saturating_add(1);
        let notify = inner.notify.clone();
        drop(inner);
        notify.iter().for_each(|notify| notify.send(Event::PageOutdated));
    }
}

impl Drop for AttackRun {
    fn drop(&mut self) {
        self.note(|progress| {
            if !progress.is_over {
                progress.is_over = true;
                progress.failure = Some("they were given up".to_owned());
            }
        });
    }
}

/// A tab shows a page about the browser, or is on the way to one.
#[derive(Debug)]
pub struct View {
    board: SandboxBoard,
    page: LivePage,
    /// Of what the page is made, at the latest.
    pub(crate) version: u64,
}

impl Drop for View {
    fn drop(&mut self) {
        if self.page == LivePage::Attack {
            let mut inner = self.board.lock();
            inner.suite.views = inner.suite.views.saturating_sub(1);
            let ended = if inner.suite.views == 0 { inner.suite.running.take() } else { None };
            drop(inner);
            drop(ended);
        }
    }
}

impl SandboxBoard {
    /// A browser starts.
    pub(crate) fn begin(&self, confines: bool, bounds: Bounds, notify: Notifier) {
        let mut inner = self.lock();
        inner.state.confines = confines;
        inner.state.bounds = Some(bounds);
        inner.notify = Some(notify);
    }

    /// A renderer has reported.
    pub(crate) fn confined(&self, reported: Reported) {
        /// More tabs than that have had new processes since.
        const KEPT: usize = 32;
        let reports = &mut self.lock().state.reports;
        if reports.len() == KEPT {
            reports.remove(0);
        }
        reports.push(reported);
    }

    /// A tab is to show this page.
    pub(crate) fn view(&self, page: LivePage) -> View {
        let version = self.version(page);
        if page == LivePage::Attack {
            let mut inner = self.lock();
            inner.suite.views = inner.suite.views.saturating_add(1);
        }
        View { board: self.clone(), page, version }
    }

    /// Somebody goes to this page, which is more than having it made anew: the attack suite is begun, unless it is under way.
    pub(crate) fn visit(&self, page: LivePage) {
        let mut inner = self.lock();
        if page == LivePage::Attack && inner.state.attack.as_ref().is_none_or(|progress| progress.is_over) {
            inner.suite.wanted = true;
        }
    }

    /// Begins the attack suite by `start`, if that is wanted. What this returns ends the suite when it is dropped.
    pub fn attack(&self, start: impl FnOnce(AttackRun, bool) -> Box<dyn Send>) {
        let mut inner = self.lock();
        if !std::mem::take(&mut inner.suite.wanted) {
            return;
        }
        inner.suite.run = inner.suite.run.saturating_add(1);
        inner.suite.version = inner.suite.version.saturating_add(1);
        inner.state.attack = Some(Progress::default());
        let (number, confines) = (inner.suite.run, inner.state.confines);
        drop(inner);
        let running = start(AttackRun { board: self.clone(), number }, confines);
        let mut inner = self.lock();
        // The tab may have been closed meanwhile: then this is dropped, and the suite with it.
        let before = if inner.suite.views > 0 { inner.suite.running.replace(running) } else { Some(running) };
        drop(inner);
        drop(before);
    }

    /// Whether more is to be shown on this page than there is by now.
    pub(crate) fn is_unfinished(&self, page: LivePage) -> bool {
        let inner = self.lock();
        let under_way = inner.state.attack.as_ref().is_some_and(|progress| !progress.is_over);
        page == LivePage::Attack && (inner.suite.wanted || under_way)
    }

    /// What is on the board now.
    #[must_use]
    pub fn state(&self) -> State {
        self.lock().state.clone()
    }

    /// A number that changes when this page has more to show.
    #[must_use]
    pub fn version(&self, page: LivePage) -> u64 {
        let inner = self.lock();
        match page {
            LivePage::Processes => 0,
            LivePage::Sandbox => u64::from(!inner.state.reports.is_empty()),
            LivePage::Attack => inner.suite.version,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Each change is complete when it is made, so a panic in between leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Says when it is dropped.
    struct Running(Arc<AtomicBool>);

    impl Drop for Running {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    fn begin(board: &SandboxBoard) -> (Option<AttackRun>, Arc<AtomicBool>) {
        let (mut begun, ended) = (None, Arc::new(AtomicBool::new(false)));
        board.attack(|run, _| {
            begun = Some(run);
            Box::new(Running(Arc::clone(&ended)))
        });
        (begun, ended)
    }

    #[test]
    fn the_suite_runs_once_for_each_visit_and_ends_with_the_last_view() {
        let board = SandboxBoard::default();
        assert!(begin(&board).0.is_none(), "nobody went there");
        let (first, second) = (board.view(LivePage::Attack), board.view(LivePage::Attack));
        board.visit(LivePage::Attack);
        assert!(board.is_unfinished(LivePage::Attack));
        let (run, ended) = begin(&board);
        board.visit(LivePage::Attack);
        assert!(begin(&board).0.is_none(), "it is under way");
        drop(first);
        assert!(!ended.load(Ordering::Relaxed));
        drop(second);
        assert!(ended.load(Ordering::Relaxed));
        run.unwrap().ends(Ok(()));
        assert!(!board.is_unfinished(LivePage::Attack));
    }

    #[test]
    fn a_suite_that_is_begun_for_a_tab_that_was_closed_ends_at_once() {
        let board = SandboxBoard::default();
        let view = board.view(LivePage::Attack);
        board.visit(LivePage::Attack);
        drop(view);
        assert!(begin(&board).1.load(Ordering::Relaxed));
    }

    #[test]
    fn of_a_run_before_nothing_is_heard() {
        let board = SandboxBoard::default();
        let _view = board.view(LivePage::Attack);
        board.visit(LivePage::Attack);
        let (old, _) = begin(&board);
        let old = old.unwrap();
        let late = AttackRun { board: board.clone(), number: old.number };
        old.ends(Err("it was ended".to_owned()));
        board.visit(LivePage::Attack);
        let version = board.version(LivePage::Attack);
        let (_new, _) = begin(&board);
        late.expects(7);
        assert_eq!(board.state().attack.map(|progress| progress.total), Some(0));
        assert!(board.version(LivePage::Attack) > version);
    }
}
