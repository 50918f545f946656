//! The placeholders of empty fields. The engine draws the text of a field and, as of any box, the lines in it; a field has none of
//! its own, so these are where the placeholder goes.
//!
//! It is laid out by the field's own editor, which is empty then, and drawn in the colour of an element that the parser put into
//! the field for that: [`ELEMENT`].

use blitz_dom::node::{NodeFlags, TextBrush, TextLayout};
use blitz_dom::{BaseDocument, LocalName, NodeId};
use parley::StyleProperty;

/// The element within a field that has the text as its attribute [`TEXT`], and the colour.
pub(super) const ELEMENT: &str = "bulkhead-placeholder";

/// Its attribute.
pub(super) const TEXT: &str = "text";

/// The elements that stand for placeholders.
pub(super) fn find(document: &BaseDocument) -> Vec<NodeId> {
    let is_one = |id: &NodeId| {
        document
            .get_node(*id)
            .and_then(|node| node.element_data())
            .is_some_and(|element| &*element.name.local == ELEMENT)
    };
    document.tree().iter().map(|(id, _)| id).filter(is_one).collect()
}

/// Shows the placeholders of the fields that are empty, and of no other. To be called after each layout.
pub(super) fn show(document: &mut BaseDocument, placeholders: &[NodeId]) {
    for placeholder in placeholders {
        let Some(node) = document.get_node(*placeholder) else { continue };
        let (Some(field), Some(text)) = (node.parent, node.attr(LocalName::from(TEXT)).map(str::to_owned)) else {
            continue;
        };
        match state(document, field) {
            Some((true, false)) => lay_out(document, field, *placeholder, &text),
            Some((false, true)) => hide(document, field),
            _ => {}
        }
    }
}

/// Whether a field is empty, and whether its placeholder is shown.
fn state(document: &BaseDocument, field: NodeId) -> Option<(bool, bool)> {
    let element = document.get_node(field)?.element_data()?;
    let empty = element.text_input_data()?.editor.raw_text().is_empty();
    Some((empty, element.inline_layout_data.is_some()))
}

fn lay_out(document: &mut BaseDocument, field: NodeId, placeholder: NodeId, text: &str) {
    let mut layout = None;
    document.with_text_input(field, |mut driver| {
        let brush = |id| StyleProperty::Brush(TextBrush { id });
        driver.editor.edit_styles().insert(brush(placeholder));
        driver.editor.set_text(text);
        driver.refresh_layout();
        layout = driver.editor.try_layout().cloned();
        driver.editor.edit_styles().insert(brush(field));
        driver.editor.set_text("");
        driver.refresh_layout();
    });
    let scale = f64::from(document.viewport().scale());
    let (Some(layout), Some(node)) = (layout, document.get_node_mut(field)) else { return };
    let block_offset = node.text_input_v_centering_offset(scale) as f32;
    if let Some(element) = node.element_data_mut() {
        let text = text.to_owned();
        element.inline_layout_data = Some(Box::new(TextLayout { text, layout, block_offset, ..TextLayout::default() }));
        node.flags.insert(NodeFlags::IS_INLINE_ROOT);
    }
}

fn hide(document: &mut BaseDocument, field: NodeId) {
    if let Some(node) = document.get_node_mut(field) {
        node.flags.remove(NodeFlags::IS_INLINE_ROOT);
        if let Some(element) = node.element_data_mut() {
            element.inline_layout_data = None;
        }
    }
}
