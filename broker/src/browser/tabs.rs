//! The tab strip: tabs are opened, closed, brought back, and put in front.

use super::{Browser, History, Tab};
use crate::events::ToIo;
use bulkhead_shared::ids::TabId;
use url::Url;

/// How many closed tabs Ctrl+Shift+T can bring back.
const CLOSED_TABS: usize = 25;

impl Browser {
    /// Opens a tab after the active one and has it load `url`; in front, or behind.
    pub fn open_tab(&mut self, url: Url, foreground: bool) -> TabId {
        let id = self.insert_tab(History::default());
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
            self.closed.push(tab.history);
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

    /// Brings back the tab that was closed last, with its history. `None` where there is none.
    pub fn reopen_tab(&mut self) -> Option<TabId> {
        let history = self.closed.pop()?;
        let id = self.insert_tab(history);
        self.select(id);
        self.reload(id);
        Some(id)
    }

    pub(super) fn insert_tab(&mut self, history: History) -> TabId {
        let mut tab = Tab::new(TabId(self.names.tabs.mint()));
        let id = tab.id;
        tab.history = history;
        let at = self.active.and_then(|active| self.index(active)).map_or(self.tabs.len(), |index| index + 1);
        self.tabs.insert(at, tab);
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
            self.select(self.tabs[(index + steps) % count].id);
        }
    }

    /// Selects the tab at a position of the tab strip, or the last one.
    pub fn select_index(&mut self, index: usize) {
        if let Some(tab) = self.tabs.get(index).or(self.tabs.last()) {
            self.select(tab.id);
        }
    }
}
