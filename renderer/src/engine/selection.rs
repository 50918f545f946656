//! Selection by repeated presses, and the edit commands: copy, cut, select all, paste.

use super::host::cut;
use super::page::Page;
use super::selected_text::{collect_text_blocks, selected_text, whole_text};
use super::tabs;
use bulkhead_shared::downlink::Edit;
use bulkhead_shared::input::Pointer;
use bulkhead_shared::limits::CLIPBOARD_BYTES;
use std::ops::Range;
use std::time::{Duration, Instant};

/// Presses in one place follow one another within this time to count as one, as in the engine's text fields.
const MULTI_CLICK: Duration = Duration::from_millis(500);

/// How far apart, in CSS pixels, they may be.
const SAME_PLACE: f32 = 2.0;

/// Presses of the main button in one place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Presses {
    last: Instant,
    x: f32,
    y: f32,
    count: u8,
}

impl Page {
    /// Selects the word that is pressed on twice, and the paragraph that is pressed on three times. A text field does so itself.
    pub(super) fn select_by_presses(&mut self, x: f32, y: f32) {
        let count = self.presses.map_or(1, |before| before.followed_by(x, y));
        self.presses = Some(Presses { last: Instant::now(), x, y, count });
        if count < 2 || self.focused_field().is_some() {
            return;
        }
        let Some((block, at)) = self.document.find_text_position(x, y) else { return };
        let element = self.document.get_node(block).and_then(|node| node.element_data());
        let Some(layout) = element.and_then(|element| element.inline_layout_data.as_ref()) else { return };
        let range = if count == 2 { word_around(&layout.text, at) } else { 0..layout.text.len() };
        self.document.set_text_selection(block, range.start, block, range.end);
    }

    /// Obeys an edit command of the browser UI. Returns the text that is asked for, if there is any.
    pub(crate) fn edit(&mut self, edit: Edit) -> Option<String> {
        match edit {
            Edit::Copy => return self.copy(false),
            Edit::Cut => return self.copy(true),
            Edit::SelectAll => self.select_all(),
            Edit::Paste(text) => self.paste(text),
            Edit::Selection => return self.selection(),
            Edit::PasteAt(pointer, text) => self.paste_at(pointer, text),
        }
        None
    }

    /// Selects the whole of the focused field, or of the document.
    pub(super) fn select_all(&mut self) {
        self.redraw = true;
        if let Some(field) = self.focused_field() {
            return self.document.with_text_input(field, |mut driver| driver.select_all());
        }
        let mut blocks = Vec::new();
        if let Some(root) = self.document.try_root_element() {
            collect_text_blocks(&self.document, root.id, &mut blocks);
        }
        if let (Some(&(first, _)), Some(&(last, length))) = (blocks.first(), blocks.last()) {
            self.document.set_text_selection(first, 0, last, length);
            self.all_selected = true;
        }
    }

    /// The selected text, up to what the link carries. What the link does not carry as a whole is not deleted either.
    fn copy(&mut self, delete: bool) -> Option<String> {
        let Some(field) = self.focused_field() else {
            return self.text_of_page().map(|text| cut(&text, CLIPBOARD_BYTES).to_owned());
        };
        let mut selected: Option<String> = None;
        self.document.with_text_input(field, |mut driver| {
            selected = driver.editor.selected_text().map(str::to_owned);
            if delete && selected.as_ref().is_some_and(|text| text.len() <= CLIPBOARD_BYTES) {
                driver.delete_selection();
            }
        });
        self.redraw |= delete;
        selected.map(|text| cut(&text, CLIPBOARD_BYTES).to_owned())
    }

    /// What is selected outside of fields.
    fn text_of_page(&self) -> Option<String> {
        let text = if self.all_selected { whole_text(&self.document) } else { selected_text(&self.document) };
        text.map(|text| tabs::restore(&text).into_owned())
    }

    /// What is selected anywhere, up to what the link carries.
    fn selection(&mut self) -> Option<String> {
        let text = match self.focused_field() {
            None => self.text_of_page(),
            Some(field) => {
                let mut selected = None;
                self.document
                    .with_text_input(field, |driver| selected = driver.editor.selected_text().map(str::to_owned));
                selected
            }
        };
        text.filter(|text| !text.is_empty()).map(|text| cut(&text, CLIPBOARD_BYTES).to_owned())
    }

    /// A press of the middle button over a text field, as X11's and Wayland's programs understand it.
    fn paste_at(&mut self, pointer: Pointer, text: String) {
        if self.focus_field_at(pointer) {
            self.paste(text);
        }
    }

    fn paste(&mut self, text: String) {
        let Some(field) = self.focused_field() else { return };
        let element = self.document.get_node(field).and_then(|node| node.element_data());
        let multiline = element.and_then(|element| element.text_input_data()).is_some_and(|input| input.is_multiline);
        // A field of one line takes the text without its line breaks (HTML standard, "strip newlines").
        self.insert(if multiline { text } else { text.replace(['\n', '\r'], "") });
    }
}

impl Presses {
    /// What number the next press here is: one, two, three, and one again.
    fn followed_by(self, x: f32, y: f32) -> u8 {
        let near = (x - self.x).abs() <= SAME_PLACE && (y - self.y).abs() <= SAME_PLACE;
        if near && self.last.elapsed() < MULTI_CLICK { self.count % 3 + 1 } else { 1 }
    }
}

/// The word that the byte `at` belongs to; a character that belongs to no word stands for itself.
fn word_around(text: &str, at: usize) -> Range<usize> {
    let at = text.floor_char_boundary(at.min(text.len()));
    let is_word = |character: &char| character.is_alphanumeric() || *character == '_';
    let width =
        |characters: &mut dyn Iterator<Item = char>| characters.take_while(is_word).map(char::len_utf8).sum::<usize>();
    let start = at - width(&mut text[..at].chars().rev());
    let end = at + width(&mut text[at..].chars());
    if start < end { start..end } else { at..at + text[at..].chars().next().map_or(0, char::len_utf8) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_ends_where_its_letters_do() {
        let text = "über snake_case, 42!";
        let word = |at| &text[word_around(text, at)];
        assert_eq!((word(0), word(1), word(3)), ("über", "über", "über"));
        assert_eq!((word(6), word(16), word(20)), ("snake_case", "snake_case", "42"));
        assert_eq!(word(17), " ");
        assert_eq!(word_around("", 0), 0..0);
        assert_eq!(word_around("a", 99), 0..1);
    }
}
