//! Fetching: from a URL to sealed bytes. The server's side of the remote procedure call that a renderer makes.
//!
//! Contract:
//! - [`Fetcher::fetch`] blocks, for as long as the disk does (a network file system may hang for minutes), so the broker
//!   calls it on worker threads only;
//! - nothing is fetched without a [`Permit`], which only the policy makes;
//! - a document comes with the site that it belongs to, as found out from what was really opened;
//! - the type of a document is one that a renderer shows: `text/html`, `application/xhtml+xml`, `text/plain`, or one of
//!   the image types of [`mime`]. Everything else is [`FetchError::Unsupported`].

mod data;
mod error;
mod file;
mod local;
pub mod mime;
mod pool;
mod quota;
mod resolve;
#[cfg(test)]
mod tests;

pub use error::FetchError;
pub use local::LocalFetcher;
pub use pool::{FetchPool, Ticket};
pub use quota::Quota;

use crate::memory::grants::Reservation;
use crate::policy::{Permit, Site};
use bulkhead_shared::body::Body;
use bulkhead_shared::uplink::BodyMeta;
use url::Url;

/// Answers requests. The local fetcher is one; the network process's client is another.
pub trait Fetcher: Send + Sync {
    /// Fetches, on the calling thread, for as long as it takes.
    ///
    /// # Errors
    /// The reason why there is nothing to show.
    fn fetch(&self, request: &FetchRequest) -> Result<Fetched, FetchError>;
}

/// What is wanted.
#[derive(Clone, Debug)]
pub struct FetchRequest {
    /// The policy's word: which URL, for whom, what for.
    pub permit: Permit,
    /// How much of it, at most, and for how long it is wanted.
    pub quota: Quota,
}

/// What was fetched.
#[derive(Debug)]
pub struct Fetched {
    /// The bytes.
    pub body: Body,
    /// Their length and type.
    pub meta: BodyMeta,
    /// Where they came from in the end.
    pub url: Url,
    /// Room for them in what their process may be handed, if it was taken before they were read.
    pub reservation: Option<Reservation>,
    /// Whose the document is. A sub-resource is nobody's own: [`Site::Opaque`].
    pub site: Site,
}

impl Fetched {
    /// A page that the broker made itself, such as an error page, to be shown at `url`.
    ///
    /// # Errors
    /// [`FetchError::Body`] where the kernel has no memory for it.
    pub fn internal_page(url: &Url, html: &str) -> Result<Self, FetchError> {
        Self::from_bytes(html.as_bytes(), "text/html", url, Site::Internal)
    }

    /// A page that belongs to nobody, at `about:blank`.
    ///
    /// # Errors
    /// [`FetchError::Body`] where the kernel has no memory for it.
    pub fn page_of_nobody(html: &str) -> Result<Self, FetchError> {
        let url = Url::parse("about:blank").map_err(|_| FetchError::UnknownScheme)?;
        Self::from_bytes(html.as_bytes(), "text/html", &url, Site::Opaque)
    }

    fn from_bytes(bytes: &[u8], mime: &str, url: &Url, site: Site) -> Result<Self, FetchError> {
        Ok(Self::new(Body::from_bytes(bytes).map_err(FetchError::Body)?, mime, url, site))
    }

    fn new(body: Body, mime: &str, url: &Url, site: Site) -> Self {
        let meta = BodyMeta { length: body.length(), mime: mime.to_owned() };
        Self { body, meta, url: url.clone(), reservation: None, site }
    }
}
