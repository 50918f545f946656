//! Keys and modifiers: from winit's words to the DOM's (UI Events KeyboardEvent key Values), which pages understand.

use bulkhead_shared::input::{Key, Modifiers};
use winit::event::{ElementState, KeyEvent};
use winit::keyboard::{Key as WinitKey, KeyCode, ModifiersState, NamedKey, PhysicalKey};

/// A key for the page.
pub(super) fn for_page(event: &KeyEvent, modifiers: Modifiers) -> Key {
    let pressed = event.state == ElementState::Pressed;
    let command = modifiers.ctrl || modifiers.meta;
    // What a key press with Ctrl or of Enter "types" is a control character, and no text.
    let text = event.text.as_deref().filter(|text| pressed && !command && !text.chars().any(char::is_control));
    Key { key: name(&event.logical_key), text: text.map(str::to_owned), modifiers, pressed, repeat: event.repeat }
}

/// A key for the table of shortcuts. Where the layout has no Latin letters, Ctrl+T is where T is on a Latin keyboard.
pub(super) fn for_shortcut(event: &KeyEvent) -> String {
    let latin = match event.physical_key {
        PhysicalKey::Code(code) => letter(code),
        PhysicalKey::Unidentified(_) => None,
    };
    match (&event.logical_key, latin) {
        (WinitKey::Character(text), Some(latin)) if !text.is_ascii() => latin.to_string(),
        (key, _) => name(key),
    }
}

/// Modifier keys.
pub(super) fn modifiers(state: ModifiersState) -> Modifiers {
    Modifiers { ctrl: state.control_key(), shift: state.shift_key(), alt: state.alt_key(), meta: state.super_key() }
}

fn name(key: &WinitKey) -> String {
    match key {
        WinitKey::Named(named) => named_key(*named).to_owned(),
        WinitKey::Character(text) => text.to_string(),
        WinitKey::Dead(_) => "Dead".to_owned(),
        WinitKey::Unidentified(_) => "Unidentified".to_owned(),
    }
}

/// The names that are the same in both; then those that are not.
macro_rules! names {
    ($key:expr, same: $($same:ident)*, other: $($winit:ident => $dom:literal,)*) => {
        match $key {
            $(NamedKey::$same => stringify!($same),)*
            $(NamedKey::$winit => $dom,)*
            _ => "Unidentified",
        }
    };
}

fn named_key(key: NamedKey) -> &'static str {
    names!(key,
        same:
            Alt AltGraph CapsLock Control Fn NumLock ScrollLock Shift Enter Tab
            ArrowDown ArrowLeft ArrowRight ArrowUp End Home PageDown PageUp
            Backspace Clear Copy Cut Delete Insert Paste Redo Undo
            Again Cancel ContextMenu Escape Find Help Pause Play Props Select ZoomIn ZoomOut
            Compose Convert NonConvert ModeChange Process PrintScreen
            BrowserBack BrowserFavorites BrowserForward BrowserHome BrowserRefresh BrowserSearch BrowserStop
            AudioVolumeDown AudioVolumeMute AudioVolumeUp
            F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15 F16 F17 F18 F19 F20,
        other:
            Space => " ",
            Super => "Meta",
    )
}

fn letter(code: KeyCode) -> Option<char> {
    use KeyCode::*;
    const LETTERS: [KeyCode; 26] = [
        KeyA, KeyB, KeyC, KeyD, KeyE, KeyF, KeyG, KeyH, KeyI, KeyJ, KeyK, KeyL, KeyM, KeyN, KeyO, KeyP, KeyQ, KeyR,
        KeyS, KeyT, KeyU, KeyV, KeyW, KeyX, KeyY, KeyZ,
    ];
    ('a'..='z').zip(LETTERS).find(|(_, key)| *key == code).map(|(letter, _)| letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_their_names_in_the_dom() {
        for (key, expected) in [
            (WinitKey::Named(NamedKey::Space), " "),
            (WinitKey::Named(NamedKey::Super), "Meta"),
            (WinitKey::Named(NamedKey::ArrowLeft), "ArrowLeft"),
            (WinitKey::Named(NamedKey::PageDown), "PageDown"),
            (WinitKey::Named(NamedKey::F5), "F5"),
            (WinitKey::Named(NamedKey::LaunchMail), "Unidentified"),
            (WinitKey::Character("ä".into()), "ä"),
            (WinitKey::Dead(Some('^')), "Dead"),
        ] {
            assert_eq!(name(&key), expected);
        }
    }

    #[test]
    fn the_table_of_shortcuts_uses_names_that_keys_have() {
        assert_eq!(name(&WinitKey::Named(NamedKey::Escape)), "Escape");
        assert_eq!(letter(KeyCode::KeyT), Some('t'));
        assert_eq!(letter(KeyCode::Digit1), None);
    }

    #[test]
    fn modifiers_are_carried_over_one_by_one() {
        let state = ModifiersState::CONTROL | ModifiersState::ALT;
        assert_eq!(modifiers(state), Modifiers { ctrl: true, alt: true, ..Modifiers::default() });
        assert_eq!(modifiers(ModifiersState::SUPER), Modifiers { meta: true, ..Modifiers::default() });
    }
}
