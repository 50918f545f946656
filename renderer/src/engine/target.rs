//! The target of the document's address: the element that `:target` selects. The engine matches that with nothing, so the
//! element is marked, and [`super::selectors`] has style sheets ask for the mark.

use super::selectors::TARGET;
use blitz_dom::{BaseDocument, LocalName, NodeId, QualName, ns};

/// Marks the element that a fragment names, and no other.
pub(super) fn set(document: &mut BaseDocument, fragment: &str) {
    let target = find(document, fragment);
    let marked: Vec<NodeId> = document
        .tree()
        .iter()
        .filter(|(_, node)| node.element_data().is_some_and(|element| element.has_attr(LocalName::from(TARGET))))
        .map(|(id, _)| id)
        .collect();
    if target.as_slice() == marked {
        return;
    }
    let mark = QualName::new(None, ns!(), LocalName::from(TARGET));
    let mut mutator = document.mutate();
    for element in marked {
        mutator.clear_attribute(element, mark.clone());
    }
    if let Some(target) = target {
        mutator.set_attribute(target, mark, "");
    }
}

/// Finds the element as the HTML standard does: by the fragment as it stands, then by what it encodes.
pub(super) fn find(document: &BaseDocument, fragment: &str) -> Option<NodeId> {
    let decoded = percent_encoding::percent_decode_str(fragment).decode_utf8_lossy();
    [fragment, &decoded]
        .into_iter()
        .find_map(|name| if name.is_empty() { None } else { document.get_fragment_target(name) })
}
