//! Events of mouse and keyboard, free of any window system.
//!
//! Positions and distances are *window pixels* from the page area's top left: device pixels divided by
//! [`Viewport::scale`](crate::downlink::Viewport::scale), what window systems call logical pixels. The page's zoom is not in
//! them; the renderer divides by it. At zoom 1 they are CSS pixels.

use serde::{Deserialize, Serialize};

/// What a user does to a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum InputEvent {
    /// The mouse moved to here.
    PointerMove(Pointer),
    /// A button went down.
    PointerDown(Pointer),
    /// A button came up.
    PointerUp(Pointer),
    /// The mouse left the page area.
    PointerLeave,
    /// A wheel or a touchpad: positive `dy` shows what is further up, as winit and the DOM's negated `deltaY` have it.
    Wheel {
        /// Where the pointer is.
        pointer: Pointer,
        /// Horizontal distance.
        dx: f32,
        /// Vertical distance.
        dy: f32,
        /// Whether the distances are lines of text (a wheel's notches) or window pixels (a touchpad).
        unit: WheelUnit,
    },
    /// A key went down (or repeats) or came up.
    Key(Key),
    /// Text arrived as a whole: from an input method, or pasted.
    Text(String),
    /// The page area gained or lost the keyboard focus.
    Focus(bool),
}

impl InputEvent {
    /// Takes up the event that follows, where both together come to one: of two moves the later counts, and turns of the
    /// wheel add up. Whether it did; else both are needed.
    pub fn absorb(&mut self, next: &InputEvent) -> bool {
        match (self, next) {
            (Self::PointerMove(last), Self::PointerMove(pointer)) => {
                *last = *pointer;
                true
            }
            (
                Self::Wheel { pointer: last, dx: last_dx, dy: last_dy, unit: last_unit },
                Self::Wheel { pointer, dx, dy, unit },
            ) if last_unit == unit && last.modifiers == pointer.modifiers => {
                *last = *pointer;
                *last_dx += dx;
                *last_dy += dy;
                true
            }
            _ => false,
        }
    }
}

/// The unit of a wheel event's distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WheelUnit {
    /// Notches of a wheel.
    Lines,
    /// Window pixels.
    Pixels,
}

/// Where the pointer is and what is pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pointer {
    /// Window pixels from the left edge of the page area.
    pub x: f32,
    /// Window pixels from its top.
    pub y: f32,
    /// The button that changed; [`Button::Main`] for moves.
    pub button: Button,
    /// All buttons now down, as in the DOM's `MouseEvent.buttons`: 1 main, 2 secondary, 4 middle, 8 back, 16 forward.
    pub buttons: u8,
    /// Modifier keys now down.
    pub modifiers: Modifiers,
}

/// A mouse button, as in the DOM's `MouseEvent.button`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Button {
    /// Usually the left one.
    #[default]
    Main,
    /// The wheel.
    Middle,
    /// Usually the right one.
    Secondary,
    /// "Back".
    Back,
    /// "Forward".
    Forward,
}

/// Modifier keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modifiers {
    /// Ctrl.
    pub ctrl: bool,
    /// Shift.
    pub shift: bool,
    /// Alt.
    pub alt: bool,
    /// Super, the Windows key.
    pub meta: bool,
}

/// A key press or release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The key's name as in the DOM's `KeyboardEvent.key`: `"a"`, `"Enter"`, `"ArrowLeft"`, `"PageDown"`, `" "`.
    pub key: String,
    /// The text that it produces, if any.
    pub text: Option<String>,
    /// Modifier keys now down.
    pub modifiers: Modifiers,
    /// Down, or up.
    pub pressed: bool,
    /// Whether it is held down and repeats.
    pub repeat: bool,
}
