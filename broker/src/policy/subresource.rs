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
