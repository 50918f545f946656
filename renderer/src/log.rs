//! What a renderer logs. It has no standard error, so lines go to the broker, a few at a time, and are written there.
//!
//! Contract:
//! - lines are kept here until the event loop sends them (`take`): logging itself waits for nothing;
//! - no more than [`LOG_LINES`] are sent in one [`RATE_WINDOW`], each of at most [`LOG_BYTES`]; how many were left out is said with
//!   the next;
//! - the zygote has a standard error, and keeps it for its own.

use bulkhead_shared::limits::{LOG_BYTES, LOG_LINES, RATE_WINDOW};
use bulkhead_shared::uplink::LogLevel;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use tracing::Level;

static LINES: Mutex<Option<Lines>> = Mutex::new(None);

#[derive(Debug)]
struct Lines {
    waiting: VecDeque<(LogLevel, String)>,
    left_out: u32,
    window: Instant,
    sent: u32,
}

/// From here on this process is a renderer, and its lines are kept.
pub(crate) fn begin() {
    let lines = Lines { waiting: VecDeque::new(), left_out: 0, window: Instant::now(), sent: 0 };
    *LINES.lock().unwrap_or_else(PoisonError::into_inner) = Some(lines);
}

/// Takes a line that was logged. Not in the zygote: it returns `false` there.
pub fn keep(level: Level, line: &[u8]) -> bool {
    let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(lines) = &mut *lines else { return false };
    lines.keep(level, line);
    true
}

/// What is to be sent now.
pub(crate) fn take() -> Vec<(LogLevel, String)> {
    let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.as_mut().map(|lines| lines.take(Instant::now())).unwrap_or_default()
}

impl Lines {
    fn keep(&mut self, level: Level, line: &[u8]) {
        if self.waiting.len() >= LOG_LINES as usize {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end();
        self.waiting.push_back((name(level), text[..text.floor_char_boundary(LOG_BYTES)].to_owned()));
    }

    fn take(&mut self, now: Instant) -> Vec<(LogLevel, String)> {
        if now.saturating_duration_since(self.window) >= RATE_WINDOW {
            (self.window, self.sent) = (now, 0);
        }
        let mut lines = Vec::new();
        while self.sent < LOG_LINES {
            let left_out = std::mem::take(&mut self.left_out);
            let line = match left_out {
                0 => self.waiting.pop_front(),
                _ => Some((LogLevel::Warn, format!("{left_out} lines were left out here"))),
            };
            let Some(line) = line else { break };
            lines.push(line);
            self.sent += 1;
        }
        lines
    }
}

fn name(level: Level) -> LogLevel {
    match level {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warn,
        Level::INFO => LogLevel::Info,
        Level::DEBUG => LogLevel::Debug,
        Level::TRACE => LogLevel::Trace,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_and_counted_and_what_is_left_out_is_said() {
        let start = Instant::now();
        let mut lines = Lines { waiting: VecDeque::new(), left_out: 0, window: start, sent: 0 };
        let long = "é".repeat(LOG_BYTES);
        (0..LOG_LINES + 7).for_each(|_| lines.keep(Level::WARN, long.as_bytes()));
        let sent = lines.take(start);
        assert_eq!(sent.len(), LOG_LINES as usize);
        assert_eq!(sent[0], (LogLevel::Warn, "7 lines were left out here".to_owned()));
        assert!(sent.iter().all(|(_, text)| text.len() <= LOG_BYTES));
        lines.keep(Level::INFO, b"more\n");
        assert!(lines.take(start).is_empty());
        assert_eq!(lines.take(start + RATE_WINDOW).last(), Some(&(LogLevel::Info, "more".to_owned())));
    }
}
