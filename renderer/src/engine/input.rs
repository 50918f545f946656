//! The mouse, and the dispatch of all input.

use super::clicks::ClickHandler;
use super::links;
use super::page::Page;
use blitz_dom::{EventDriver, NodeId};
use blitz_traits::events::{
    BlitzImeEvent, BlitzPointerEvent, BlitzPointerId, BlitzWheelDelta, BlitzWheelEvent, DomEvent, MouseEventButton,
    MouseEventButtons, PointerCoords, PointerDetails, UiEvent,
};
use bulkhead_shared::input::{Button, InputEvent, Modifiers, Pointer, WheelUnit};
use bulkhead_shared::uplink::Target;

/// CSS pixels that one notch of the wheel scrolls, as in Chromium on Linux (`kWheelScrollAmount`).
const NOTCH: f64 = 53.0;

impl Page {
    /// Handles what the user did.
    pub(crate) fn input(&mut self, event: InputEvent) {
        // TOUR frame 8
        match event {
            InputEvent::PointerMove(pointer) => {
                if !self.scroll_bar_move(pointer) {
                    // A drag may select text, which the engine draws without asking.
                    self.redraw |= pointer.buttons != 0;
                    let pointer = self.follow_drag(pointer);
                    let event = self.pointer_event(pointer);
                    self.dispatch(UiEvent::PointerMove(event));
                }
            }
            InputEvent::PointerDown(pointer) => {
                self.redraw = true;
                if !self.scroll_bar_press(pointer) {
                    self.begin_drag(pointer);
                    let event = self.pointer_event(pointer);
                    let (x, y) = (event.coords.page_x, event.coords.page_y);
                    self.dispatch(UiEvent::PointerDown(event));
                    if pointer.button == Button::Main {
                        self.select_by_presses(x, y);
                    }
                }
            }
            InputEvent::PointerUp(pointer) => {
                self.redraw = true;
                self.end_drag();
                if !self.scroll_bar_release() {
                    self.release(pointer);
                }
            }
            InputEvent::PointerLeave => {
                self.scroll_bar_leave();
                let event = self.pointer_event(Pointer { x: -1.0, y: -1.0, ..Pointer::default() });
                self.dispatch(UiEvent::PointerLeave(event));
                self.host.hover(None);
            }
            InputEvent::Wheel { pointer, dx, dy, unit } => self.wheel(pointer, dx, dy, unit),
            InputEvent::Key(key) => self.key(&key),
            InputEvent::Text(text) => self.insert(text),
            InputEvent::Focus(_) => {}
        }
        self.report_pointer();
    }

    /// Gives the focus to the text field at this place, and puts its caret there, as the main button does. Whether there is one.
    pub(super) fn focus_field_at(&mut self, pointer: Pointer) -> bool {
        self.dispatch(UiEvent::PointerMove(self.pointer_event(Pointer { buttons: 0, ..pointer })));
        let over = self.document.get_hover_node_id().and_then(|node| self.document.get_node(node));
        if over.and_then(|node| node.element_data()?.text_input_data()).is_none() {
            return false;
        }
        self.redraw = true;
        let press = Pointer { button: Button::Main, modifiers: Modifiers::default(), ..pointer };
        self.dispatch(UiEvent::PointerDown(self.pointer_event(Pointer { buttons: 1, ..press })));
        self.dispatch(UiEvent::PointerUp(self.pointer_event(Pointer { buttons: 0, ..press })));
        self.report_pointer();
        true
    }

    /// Types text into the focused field, if there is one.
    pub(super) fn insert(&mut self, text: String) {
        self.redraw = true;
        self.dispatch(UiEvent::Ime(BlitzImeEvent::Commit(text)));
    }

    pub(super) fn dispatch(&mut self, event: UiEvent) {
        EventDriver::new(&mut self.document, ClickHandler { host: &self.host, owners: &self.form_owners })
            .handle_ui_event(event);
    }

