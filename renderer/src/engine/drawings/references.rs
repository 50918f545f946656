//! What drawings refer to in others of the page: it is copied into them, since the engine draws each for itself.

use blitz_dom::{BaseDocument, NodeId, QualName, local_name, ns};
use std::collections::HashSet;

/// Nodes that are copied into other drawings of a page at most: a thousand icons of a hundred nodes.
const COPIED: usize = 100_000;

/// Copies into each drawing what it refers to and does not have.
pub(super) fn copy(document: &mut BaseDocument, drawings: &[NodeId]) {
    let mut left = COPIED;
    for drawing in drawings {
        copy_references(document, *drawing, &mut left);
    }
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

/// A node and all that is in it, parents first.
pub(super) fn subtree(document: &BaseDocument, root: NodeId) -> Vec<NodeId> {
    let mut nodes = vec![root];
    let mut at = 0;
    while let Some(id) = nodes.get(at).copied() {
        nodes.extend(document.get_node(id).into_iter().flat_map(|node| node.children.iter().copied()));
        at += 1;
    }
    nodes
}

fn is_within(document: &BaseDocument, node: NodeId, ancestor: NodeId) -> bool {
    ancestors(document, node).any(|id| id == ancestor)
}

/// A node and all that it is in.
pub(super) fn ancestors(document: &BaseDocument, node: NodeId) -> impl Iterator<Item = NodeId> {
    std::iter::successors(Some(node), |id| document.get_node(*id)?.parent)
}
