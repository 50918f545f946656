//! A tab's back/forward list. It lives in the broker and outlives the tab's processes.

use super::NotAnAddress;
use crate::policy::Initiator;
use bulkhead_shared::limits::HISTORY_ENTRIES;
use url::Url;

/// One document that was shown.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its address.
    pub url: Url,
    /// What the user typed, where it was no address.
    pub typed: Option<NotAnAddress>,
    /// Its title, as last heard.
    pub title: String,
    /// Where it was scrolled to, in CSS pixels.
    pub scroll: (f32, f32),
    /// Entries of one document share a number: going between them needs no load.
    pub document: u64,
    /// Who led here. Whoever loads it again does so in that name: what a page was refused, it does not get by the user's reload.
    pub initiator: Initiator,
}

/// What a navigation does to the list once it commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// A new entry after the current one; what was ahead is forgotten.
    Push,
    /// The current entry, again.
    Reload,
    /// In the current entry's place: the page went there by itself.
    Replace,
    /// To the entry with this index.
    Traverse(usize),
}

/// The list and the place in it.
#[derive(Clone, Debug, Default)]
pub struct History {
    entries: Vec<Entry>,
    current: usize,
    documents: u64,
}

impl History {
    /// The entry on display.
    #[must_use]
    pub fn current(&self) -> Option<&Entry> {
        self.entries.get(self.current)
    }

    /// The entry on display, to note its title or scroll position.
    pub fn current_mut(&mut self) -> Option<&mut Entry> {
        self.entries.get_mut(self.current)
    }

    /// The entry `steps` away, with its index.
    #[must_use]
    pub fn at(&self, steps: isize) -> Option<(usize, &Entry)> {
        let index = self.current.checked_add_signed(steps)?;
        self.entries.get(index).map(|entry| (index, entry))
    }

    /// Whether "back" leads anywhere.
    #[must_use]
    pub fn can_go_back(&self) -> bool {
        self.at(-1).is_some()
    }

    /// Whether "forward" leads anywhere.
    #[must_use]
    pub fn can_go_forward(&self) -> bool {
        self.at(1).is_some()
    }

    /// A document was committed, to which `initiator` led.
    pub fn commit(&mut self, motion: Motion, url: Url, initiator: Initiator) {
        self.documents = self.documents.saturating_add(1);
        let entry =
            Entry { url, typed: None, title: String::new(), scroll: (0.0, 0.0), document: self.documents, initiator };
        match motion {
            Motion::Reload | Motion::Traverse(_) => {
                if let Motion::Traverse(index) = motion {
                    self.go(index);
                }
                let scroll = self.current().map_or((0.0, 0.0), |entry| entry.scroll);
                let title = self.current().map_or_else(String::new, |entry| entry.title.clone());
                self.replace(Entry { scroll, title, ..entry });
            }
            Motion::Replace => self.replace(entry),
            Motion::Push => self.push(entry),
        }
    }

    /// The document on display was scrolled to a fragment: another entry of the same document.
    pub fn commit_fragment(&mut self, motion: Motion, url: Url, initiator: Initiator) {
        let (document, title) =
            self.current().map_or((0, String::new()), |entry| (entry.document, entry.title.clone()));
        let entry = Entry { url, typed: None, title, scroll: (0.0, 0.0), document, initiator };
        match motion {
            Motion::Replace => self.replace(entry),
            Motion::Push | Motion::Reload | Motion::Traverse(_) => self.push(entry),
        }
    }

    /// Goes to an entry of the same document.
    pub fn go(&mut self, index: usize) {
        if index < self.entries.len() {
            self.current = index;
        }
    }

    fn replace(&mut self, entry: Entry) {
        match self.current_mut() {
            Some(current) => *current = entry,
            None => self.push(entry),
        }
    }

    fn push(&mut self, entry: Entry) {
        self.entries.truncate(self.current.saturating_add(1));
        self.entries.push(entry);
        if self.entries.len() > HISTORY_ENTRIES {
            self.entries.remove(0);
        }
        self.current = self.entries.len().saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(name: &str) -> Url {
        Url::parse(&format!("bulkhead://{name}")).unwrap()
    }

    fn history(names: &[&str]) -> History {
        let mut history = History::default();
        for name in names {
            history.commit(Motion::Push, url(name), Initiator::User);
        }
        history
    }

    #[test]
    fn going_back_and_pushing_forgets_what_was_ahead() {
        let mut history = history(&["a", "b", "c"]);
        history.commit(Motion::Traverse(0), url("a"), Initiator::User);
        assert!(history.can_go_forward() && !history.can_go_back());
        history.commit(Motion::Push, url("d"), Initiator::User);
        assert!(!history.can_go_forward());
        assert_eq!(history.at(-1).unwrap().1.url, url("a"));
    }

    #[test]
    fn a_reload_keeps_place_and_scroll_position() {
        let mut history = history(&["a", "b"]);
        history.current_mut().unwrap().scroll = (0.0, 42.0);
        history.commit(Motion::Reload, url("b"), Initiator::User);
        assert_eq!(history.current().unwrap().scroll, (0.0, 42.0));
        assert!(history.can_go_back());
    }

    #[test]
    fn fragments_share_their_document() {
        let mut history = history(&["a"]);
        history.commit_fragment(Motion::Push, url("a#x"), Initiator::User);
        let here = history.current().unwrap().document;
        assert_eq!(history.at(-1).unwrap().1.document, here);
    }

    #[test]
    fn the_list_is_bounded() {
        let mut history = History::default();
        for n in 0..2 * HISTORY_ENTRIES {
            history.commit(Motion::Push, url(&n.to_string()), Initiator::User);
        }
        assert_eq!(history.entries.len(), HISTORY_ENTRIES);
        assert!(history.can_go_back());
    }

    #[test]
    fn what_a_page_does_by_itself_takes_no_new_place() {
        let mut history = history(&["a", "b"]);
        history.current_mut().unwrap().scroll = (0.0, 42.0);
        history.commit(Motion::Replace, url("c"), Initiator::User);
        history.commit_fragment(Motion::Replace, url("c#x"), Initiator::User);
        assert_eq!(history.entries.len(), 2);
        let here = history.current().unwrap();
        assert_eq!((&here.url, here.scroll), (&url("c#x"), (0.0, 0.0)));
        assert_eq!(history.at(-1).unwrap().1.url, url("a"));
    }
}
