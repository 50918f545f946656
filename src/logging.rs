//! Where the lines of `tracing` go: to standard error, and a renderer's by way of the broker.
//!
//! Errors are written; more with `RUST_LOG` (see `tracing_subscriber::EnvFilter`). Nobody waits for standard error: a terminal that
//! was stopped with Ctrl+S, or a pipe that is full, loses lines and stops no browser.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::{self, IsTerminal, Stderr, Write};
use std::os::fd::AsFd;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// What a pipe takes without waiting when it says that it has room (`PIPE_BUF`, pipe(7)).
const AT_ONCE: usize = libc::PIPE_BUF;

/// In the broker.
pub(crate) fn broker() {
    let lines = tracing_subscriber::fmt().with_env_filter(filter()).with_writer(|| Terminal(io::stderr()));
    lines.with_ansi(io::stderr().is_terminal()).compact().init();
}

/// In the zygote and, after the fork, in its renderers.
pub(crate) fn zygote() {
    let lines = tracing_subscriber::fmt().with_env_filter(filter()).with_writer(Lines);
    lines.without_time().with_level(false).with_ansi(false).compact().init();
}

fn filter() -> EnvFilter {
    let wanted = std::env::var("RUST_LOG").unwrap_or_default();
    EnvFilter::try_new(log_filter(&wanted)).unwrap_or_else(|error| {
        eprintln!("bulkhead: RUST_LOG is not understood, so only errors are logged: {error}");
        EnvFilter::new("error")
    })
}

/// What `RUST_LOG` asks for. A level alone is for this browser's own crates, whose names begin with its name: those that it is
/// built on say so much that nothing else would be seen.
fn log_filter(wanted: &str) -> String {
    match wanted.trim() {
        "" => "error".to_owned(),
        level if level.parse::<tracing_subscriber::filter::LevelFilter>().is_ok() => format!("error,bulkhead={level}"),
        directives => directives.to_owned(),
    }
}

/// Standard error, without waiting for it.
struct Terminal(Stderr);

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut room = [PollFd::new(self.0.as_fd(), PollFlags::POLLOUT)];
        if poll(&mut room, PollTimeout::ZERO)? > 0 {
            self.0.write_all(&bytes[..bytes.len().min(AT_ONCE)])?;
        }
        // What was left out is lost on purpose.
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The zygote's lines, and its renderers'.
struct Lines;

/// A line of a level.
struct Line(tracing::Level);

impl MakeWriter<'_> for Lines {
    type Writer = Line;

    fn make_writer(&self) -> Line {
        Line(tracing::Level::ERROR)
    }

    fn make_writer_for(&self, metadata: &tracing::Metadata<'_>) -> Line {
        Line(*metadata.level())
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !bulkhead_renderer::log::keep(self.0, bytes) {
            let line = [format!("{} zygote: ", self.0).as_bytes(), bytes].concat();
            Terminal(io::stderr()).write_all(&line)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_alone_is_for_this_browser_s_own_crates() {
        assert_eq!(log_filter(""), "error");
        assert_eq!(log_filter("trace"), "error,bulkhead=trace");
        assert_eq!(log_filter("bulkhead_broker=info"), "bulkhead_broker=info");
        assert_eq!(log_filter("warn,softbuffer=trace"), "warn,softbuffer=trace");
    }
}
