//! The nodes of pseudo-elements of inline elements within inline elements: the engine makes none.

use super::super::computed;
use super::hidden;
use ::style::properties::ComputedValues;
use ::style::selector_parser::PseudoElement;
use ::style::servo_arc::Arc;
use ::style::values::computed::counters::ContentItem;
use ::style::values::generics::counters::Content;
use blitz_dom::{BaseDocument, ElementData, Node, NodeData, NodeId, QualName, local_name, ns};

/// Gives a pseudo-element its node. The engine does so for all but those of inline elements in inline elements.
pub(super) fn give(document: &mut BaseDocument, element: NodeId, pseudo: PseudoElement) {
    let Some(node) = document.get_node(element) else { return };
    let is_inline = |node: &Node| node.primary_styles().is_some_and(|style| computed::is_inline(node, &style));
    if !is_inline(node) || !node.parent.is_some_and(|parent| is_inline(node.with(parent))) {
        return;
    }
    let index = pseudo.eager_index();
    let style = node.try_stylo_element_data().and_then(|data| data.get()?.styles.pseudos.get(&pseudo).cloned());
    let (host, style) = match (node.pe_by_index(index), style) {
        (None, None) => return,
        (Some(host), Some(style)) => (host, style),
        (Some(host), None) => {
            let Some(style) = computed::of(document, element) else { return };
            (host, Arc::new(hidden(&style)))
        }
        (None, Some(style)) => {
            let name = QualName::new(None, ns!(html), local_name!("div"));
            let host = document.create_node(NodeData::AnonymousBlock(Box::new(ElementData::new(name, Vec::new()))));
            if let Some(node) = document.get_node_mut(host) {
                node.parent = Some(element);
            }
            if let Some(node) = document.get_node_mut(element) {
                node.set_pe_by_index(index, Some(host));
            }
            (host, style)
        }
    };
    let changed = write_text(document, host, &text_of(&style)) | dress(document, host, style);
    if let Some(node) = document.get_node_mut(element).filter(|_| changed) {
        node.insert_damage(computed::REBUILD);
    }
}

/// The strings of a pseudo-element's `content`.
fn text_of(style: &ComputedValues) -> String {
    let Content::Items(content) = &style.get_counters().content else { return String::new() };
    let strings = content.items[..content.alt_start].iter().filter_map(|item| match item {
        ContentItem::String(string) => Some(&**string),
        _ => None,
    });
    strings.collect()
}

fn write_text(document: &mut BaseDocument, host: NodeId, text: &str) -> bool {
    let child = document.get_node(host).and_then(|node| node.children.first().copied());
    match child {
        Some(child) => {
            let Some(data) = document.get_node_mut(child).and_then(|node| node.text_data_mut()) else { return false };
            let changed = data.content != text;
            text.clone_into(&mut data.content);
            changed
        }
        None if text.is_empty() => false,
        None => {
            let child = document.create_text_node(text);
            if let Some(node) = document.get_node_mut(child) {
                node.parent = Some(host);
            }
            if let Some(node) = document.get_node_mut(host) {
                node.children.push(child);
            }
            true
        }
    }
}

fn dress(document: &mut BaseDocument, host: NodeId, style: Arc<ComputedValues>) -> bool {
    let Some(node) = document.get_node_mut(host) else { return false };
    let Some(data) = node.try_stylo_element_data_mut() else { return false };
    let mut data = data.ensure_init_mut();
    let changed = !data.styles.primary.as_ref().is_some_and(|current| Arc::ptr_eq(current, &style));
    if changed {
        data.styles.primary = Some(style);
        data.set_restyled();
        data.damage.insert(computed::REBUILD);
    }
    changed
}
