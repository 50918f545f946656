//! Who may take a tab where. The rows of the matrix are the test at the end of this file.
//!
//! A link from a file to a file outside of its document root is allowed: it is a navigation to another site, so the
//! file is shown by a new process, and the one that asked learns nothing of it.

use super::{Decision, Refusal, Site};
use url::Url;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub enum Initiator<'a> {
    /// The user, in the address bar, on the command line, or through back, forward and reload.
    User,
    /// A page of this site, through a link or a form. Its renderer may be compromised and no user near.
    Page(&'a Site),
}

/// Whether `initiator` may take a tab to `url`.
#[must_use]
pub fn may_navigate(initiator: Initiator<'_>, url: &Url) -> Decision {
    let by_page = |allowed: fn(&Site) -> bool, otherwise| match initiator {
        Initiator::User => Decision::Allow,
        Initiator::Page(site) if allowed(site) => Decision::Allow,
        Initiator::Page(_) => Decision::Refuse(otherwise),
    };
    match url.scheme() {
        "http" | "https" => Decision::Allow,
        "about" if url.path() == "blank" => Decision::Allow,
        // bulkhead://crash and its like are among them: no page may end its own process in the user's name.
        "bulkhead" => by_page(|site| matches!(site, Site::Internal), Refusal::InternalPage),
        "file" => by_page(|site| matches!(site, Site::Internal | Site::Files(_)), Refusal::FileFromPage),
        "data" => by_page(|_| false, Refusal::DataFromPage),
        "javascript" => Decision::Refuse(Refusal::Javascript),
        _ => Decision::Refuse(Refusal::UnknownScheme),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{DocumentRoot, SharedPlaces};
    use std::path::Path;

    #[test]
    fn the_matrix() {
        let places = SharedPlaces::new(&[], Path::to_owned);
        let files = Site::Files(DocumentRoot::of(Path::new("/docs/x/page.html"), &places, |_| false));
        let web = Site::of(&Url::parse("https://example.org/").unwrap()).unwrap();
        let initiators = [
            Initiator::User,
            Initiator::Page(&Site::Internal),
            Initiator::Page(&files),
            Initiator::Page(&web),
            Initiator::Page(&Site::Opaque),
        ];
        use Refusal::{DataFromPage, FileFromPage, InternalPage, Javascript, UnknownScheme};
        let (yes, data) = (None, Some(DataFromPage));
        // To this URL, from: the user, an internal page, a file, a web page, an opaque page.
        #[rustfmt::skip]
        let matrix = [
            ("https://example.org/",   [yes, yes, yes, yes, yes]),
            ("http://example.org/",    [yes, yes, yes, yes, yes]),
            ("about:blank",            [yes, yes, yes, yes, yes]),
            ("about:blank#x",          [yes, yes, yes, yes, yes]),
            ("file:///etc/passwd",     [yes, yes, yes, Some(FileFromPage), Some(FileFromPage)]),
            ("bulkhead://start",       [yes, yes, Some(InternalPage), Some(InternalPage), Some(InternalPage)]),
            ("bulkhead://crash",       [yes, yes, Some(InternalPage), Some(InternalPage), Some(InternalPage)]),
            ("data:text/html,x",       [yes, data, data, data, data]),
            ("javascript:x",           [Some(Javascript); 5]),
            ("about:config",           [Some(UnknownScheme); 5]),
            ("mailto:ada@example.org", [Some(UnknownScheme); 5]),
            ("blob:https://a/b",       [Some(UnknownScheme); 5]),
            ("view-source:file:///x",  [Some(UnknownScheme); 5]),
        ];
        for (url, row) in matrix {
            let url = Url::parse(url).unwrap();
            for (initiator, refusal) in initiators.into_iter().zip(row) {
                let expected = refusal.map_or(Decision::Allow, Decision::Refuse);
                assert_eq!(may_navigate(initiator, &url), expected, "{initiator:?} to {url}");
            }
        }
    }
}
