//! What a page may reach: which process it lives in, where it may navigate to, what it may load.
//!
//! Policy is tables and pure functions. Nothing here reads a file, asks the network or looks at the clock; what the
//! functions have to know of the disk they are handed. The broker alone asks, with the site that *it* recorded for the
//! tab when it committed the document: what a renderer says of itself is never an argument.
//!
//! | file | question |
//! |---|---|
//! | [`site`] | which documents may share a process? |
//! | [`load`] | may this initiator have that URL, as a document or as a part of one? |
//! | [`files`] | which directories may be entered for it, and which file opened? |
//! | [`document_root`] | which files belong to a page that was opened from the disk? |
//! | [`shared_places`] | which directories are never such a tree? |

pub mod document_root;
pub mod files;
pub mod load;
pub mod shared_places;
pub mod site;

pub use document_root::DocumentRoot;
pub use files::FileRule;
pub use load::{Destination, Initiator, Permit, Request};
pub use shared_places::SharedPlaces;
pub use site::Site;

use thiserror::Error;

/// Why a request was refused, one variant for each rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Only the user and the browser's own pages reach `bulkhead:`.
    #[error("only the browser's own pages may lead to bulkhead: pages")]
    InternalPage,
    /// Only the user, the browser's own pages and other files reach `file:`.
    #[error("pages that are not files themselves may not lead to files")]
    FileFromPage,
    /// The browser's own pages lead to files where the user clicks.
    #[error("only a click leads from here to a file")]
    NotClicked,
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
    /// A document that is no page, or lies outside of the page's document root, and the user has not clicked.
    #[error("without a click, a page leads to other pages of its own only")]
    NotAPage,
    /// A file below `/proc`, `/sys` or `/dev`, or on a file system of that kind.
    #[error("devices and the state of the system are no files to show")]
    NoData,
    /// A file of a type that no page is made of.
    #[error("pages are not made of files of this type")]
    NotPageMaterial,
}
