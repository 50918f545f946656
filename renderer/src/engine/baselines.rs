//! Where the first line of text in a box stands.

use blitz_dom::{BaseDocument, Node, NodeId};
use style::computed_values::float::T as Float;

/// Where the first line of what is in a box stands, in CSS pixels from the box's upper edge. A box without lines has no such place.
pub(super) fn first(document: &BaseDocument, id: NodeId) -> Option<f32> {
    let node = document.get_node(id)?;
    if let Some(baseline) = of_own_line(node) {
        return Some(node.final_layout().border.top + baseline);
    }
    let children = node.layout_children.borrow();
    children.iter().flatten().find_map(|child| {
        let node = document.get_node(*child).filter(|node| is_in_flow(node))?;
        Some(node.final_layout().location.y + first(document, *child)?)
    })
}

/// Where the first of a box's own lines stands, in CSS pixels from the upper edge of its padding.
pub(super) fn of_own_line(node: &Node) -> Option<f32> {
    let text = node.element_data()?.inline_layout_data.as_ref()?;
    let baseline = text.layout.lines().next()?.metrics().baseline / text.layout.scale();
    Some(baseline + text.block_offset + node.final_layout().padding.top)
}

fn is_in_flow(node: &Node) -> bool {
    node.primary_styles()
        .is_some_and(|style| !style.clone_position().is_absolutely_positioned() && style.clone_float() == Float::None)
}
