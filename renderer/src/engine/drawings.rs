//! SVG within a page: text in it is made outlines, as in an image of its own ([`crate::svg`]).
//!
//! That happens when the page is parsed, before it is styled, so text is drawn in the colours that the drawing itself names.

use crate::fonts::SvgFonts;
use crate::svg;
use blitz_dom::{BaseDocument, NodeId, QualName, local_name, ns};

/// Replaces the drawings that have text, or refer to files.
pub(super) fn make_outlines(document: &mut BaseDocument, fonts: &SvgFonts) {
    let drawings: Vec<NodeId> = document
        .tree()
        .iter()
        .filter(|(_, node)| node.data.is_element_with_tag_name(&local_name!("svg")))
        .map(|(id, _)| id)
        .collect();
    for drawing in drawings {
        let Some(node) = document.get_node(drawing).filter(|node| node.flags.is_in_document()) else { continue };
        let mut source = node.outer_html();
        if !svg::needs_work(source.as_bytes()) {
            continue;
        }
        if !source.contains("xmlns:xlink") {
            // HTML knows the prefix without being told.
            source = source.replacen("<svg", "<svg xmlns:xlink=\"http://www.w3.org/1999/xlink\"", 1);
        }
        // What does not parse here is no drawing to the engine either, but it would look for the files.
        let flat = svg::flatten(source.as_bytes(), fonts).ok();
        let mut mutator = document.mutate();
        mutator.set_inner_html(drawing, flat.as_ref().map_or("", |flat| &flat.content));
        if let Some(flat) = flat {
            let view_box = QualName::new(None, ns!(), local_name!("viewBox"));
            mutator.set_attribute(drawing, view_box, &flat.view_box);
        }
    }
}
