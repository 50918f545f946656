//! The browser's own pages, as a person may call them: by their names alone, or by the schemes of other browsers.

use bulkhead_broker::internal_pages::{Named, PageNames};
use url::{ParseError, Url};

/// Pages that are called otherwise in Chromium.
const ELSEWHERE: &[(&str, &str)] =
    &[("chrome-urls", "about"), ("home", "start"), ("newtab", "start"), ("process-internals", "processes")];

/// The page, or after `about:` and `chrome:` the command, that is called so; `None` where there is none.
pub(super) fn page(text: &str, pages: &dyn PageNames) -> Option<Url> {
    match text.split_once(':') {
        Some((scheme, rest)) if ["about", "chrome"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) => {
            let name = rest.trim_matches('/');
            let renamed = ELSEWHERE.iter().find(|(theirs, _)| name.eq_ignore_ascii_case(theirs));
            let url = url(renamed.map_or(rest, |(_, ours)| ours)).ok()?;
            pages.find(&url).filter(|named| *named != Named::Material).map(|_| url)
        }
        Some(_) => None,
        None => url(text).ok().filter(|url| matches!(pages.find(url), Some(Named::Page | Named::LivePage(_)))),
    }
}

/// The URL of what stands behind `bulkhead:`.
pub(super) fn url(rest: &str) -> Result<Url, ParseError> {
    let name = rest.trim_start_matches('/');
    let (host, path) = name.split_at(name.find(['/', '?', '#']).unwrap_or(name.len()));
    Url::parse(&format!("bulkhead://{}{path}", host.to_ascii_lowercase()))
}
