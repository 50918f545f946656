//! Extents of boxes, kept within what the engine's painter can draw. It leaves out whatever reaches farther than numbers of 32
//! bits go, with all around it: one box of nonsensical size would make its whole page vanish.

use blitz_dom::{BaseDocument, NodeId};
use peniko::kurbo::Rect;

/// Device pixels. No screen and no page that can be scrolled is as large.
const FARTHEST: f64 = 1e9;

/// Cuts the extents of all boxes in a document, where the root's shows that there are some beyond all measure.
pub(super) fn limit(document: &mut BaseDocument) {
    let Some(root) = document.try_root_element() else { return };
    if is_within(*root.scrollable_overflow()) {
        return;
    }
    let nodes: Vec<NodeId> =
        document.tree().iter().filter(|(_, node)| node.element_data().is_some()).map(|(id, _)| id).collect();
    for node in nodes {
        if let Some(node) = document.get_node_mut(node)
            && !is_within(*node.scrollable_overflow())
        {
            let far = *node.scrollable_overflow();
            *node.scrollable_overflow_mut() = Rect::new(cut(far.x0), cut(far.y0), cut(far.x1), cut(far.y1));
        }
    }
}

fn is_within(extent: Rect) -> bool {
    [extent.x0, extent.y0, extent.x1, extent.y1].iter().all(|edge| edge.abs() <= FARTHEST)
}

fn cut(edge: f64) -> f64 {
    if edge.is_nan() { 0.0 } else { edge.clamp(-FARTHEST, FARTHEST) }
}
