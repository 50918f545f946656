//! Edit commands: copy, cut, select all, paste.

use super::page::Page;
use blitz_dom::{BaseDocument, NodeId};
use bulkhead_shared::downlink::Edit;

impl Page {
    /// Obeys an edit command of the browser UI.
    pub(crate) fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::Copy => self.copy(false),
            Edit::Cut => self.copy(true),
            Edit::SelectAll => self.select_all(),
            Edit::Paste(text) => self.paste(text),
        }
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
            self.engine().set_text_selection(first, 0, last, length);
        }
    }

    fn copy(&mut self, cut: bool) {
        let Some(field) = self.focused_field() else {
            if let Some(text) = self.document.get_selected_text() {
                self.host.copy(&text);
            }
            return;
        };
        let mut selected = None;
        self.document.with_text_input(field, |mut driver| {
            selected = driver.editor.selected_text().map(str::to_owned);
            if cut && selected.is_some() {
                driver.delete_selection();
            }
        });
        if let Some(text) = selected {
            self.host.copy(&text);
            self.redraw |= cut;
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

/// The blocks of text below a node in layout order, each with its length.
fn collect_text_blocks(document: &BaseDocument, node: NodeId, blocks: &mut Vec<(NodeId, usize)>) {
    let Some(data) = document.get_node(node) else { return };
    if let Some(text) = data.element_data().and_then(|element| element.inline_layout_data.as_ref()) {
        blocks.push((node, text.text.len()));
    }
    if let Some(children) = data.layout_children.borrow().as_ref() {
        for child in children {
            collect_text_blocks(document, *child, blocks);
        }
    }
}
