//! The pages of `bulkhead:`, as the core knows them: that they have names, bytes and versions. What they show is not its business,
//! and no HTML is made in this crate.
//!
//! Contract:
//! - [`PageNames::find`] goes by the name alone: it is quick, and asked on the main thread;
//! - [`InternalPages::content`] may take its time: it is asked on a fetch worker.

use crate::browser::{AddressError, Notifier};
use crate::fetch::FetchError;
use crate::policy::Refusal;
use bulkhead_shared::downlink::Fault;
use std::any::Any;
use std::borrow::Cow;
use std::fmt::Debug;
use url::Url;

/// The page that a new tab shows.
pub const START_URL: &str = "bulkhead://start";

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A page.
    Page,
    /// A page about the browser as it runs.
    LivePage(LivePage),
    /// What pages load: style, a picture.
    Material,
    /// No page: an order to the process of the tab.
    Command(DebugAction),
}

/// A page about the browser as it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LivePage {
    /// Its processes.
    Processes,
    /// What confines its renderers.
    Sandbox,
    /// The attack suite.
    Attack,
}

/// What a debug URL does to the renderer of its tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DebugAction {
    /// It is told to do this to itself.
    Fault(Fault),
    /// The broker sends it `SIGKILL`.
    Kill,
}

/// What went wrong with a navigation.
#[derive(Debug)]
pub enum Failure<'a> {
    /// It was allowed, and there was nothing to show.
    Fetch(&'a FetchError),
    /// It was not allowed.
    Refused(Refusal),
    /// What was typed is no address.
    Address(AddressError),
}

/// The bytes of something internal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The bytes: text in UTF-8.
    pub text: Cow<'static, str>,
    /// Their type.
    pub mime: &'static str,
}

/// The names of the internal site.
pub trait PageNames: Debug {
    /// What a URL of any scheme names here. Query and fragment do not count.
    fn find(&self, url: &Url) -> Option<Named>;
}

/// Who makes the internal site.
pub trait InternalPages: PageNames + Send + Sync {
    /// The bytes; `None` where there are none by this name, and for commands.
    fn content(&self, url: &Url) -> Option<Made>;

    /// The HTML of a page that says why there is no other. `address` is the URL, or what the user typed: a stranger's text.
    fn error_page(&self, address: &str, failure: &Failure<'_>) -> String;

    /// Whom to tell, by [`crate::events::Event::PageOutdated`], that there is more to show on a page about the browser.
    fn tell(&self, _notify: Notifier) {}

    /// Somebody goes to this page, which is more than having it made anew.
    fn visit(&self, _page: LivePage) {}

    /// A tab is to show this page, until what this returns is dropped.
    fn view(&self, _page: LivePage) -> Box<dyn Any + Send> {
        Box::new(())
    }

    /// A number that changes when this page has more to show.
    fn version(&self, _page: LivePage) -> u64 {
        0
    }

    /// Whether this page will be made anew by itself, until it shows all.
    fn is_unfinished(&self, _page: LivePage) -> bool {
        false
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A site of few pages, for the tests of this crate.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Few;

    const TABLE: &[(&str, Named)] = &[
        ("about", Named::Page),
        ("assets/style.css", Named::Material),
        ("crash", Named::Command(DebugAction::Kill)),
        ("demo/form.html", Named::Page),
        ("lab", Named::Page),
        ("processes", Named::LivePage(LivePage::Processes)),
        ("sandbox", Named::LivePage(LivePage::Sandbox)),
        ("start", Named::Page),
        ("version", Named::Page),
    ];

    impl PageNames for Few {
        fn find(&self, url: &Url) -> Option<Named> {
            let host = url.host_str().filter(|_| url.scheme() == "bulkhead")?;
            let name = format!("{host}{}", url.path());
            let name = name.trim_end_matches('/');
            TABLE.iter().find(|row| row.0 == name).map(|row| row.1)
        }
    }

    impl InternalPages for Few {
        fn content(&self, url: &Url) -> Option<Made> {
            let mime = match self.find(url)? {
                Named::Page | Named::LivePage(_) => "text/html",
                Named::Material => "text/css",
                Named::Command(_) => return None,
            };
            Some(Made { text: "made".into(), mime })
        }

        fn error_page(&self, address: &str, failure: &Failure<'_>) -> String {
            format!("{address}: {failure:?}")
        }
    }
}
