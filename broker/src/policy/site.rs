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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::SharedPlaces;
    use std::path::Path;

    fn site(url: &str) -> Site {
        Site::of(&Url::parse(url).unwrap()).unwrap()
    }

    #[test]
    fn documents_share_a_process_only_within_one_site() {
        for (one, other, same) in [
            ("bulkhead://start", "bulkhead://version", true),
            ("https://example.org/a", "https://example.org:8443/b", true),
            ("https://example.org/", "http://example.org/", false),
            ("https://a.example.org/", "https://b.example.org/", false),
            ("https://example.org/", "bulkhead://start", false),
            ("data:,x", "data:,x", false),
            ("about:blank", "about:blank", false),
            ("about:blank", "bulkhead://start", false),
        ] {
            assert_eq!(site(one).same_process(&site(other)), same, "{one}, {other}");
            assert_eq!(site(other).same_process(&site(one)), same, "{other}, {one}");
        }
    }

    #[test]
    fn an_opaque_document_shares_a_process_not_even_with_itself() {
        let site = site("data:,x");
        assert!(!site.same_process(&site.clone()));
    }

    #[test]
    fn files_share_a_process_within_one_root() {
        let places = SharedPlaces::new(&[], Path::to_owned);
        let files = |page: &str| Site::Files(DocumentRoot::of(Path::new(page), &places, |_| false));
        assert!(files("/docs/x/a.html").same_process(&files("/docs/x/b.html")));
        assert!(!files("/docs/x/a.html").same_process(&files("/docs/y/a.html")));
        assert!(!files("/docs/x/a.html").same_process(&site("https://example.org/")));
        assert!(Site::of(&Url::parse("file:///docs/x/a.html").unwrap()).is_none(), "the disk decides");
    }
}
