//! Who has used more memory than it may, and is ended for it.

use super::Reactor;
use crate::death::Death;
use std::time::Instant;

impl Reactor {
    /// When to look next; never while there is no renderer.
    pub(super) fn look_due(&self) -> Option<Instant> {
        (!self.sessions.is_empty()).then(|| self.watch.deadline(self.is_anybody_working(self.clock.now())))
    }

    pub(super) fn look_at_memory(&mut self, now: Instant) {
        let working = self.is_anybody_working(now);
        let Some(look) = self.watch.look(working, now) else { return };
        for session in self.sessions.values_mut() {
            session.look_at_memory(look, now);
        }
        let used: Vec<_> = self.sessions.values().filter_map(|session| Some((session.id, session.memory()?))).collect();
        for (id, exhausted) in self.watch.judge(&used) {
            tracing::warn!("{id}: {exhausted}");
            self.end(id, Some(Death::OutOfMemory(exhausted)));
        }
    }

    fn is_anybody_working(&self, now: Instant) -> bool {
        self.sessions.values().any(|session| session.is_working(now))
    }
}
