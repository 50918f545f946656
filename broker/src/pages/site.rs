//! The table of the internal site: every name that `bulkhead:` has something to show for.

use url::Url;

/// Where a page's bytes come from.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// Built in.
    Static(&'static [u8]),
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
    /// The bytes.
    pub content: Content,
}

/// The table.
pub const SITE: &[Entry] = &[Entry { name: "processes", mime: "text/html", content: Content::Processes }];

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
