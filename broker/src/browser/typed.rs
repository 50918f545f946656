//! What the user typed into the address bar, as whoever read it hands it to the browser.

use thiserror::Error;
use url::Url;

/// What was typed into the address bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// Its URL.
    pub url: Url,
    /// For a path with a `#` in it: what it means where there is no file of this name.
    pub otherwise: Option<Url>,
}

impl From<Url> for Typed {
    fn from(url: Url) -> Self {
        Self { url, otherwise: None }
    }
}

/// What was typed is no address. The tab keeps the text, to be corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnAddress {
    /// As it was typed.
    pub text: String,
    /// Why it is none.
    pub error: AddressError,
}

/// Why what was typed is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Nothing was typed.
    #[error("nothing was typed")]
    Empty,
    /// Longer than [`bulkhead_shared::limits::URL_BYTES`].
    #[error("the address is longer than 32 KiB")]
    TooLong,
    /// Words, perhaps meant for a search engine.
    #[error("this is not an address")]
    NotAnAddress,
    /// It begins like a URL and goes on like none.
    #[error("the address is malformed: {0}")]
    Malformed(#[from] url::ParseError),
    /// `~` where no home directory is known.
    #[error("no home directory is known")]
    NoHome,
}
