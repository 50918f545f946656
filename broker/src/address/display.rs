//! A URL as a person may safely read it.

use url::Url;

/// For the address bar.
#[must_use]
pub fn display(url: &Url) -> String {
    url.to_string()
}

/// For the status bar: at most `characters` long, with an ellipsis where something is left out.
#[must_use]
pub fn elided(url: &Url, characters: usize) -> String {
    display(url).chars().take(characters).collect()
}
