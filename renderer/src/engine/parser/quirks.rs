//! What Chromium does in documents without a doctype, or with an old one (Quirks Mode Standard; HTML standard, section 15.3, "quirks
//! mode" rules; CSS 2.2, section 10.8.1). The engine knows no modes.
//!
//! Marks are set here, once the tree is there, and `additions.css` says what they mean:
//!
//! | mark | on | in |
//! |---|---|---|
//! | [`QUIRKS`] | the root | quirks mode |
//! | [`struts::IMAGES`] | a block with images alone | quirks and limited quirks mode |
//! | [`struts::TEXTLESS`] | a block with no text of its own | quirks and limited quirks mode |

use super::super::quirky_edges::{QUIRKS, SPACED, THROUGH, html_name};
use super::super::struts;
use blitz_dom::{DocumentMutator, LocalName, Node, QualName, ns};
use html5ever::interface::QuirksMode;

/// Inline elements that may be around an image.
const INLINE: [&str; 14] =
    ["a", "font", "span", "b", "i", "em", "strong", "tt", "code", "small", "big", "nobr", "u", "abbr"];

/// Blocks whose lines may be of images alone.
const BLOCKS: [&str; 7] = ["td", "th", "div", "p", "center", "dt", "dd"];

/// Marks the elements. To be called when the document is parsed.
pub(super) fn mark(mutator: &mut DocumentMutator<'_>, mode: QuirksMode) {
    if mode == QuirksMode::NoQuirks {
        return;
    }
    let Some(root) = mutator.doc.try_root_element().map(|root| root.id) else { return };
    let mut marks = Vec::new();
    let nodes = mutator.doc.tree().iter().map(|(_, node)| node);
    for node in nodes.filter(|node| node.flags.is_in_document()) {
        let Some(name) = html_name(node) else { continue };
        if BLOCKS.contains(&name) {
            if has_images_alone(node) == Some(true) {
                marks.push((node.id, struts::IMAGES));
            } else if has_no_text(node) {
                marks.push((node.id, struts::TEXTLESS));
            }
        }
    }
    if mode == QuirksMode::Quirks {
        marks.push((root, QUIRKS));
    }
    for (id, name) in marks {
        mutator.set_attribute(id, QualName::new(None, ns!(), LocalName::from(name)), "");
    }
}

/// Whether a block has inline elements and blocks in it, and nothing else that makes a line. White space between two inline elements
/// is text of the block.
fn has_no_text(element: &Node) -> bool {
    let (mut any, mut after_inline, mut spaced) = (false, false, false);
    for child in element.children.iter().map(|child| element.with(*child)) {
        if let Some(text) = child.text_data() {
            if !text.content.trim_ascii().is_empty() {
                return false;
            }
            spaced |= after_inline;
        } else if child.is_element() {
            match html_name(child) {
                Some(name) if INLINE.contains(&name) => {
                    // Space at the end of a line is none, also before an empty element.
                    let is_empty = child.text_content().trim().is_empty();
                    if spaced && !is_empty {
                        return false;
                    }
                    any |= !is_empty;
                    after_inline |= !is_empty;
                }
                Some(name) if SPACED.contains(&name) || THROUGH.contains(&name) || matches!(name, "hr" | "table") => {
                    (after_inline, spaced) = (false, false);
                }
                _ => return false,
            }
        }
    }
    any
}

/// Whether there are images in an element and nothing else that makes a line; `None` where there is something else.
fn has_images_alone(element: &Node) -> Option<bool> {
    let (mut any, mut spaced) = (false, false);
    for child in element.children.iter().map(|child| element.with(*child)) {
        if let Some(text) = child.text_data() {
            if !text.content.trim_ascii().is_empty() {
                return None;
            }
            spaced |= any;
        } else if child.is_element() {
            let has_image = match html_name(child)? {
                "img" => true,
                name if INLINE.contains(&name) => has_images_alone(child)?,
                _ => return None,
            };
            // White space between two images is text.
            if has_image && spaced {
                return None;
            }
            any |= has_image;
        }
    }
    Some(any)
}
