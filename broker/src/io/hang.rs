//! When a renderer counts as unresponsive: an input event or a ping is unanswered for [`HANG`].
//!
//! Input is the usual witness. While a document loads, or a debug page does its work, pings stand in for it, one every
//! [`PING_PAUSE`]: a single one might be answered before the work that it is to witness begins, since it takes another
//! link. An idle renderer is never pinged.

use bulkhead_shared::limits::{HANG, PING_PAUSE};
use std::time::Instant;

/// What one renderer owes an answer to.
#[derive(Debug, Default)]
pub(super) struct HangMonitor {
    /// Since when input is unanswered.
    input: Option<Instant>,
    /// The ping that is unanswered, and since when.
    ping: Option<(u32, Instant)>,
    pings: u32,
    /// When to ping next; `None` while idle.
    next_ping: Option<Instant>,
    /// When to stop pinging; `None` for when the document is loaded.
    watch_ends: Option<Instant>,
    reported: bool,
}

/// What [`HangMonitor::check`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has just become unresponsive.
    Hangs,
    /// It has just come back.
    Recovered,
    /// A ping with this number is due.
    Ping(u32),
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

    /// Work begins: pings are due until `end`, or where that is `None` until [`Self::idle`].
    pub(super) fn watch(&mut self, end: Option<Instant>, now: Instant) {
        self.next_ping = Some(now);
        self.watch_ends = end;
    }

    /// The work is done.
    pub(super) fn idle(&mut self) {
        self.next_ping = None;
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
        self.excuse(now);
        self.reported = false;
    }

    /// It was not listened to until now: its answers may lie unread.
    pub(super) fn excuse(&mut self, now: Instant) {
        self.input = self.input.map(|_| now);
        self.ping = self.ping.map(|(number, _)| (number, now));
    }

    /// Whether it owes an answer, or works at what it was given.
    pub(super) fn is_busy(&self) -> bool {
        self.next_ping.is_some() || self.oldest().is_some()
    }

    /// When to check next.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let hang = self.oldest().filter(|_| !self.reported).map(|since| since + HANG);
        let ping = self.next_ping.filter(|_| self.ping.is_none());
        [hang, ping].into_iter().flatten().min()
    }

    /// Whether something has changed by now.
    pub(super) fn check(&mut self, now: Instant) -> Verdict {
        let hangs = self.oldest().is_some_and(|since| now.saturating_duration_since(since) >= HANG);
        if hangs != self.reported {
            self.reported = hangs;
            return if hangs { Verdict::Hangs } else { Verdict::Recovered };
        }
        if self.watch_ends.is_some_and(|end| now >= end) {
            self.idle();
        }
        match self.next_ping {
            Some(due) if now >= due && self.ping.is_none() => {
                self.pings = self.pings.wrapping_add(1);
                self.ping = Some((self.pings, now));
                self.next_ping = Some(now + PING_PAUSE);
                Verdict::Ping(self.pings)
            }
            _ => Verdict::Unchanged,
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

    fn ping(monitor: &mut HangMonitor, now: Instant) -> u32 {
        let Verdict::Ping(number) = monitor.check(now) else { panic!("a ping is due") };
        number
    }

    #[test]
    fn only_the_right_pong_answers() {
        let start = Instant::now();
        let mut monitor = HangMonitor::default();
        monitor.watch(None, start);
        let number = ping(&mut monitor, start);
        assert!(!monitor.pong(number + 1));
        assert!(monitor.pong(number));
        assert!(!monitor.pong(number));
    }

    #[test]
    fn pings_follow_one_another_while_there_is_work_and_end_with_it() {
        let start = Instant::now();
        let mut monitor = HangMonitor::default();
        assert_eq!(monitor.deadline(), None, "an idle renderer is never pinged");
        assert!(!monitor.is_busy());
        monitor.watch(None, start);
        assert!(monitor.is_busy());
        let number = ping(&mut monitor, start);
        assert_eq!(monitor.check(start + PING_PAUSE), Verdict::Unchanged, "not before the answer to the last");
        monitor.pong(number);
        assert_eq!(monitor.deadline(), Some(start + PING_PAUSE));
        let number = ping(&mut monitor, start + PING_PAUSE);
        monitor.pong(number);
        monitor.idle();
        assert_eq!(monitor.deadline(), None);
        assert!(!monitor.is_busy());
        monitor.input(true, false, start);
        assert!(monitor.is_busy(), "it owes an answer");
    }

    #[test]
    fn a_watch_ends_by_itself() {
        let start = Instant::now();
        let mut monitor = HangMonitor::default();
        monitor.watch(Some(start + PING_PAUSE), start);
        let number = ping(&mut monitor, start);
        monitor.pong(number);
        assert_eq!(monitor.check(start + PING_PAUSE), Verdict::Unchanged);
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
