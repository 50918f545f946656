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
