//! Taking a form back to what its document declares.

use super::choices;
use super::forms::controls::{Control, FormOwners};
use blitz_dom::traversal::TreeTraverser;
use blitz_dom::{BaseDocument, NodeId, local_name};

/// Takes all controls of a form back.
pub(super) fn reset(document: &mut BaseDocument, owners: &FormOwners, form: NodeId) {
    let controls: Vec<(NodeId, Control)> = TreeTraverser::new(document)
        .filter_map(|node| Some((node, Control::of(document, node)?)))
        .filter(|(node, _)| owners.owner(document, *node) == Some(form))
        .collect();
    for (node, control) in controls {
        match control {
            Control::Line => {
                let value = document.get_node(node).and_then(|node| node.attr(local_name!("value")));
                let value = value.unwrap_or_default().to_owned();
                set_text(document, node, &value);
            }
            Control::Text => {
                let content = document.get_node(node).map(|node| node.text_content()).unwrap_or_default();
                set_text(document, node, &content);
            }
            Control::Checkbox | Control::Radio => restore_mark(document, node),
            Control::Select => choices::restore(document, node),
            _ => {}
        }
    }
}

fn set_text(document: &mut BaseDocument, field: NodeId, text: &str) {
    document.with_text_input(field, |mut driver| {
        driver.select_all();
        driver.insert_or_replace_selection(text);
    });
}

fn restore_mark(document: &mut BaseDocument, node: NodeId) {
    document.snapshot_node(node);
    let Some(node) = document.get_node_mut(node) else { return };
    if let Some(element) = node.element_data_mut() {
        let declared = element.has_attr(local_name!("checked"));
        element.set_checkbox_input_checked(declared);
    }
    node.mark_ancestors_dirty();
}
