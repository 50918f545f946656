//! The keyboard: what the engine does with keys, and what it leaves to its embedder: activating the focused element, and
//! scrolling.

use super::clicks;
use super::forms;
use super::forms::controls::{Control, is_disabled};
use super::input::keys;
use super::page::Page;
use super::sliders;
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
        // The clipboard is served by edit commands. The engine would ask for its text here, and paste nothing, and copy unasked.
        let clipboard = key.modifiers.ctrl && ["c", "v", "x"].iter().any(|name| key.key.eq_ignore_ascii_case(name));
        if clipboard || key.pressed && !key.modifiers.alt && self.act_on(key) {
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
        if key.key == "Enter" && self.send_by_enter(key.repeat) {
            return true;
        }
        if self.focused_field().is_some() {
            return false;
        }
        if key.modifiers.ctrl && key.key.eq_ignore_ascii_case("a") {
            self.select_all();
            return true;
        }
        match (&*key.key, self.focused_element()) {
            (name, Some(node)) if self.choose_by_key(node, name) => {}
            (name, Some(node)) if self.mark_by_key(node, name) => {}
            (name, Some(node)) if sliders::key(&mut self.document, node, name) => self.redraw = true,
            // A key that is held down acts once.
            ("Enter", Some(node)) if self.is_activated_by_enter(node) => {
                if !key.repeat {
                    self.click(node, key.modifiers);
                }
            }
            (" ", Some(node)) if self.is_activated_by_space(node) => {
                if !key.repeat {
                    self.click(node, Modifiers::default());
                }
            }
            _ => return self.scroll_by_key(key),
        }
        true
    }

    /// Enter in a field of one line, or on what is marked, sends the form. Returns whether the focus is in such a field.
    fn send_by_enter(&mut self, repeat: bool) -> bool {
        let Some(node) = self.focused_element() else { return false };
        if !matches!(Control::of(&self.document, node), Some(Control::Line | Control::Checkbox | Control::Radio)) {
            return false;
        }
        if !repeat {
            forms::submit_implicitly(&mut self.document, &self.host, &self.form_owners, node);
        }
        true
    }

    /// Lets an arrow key mark the next or the previous radio button of a group. Returns whether it was such a key.
    fn mark_by_key(&mut self, node: NodeId, key: &str) -> bool {
        if Control::of(&self.document, node) != Some(Control::Radio) {
            return false;
        }
        let forwards = match key {
            "ArrowDown" | "ArrowRight" => true,
            "ArrowUp" | "ArrowLeft" => false,
            _ => return false,
        };
        let mut group = clicks::radio_group(&self.document, &self.form_owners, node);
        group.retain(|radio| !is_disabled(&self.document, *radio));
        let Some(at) = group.iter().position(|radio| *radio == node) else { return true };
        let next = group[if forwards { at + 1 } else { at + group.len() - 1 } % group.len()];
        clicks::mark_radio(&mut self.document, &self.form_owners, next);
        self.document.set_focus_to(next);
        self.redraw = true;
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
