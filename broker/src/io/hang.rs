//! When a renderer counts as unresponsive: an input event or a ping is unanswered for [`HANG`]. An idle one is never pinged.

use bulkhead_shared::limits::HANG;
use std::time::Instant;

/// What one renderer owes an answer to.
#[derive(Debug, Default)]
pub(super) struct HangMonitor {
    /// Since when input is unanswered.
    input: Option<Instant>,
    /// The ping that is unanswered, and since when.
    ping: Option<(u32, Instant)>,
    pings: u32,
    reported: bool,
}

/// What [`HangMonitor::check`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has just become unresponsive.
    Hangs,
    /// It has just come back.
    Recovered,
    /// As before.
    Unchanged,
}

impl HangMonitor {
    /// Input was sent, or some was answered; `pending` says whether any is unanswered now.
    pub(super) fn input(&mut self, pending: bool, progress: bool, now: Instant) {
        if !pending {
            self.input = None;
        } else if progress || self.input.is_none() {
            self.input = Some(now);
        }
    }

    /// A number for a new ping, or `None` while one is under way.
    pub(super) fn ping(&mut self, now: Instant) -> Option<u32> {
        if self.ping.is_some() {
            return None;
        }
        self.pings = self.pings.wrapping_add(1);
        self.ping = Some((self.pings, now));
        Some(self.pings)
    }

    /// A pong came. Whether it answers the ping that is under way.
    pub(super) fn pong(&mut self, number: u32) -> bool {
        let expected = self.ping.is_some_and(|(ping, _)| ping == number);
        if expected {
            self.ping = None;
        }
        expected
    }

    /// The user waits on: everything counts from now.
    pub(super) fn restart(&mut self, now: Instant) {
        self.input = self.input.map(|_| now);
        self.ping = self.ping.map(|(number, _)| (number, now));
        self.reported = false;
    }

    /// When to check next.
    pub(super) fn deadline(&self) -> Option<Instant> {
        if self.reported {
            return None;
        }
        self.oldest().map(|since| since + HANG)
    }

    /// Whether that has changed by now.
    pub(super) fn check(&mut self, now: Instant) -> Verdict {
        let hangs = self.oldest().is_some_and(|since| now.saturating_duration_since(since) >= HANG);
        let quiet = self.oldest().is_none();
        if hangs && !self.reported {
            self.reported = true;
            Verdict::Hangs
        } else if self.reported && (quiet || !hangs) {
            self.reported = false;
            Verdict::Recovered
        } else {
            Verdict::Unchanged
        }
    }

    fn oldest(&self) -> Option<Instant> {
        [self.input, self.ping.map(|(_, since)| since)].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn unanswered_input_is_a_hang_once_and_an_answer_ends_it() {
        let start = Instant::now();
        let mut monitor = HangMonitor::default();
        monitor.input(true, false, start);
        assert_eq!(monitor.check(start + HANG / 2), Verdict::Unchanged);
        assert_eq!(monitor.check(start + HANG), Verdict::Hangs);
        assert_eq!(monitor.check(start + 2 * HANG), Verdict::Unchanged);
        monitor.input(false, true, start + 2 * HANG);
        assert_eq!(monitor.check(start + 2 * HANG), Verdict::Recovered);
    }

    #[test]
    fn more_input_does_not_put_off_the_deadline_but_progress_does() {
        let start = Instant::now();
        let mut monitor = HangMonitor::default();
        monitor.input(true, false, start);
        monitor.input(true, false, start + HANG / 2);
        assert_eq!(monitor.deadline(), Some(start + HANG));
        monitor.input(true, true, start + HANG / 2);
        assert_eq!(monitor.deadline(), Some(start + HANG / 2 + HANG));
    }

    #[test]
    fn only_the_right_pong_answers() {
        let start = Instant::now();
        let mut monitor = HangMonitor::default();
        let ping = monitor.ping(start).unwrap();
        assert_eq!(monitor.ping(start), None);
        assert!(!monitor.pong(ping + 1));
        assert!(monitor.pong(ping));
        assert!(!monitor.pong(ping));
        assert_eq!(monitor.deadline(), None);
    }

    #[test]
    fn waiting_on_measures_anew() {
        let start = Instant::now();
        let mut monitor = HangMonitor::default();
        monitor.input(true, false, start);
        assert_eq!(monitor.check(start + HANG), Verdict::Hangs);
        monitor.restart(start + HANG);
        assert_eq!(monitor.check(start + HANG + Duration::from_millis(1)), Verdict::Unchanged);
        assert_eq!(monitor.check(start + 2 * HANG), Verdict::Hangs);
    }
}
