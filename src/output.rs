//! Standard output, which may be closed before the program is done: `bulkhead demo | head -1`.
//!
//! Contract:
//! - what was printed has been handed to the kernel, or there is an [`OutputError`], which the caller passes on, so that
//!   whatever it has started ends in order;
//! - a reader that has gone away is [`OutputError::Closed`]: nothing to complain about, though the work was not finished;
//! - an `EPIPE` of any other descriptor is never taken for that.
//!
//! The usual way, the default action of `SIGPIPE`, is not open to a broker: it writes to pipes and sockets of renderers that may
//! have died, and must outlive that. `println!` is not either: it panics. Clippy keeps it out of this executable.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// Why standard output does not take what is printed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    /// Whoever read it has gone away.
    #[error("nobody reads standard output any more")]
    Closed,
    /// Anything else, such as a full disk.
    #[error("cannot write to standard output: {0}")]
    Failed(io::Error),
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::BrokenPipe { Self::Closed } else { Self::Failed(error) }
    }
}

/// Prints as it is, without the end of a line.
pub(crate) fn print(text: impl Display) -> Result<(), OutputError> {
    let mut out = io::stdout().lock();
    write!(out, "{text}")?;
    Ok(out.flush()?)
}

/// `println!` that returns an [`OutputError`].
macro_rules! say {
    ($($text:tt)*) => { $crate::output::print(format_args!("{}\n", format_args!($($text)*))) };
}
pub(crate) use say;
