//! Pages about the browser are made anew while they are shown, as there comes to be more to show.

use super::{Browser, Tab};
use crate::internal_pages::{LivePage, Named};
use std::any::Any;
use url::Url;

/// That a tab shows a page about the browser, or is on the way to one.
#[derive(Debug)]
pub(super) struct View {
    /// Of what the page was made, at the latest.
    version: u64,
    /// Whoever makes the page sees by its end that nobody looks any more.
    _shown: Box<dyn Any + Send>,
}

impl Browser {
    /// Whether the tab shows a page that will be made anew by itself.
    #[must_use]
    pub fn is_unfinished(&self, tab: &Tab) -> bool {
        let page = tab.made_of.as_ref().and_then(|_| tab.url().and_then(|url| self.live_page(url)));
        tab.death().is_none() && page.is_some_and(|page| self.pages.is_unfinished(page))
    }

    /// Has pages about the browser made anew that show less than there is to show by now: one after the other, each when
    /// the one before is on display.
    pub(super) fn refresh_live_pages(&mut self) {
        let stale: Vec<_> = self.tabs.iter().filter(|tab| self.is_stale(tab)).map(|tab| tab.id).collect();
        stale.into_iter().for_each(|id| self.refresh(id));
    }

    /// A tab is to show this page.
    pub(super) fn view(&self, page: LivePage) -> View {
        View { version: self.pages.version(page), _shown: self.pages.view(page) }
    }

    /// The page about the browser as it runs that this URL names, if it is one.
    pub(super) fn live_page(&self, url: &Url) -> Option<LivePage> {
        match self.pages.find(url)? {
            Named::LivePage(page) => Some(page),
            Named::Page | Named::Material | Named::Command(_) => None,
        }
    }

    fn is_stale(&self, tab: &Tab) -> bool {
        let Some(made_of) = tab.made_of.as_ref().filter(|_| tab.pending.is_none()) else { return false };
        let page = tab.history.current().and_then(|entry| self.live_page(&entry.url));
        let on_display = self.active == Some(tab.id);
        tab.document.as_ref().is_some_and(|document| document.loaded.is_some() && (document.painted || !on_display))
            && page.is_some_and(|page| self.pages.version(page) != made_of.version)
    }
}