    /// Clicks on an element as the keyboard does.
    pub(super) fn click(&mut self, node: NodeId, modifiers: Modifiers) {
        let Some(element) = self.document.get_node(node) else { return };
        let event = DomEvent::new(node, element.synthetic_click_event(keys(modifiers)));
        EventDriver::new(&mut self.document, ClickHandler { host: &self.host, owners: &self.form_owners })
            .handle_dom_event(event);
        self.redraw = true;
    }

    /// The engine makes a click of the main button's release, save for what it does not know; the middle button's is made one
    /// here, for links.
    fn release(&mut self, pointer: Pointer) {
        let pressed_on = self.document.get_mousedown_node_id();
        let event = self.pointer_event(pointer);
        self.dispatch(UiEvent::PointerUp(event));
        if pointer.button == Button::Main
            && let (Some(pressed_on), Some(released_on)) = (pressed_on, self.document.get_hover_node_id())
        {
            self.choose_by_click(pressed_on, released_on, pointer.modifiers);
        }
        if pointer.button == Button::Middle
            && let (Some(pressed_on), Some(released_on)) = (pressed_on, self.document.get_hover_node_id())
            && let Some(link) = links::nearest(&self.document, released_on)
            && links::nearest(&self.document, pressed_on) == Some(link)
        {
            let target = if pointer.modifiers.shift { Target::NewForegroundTab } else { Target::NewTab };
            links::follow_into(&self.document, &self.host, link, target);
        }
    }

    fn wheel(&mut self, pointer: Pointer, dx: f32, dy: f32, unit: WheelUnit) {
        self.goal = None;
        let factor = match unit {
            WheelUnit::Lines => NOTCH,
            WheelUnit::Pixels => 1.0 / f64::from(self.viewport.zoom),
        };
        let (mut dx, mut dy) = (f64::from(dx) * factor, f64::from(dy) * factor);
        if pointer.modifiers.shift && dx == 0.0 {
            (dx, dy) = (dy, 0.0);
        }
        let event = self.pointer_event(pointer);
        self.dispatch(UiEvent::Wheel(BlitzWheelEvent {
            delta: BlitzWheelDelta::Pixels(dx, dy),
            coords: event.coords,
            buttons: event.buttons,
            mods: event.mods,
            element: event.element,
        }));
    }

    /// Tells the host what the pointer is over, and whether text can be typed.
    pub(super) fn report_pointer(&self) {
        let over = self.document.get_hover_node_id();
        let link = over.and_then(|node| links::nearest(&self.document, node));
        self.host.hover(link.and_then(|link| links::address(&self.document, link)));
        self.host.text_focus(self.focused_field().is_some());
    }

    pub(super) fn pointer_event(&self, pointer: Pointer) -> BlitzPointerEvent {
        let (x, y) = (pointer.x / self.viewport.zoom, pointer.y / self.viewport.zoom);
        let scroll = self.document.viewport_scroll();
        BlitzPointerEvent {
            id: BlitzPointerId::Mouse,
            is_primary: true,
            coords: PointerCoords {
                page_x: x + scroll.x as f32,
                page_y: y + scroll.y as f32,
                screen_x: x,
                screen_y: y,
                client_x: x,
                client_y: y,
            },
            button: match pointer.button {
                Button::Main => MouseEventButton::Main,
                Button::Middle => MouseEventButton::Auxiliary,
                Button::Secondary => MouseEventButton::Secondary,
                Button::Back => MouseEventButton::Fourth,
                Button::Forward => MouseEventButton::Fifth,
            },
            buttons: MouseEventButtons::from_bits_truncate(pointer.buttons),
            mods: keys(pointer.modifiers),
            details: PointerDetails::default(),
            element: Default::default(),
            active_pointers: Default::default(),
        }
    }
}

/// Modifier keys as the engine has them.
pub(super) fn keys(modifiers: Modifiers) -> keyboard_types::Modifiers {
    use keyboard_types::Modifiers as Keys;
    let mut keys = Keys::empty();
    keys.set(Keys::CONTROL, modifiers.ctrl);
    keys.set(Keys::SHIFT, modifiers.shift);
    keys.set(Keys::ALT, modifiers.alt);
    keys.set(Keys::META, modifiers.meta);
    keys
}
