//! The table of the internal site: every name that `bulkhead:` has something to show for. A name that is not in it
//! reaches nothing; debug commands ([`super::DEBUG_PAGES`]) have a table of their own.

use super::start;
use url::Url;

/// Where a page's bytes come from.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// Built in.
    Static(&'static str),
    /// Made when it is asked for.
    Made(fn() -> String),
    /// Made from the broker's [`super::ProcessRow`]s.
    Processes,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// `bulkhead://NAME`.
    pub name: &'static str,
    /// The type.
    pub mime: &'static str,
    /// What a list of pages calls it.
    pub title: &'static str,
    /// One sentence about it, without the full stop.
    pub about: &'static str,
    /// The bytes.
    pub content: Content,
}

macro_rules! asset {
    ($path:literal) => {
        Content::Static(include_str!(concat!("../../../assets/", $path)))
    };
}

/// The table. Pages first, then what they load.
pub const SITE: &[Entry] = &[
    html("start", "Start", "How this browser is built, and how to break a part of it", Content::Made(start::start)),
    html("processes", "Processes", "The processes that run now, and what they use", Content::Processes),
    html("version", "Version", "What runs, and where", Content::Made(start::version)),
    html("about", "All pages", "This list", Content::Made(start::about)),
    Entry { name: "assets/style.css", mime: "text/css", title: "", about: "", content: asset!("style.css") },
    Entry { name: "assets/logo.svg", mime: "image/svg+xml", title: "", about: "", content: asset!("logo.svg") },
];

const fn html(name: &'static str, title: &'static str, about: &'static str, content: Content) -> Entry {
    Entry { name, mime: "text/html", title, about, content }
}

/// The row that this URL names. Query and fragment do not count.
#[must_use]
pub fn find(url: &Url) -> Option<&'static Entry> {
    let name = name(url)?;
    SITE.iter().find(|entry| entry.name == name)
}

/// The name in `bulkhead://name`, which may have a path.
pub(super) fn name(url: &Url) -> Option<String> {
    if url.scheme() != "bulkhead" {
        return None;
    }
    let host = url.host_str()?;
    match url.path() {
        "" | "/" => Some(host.to_owned()),
        path => Some(format!("{host}{path}")),
    }
}
