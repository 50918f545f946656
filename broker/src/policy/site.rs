//! Sites: documents of one site may share a renderer process, one after the other; documents of two never do.
//!
//! Chromium's site is a scheme with a registrable domain, which needs the Public Suffix List. Here it is scheme and
//! host, which is stricter: `a.example.org` and `b.example.org` never share a process.

use super::DocumentRoot;
use url::{Host, Url};

/// Whose a document is. The broker records it when it commits the document, and trusts no other source.
///
/// Not `PartialEq`, because [`Site::Opaque`] is not even equal to itself: ask [`Site::same_process`].
#[derive(Clone, Debug)]
pub enum Site {
    /// The browser's own pages (`bulkhead:`), error pages among them.
    Internal,
    /// Files that belong together.
    Files(DocumentRoot),
    /// `data:` and `about:blank`: each such document is a site of its own.
    Opaque,
    /// A web site.
    Web {
        /// `http` or `https`.
        scheme: String,
        /// As the URL parser normalises it.
        host: Host,
    },
}

impl Site {
    /// The site of a document with this URL. `None` for files, whose site depends on the disk: it comes with the
    /// fetched document, as [`crate::fetch::Fetched::site`]. Whatever is unknown is opaque.
    #[must_use]
    pub fn of(url: &Url) -> Option<Self> {
        match (url.scheme(), url.host()) {
            ("file", _) => None,
            ("bulkhead", _) => Some(Self::Internal),
            (scheme @ ("http" | "https"), Some(host)) => {
                Some(Self::Web { scheme: scheme.to_owned(), host: host.to_owned() })
            }
            _ => Some(Self::Opaque),
        }
    }

    /// Whether a document of `other` may be shown by a process that has shown one of `self`. If not, the navigation
    /// gets a new process and the old one is ended.
    #[must_use]
    pub fn same_process(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Internal, Self::Internal) => true,
            (Self::Files(mine), Self::Files(theirs)) => mine == theirs,
            (Self::Web { scheme, host }, Self::Web { scheme: other_scheme, host: other_host }) => {
                scheme == other_scheme && host == other_host
            }
            _ => false,
        }
    }
}
