//! The mouse: where it is, what is pressed, and whether it is the page's or the interface's.
//!
//! It is whose it is over. From the press of a button to the release of the last, it stays with whom it was pressed on:
//! a selection that is dragged out of the page, or out of the address bar, goes on.

use bulkhead_shared::input::{Button, Modifiers, Pointer};
use std::time::{Duration, Instant};
use winit::event::{MouseButton, MouseScrollDelta};

/// Whose the mouse is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Owner {
    /// It is not over the window.
    #[default]
    Nobody,
    /// The interface.
    Ui,
    /// The page.
    Page,
}

/// How far, in points, the mouse may move between press and release of a click.
const TREMBLE: f32 = 3.0;

/// How soon a press has to follow another in the same place to count as its second.
const MULTI_CLICK: Duration = Duration::from_millis(500);

/// The last press of a button.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Press {
    button: Button,
    at: egui::Pos2,
    when: Instant,
    /// Whether it followed another one of the same button in the same place.
    again: bool,
    /// Whether the mouse went away from there before the release.
    dragged: bool,
}

/// The mouse.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Mouse {
    /// In points of the window.
    pub(super) position: egui::Pos2,
    owner: Owner,
    /// As in [`Pointer::buttons`].
    buttons: u8,
    press: Option<Press>,
}

impl Mouse {
    /// It moved; `over` is whose that place is. Returns whose it was and whose it is now.
    pub(super) fn moved(&mut self, position: egui::Pos2, over: Owner) -> (Owner, Owner) {
        self.position = position;
        if let Some(press) = self.press.as_mut().filter(|press| self.buttons & mask(press.button) != 0) {
            press.dragged |= press.at.distance(position) > TREMBLE;
        }
        let before = self.owner;
        if self.buttons == 0 {
            self.owner = over;
        }
        (before, self.owner)
    }

    /// It left the window. Returns whose it was; while a button is held, it stays theirs.
    pub(super) fn left(&mut self) -> Owner {
        let before = self.owner;
        if self.buttons == 0 {
            self.owner = Owner::Nobody;
        }
        before
    }

    /// A button changed. Returns whose that is.
    pub(super) fn pressed(&mut self, button: Button, pressed: bool, over: Owner) -> Owner {
        if self.buttons == 0 {
            self.owner = over;
        }
        let owner = self.owner;
        if pressed {
            self.buttons |= mask(button);
            self.press = Some(self.new_press(button));
        } else {
            self.buttons &= !mask(button);
        }
        owner
    }

    fn new_press(&self, button: Button) -> Press {
        let (at, when) = (self.position, Instant::now());
        let again = self.press.is_some_and(|last| {
            last.button == button && last.at.distance(at) <= TREMBLE && when.duration_since(last.when) < MULTI_CLICK
        });
        Press { button, at, when, again, dragged: false }
    }

    /// Whether the last press of this button was a click: the mouse stayed in its place.
    pub(super) fn has_clicked(&self, button: Button) -> bool {
        self.press.is_some_and(|press| press.button == button && !press.dragged)
    }

    /// Whether the last press of the main button was one that selects: a drag, or a second click.
    pub(super) fn has_selected(&self) -> bool {
        self.press.is_some_and(|press| press.button == Button::Main && (press.dragged || press.again))
    }

    pub(super) fn owner(&self) -> Owner {
        self.owner
    }

    /// As the page sees it, whose area begins at `origin`.
    pub(super) fn for_page(&self, origin: egui::Pos2, button: Button, modifiers: Modifiers) -> Pointer {
        let at = self.position - origin;
        Pointer { x: at.x, y: at.y, button, buttons: self.buttons, modifiers }
    }
}

/// A button, where a page knows it.
pub(super) fn button(button: MouseButton) -> Option<Button> {
    Some(match button {
        MouseButton::Left => Button::Main,
        MouseButton::Middle => Button::Middle,
        MouseButton::Right => Button::Secondary,
        MouseButton::Back => Button::Back,
        MouseButton::Forward => Button::Forward,
        MouseButton::Other(_) => return None,
    })
}

/// Its bit in [`Pointer::buttons`].
fn mask(button: Button) -> u8 {
    match button {
        Button::Main => 1,
        Button::Secondary => 2,
        Button::Middle => 4,
        Button::Back => 8,
        Button::Forward => 16,
    }
}

/// A wheel's or touchpad's distances, in lines or in points.
pub(super) fn scroll(delta: MouseScrollDelta, scale: f64) -> (f32, f32, bulkhead_shared::input::WheelUnit) {
    use bulkhead_shared::input::WheelUnit;
    match delta {
        MouseScrollDelta::LineDelta(dx, dy) => (dx, dy, WheelUnit::Lines),
        MouseScrollDelta::PixelDelta(delta) => {
            let delta = delta.to_logical::<f32>(scale);
            (delta.x, delta.y, WheelUnit::Pixels)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    #[test]
    fn a_drag_stays_with_whom_it_began() {
        let mut mouse = Mouse::default();
        assert_eq!(mouse.moved(pos2(1.0, 90.0), Owner::Page), (Owner::Nobody, Owner::Page));
        assert_eq!(mouse.pressed(Button::Main, true, Owner::Page), Owner::Page);
        assert_eq!(mouse.moved(pos2(1.0, 2.0), Owner::Ui), (Owner::Page, Owner::Page));
        assert_eq!(mouse.left(), Owner::Page);
        assert_eq!(mouse.pressed(Button::Main, false, Owner::Ui), Owner::Page, "the release, too");
        assert_eq!(mouse.moved(pos2(1.0, 3.0), Owner::Ui), (Owner::Page, Owner::Ui));
    }

    #[test]
    fn a_drag_and_a_second_click_select_and_a_click_does_not() {
        let mut mouse = Mouse::default();
        mouse.moved(pos2(5.0, 5.0), Owner::Page);
        mouse.pressed(Button::Main, true, Owner::Page);
        assert!(mouse.has_clicked(Button::Main) && !mouse.has_selected());
        mouse.moved(pos2(5.0, 20.0), Owner::Page);
        mouse.moved(pos2(5.0, 5.0), Owner::Page);
        mouse.pressed(Button::Main, false, Owner::Page);
        assert!(mouse.has_selected() && !mouse.has_clicked(Button::Main), "it came back, but it was away");
        mouse.pressed(Button::Main, true, Owner::Page);
        assert!(mouse.has_selected(), "the second in one place");
        mouse.pressed(Button::Middle, true, Owner::Page);
        assert!(mouse.has_clicked(Button::Middle) && !mouse.has_selected());
    }

    #[test]
    fn a_second_button_does_not_take_the_mouse_away() {
        let mut mouse = Mouse::default();
        mouse.pressed(Button::Main, true, Owner::Ui);
        assert_eq!(mouse.pressed(Button::Middle, true, Owner::Page), Owner::Ui);
        mouse.pressed(Button::Main, false, Owner::Page);
        assert_eq!(mouse.moved(pos2(5.0, 5.0), Owner::Page).1, Owner::Ui);
    }

    #[test]
    fn the_page_sees_positions_from_its_own_corner_and_the_dom_s_buttons() {
        let mut mouse = Mouse::default();
        mouse.moved(pos2(10.0, 100.0), Owner::Page);
        mouse.pressed(Button::Secondary, true, Owner::Page);
        mouse.pressed(Button::Main, true, Owner::Page);
        let pointer = mouse.for_page(pos2(0.0, 80.0), Button::Main, Modifiers::default());
        assert_eq!((pointer.x, pointer.y, pointer.buttons), (10.0, 20.0, 1 | 2));
    }
}
