//! SVG within a page: text in it is made outlines, as in an image of its own ([`crate::svg`]), and what it refers to in other
//! drawings of the page is copied into it, since the engine draws each for itself.
//!
//! That happens when the page is parsed, before it is styled, so text is drawn in the colours that the drawing itself names.

use crate::fonts::SvgFonts;
use crate::svg;
use blitz_dom::{BaseDocument, NodeId, QualName, local_name, ns};
use std::collections::HashSet;

/// Nodes that are copied into other drawings of a page at most: a thousand icons of a hundred nodes.
const COPIED: usize = 100_000;

/// Makes the drawings of a page ones that the engine can draw.
pub(super) fn settle(document: &mut BaseDocument, fonts: &SvgFonts) {
    let drawings: Vec<NodeId> = document
        .tree()
        .iter()
        .filter(|(_, node)| node.data.is_element_with_tag_name(&local_name!("svg")))
        .map(|(id, _)| id)
        .collect();
    let mut left = COPIED;
    for drawing in &drawings {
        copy_references(document, *drawing, &mut left);
    }
    make_outlines(document, &drawings, fonts);
}

/// Copies what a drawing refers to and does not have, and what that refers to.
fn copy_references(document: &mut BaseDocument, drawing: NodeId, left: &mut usize) {
    let mut known = HashSet::new();
    let mut definitions = None;
    let mut waiting = vec![drawing];
    while let Some(part) = waiting.pop() {
        for name in references(document, part) {
            let target = document.get_element_by_id(&name).filter(|_| known.insert(name.clone()));
            let Some(target) = target.filter(|target| !is_within(document, *target, drawing)) else { continue };
            let size = subtree(document, target).len();
            // What contains the drawing would be copied into itself.
            if size > *left || is_within(document, drawing, target) {
                continue;
            }
            *left -= size;
            let mut mutator = document.mutate();
            let definitions = *definitions.get_or_insert_with(|| {
                let name = QualName::new(None, ns!(svg), local_name!("defs"));
                let definitions = mutator.create_element(name, Vec::new());
                mutator.append_children(drawing, &[definitions]);
                definitions
            });
            let copy = mutator.deep_clone_node(target);
            mutator.append_children(definitions, &[copy]);
            waiting.push(copy);
        }
    }
}

/// The names of the elements that a part of a drawing refers to: `href="#name"`, `fill="url(#name)"`.
fn references(document: &BaseDocument, part: NodeId) -> Vec<String> {
    let mut names = Vec::new();
    for id in subtree(document, part) {
        let Some(element) = document.get_node(id).and_then(|node| node.element_data()) else { continue };
        for attribute in element.attrs().iter() {
            let value = attribute.value.trim();
            let name = match value.strip_prefix('#') {
                Some(name) if attribute.name.local == local_name!("href") => Some(name),
                _ => value.split_once("url(#").and_then(|(_, rest)| Some(rest.split_once(')')?.0)),
            };
            names.extend(name.map(str::to_owned));
        }
    }
    names
}

fn subtree(document: &BaseDocument, root: NodeId) -> Vec<NodeId> {
    let mut nodes = vec![root];
    let mut at = 0;
    while let Some(id) = nodes.get(at).copied() {
        nodes.extend(document.get_node(id).into_iter().flat_map(|node| node.children.iter().copied()));
        at += 1;
    }
    nodes
}

fn is_within(document: &BaseDocument, node: NodeId, ancestor: NodeId) -> bool {
    std::iter::successors(Some(node), |id| document.get_node(*id)?.parent).any(|id| id == ancestor)
}

/// Replaces the drawings that have text, or refer to files.
fn make_outlines(document: &mut BaseDocument, drawings: &[NodeId], fonts: &SvgFonts) {
    for drawing in drawings.iter().copied() {
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
