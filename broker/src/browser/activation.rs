//! What the user's clicks and key presses in a page let the page do: HTML's transient activation, spent by its first use.
//!
//! Contract:
//! - one click, or one press of a key, lets a page do one thing: open a tab, or leave for a place that only the user may choose;
//! - the press of a button counts, not its release, so that a click is one thing; a key counts when it goes down, not while it repeats,
//!   and neither Escape, with which the user defends himself, nor a key that only modifies others;
//! - it lapses after five seconds, as in Chromium, when the document is replaced, and when the tab is no longer in front.

use bulkhead_shared::input::{InputEvent, Key};
use std::time::{Duration, Instant};

/// How long it lasts.
const LIFETIME: Duration = Duration::from_secs(5);

/// Keys that are pressed for what they do to others, by their names in UI Events' key values, and Escape.
const NOT_ACTIVATING: &[&str] = &[
    "Escape",
    "Alt",
    "AltGraph",
    "CapsLock",
    "Control",
    "Fn",
    "FnLock",
    "Hyper",
    "Meta",
    "NumLock",
    "ScrollLock",
    "Shift",
    "Super",
    "Symbol",
    "SymbolLock",
    "Dead",
    "Process",
    "Unidentified",
];

/// The activation of one document.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Activation {
    /// When the user did what has not been used yet.
    since: Option<Instant>,
    /// Whether the user has done anything since the page last navigated.
    gesture: bool,
}

impl Activation {
    /// The user has done this to the page.
    pub(super) fn observe(&mut self, event: &InputEvent, now: Instant) {
        let activates = match event {
            InputEvent::PointerDown(_) => true,
            InputEvent::Key(Key { pressed: true, repeat: false, key, .. }) => !NOT_ACTIVATING.contains(&key.as_str()),
            InputEvent::PointerMove(_)
            | InputEvent::PointerUp(_)
            | InputEvent::PointerLeave
            | InputEvent::Wheel { .. }
            | InputEvent::Key(_)
            | InputEvent::Text(_)
            | InputEvent::Focus(_) => false,
        };
        if activates {
            self.since = Some(now);
            self.gesture = true;
        } else if matches!(event, InputEvent::PointerUp(_)) && self.since.is_some() {
            // A link is followed when the button comes up, however long it was held.
            self.since = Some(now);
        }
    }

    /// Uses it. Whether there was one.
    pub(super) fn consume(&mut self, now: Instant) -> bool {
        self.since.take().is_some_and(|since| now.saturating_duration_since(since) < LIFETIME)
    }

    /// The page navigates. Whether the user has done anything since it last did: if not, the navigation takes no new place in the
    /// history, which a page could fill otherwise.
    pub(super) fn take_gesture(&mut self) -> bool {
        std::mem::take(&mut self.gesture)
    }

    /// The tab is no longer in front.
    pub(super) fn lapse(&mut self) {
        self.since = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulkhead_shared::input::Pointer;

    fn key(key: &str, pressed: bool, repeat: bool) -> InputEvent {
        let (key, text, modifiers) = (key.to_owned(), None, bulkhead_shared::input::Modifiers::default());
        InputEvent::Key(Key { key, text, modifiers, pressed, repeat })
    }

    #[test]
    fn a_click_counts_once_though_it_is_two_events() {
        let now = Instant::now();
        let mut activation = Activation::default();
        activation.observe(&InputEvent::PointerDown(Pointer::default()), now);
        assert!(activation.consume(now));
        activation.observe(&InputEvent::PointerUp(Pointer::default()), now);
        assert!(!activation.consume(now));
    }

    #[test]
    fn a_button_that_is_held_counts_when_it_is_released() {
        let now = Instant::now();
        let mut activation = Activation::default();
        activation.observe(&InputEvent::PointerDown(Pointer::default()), now);
        activation.observe(&InputEvent::PointerUp(Pointer::default()), now + 2 * LIFETIME);
        assert!(activation.consume(now + 2 * LIFETIME));
    }

    #[test]
    fn which_keys_count() {
        let now = Instant::now();
        for (event, counts) in [
            (key("Enter", true, false), true),
            (key("a", true, false), true),
            (key("Enter", true, true), false),
            (key("Enter", false, false), false),
            (key("Escape", true, false), false),
            (key("Shift", true, false), false),
            (key("Control", true, false), false),
            (InputEvent::PointerMove(Pointer::default()), false),
            (InputEvent::PointerUp(Pointer::default()), false),
            (InputEvent::Focus(true), false),
        ] {
            let mut activation = Activation::default();
            activation.observe(&event, now);
            assert_eq!((activation.consume(now), activation.take_gesture()), (counts, counts), "{event:?}");
        }
    }

    #[test]
    fn it_lapses_with_time_and_with_the_tab() {
        let now = Instant::now();
        let mut activation = Activation::default();
        activation.observe(&key("a", true, false), now);
        assert!(!activation.consume(now + LIFETIME));
        activation.observe(&key("a", true, false), now);
        activation.lapse();
        assert!(!activation.consume(now));
        assert!(activation.take_gesture(), "a later navigation still has its place in the history");
        assert!(!activation.take_gesture());
    }
}
