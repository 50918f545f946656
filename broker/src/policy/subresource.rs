//! What a page may load to show itself: style sheets, images, fonts.
//!
//! | site | `data:` | `bulkhead://assets/…` | `file:` | `http:`, `https:` |
//! |---|---|---|---|---|
//! | [`Site::Internal`] | yes | yes | no | no |
//! | [`Site::Files`] | yes | no | beneath its [`DocumentRoot`] | no |
//! | [`Site::Opaque`] | yes | no | no | no |
//! | [`Site::Web`] | yes | no | no | yes |
//!
//! A file may not load from the network: it may hold, or stand beside, what nobody else is to learn of.

use super::{DocumentRoot, Refusal, Site};
use url::Url;

/// The answer to a request for a sub-resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access<'a> {
    /// It may.
    Allow,
    /// It may if the file that is really opened is one that this root admits. A separate variant, so that nobody takes
    /// the first half of the rule for the whole.
    Beneath(&'a DocumentRoot),
    /// It may not.
    Refuse(Refusal),
}

/// Whether a page of `site` may load `url`.
#[must_use]
pub fn may_fetch<'a>(site: &'a Site, url: &Url) -> Access<'a> {
    match (url.scheme(), site) {
        ("data", _) => Access::Allow,
        ("bulkhead", Site::Internal) if url.host_str() == Some("assets") => Access::Allow,
        ("file", Site::Files(root)) => Access::Beneath(root),
        ("http" | "https", Site::Web { .. }) => Access::Allow,
        ("bulkhead" | "file" | "http" | "https", _) => Access::Refuse(Refusal::SchemeForSite),
        ("javascript", _) => Access::Refuse(Refusal::Javascript),
        _ => Access::Refuse(Refusal::UnknownScheme),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::SharedPlaces;
    use std::path::Path;

    #[test]
    fn the_table() {
        let places = SharedPlaces::new(&[], Path::to_owned);
        let root = DocumentRoot::of(Path::new("/docs/x/page.html"), &places, |_| false);
        let web = Site::of(&Url::parse("https://example.org/").unwrap()).unwrap();
        let sites = [Site::Internal, Site::Files(root.clone()), Site::Opaque, web];
        let (yes, no) = (Access::Allow, Access::Refuse(Refusal::SchemeForSite));
        // This URL, for: an internal page, a file, an opaque page, a web page.
        #[rustfmt::skip]
        let table = [
            ("data:,x",                    [yes, yes, yes, yes]),
            ("bulkhead://assets/x.css",    [yes, no, no, no]),
            ("bulkhead://processes",       [no, no, no, no]),
            ("bulkhead://crash",           [no, no, no, no]),
            ("file:///docs/x/y.css",       [no, Access::Beneath(&root), no, no]),
            ("file:///home/ada/.ssh/id",   [no, Access::Beneath(&root), no, no]),
            ("https://example.org/x.css",  [no, no, no, yes]),
            ("http://other.example/x.css", [no, no, no, yes]),
            ("javascript:x",               [Access::Refuse(Refusal::Javascript); 4]),
            ("ftp://example.org/x",        [Access::Refuse(Refusal::UnknownScheme); 4]),
            ("about:blank",                [Access::Refuse(Refusal::UnknownScheme); 4]),
        ];
        for (url, row) in table {
            let url = Url::parse(url).unwrap();
            for (site, expected) in sites.iter().zip(row) {
                assert_eq!(may_fetch(site, &url), expected, "{site:?} loads {url}");
            }
        }
    }
}
