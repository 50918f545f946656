//! The attack suite, as `bulkhead://attack` shows it: how far it is, and who has it run for how long. It runs elsewhere
//! ([`crate::Providers::attack`]).
//!
//! Contract:
//! - it is begun when somebody goes to its page, which is more than having that made anew, unless it is under way;
//! - it is ended when no tab shows that page any more ([`View`]);
//! - a page tells from the version whether there is more to show than when it was made.

use bulkhead_broker::browser::Notifier;
use bulkhead_broker::events::Event;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A shared handle on it.
#[derive(Clone, Debug, Default)]
pub struct Suite(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// Once it was begun.
    progress: Option<Progress>,
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
    /// Tells the main thread that there is more to show.
    notify: Option<Notifier>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite").field("progress", &self.progress).finish_non_exhaustive()
    }
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
    suite: Suite,
    number: u64,
}

impl AttackRun {
    /// The suite that it is a run of.
    #[must_use]
    pub fn suite(&self) -> Suite {
        self.suite.clone()
    }

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
        let mut inner = self.suite.lock();
        if inner.run != self.number {
            return;
        }
        // Of a run that is over nothing more is heard.
        let Some(progress) = inner.progress.as_mut().filter(|progress| !progress.is_over) else { return };
        change(progress);
        inner.version += 1;
        let notify = inner.notify.clone();
        drop(inner);
        notify.iter().for_each(|notify| notify.send(Event::PageOutdated));
    }
}

impl Drop for AttackRun {
    fn drop(&mut self) {
        // Unless it was said how it ended.
        self.ends(Err("they were given up".to_owned()));
    }
}

/// A tab shows the page, or is on the way to it.
#[derive(Debug)]
pub(crate) struct View(Suite);

impl Drop for View {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.views = inner.views.saturating_sub(1);
        let ended = if inner.views == 0 { inner.running.take() } else { None };
        drop(inner);
        drop(ended);
    }
}

impl Suite {
    /// Whom to tell that there is more to show.
    pub(crate) fn tell(&self, notify: Notifier) {
        self.lock().notify = Some(notify);
    }

    /// A tab is to show the page.
    pub(crate) fn view(&self) -> View {
        self.lock().views += 1;
        View(self.clone())
    }

    /// Somebody goes to the page.
    pub(crate) fn visit(&self) {
        let mut inner = self.lock();
        if inner.progress.as_ref().is_none_or(|progress| progress.is_over) {
            inner.wanted = true;
        }
    }

    /// Begins it by `start`, if that is wanted. What that returns ends it when it is dropped.
    pub(crate) fn begin(&self, start: impl FnOnce(AttackRun) -> Box<dyn Send>) {
        let mut inner = self.lock();
        if !std::mem::take(&mut inner.wanted) {
            return;
        }
        inner.run += 1;
        inner.version += 1;
        inner.progress = Some(Progress::default());
        let number = inner.run;
        drop(inner);
        let running = start(AttackRun { suite: self.clone(), number });
        let mut inner = self.lock();
        // The tab may have been closed meanwhile: then this is dropped, and the run with it.
        let before = if inner.views > 0 { inner.running.replace(running) } else { Some(running) };
        drop(inner);
        drop(before);
    }

    /// Whether more is to be shown than there is by now.
    pub(crate) fn is_unfinished(&self) -> bool {
        let inner = self.lock();
        inner.wanted || inner.progress.as_ref().is_some_and(|progress| !progress.is_over)
    }

    /// A number that changes when there is more to show.
    pub(crate) fn version(&self) -> u64 {
        self.lock().version
    }

    /// How far it is, once it was begun.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        self.lock().progress.clone()
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

    fn begin(suite: &Suite) -> (Option<AttackRun>, Arc<AtomicBool>) {
        let (mut begun, ended) = (None, Arc::new(AtomicBool::new(false)));
        suite.begin(|run| {
            begun = Some(run);
            Box::new(Running(Arc::clone(&ended)))
        });
        (begun, ended)
    }

    #[test]
    fn the_suite_runs_once_for_each_visit_and_ends_with_the_last_view() {
        let suite = Suite::default();
        assert!(begin(&suite).0.is_none(), "nobody went there");
        let (first, second) = (suite.view(), suite.view());
        suite.visit();
        assert!(suite.is_unfinished());
        let (run, ended) = begin(&suite);
        suite.visit();
        assert!(begin(&suite).0.is_none(), "it is under way");
        drop(first);
        assert!(!ended.load(Ordering::Relaxed));
        drop(second);
        assert!(ended.load(Ordering::Relaxed));
        run.unwrap().ends(Ok(()));
        assert!(!suite.is_unfinished());
    }

    #[test]
    fn a_suite_that_is_begun_for_a_tab_that_was_closed_ends_at_once() {
        let suite = Suite::default();
        let view = suite.view();
        suite.visit();
        drop(view);
        assert!(begin(&suite).1.load(Ordering::Relaxed));
    }

    #[test]
    fn of_a_run_before_nothing_is_heard() {
        let suite = Suite::default();
        let _view = suite.view();
        suite.visit();
        let (old, _) = begin(&suite);
        let old = old.unwrap();
        let late = AttackRun { suite: suite.clone(), number: old.number };
        old.ends(Err("it was ended".to_owned()));
        let version = suite.version();
        old.expects(7);
        assert_eq!(suite.version(), version, "it is over");
        suite.visit();
        let version = suite.version();
        let (_new, _) = begin(&suite);
        late.expects(7);
        assert_eq!(suite.progress().map(|progress| progress.total), Some(0));
        assert!(suite.version() > version);
    }
}
