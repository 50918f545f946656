//! The browser, its interface and the window that shows them, with the desktop's selections: what the user's commands are
//! carried out on.

use super::clipboard::{Answer, Selection};
use super::paste::{Destination, Pastes, Place};
use super::view::View;
use crate::views::{Command, Ui};
use bulkhead_broker::browser::Browser;
use bulkhead_shared::downlink::Edit;
use std::time::Instant;
use winit::event::WindowEvent;

/// What is behind the window.
pub(super) struct Shell {
    pub(super) browser: Browser,
    pub(super) ui: Ui,
    /// None until the event loop has begun.
    pub(super) view: Option<View>,
    /// None without an event loop, and without a thread for it.
    pub(super) pastes: Option<Pastes>,
}

impl Shell {
    pub(super) fn perform(&mut self, command: Command) {
        if command == Command::Paste {
            return self.paste();
        }
        let selects = command == Command::SelectAll;
        self.ui.perform(&mut self.browser, command);
        if selects {
            self.browser.edit(Edit::Selection);
        }
        self.touch_ui();
    }

    /// Puts text into a selection of the desktop, if there is any.
    pub(super) fn store(&self, selection: Selection, text: impl IntoIterator<Item = String>) {
        if let Some(pastes) = &self.pastes {
            text.into_iter().for_each(|text| pastes.store(selection, text));
        }
    }

    /// Asks for what the clipboard holds, for whoever has the keyboard.
    fn paste(&mut self) {
        let destination = match self.ui.has_keyboard() {
            true => Some(Destination::Ui(self.browser.active().map(|tab| tab.id))),
            false => self.place().map(Destination::Page),
        };
        self.ask(Selection::Clipboard, destination);
    }

    pub(super) fn ask(&mut self, selection: Selection, destination: Option<Destination>) {
        if let (Some(pastes), Some(destination)) = (&mut self.pastes, destination) {
            pastes.ask(selection, destination);
        }
    }

    /// The page on display.
    pub(super) fn place(&self) -> Option<Place> {
        let tab = self.browser.active()?;
        Some(Place { renderer: tab.renderer()?, navigation: tab.document.as_ref()?.navigation })
    }

    /// Whether what is meant is still on display, and has the keyboard.
    fn is_there(&self, destination: Destination) -> bool {
        match destination {
            Destination::Ui(tab) => self.ui.has_keyboard() && tab == self.browser.active().map(|tab| tab.id),
            Destination::Page(place) | Destination::PageAt(place, _) => self.place() == Some(place),
        }
    }

    pub(super) fn pasted(&mut self, answer: Answer) {
        let Some((destination, text)) = self.pastes.as_mut().and_then(|pastes| pastes.answered(answer)) else { return };
        let Some(text) = text.filter(|text| !text.is_empty()) else { return };
        if !self.is_there(destination) {
            return self.notify("Nothing was pasted: the page or field that it was meant for is not there any more.");
        }
        match (destination, &mut self.view) {
            (Destination::Ui(_), Some(view)) => view.paste(text),
            (Destination::Ui(_), None) => {}
            (Destination::Page(_), _) => self.browser.edit(Edit::Paste(text)),
            (Destination::PageAt(_, pointer), _) => self.browser.edit(Edit::PasteAt(pointer, text)),
        }
    }

    fn notify(&mut self, message: &'static str) {
        self.ui.notify(message);
        self.touch_ui();
    }

    /// Time has passed, for what waits for other programs.
    pub(super) fn give_up(&mut self, now: Instant) {
        if self.pastes.as_mut().is_some_and(|pastes| pastes.give_up(now)) {
            self.notify("Nothing was pasted: the program that holds the clipboard does not answer.");
        }
    }

    pub(super) fn tell_ui(&mut self, event: &WindowEvent) {
        if let Some(view) = &mut self.view {
            view.tell_ui(event);
        }
    }

    pub(super) fn touch_ui(&mut self) {
        if let Some(view) = &mut self.view {
            view.touch_ui();
        }
    }

    pub(super) fn scale(&self) -> f64 {
        self.view.as_ref().map_or(1.0, View::scale)
    }
}
