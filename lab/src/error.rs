//! What can go wrong in the lab, told in one line.
//!
//! Contract: the text of an [`Error`] names the call or the input, says why, and fits on one line, so that the command
//! line prints it as it is and ends with exit code 1.

use nix::errno::Errno;
use std::io;
use std::time::Duration;

/// The result of everything that can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something did not work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A system call failed.
    #[error("{call}: {errno}")]
    Call {
        /// The call, as its manual page is named, or with the argument that matters.
        call: String,
        /// Why.
        errno: Errno,
    },
    /// What the user asked for cannot be done, and why.
    #[error("{0}")]
    Input(String),
    /// Nobody came.
    #[error("nothing for {} s: {why}", after.as_secs_f32())]
    Deadline {
        /// How long was waited.
        after: Duration,
        /// For what, and the likely reason.
        why: String,
    },
    /// The other process is gone, or has closed its end.
    #[error("the peer is gone")]
    Closed,
    /// The bytes that came are not those that were sent, or not the expected count.
    #[error("corrupt: {0}")]
    Corrupt(String),
    /// This kernel, or who configured it, does not allow the mechanism.
    #[error("{mechanism} is not to be had here: {why}")]
    Unavailable {
        /// Which.
        mechanism: &'static str,
        /// Why, and what to do.
        why: String,
    },
    /// Something that a demonstration promises did not happen.
    #[error("{0}")]
    Broken(String),
    /// A file that the user named cannot be written.
    #[error(transparent)]
    Unwritten(#[from] bulkhead_destination::WriteError),
    /// A run of the benchmark cannot be kept or drawn.
    #[error(transparent)]
    Report(#[from] bulkhead_lab_report::ReportError),
}

/// Names the call that failed.
pub trait Call<T> {
    /// Turns an error number into an [`Error::Call`]; a vanished peer (`EPIPE`, `ECONNRESET`) into [`Error::Closed`].
    ///
    /// # Errors
    /// The one that there was.
    fn call(self, call: impl Into<String>) -> Result<T>;
}

impl<T> Call<T> for nix::Result<T> {
    fn call(self, call: impl Into<String>) -> Result<T> {
        self.map_err(|errno| match errno {
            Errno::EPIPE | Errno::ECONNRESET => Error::Closed,
            errno => Error::Call { call: call.into(), errno },
        })
    }
}

impl<T> Call<T> for io::Result<T> {
    fn call(self, call: impl Into<String>) -> Result<T> {
        self.map_err(|error| match error.raw_os_error() {
            Some(number) => Errno::from_raw(number),
            None if error.kind() == io::ErrorKind::UnexpectedEof => Errno::EPIPE,
            None => Errno::EIO,
        })
        .call(call)
    }
}
