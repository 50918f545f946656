//! Why there is nothing to show, one variant for each reason, and how to say it to a person.

use crate::memory::grants::Spent;
use crate::policy::Refusal;
use std::io;
use thiserror::Error;

/// Why a fetch failed.
#[derive(Debug, Error)]
pub enum FetchError {
    /// Policy forbids it.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// No such file.
    #[error("there is no such file")]
    NotFound,
    /// The file, or a directory on the way to it, may not be read.
    #[error("permission denied")]
    Forbidden,
    /// A directory.
    #[error("this is a directory")]
    Directory,
    /// A FIFO. Reading it would wait for a writer, and take what was meant for another reader.
    #[error("this is a FIFO (named pipe)")]
    Fifo,
    /// A character or block device.
    #[error("this is a device")]
    Device,
    /// A socket.
    #[error("this is a socket")]
    Socket,
    /// More than [`bulkhead_shared::limits::BODY_BYTES`].
    #[error("this is larger than 64 MiB")]
    TooLarge,
    /// The process that it is for was handed as much as it may.
    #[error(transparent)]
    Spent(#[from] Spent),
    /// Nobody wants it any more.
    #[error("it was given up")]
    Cancelled,
    /// A `file:` URL with a host.
    #[error("the file is said to be on another computer")]
    RemoteFile,
    /// A path that no file can have.
    #[error("no file can have such a name")]
    BadPath,
    /// Reading failed for another reason.
    #[error("the file could not be read: {0}")]
    Read(#[source] io::Error),
    /// A type that renderers do not show.
    #[error("this browser does not show {mime}")]
    Unsupported {
        /// The type.
        mime: String,
    },
    /// A `data:` URL that does not follow RFC 2397 as the Fetch Standard reads it.
    #[error("the data: URL is malformed")]
    BadDataUrl,
    /// No page or asset of this name is built in.
    #[error("there is no such internal page")]
    NoSuchPage,
    /// A debug URL: an order to the process of the tab, with nothing to show.
    #[error("this is a debug command, not a page")]
    DebugCommand,
    /// `http:` or `https:`, in a build without a network process.
    #[error("this build has no network process yet")]
    NoNetwork,
    /// A scheme that this browser does not know.
    #[error("this browser does not know the scheme")]
    UnknownScheme,
    /// The kernel gave no memory for the body.
    #[error("no memory for what was fetched: {0}")]
    Body(#[source] io::Error),
}
