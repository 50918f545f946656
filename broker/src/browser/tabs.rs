//! The tab strip: tabs are opened, closed, brought back, and put in front.

use super::{Browser, ClosedTab, History, Tab};
use crate::events::ToIo;
use bulkhead_shared::ids::TabId;
use url::Url;

/// How many closed tabs Ctrl+Shift+T can bring back.
const CLOSED_TABS: usize = 25;

impl Browser {
    /// Opens a tab at the end of the tab strip and has it load `url`; in front, or behind.
    pub fn open_tab(&mut self, url: Url, foreground: bool) -> TabId {
        let id = self.insert_tab(self.tabs.len(), History::default());
        if foreground || self.active.is_none() {
            self.select(id);
        }
        self.navigate(id, url);
        id
    }

    /// Closes a tab, and ends its process.
    pub fn close_tab(&mut self, id: TabId) {
        let Some(index) = self.index(id) else { return };
        let tab = self.tabs.remove(index);
        tracing::debug!("{id} closes");
        if let Some(renderer) = tab.renderer() {
            self.io.send(ToIo::End { renderer, reason: None });
        }
        if tab.history.current().is_some() {
            self.closed.push(ClosedTab { history: tab.history, index });
            if self.closed.len() > CLOSED_TABS {
                self.closed.remove(0);
            }
        }
        if self.active == Some(id) {
            self.active = None;
            let neighbour = self.tabs.get(index).or(self.tabs.last()).map(|tab| tab.id);
            if let Some(neighbour) = neighbour {
                self.select(neighbour);
            }
        }
        self.changes.ui = true;
        self.changes.page = true;
    }

    /// Brings back the tab that was closed last, with its history, to where it was. `None` where there is none.
    pub fn reopen_tab(&mut self) -> Option<TabId> {
        let ClosedTab { history, index } = self.closed.pop()?;
        let id = self.insert_tab(index, history);
        self.select(id);
        self.reload(id);
        Some(id)
    }

    /// Inserts an empty tab for what the page of `opener` opens: behind it, and behind what it and those have opened before.
    pub(super) fn insert_tab_of(&mut self, opener: TabId) -> TabId {
        let behind = self.index(opener).map_or(self.tabs.len(), |index| index.saturating_add(1));
        let mut family = vec![opener];
        for tab in self.tabs.iter().skip(behind) {
            if tab.opener.is_none_or(|opener| !family.contains(&opener)) {
                break;
            }
            family.push(tab.id);
        }
        // The family without the opener itself, which stands before.
        let place = behind.saturating_add(family.len()).saturating_sub(1);
        let id = self.insert_tab(place, History::default());
        if let Some(tab) = self.tab_mut(id) {
            tab.opener = Some(opener);
        }
        id
    }

    fn insert_tab(&mut self, index: usize, history: History) -> TabId {
        let mut tab = Tab::new(TabId(self.names.tabs.mint()));
        let id = tab.id;
        tab.history = history;
        self.tabs.insert(index.min(self.tabs.len()), tab);
        self.changes.ui = true;
        id
    }

    /// Puts a tab on display; the one before is hidden, and its pixels are given up.
    pub fn select(&mut self, id: TabId) {
        if self.active == Some(id) || self.index(id).is_none() {
            return;
        }
        if let Some(hidden) = self.active.replace(id) {
            self.hide(hidden);
        }
        self.show(id);
        self.changes.ui = true;
        self.changes.page = true;
    }

    /// Selects the tab `steps` further on in the tab strip, around its end.
    pub fn select_relative(&mut self, steps: isize) {
        let count = self.tabs.len();
        if let Some(index) = self.active.and_then(|active| self.index(active)) {
            let steps = steps.rem_euclid(count.cast_signed().max(1)).cast_unsigned();
            let next = self.tabs.iter().cycle().nth(index.saturating_add(steps)).map(|tab| tab.id);
            next.into_iter().for_each(|id| self.select(id));
        }
    }

    /// Selects the tab at a position of the tab strip, or the last one.
    pub fn select_index(&mut self, index: usize) {
        if let Some(tab) = self.tabs.get(index).or(self.tabs.last()) {
            self.select(tab.id);
        }
    }
}
