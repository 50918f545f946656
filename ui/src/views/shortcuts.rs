//! Which keys order what. A table, with keys by their names in the DOM (`KeyboardEvent.key`).

use super::command::Command;
use bulkhead_shared::input::Modifiers;

/// Modifier keys of a row.
const NONE: Modifiers = Modifiers { ctrl: false, shift: false, alt: false, meta: false };
const CTRL: Modifiers = Modifiers { ctrl: true, ..NONE };
const CTRL_SHIFT: Modifiers = Modifiers { shift: true, ..CTRL };
const ALT: Modifiers = Modifiers { alt: true, ..NONE };
const SHIFT: Modifiers = Modifiers { shift: true, ..NONE };

/// The table. Letters are lower case; with Shift, they are found all the same.
const SHORTCUTS: &[(Modifiers, &str, Command)] = &[
    (CTRL, "t", Command::NewTab),
    (CTRL, "w", Command::CloseActive),
    (CTRL, "F4", Command::CloseActive),
    (CTRL_SHIFT, "t", Command::ReopenTab),
    (CTRL, "Tab", Command::NextTab),
    (CTRL_SHIFT, "Tab", Command::PreviousTab),
    (CTRL, "PageDown", Command::NextTab),
    (CTRL, "PageUp", Command::PreviousTab),
    (CTRL, "1", Command::TabAt(0)),
    (CTRL, "2", Command::TabAt(1)),
    (CTRL, "3", Command::TabAt(2)),
    (CTRL, "4", Command::TabAt(3)),
    (CTRL, "5", Command::TabAt(4)),
    (CTRL, "6", Command::TabAt(5)),
    (CTRL, "7", Command::TabAt(6)),
    (CTRL, "8", Command::TabAt(7)),
    (CTRL, "9", Command::LastTab),
    (CTRL, "l", Command::FocusAddress),
    (ALT, "d", Command::FocusAddress),
    (NONE, "F6", Command::FocusAddress),
    (NONE, "F5", Command::Reload),
    (CTRL, "F5", Command::Reload),
    (CTRL, "r", Command::Reload),
    (CTRL_SHIFT, "r", Command::Reload),
    (ALT, "ArrowLeft", Command::Back),
    (ALT, "ArrowRight", Command::Forward),
    (NONE, "BrowserBack", Command::Back),
    (NONE, "BrowserForward", Command::Forward),
    (CTRL, "+", Command::ZoomIn),
    (CTRL_SHIFT, "+", Command::ZoomIn),
    (CTRL, "=", Command::ZoomIn),
    (CTRL, "-", Command::ZoomOut),
    (CTRL_SHIFT, "_", Command::ZoomOut),
    (CTRL, "0", Command::ZoomReset),
    (SHIFT, "Escape", Command::ProcessTable),
    (CTRL, "q", Command::Quit),
    // Into the field that has the keyboard, the interface's or the page's.
    (CTRL, "v", Command::Paste),
    (CTRL_SHIFT, "v", Command::Paste),
    (SHIFT, "Insert", Command::Paste),
    (NONE, "Paste", Command::Paste),
];

/// Those that count only while the page has the keyboard: in a text field of the interface, they are the field's.
const PAGE_SHORTCUTS: &[(Modifiers, &str, Command)] = &[
    (NONE, "Escape", Command::Stop),
    (CTRL, "c", Command::Copy),
    (CTRL, "Insert", Command::Copy),
    (NONE, "Copy", Command::Copy),
    (CTRL, "x", Command::Cut),
    (SHIFT, "Delete", Command::Cut),
    (NONE, "Cut", Command::Cut),
    (CTRL, "a", Command::SelectAll),
];

/// What this key orders, if it orders anything. `in_page`: the page has the keyboard.
#[must_use]
pub fn find(key: &str, modifiers: Modifiers, in_page: bool) -> Option<Command> {
    let rows = SHORTCUTS.iter().chain(PAGE_SHORTCUTS.iter().filter(|_| in_page));
    let letter = key.to_lowercase();
    let found = rows
        .into_iter()
        .find(|(held, name, _)| *held == modifiers && (*name == key || (name.len() == 1 && *name == letter)));
    found.map(|(_, _, command)| command.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_what_they_do_in_every_browser() {
        for (key, modifiers, command) in [
            ("t", CTRL, Command::NewTab),
            ("T", CTRL_SHIFT, Command::ReopenTab),
            ("Tab", CTRL_SHIFT, Command::PreviousTab),
            ("9", CTRL, Command::LastTab),
            ("2", CTRL, Command::TabAt(1)),
            ("F5", NONE, Command::Reload),
            ("ArrowLeft", ALT, Command::Back),
            ("Escape", SHIFT, Command::ProcessTable),
        ] {
            assert_eq!(find(key, modifiers, false), Some(command), "{key}");
        }
    }

    #[test]
    fn what_the_page_needs_stays_the_pages() {
        for (key, modifiers) in [
            (" ", NONE),
            ("PageDown", NONE),
            ("Home", NONE),
            ("t", NONE),
            ("T", SHIFT),
            ("ArrowLeft", NONE),
            ("Tab", NONE),
            ("t", Modifiers { alt: true, ..CTRL }),
        ] {
            assert_eq!(find(key, modifiers, true), None, "{key}");
        }
    }

    #[test]
    fn editing_keys_are_the_address_bars_while_it_has_the_keyboard() {
        assert_eq!(find("c", CTRL, true), Some(Command::Copy));
        assert_eq!(find("c", CTRL, false), None);
        for (key, modifiers) in [("v", CTRL), ("V", CTRL_SHIFT), ("Insert", SHIFT), ("Paste", NONE)] {
            assert_eq!(
                [true, false].map(|in_page| find(key, modifiers, in_page)),
                [Some(Command::Paste), Some(Command::Paste)]
            );
        }
        assert_eq!(find("Escape", NONE, true), Some(Command::Stop));
        assert_eq!(find("Escape", NONE, false), None);
    }

    #[test]
    fn no_key_has_two_meanings() {
        let all: Vec<_> = SHORTCUTS.iter().chain(PAGE_SHORTCUTS).collect();
        for (index, (modifiers, key, _)) in all.iter().enumerate() {
            let again = all.iter().skip(index + 1).any(|(held, name, _)| held == modifiers && name == key);
            assert!(!again, "{key}");
        }
    }
}
