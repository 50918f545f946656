//! What the mouse does: to the page, to the interface, or to both.

use super::clipboard::Selection;
use super::paste::{Destination, MiddlePress};
use super::pointer::{self, Mouse, Owner};
use super::shell::Shell;
use super::view::View;
use crate::views::Command;
use bulkhead_shared::downlink::Edit;
use bulkhead_shared::input::{Button, InputEvent, Modifiers, Pointer, WheelUnit};
use winit::event::{ElementState, MouseButton, MouseScrollDelta, WindowEvent};

/// Points that a touchpad scrolls for one step of the zoom.
const ZOOM_DISTANCE: f32 = 60.0;

/// The mouse, and what it has begun.
#[derive(Debug, Default)]
pub(super) struct MouseInput {
    mouse: Mouse,
    paste: MiddlePress,
    /// How far Ctrl and the touchpad are on their way to the next zoom step.
    zooming: f32,
}

impl MouseInput {
    /// Where it is if it is the page's.
    pub(super) fn over_page(&self) -> Option<egui::Pos2> {
        (self.mouse.owner() == Owner::Page).then_some(self.mouse.position)
    }

    /// It moved to `position`, in points of the window.
    pub(super) fn moved(&mut self, shell: &mut Shell, event: &WindowEvent, position: egui::Pos2, held: Modifiers) {
        let (before, now) = self.mouse.moved(position, owner_at(shell, position));
        if before == Owner::Page && now != Owner::Page {
            shell.browser.input(InputEvent::PointerLeave);
        }
        if now == Owner::Page {
            shell.browser.input(InputEvent::PointerMove(self.for_page(shell, Button::Main, held)));
        }
        // The interface hears where the mouse went when it leaves it; what it does over the page is not its business.
        if now == Owner::Ui || before != Owner::Page {
            shell.tell_ui(event);
        }
    }

    /// It left the window.
    pub(super) fn left(&mut self, shell: &mut Shell, event: &WindowEvent) {
        if self.mouse.left() == Owner::Page && self.mouse.owner() == Owner::Nobody {
            shell.browser.input(InputEvent::PointerLeave);
        }
        shell.tell_ui(event);
    }

    /// A button went down or came up.
    pub(super) fn button(
        &mut self,
        shell: &mut Shell,
        event: &WindowEvent,
        (state, button): (ElementState, MouseButton),
        held: Modifiers,
    ) {
        let pressed = state.is_pressed();
        let Some(name) = pointer::button(button) else { return };
        match (name, pressed) {
            (Button::Back, true) => return shell.perform(Command::Back),
            (Button::Forward, true) => return shell.perform(Command::Forward),
            (Button::Back | Button::Forward, false) => return,
            _ => {}
        }
        match self.mouse.pressed(name, pressed, owner_at(shell, self.mouse.position)) {
            Owner::Page if pressed => self.press_page(shell, name, held),
            Owner::Page => {
                shell.browser.input(InputEvent::PointerUp(self.for_page(shell, name, held)));
                self.use_primary_selection(shell, name, held);
            }
            Owner::Ui if name == Button::Middle && shell.ui.is_address_at(self.mouse.position) => {
                if !pressed && self.mouse.has_clicked(name) {
                    self.paste_into_address(shell);
                }
            }
            Owner::Ui => shell.tell_ui(event),
            Owner::Nobody => {}
        }
    }

    fn press_page(&mut self, shell: &mut Shell, button: Button, held: Modifiers) {
        if shell.ui.has_keyboard() {
            shell.ui.release_keyboard();
            shell.touch_ui();
        }
        if button == Button::Middle {
            self.paste.pressed(shell.place(), shell.view.as_ref().is_some_and(View::shows_text_under_mouse));
        }
        shell.browser.input(InputEvent::PointerDown(self.for_page(shell, button, held)));
    }

    /// A button came up over the page. What the main button has selected becomes the desktop's primary selection, and the
    /// middle button inserts that into the text field that it was clicked on. The page is asked, and told, for such an act of
    /// the user alone.
    fn use_primary_selection(&mut self, shell: &mut Shell, button: Button, held: Modifiers) {
        match button {
            Button::Main if self.mouse.has_selected() || held.shift => shell.browser.edit(Edit::Selection),
            Button::Middle => {
                let place = self.paste.released(shell.place()).filter(|_| self.mouse.has_clicked(button));
                let pointer = self.for_page(shell, button, held);
                shell.ask(Selection::Primary, place.map(|place| Destination::PageAt(place, pointer)));
            }
            _ => {}
        }
    }

    /// The primary selection replaces the address, or goes where it was clicked in what is being typed.
    fn paste_into_address(&self, shell: &mut Shell) {
        if shell.ui.has_keyboard() {
            let pos = self.mouse.position;
            let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
            let click = [true, false].map(|pressed| egui::Event::PointerButton { pos, button, pressed, modifiers });
            if let Some(view) = &mut shell.view {
                view.do_in_ui(click);
            }
        } else {
            shell.perform(Command::FocusAddress);
        }
        shell.ask(Selection::Primary, Some(Destination::Ui(shell.browser.active().map(|tab| tab.id))));
    }

    /// The wheel turned, or fingers moved on a touchpad.
    pub(super) fn wheel(&mut self, shell: &mut Shell, event: &WindowEvent, delta: MouseScrollDelta, held: Modifiers) {
        if self.mouse.owner() != Owner::Page {
            return shell.tell_ui(event);
        }
        let (dx, dy, unit) = pointer::scroll(delta, shell.scale());
        if !held.ctrl {
            let pointer = self.for_page(shell, Button::Main, held);
            return shell.browser.input(InputEvent::Wheel { pointer, dx, dy, unit });
        }
        self.zooming += match unit {
            WheelUnit::Lines => dy.signum() * ZOOM_DISTANCE * f32::from(u8::from(dy != 0.0)),
            WheelUnit::Pixels => dy,
        };
        if self.zooming.abs() >= ZOOM_DISTANCE {
            let closer = self.zooming > 0.0;
            self.zooming = 0.0;
            shell.perform(if closer { Command::ZoomIn } else { Command::ZoomOut });
        }
    }

    fn for_page(&self, shell: &Shell, button: Button, held: Modifiers) -> Pointer {
        self.mouse.for_page(shell.ui.page_rect().min, button, held)
    }
}

fn owner_at(shell: &Shell, position: egui::Pos2) -> Owner {
    if shell.ui.is_page_at(position) { Owner::Page } else { Owner::Ui }
}
