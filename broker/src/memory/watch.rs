//! When to look at what tabs use, and what to make of it.
//!
//! Contract:
//! - who works is looked at every [`MEMORY_PAUSE`]; everybody, every [`MEMORY_REST`], so that an idle browser is woken once in
//!   a while, for all tabs together;
//! - whoever is over a tab's budget is named; where all together are over theirs, so is whoever uses the most of those left.

use super::{Budget, Exhausted};
use bulkhead_shared::ids::RendererId;
use bulkhead_shared::limits::{MEMORY_PAUSE, MEMORY_REST};
use std::time::Instant;

/// When was looked last.
#[derive(Debug)]
pub(crate) struct Watch {
    budget: Budget,
    some: Instant,
    all: Instant,
}

/// At whom to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// At those that work.
    Working,
    /// At everybody.
    All,
}

impl Watch {
    pub(crate) fn new(budget: Budget, now: Instant) -> Self {
        Self { budget, some: now, all: now }
    }

    /// When to look next; `working` says whether anybody works.
    pub(crate) fn deadline(&self, working: bool) -> Instant {
        let rest = self.all + MEMORY_REST;
        if working { rest.min(self.some + MEMORY_PAUSE) } else { rest }
    }

    /// Whether it is time to look, and at whom.
    pub(crate) fn look(&mut self, working: bool, now: Instant) -> Option<Look> {
        if now >= self.all + MEMORY_REST {
            (self.some, self.all) = (now, now);
            Some(Look::All)
        } else if working && now >= self.some + MEMORY_PAUSE {
            self.some = now;
            Some(Look::Working)
        } else {
            None
        }
    }

    /// Who has to go, of all renderers and what they use.
    pub(crate) fn judge(&self, used: &[(RendererId, u64)]) -> Vec<(RendererId, Exhausted)> {
        let Budget { tab, all } = self.budget;
        let (over, within): (Vec<_>, Vec<_>) = used.iter().copied().partition(|(_, bytes)| *bytes > tab);
        let mut gone: Vec<_> = over.into_iter().map(|(id, used)| (id, Exhausted::Tab { used, allowed: tab })).collect();
        let together = within.iter().fold(0, |sum: u64, (_, bytes)| sum.saturating_add(*bytes));
        if together > all
            && let Some((id, _)) = within.into_iter().max_by_key(|(_, bytes)| *bytes)
        {
            gone.push((id, Exhausted::All { used: together, allowed: all }));
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const BUDGET: Budget = Budget { tab: 100, all: 250 };

    #[test]
    fn who_works_is_looked_at_often_and_the_others_seldom() {
        let start = Instant::now();
        let mut watch = Watch::new(BUDGET, start);
        assert_eq!(watch.look(true, start), None);
        assert_eq!(watch.deadline(true), start + MEMORY_PAUSE);
        assert_eq!(watch.look(true, start + MEMORY_PAUSE), Some(Look::Working));
        assert_eq!(watch.deadline(true), start + 2 * MEMORY_PAUSE);
        assert_eq!(watch.deadline(false), start + MEMORY_REST);
        assert_eq!(watch.look(false, start + MEMORY_REST - Duration::from_millis(1)), None);
        assert_eq!(watch.look(false, start + MEMORY_REST), Some(Look::All));
        assert_eq!(watch.deadline(false), start + 2 * MEMORY_REST);
    }

    #[test]
    fn whoever_is_over_is_named_with_the_figures() {
        let watch = Watch::new(BUDGET, Instant::now());
        assert_eq!(watch.judge(&[(RendererId(1), 100), (RendererId(2), 10)]), []);
        let gone = watch.judge(&[(RendererId(1), 101), (RendererId(2), 10)]);
        assert_eq!(gone, [(RendererId(1), Exhausted::Tab { used: 101, allowed: 100 })]);
    }

    #[test]
    fn where_all_together_are_over_the_largest_goes() {
        let watch = Watch::new(BUDGET, Instant::now());
        let used = [(RendererId(1), 80), (RendererId(2), 90), (RendererId(3), 85)];
        assert_eq!(watch.judge(&used), [(RendererId(2), Exhausted::All { used: 255, allowed: 250 })]);
        // Without the one that is over its own budget, the rest are within theirs.
        let used = [(RendererId(1), 80), (RendererId(2), 200), (RendererId(3), 85)];
        assert_eq!(watch.judge(&used), [(RendererId(2), Exhausted::Tab { used: 200, allowed: 100 })]);
    }
}
