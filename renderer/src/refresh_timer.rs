//! When a document that wants to be followed by another is: after its delay, and no sooner where documents follow each other
//! without end.

use std::time::{Duration, Instant};

/// Documents that may follow each other at once: a chain of forwarding pages is some long at most.
const AT_ONCE: u32 = 8;

/// Between the documents of a longer chain, which may well be a circle.
const PAUSE: Duration = Duration::from_secs(1);

/// The timer of the document at hand, and the chain that it is in.
#[derive(Debug, Default)]
pub(crate) struct RefreshTimer {
    due: Option<Instant>,
    /// Documents that followed each other since the user did something.
    followed: u32,
}

impl RefreshTimer {
    /// Begins to wait. A delay beyond what a clock can count has no end.
    pub(crate) fn start(&mut self, delay: Duration) {
        let pause = if self.followed < AT_ONCE { Duration::ZERO } else { PAUSE };
        self.due = Instant::now().checked_add(delay.max(pause));
    }

    /// Waits no more.
    pub(crate) fn stop(&mut self) {
        self.due = None;
    }

    /// When the wait is over.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether the wait is over; says so once.
    pub(crate) fn elapsed(&mut self) -> bool {
        let elapsed = self.due.is_some_and(|due| due <= Instant::now());
        if elapsed {
            self.due = None;
            self.followed = self.followed.saturating_add(1);
        }
        elapsed
    }

    /// The user has done something: the chain begins anew.
    pub(crate) fn user_is_here(&mut self) {
        self.followed = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_followed_at_once_and_a_circle_with_pauses() {
        let mut timer = RefreshTimer::default();
        for _ in 0..AT_ONCE {
            timer.start(Duration::ZERO);
            assert!(timer.elapsed() && !timer.elapsed());
        }
        timer.start(Duration::ZERO);
        assert!(!timer.elapsed() && timer.due().is_some());
        timer.user_is_here();
        timer.start(Duration::ZERO);
        assert!(timer.elapsed());
    }

    #[test]
    fn a_wait_can_be_without_end_or_given_up() {
        let mut timer = RefreshTimer::default();
        timer.start(Duration::from_secs(u64::MAX));
        assert_eq!(timer.due(), None);
        timer.start(Duration::ZERO);
        timer.stop();
        assert!(!timer.elapsed());
    }
}
