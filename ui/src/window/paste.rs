//! Pasting: what another program holds goes to the field that was meant when the user asked for it.
//!
//! The answer takes its time ([`super::clipboard`]), and the window goes on meanwhile. What is typed right behind a paste is
//! held back for [`GRACE`], so that it stays behind what is pasted; after that, the typing does not wait any more. If the
//! user is elsewhere when the answer comes, in another tab or on another page, it is dropped.

use super::clipboard::{Answer, Clipboard, Selection, Tell, Ticket};
use bulkhead_shared::ids::{NavigationId, RendererId, TabId};
use bulkhead_shared::input::Pointer;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use winit::event::WindowEvent;
use winit::event_loop::OwnedDisplayHandle;

/// How long typing waits for a paste.
const GRACE: Duration = Duration::from_secs(1);

/// How many events are held back; the rest is not.
const HELD: usize = 256;

/// Where what was asked for goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Destination {
    /// The interface's field that has the keyboard, above this tab.
    Ui(Option<TabId>),
    /// The focused field of a page.
    Page(Place),
    /// The field of a page that lies here.
    PageAt(Place, Pointer),
}

/// A page, by the process that shows it and the document that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) renderer: RendererId,
    pub(super) navigation: NavigationId,
}

/// A press of the middle button over a page, which pastes the primary selection when the button comes up again.
///
/// What that holds is another program's: it goes to a page that the user has meant to give it to. A page says by itself what
/// shape the mouse has over it, and whether it is over a link, and its process may lie. So what counts is what the window showed
/// when the button went down, which no page knows beforehand; what the page says after that, or where it leads, gives it nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct MiddlePress(Option<Place>);

impl MiddlePress {
    /// The button went down over this page, and the window showed that what is there is text, or something else.
    pub(super) fn pressed(&mut self, page: Option<Place>, shown_as_text: bool) {
        self.0 = page.filter(|_| shown_as_text);
    }

    /// The button came up over this page. Returns the page to paste into.
    pub(super) fn released(&mut self, page: Option<Place>) -> Option<Place> {
        self.0.take().filter(|pressed| page == Some(*pressed))
    }
}

/// The clipboard, and what waits for it.
pub(super) struct Pastes {
    clipboard: Clipboard,
    waiting: Vec<(Ticket, Destination)>,
    held: VecDeque<WindowEvent>,
    hold_until: Option<Instant>,
}

impl Pastes {
    pub(super) fn new(display: OwnedDisplayHandle, tell: Tell) -> std::io::Result<Self> {
        let clipboard = Clipboard::new(display, tell)?;
        Ok(Self { clipboard, waiting: Vec::new(), held: VecDeque::new(), hold_until: None })
    }

    /// The user pastes.
    pub(super) fn ask(&mut self, selection: Selection, destination: Destination) {
        let ticket = self.clipboard.read(selection);
        self.waiting.push((ticket, destination));
        self.hold_until = Some(Instant::now() + GRACE);
    }

    /// The user copies, or selects.
    pub(super) fn store(&self, selection: Selection, text: String) {
        self.clipboard.store(selection, text);
    }

    /// An answer has come. Returns where it goes; nowhere if it was given up.
    pub(super) fn answered(&mut self, answer: Answer) -> Option<(Destination, Option<String>)> {
        let index = self.waiting.iter().position(|(ticket, _)| *ticket == answer.ticket)?;
        let (ticket, destination) = self.waiting.remove(index);
        self.clipboard.accept(ticket).then_some((destination, answer.text))
    }

    /// Gives up what has waited for too long. Whether there was such a thing.
    pub(super) fn give_up(&mut self, now: Instant) -> bool {
        let given_up = self.clipboard.give_up(now);
        if given_up {
            self.waiting.clear();
        }
        given_up
    }

    /// Takes an event that has to stay behind a paste; gives back one that need not.
    pub(super) fn hold(&mut self, event: WindowEvent, now: Instant) -> Option<WindowEvent> {
        let typed =
            matches!(event, WindowEvent::KeyboardInput { .. } | WindowEvent::Ime(_) | WindowEvent::ModifiersChanged(_));
        let holds = self.holds(now) || !self.held.is_empty();
        if typed && holds && self.held.len() < HELD {
            self.held.push_back(event);
            return None;
        }
        Some(event)
    }

    /// The next event that was held back, if it may go on.
    pub(super) fn release(&mut self, now: Instant) -> Option<WindowEvent> {
        if self.holds(now) { None } else { self.held.pop_front() }
    }

    /// When something is to be given up or released though nothing happens.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let release = self.hold_until.filter(|_| !self.held.is_empty());
        [self.clipboard.deadline(), release].into_iter().flatten().min()
    }

    fn holds(&self, now: Instant) -> bool {
        !self.waiting.is_empty() && self.hold_until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(navigation: u32) -> Option<Place> {
        Some(Place { renderer: RendererId(1), navigation: NavigationId(navigation) })
    }

    #[test]
    fn the_middle_button_gives_the_selection_to_the_page_that_it_went_down_on_over_text() {
        let mut press = MiddlePress::default();
        press.pressed(place(1), true);
        assert_eq!(press.released(place(1)), place(1));
        assert_eq!(press.released(place(1)), None, "once");
    }

    #[test]
    fn a_page_that_shows_text_only_once_the_button_is_down_is_given_nothing() {
        let mut press = MiddlePress::default();
        press.pressed(place(1), false);
        assert_eq!(press.released(place(1)), None);
    }

    #[test]
    fn a_page_that_came_while_the_button_was_down_is_given_nothing() {
        let mut press = MiddlePress::default();
        press.pressed(place(1), true);
        assert_eq!(press.released(place(2)), None);
        press.pressed(None, true);
        assert_eq!(press.released(place(2)), None, "nor one that came where there was none");
    }
}
