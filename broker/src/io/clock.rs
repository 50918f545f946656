//! Time as this thread has lived it: what it was stopped for does not count.
//!
//! A browser that was stopped with Ctrl+Z, or that a debugger holds, finds every deadline past when it is continued, though the
//! processes that these deadlines are for were stopped as well. So whenever the thread wakes up much later than it asked to, what
//! it was late is taken off the clock. CLOCK_MONOTONIC already leaves out when the machine was suspended.

use std::time::{Duration, Instant};

/// A thread that wakes up later than this was stopped; one that waits for its turn on a loaded machine is not as late.
const LATE: Duration = Duration::from_millis(500);

/// The clock of the I/O thread.
#[derive(Debug, Default)]
pub(super) struct Clock {
    stopped: Duration,
}

impl Clock {
    pub(super) fn now(&self) -> Instant {
        self.at(Instant::now())
    }

    /// When a deadline of this clock comes, as the kernel counts.
    pub(super) fn real(&self, deadline: Instant) -> Instant {
        deadline + self.stopped
    }

    /// The thread is awake, and had asked to be woken at this deadline at the latest.
    pub(super) fn woken(&mut self, deadline: Option<Instant>) {
        self.woken_at(deadline, Instant::now());
    }

    fn woken_at(&mut self, deadline: Option<Instant>, now: Instant) {
        let late = deadline.map_or(Duration::ZERO, |deadline| now.saturating_duration_since(self.real(deadline)));
        if late > LATE {
            tracing::info!(?late, "the browser was stopped");
            self.stopped = self.stopped.saturating_add(late);
        }
    }

    fn at(&self, real: Instant) -> Instant {
        real.checked_sub(self.stopped).unwrap_or(real)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn being_stopped_brings_no_deadline_nearer() {
        let (mut clock, start) = (Clock::default(), Instant::now());
        let (soon, later) = (start + SECOND, start + 10 * SECOND);
        clock.woken_at(Some(soon), start + 60 * SECOND);
        assert_eq!(clock.at(start + 60 * SECOND), soon);
        assert_eq!(clock.real(later), start + 69 * SECOND);
    }

    #[test]
    fn waking_up_in_time_or_a_little_late_changes_nothing() {
        let (mut clock, start) = (Clock::default(), Instant::now());
        clock.woken_at(Some(start + SECOND), start);
        clock.woken_at(Some(start), start + LATE);
        clock.woken_at(None, start + 60 * SECOND);
        assert_eq!(clock.at(start), start);
    }
}
