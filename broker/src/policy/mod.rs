//! What a page may reach: which process it lives in, where it may navigate to, what it may load.
//!
//! Policy is tables and pure functions. Nothing here reads a file, asks the network or looks at the clock; what the
//! functions have to know of the disk they are handed. The broker alone asks, with the site that *it* recorded for the
//! tab when it committed the document: what a renderer says of itself is never an argument.
//!
//! | file | question |
//! |---|---|
//! | [`site`] | which documents may share a process? |
//! | [`navigation`] | may this initiator take a tab to that URL? |
//! | [`subresource`] | may a page of this site load that URL? |
//! | [`document_root`] | which files belong to a page that was opened from the disk? |
//! | [`shared_places`] | which directories are never such a tree? |

pub mod document_root;
pub mod navigation;
pub mod shared_places;
pub mod site;
pub mod subresource;

pub use document_root::DocumentRoot;
pub use navigation::{Initiator, may_navigate};
pub use shared_places::SharedPlaces;
pub use site::Site;
pub use subresource::{Access, may_fetch};

use thiserror::Error;

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Allow,
    /// It may not.
    Refuse(Refusal),
}

/// Why a request was refused, one variant for each rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Only the user and the browser's own pages reach `bulkhead:`.
    #[error("only the browser's own pages may lead to bulkhead: pages")]
    InternalPage,
    /// Only the user, the browser's own pages and other files reach `file:`.
    #[error("pages that are not files themselves may not lead to files")]
    FileFromPage,
    /// A page may not take a tab to a `data:` URL: its address would say nothing about who wrote it.
    #[error("pages may not take a tab to a data: URL")]
    DataFromPage,
    /// `javascript:` is code, not an address.
    #[error("javascript: URLs are not run")]
    Javascript,
    /// A scheme that this browser does not know.
    #[error("this browser does not know the scheme")]
    UnknownScheme,
    /// A kind of URL that pages of this site do not load.
    #[error("a page of this kind may not load such a URL")]
    SchemeForSite,
    /// A file outside of the page's document root.
    #[error("the file lies outside of the page's document root")]
    OutsideRoot,
    /// A file that is hidden, or lies in a hidden directory, below the root.
    #[error("hidden files do not belong to a page")]
    Hidden,
    /// A file of a type that no page is made of.
    #[error("pages are not made of files of this type")]
    NotPageMaterial,
}
