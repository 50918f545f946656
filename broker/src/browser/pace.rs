//! How often the interface is drawn for what pages say: not as often as they say it.
//!
//! Contract:
//! - what the user does is shown at once, and so is a change of the page on display, at most once a frame;
//! - titles, and whatever a tab behind does, share one slow pace over all tabs;
//! - the first change after a pause is shown at once, and the last one always;
//! - what looks as before is no change; those who note it see to that.

use std::time::{Duration, Instant};

/// Between two drawings for the page on display: 60 a second.
const FRAME: Duration = Duration::from_millis(16);

/// Between two drawings for titles, and for tabs behind: a person reads no faster.
const SLOW: Duration = Duration::from_millis(250);

/// One pace.
#[derive(Debug)]
struct Throttle {
    pause: Duration,
    /// When the last drawing was asked for.
    last: Option<Instant>,
    /// When the next is due.
    due: Option<Instant>,
}

/// Whose change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Of the page on display.
    Front,
    /// A title, or of a tab behind.
    Behind,
}

/// Both paces.
#[derive(Debug)]
pub(super) struct Pace {
    front: Throttle,
    behind: Throttle,
}

impl Default for Pace {
    fn default() -> Self {
        Self { front: Throttle::new(FRAME), behind: Throttle::new(SLOW) }
    }
}

impl Pace {
    /// Something has changed. Whether it is to be drawn now; else it is, later.
    pub(super) fn note(&mut self, change: Change, now: Instant) -> bool {
        match change {
            Change::Front => self.front.note(now),
            Change::Behind => self.behind.note(now),
        }
    }

    /// When something is to be drawn though nothing happens.
    pub(super) fn deadline(&self) -> Option<Instant> {
        [self.front.due, self.behind.due].into_iter().flatten().min()
    }

    /// Whether something is to be drawn by now.
    pub(super) fn tick(&mut self, now: Instant) -> bool {
        self.front.tick(now) | self.behind.tick(now)
    }
}

impl Throttle {
    fn new(pause: Duration) -> Self {
        Self { pause, last: None, due: None }
    }

    fn note(&mut self, now: Instant) -> bool {
        let next = self.last.map_or(now, |last| last + self.pause);
        self.due = Some(next);
        self.tick(now)
    }

    fn tick(&mut self, now: Instant) -> bool {
        let due = self.due.is_some_and(|due| now >= due);
        if due {
            self.due = None;
            self.last = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_change_is_drawn_at_once_and_the_last_after_the_pause() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        assert!(pace.note(Change::Behind, start));
        for n in 1..200 {
            assert!(!pace.note(Change::Behind, start + Duration::from_millis(n)));
        }
        assert_eq!(pace.deadline(), Some(start + SLOW));
        assert!(!pace.tick(start + SLOW / 2));
        assert!(pace.tick(start + SLOW));
        assert_eq!(pace.deadline(), None);
        assert!(pace.note(Change::Behind, start + 2 * SLOW));
    }

    #[test]
    fn what_is_behind_does_not_slow_down_what_is_in_front() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        assert!(pace.note(Change::Behind, start));
        assert!(pace.note(Change::Front, start));
        assert!(!pace.note(Change::Behind, start + FRAME));
        assert!(pace.note(Change::Front, start + FRAME));
    }
}
