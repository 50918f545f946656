//! What the trusted processes say when they fail by a bug of their own. Renderers report theirs to the broker.

use bulkhead_shared::place::Place;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::Write;
use std::panic;

/// Has a panic told in one line, without directories of the machine that built the program; with `RUST_BACKTRACE=1`, also how it
/// came to that.
pub(crate) fn report_in_plain_words() {
    panic::set_hook(Box::new(|info| {
        let thread = std::thread::current();
        let message = info.payload_as_str().unwrap_or("a panic without a message");
        let place = info.location().map(|at| format!(" at {}", Place::from(at))).unwrap_or_default();
        let mut line = format!(
            "bulkhead: a bug ended the thread {:?}{place}: {message}\n",
            thread.name().unwrap_or("without a name")
        );
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            line.push_str(&format!("{backtrace}\n"));
        }
        // Nobody is left to be told that nobody reads it.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }));
}
