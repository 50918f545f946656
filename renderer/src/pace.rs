//! How fast a renderer speaks: below what the broker takes for a flood, whatever its page and its user do.
//!
//! Contract: what may be said in a second may also be said at once; the rest waits, or, of navigations, is left out. That this stays
//! below the broker's caps is asserted in `shared/src/limits.rs`.

use bulkhead_shared::limits::{MESSAGE_BYTES_PER_SECOND, MESSAGES_PER_SECOND, NAVIGATIONS_PER_SECOND};
use std::time::{Duration, Instant};

/// What may be said now.
#[derive(Debug)]
pub(crate) struct Pace {
    messages: Bucket,
    bytes: Bucket,
}

/// A token bucket: it fills at a rate, up to what comes in a second.
#[derive(Debug)]
pub(crate) struct Bucket {
    per_second: f64,
    /// Below 0 after something large was taken.
    level: f64,
    filled: Instant,
}

impl Pace {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            messages: Bucket::new(f64::from(MESSAGES_PER_SECOND), now),
            bytes: Bucket::new(MESSAGE_BYTES_PER_SECOND as f64, now),
        }
    }

    /// How long to wait before the next message.
    pub(crate) fn delay(&mut self, now: Instant) -> Duration {
        self.messages.delay(now).max(self.bytes.delay(now))
    }

    /// A message of so many bytes was sent.
    pub(crate) fn sent(&mut self, bytes: usize) {
        self.messages.level -= 1.0;
        self.bytes.level -= bytes as f64;
    }
}

impl Bucket {
    /// For navigations.
    pub(crate) fn of_navigations(now: Instant) -> Self {
        Self::new(f64::from(NAVIGATIONS_PER_SECOND), now)
    }

    fn new(per_second: f64, now: Instant) -> Self {
        Self { per_second, level: per_second, filled: now }
    }

    /// Takes one, if it is there.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let there = self.delay(now).is_zero();
        if there {
            self.level -= 1.0;
        }
        there
    }

    /// How long until there is one.
    fn delay(&mut self, now: Instant) -> Duration {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = now;
        self.level = (self.level + passed * self.per_second).min(self.per_second);
        // Less than a millionth of one is a rounding error.
        if self.level > 1.0 - 1e-6 {
            Duration::ZERO
        } else {
            Duration::from_secs_f64((1.0 - self.level) / self.per_second)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulkhead_shared::limits::{MESSAGE_BYTES_PER_WINDOW, MESSAGES_PER_WINDOW, PACKET_BYTES, RATE_WINDOW};

    /// What is sent within the broker's window by somebody who always has something to say.
    fn most(bytes: usize) -> (usize, usize) {
        let start = Instant::now();
        let (mut pace, mut now, mut count) = (Pace::new(start), start, 0);
        loop {
            now += pace.delay(now);
            if now >= start + RATE_WINDOW {
                return (count, count * bytes);
            }
            pace.sent(bytes);
            count += 1;
        }
    }

    #[test]
    fn whoever_keeps_to_it_does_not_flood() {
        for bytes in [1, 1000, PACKET_BYTES] {
            let (count, sum) = most(bytes);
            assert!(count < MESSAGES_PER_WINDOW as usize && sum < MESSAGE_BYTES_PER_WINDOW, "{count} of {bytes} bytes");
        }
        assert!(most(1).0 >= 3 * MESSAGES_PER_SECOND as usize, "and is not slower than need be");
    }

    #[test]
    fn what_is_not_taken_does_not_pile_up() {
        let start = Instant::now();
        let mut bucket = Bucket::of_navigations(start);
        let later = start + Duration::from_secs(3600);
        let taken = (0..1000).filter(|_| bucket.take(later)).count();
        assert_eq!(taken, NAVIGATIONS_PER_SECOND as usize);
        assert!(bucket.take(later + Duration::from_secs(1)));
    }
}
