//! Directions and languages, which elements have from those around them: marks for the selectors `:dir()` and `:lang()`, which
//! the engine cannot match. See [`selectors`](super::super::selectors).
//!
//! Only what differs from the document as a whole is marked, so a page in one language has no marks.

use super::super::selectors::{LANGUAGE, RIGHT_TO_LEFT};
use blitz_dom::{DocumentMutator, LocalName, QualName, local_name, ns};

/// What an element has from those around it.
#[derive(Clone, Default)]
struct Inherited {
    right_to_left: bool,
    /// `None` is that of the root.
    language: Option<String>,
}

/// Marks the elements. To be called when the document is parsed.
pub(super) fn mark(mutator: &mut DocumentMutator<'_>) {
    let Some(root) = mutator.doc.try_root_element().map(|root| root.id) else { return };
    let mut marks = Vec::new();
    let mut waiting = vec![(root, Inherited::default())];
    while let Some((id, mut inherited)) = waiting.pop() {
        let Some(node) = mutator.doc.get_node(id) else { continue };
        let Some(element) = node.element_data() else { continue };
        match element.attr(local_name!("dir")) {
            Some("rtl") => inherited.right_to_left = true,
            Some("ltr") => inherited.right_to_left = false,
            Some("auto") => inherited.right_to_left = begins_right_to_left(&node.text_content()),
            _ => {}
        }
        if id != root
            && let Some(language) = element.attr(local_name!("lang"))
        {
            inherited.language = Some(language.to_owned());
        }
        if inherited.right_to_left {
            marks.push((id, RIGHT_TO_LEFT, String::new()));
        }
        if let Some(language) = &inherited.language {
            marks.push((id, LANGUAGE, language.clone()));
        }
        waiting.extend(node.children.iter().map(|child| (*child, inherited.clone())));
    }
    for (id, name, value) in marks {
        mutator.set_attribute(id, QualName::new(None, ns!(), LocalName::from(name)), &value);
    }
}

/// Whether the first letter with a direction is of a script that is written from right to left.
fn begins_right_to_left(text: &str) -> bool {
    let is_right_to_left = |c: char| matches!(u32::from(c), 0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x10800..=0x10fff | 0x1e800..=0x1efff);
    text.chars().find(|c| c.is_alphabetic()).is_some_and(is_right_to_left)
}
