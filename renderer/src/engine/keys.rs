//! The keyboard: what the engine does with keys, and what it leaves to its embedder: activating the focused element, and
//! scrolling.

use super::input::keys;
use super::page::Page;
use blitz_dom::{NodeId, ScrollBehavior, ScrollLogicalPosition, local_name};
use blitz_traits::events::{BlitzKeyEvent, KeyState, UiEvent};
use bulkhead_shared::input::{Key, Modifiers};
use keyboard_types::{Code, Location};
use std::str::FromStr;

/// CSS pixels that an arrow key scrolls, as in Chromium (`kPixelsPerLineStep`).
const LINE: f64 = 40.0;

/// The part of the view that a page key scrolls, as in Chromium (`kMinFractionToStepWhenPaging`).
const PAGE: f64 = 0.875;

impl Page {
    pub(super) fn key(&mut self, key: &Key) {
        // The clipboard's text comes by an edit command. The engine would ask for it here, and paste nothing.
        let paste = key.modifiers.ctrl && key.key.eq_ignore_ascii_case("v");
        if paste || key.pressed && !key.modifiers.alt && self.act_on(key) {
            return;
        }
        self.redraw = true;
        let event = self.key_event(key);
        if !key.pressed {
            return self.dispatch(UiEvent::KeyUp(event));
        }
        self.dispatch(UiEvent::KeyDown(event));
        if key.key == "Tab" {
            self.show_focus();
        }
    }

    /// Does what the engine does not. Returns whether there was anything to do.
    fn act_on(&mut self, key: &Key) -> bool {
        if self.focused_field().is_some() {
            return false;
        }
        if key.modifiers.ctrl && key.key.eq_ignore_ascii_case("a") {
            self.select_all();
            return true;
        }
        match (&*key.key, self.focused_element()) {
            (name, Some(node)) if self.choose_by_key(node, name) => {}
            ("Enter", Some(node)) if self.is_activated_by_enter(node) => self.click(node, key.modifiers),
            (" ", Some(node)) if self.is_activated_by_space(node) => self.click(node, Modifiers::default()),
            _ => return self.scroll_by_key(key),
        }
        true
    }

    fn scroll_by_key(&mut self, key: &Key) -> bool {
        let page = f64::from(self.view_size().1) * PAGE;
        let Modifiers { ctrl, shift, .. } = key.modifiers;
        let (dx, dy) = match &*key.key {
            "ArrowUp" => (0.0, -LINE),
            "ArrowDown" => (0.0, LINE),
            "ArrowLeft" => (-LINE, 0.0),
            "ArrowRight" => (LINE, 0.0),
            "PageUp" if !ctrl => (0.0, -page),
            "PageDown" if !ctrl => (0.0, page),
            " " if !ctrl => (0.0, if shift { -page } else { page }),
            "Home" => (0.0, f64::NEG_INFINITY),
            "End" => (0.0, f64::INFINITY),
            _ => return false,
        };
        self.scroll_by(dx, dy);
        true
    }

    /// The element that has the focus; the engine says the root element where none has.
    pub(super) fn focused_element(&self) -> Option<NodeId> {
        let root = self.document.try_root_element()?.id;
        self.document.get_focussed_node_id().filter(|node| *node != root)
    }

    /// The text field that has the focus.
    pub(super) fn focused_field(&self) -> Option<NodeId> {
        let node = self.focused_element()?;
        self.document.get_node(node)?.element_data()?.text_input_data()?;
        Some(node)
    }

    fn show_focus(&mut self) {
        let Some(node) = self.focused_element() else { return };
        self.goal = None;
        let nearest = ScrollLogicalPosition::Nearest;
        self.document.scroll_into_view(node, ScrollBehavior::Instant, nearest, nearest);
    }

    fn is_activated_by_enter(&self, node: NodeId) -> bool {
        let Some(element) = self.document.get_node(node).and_then(|node| node.element_data()) else { return false };
        element.is_link() || self.is_activated_by_space(node)
    }

    fn is_activated_by_space(&self, node: NodeId) -> bool {
        let Some(element) = self.document.get_node(node).and_then(|node| node.element_data()) else { return false };
        [local_name!("button"), local_name!("summary"), local_name!("input")].contains(&element.name.local)
    }

    fn key_event(&self, key: &Key) -> BlitzKeyEvent {
        // A key that produces text is that text to the engine; the name of a dead key, for one, is not.
        let named = keyboard_types::Key::from_str(&key.key).unwrap_or_default();
        let engine_key = match (&named, &key.text) {
            (keyboard_types::Key::Character(_), Some(text)) if !key.modifiers.ctrl => {
                keyboard_types::Key::Character(text.clone())
            }
            _ => named,
        };
        BlitzKeyEvent {
            key: engine_key,
            code: Code::Unidentified,
            modifiers: keys(key.modifiers),
            location: Location::Standard,
            is_auto_repeating: key.repeat,
            is_composing: false,
            state: if key.pressed { KeyState::Pressed } else { KeyState::Released },
            text: key.text.as_deref().map(Into::into),
        }
    }
}
