//! What Chromium does in documents without a doctype, or with an old one (Quirks Mode Standard; HTML standard, section 15.3, "quirks
//! mode" rules; CSS 2.2, section 10.8.1). The engine knows no modes.
//!
//! Marks are set here, once the tree is there, and `additions.css` says what they mean:
//!
//! | mark | on | in |
//! |---|---|---|
//! | `bulkhead-quirks` | the root | quirks mode |
//! | `bulkhead-first`, `bulkhead-last` | what begins `<body>`, or begins or ends a cell: it has no margin there of the user agent's | quirks mode |
//! | `bulkhead-no-strut` | a block with images alone: its lines are as high as these | quirks and limited quirks mode |

use blitz_dom::{DocumentMutator, LocalName, Node, NodeId, QualName, ns};
use html5ever::interface::QuirksMode;

/// Elements with a margin of the user agent's that does not count at the edge of a cell or of the body.
const SPACED: [&str; 20] = [
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "dl",
    "dir",
    "menu",
    "pre",
    "blockquote",
    "figure",
    "hgroup",
    "listing",
    "plaintext",
    "xmp",
    "form",
];

/// Elements through whose edges a margin reaches.
const THROUGH: [&str; 16] = [
    "div", "center", "section", "article", "main", "header", "footer", "nav", "aside", "address", "font", "span", "ul",
    "ol", "dl", "form",
];

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
        if mode == QuirksMode::Quirks && matches!(name, "body" | "td" | "th") {
            edge(node, true, &mut marks);
            if name != "body" {
                edge(node, false, &mut marks);
            }
        }
        if BLOCKS.contains(&name) && has_images_alone(node) == Some(true) {
            marks.push((node.id, "bulkhead-no-strut"));
        }
    }
    if mode == QuirksMode::Quirks {
        marks.push((root, "bulkhead-quirks"));
    }
    for (id, name) in marks {
        mutator.set_attribute(id, QualName::new(None, ns!(), LocalName::from(name)), "");
    }
}

fn html_name(node: &Node) -> Option<&str> {
    let element = node.element_data()?;
    (element.name.ns == ns!(html)).then_some(&*element.name.local)
}

/// Notes what begins or ends a container, from the outer to the inner.
fn edge(container: &Node, first: bool, marks: &mut Vec<(NodeId, &'static str)>) {
    let mut around = container;
    loop {
        let children = around.children.iter().map(|child| around.with(*child));
        let found = if first {
            children.clone().find(|child| counts(child))
        } else {
            children.rev().find(|child| counts(child))
        };
        let Some((inner, name)) = found.and_then(|inner| Some((inner, html_name(inner)?))) else { return };
        if SPACED.contains(&name) {
            marks.push((inner.id, if first { "bulkhead-first" } else { "bulkhead-last" }));
        }
        if !SPACED.contains(&name) && !THROUGH.contains(&name) {
            return;
        }
        around = inner;
    }
}

/// Whether a margin does not reach past the node: it is no comment, no white space, and no empty inline element.
fn counts(node: &Node) -> bool {
    if let Some(text) = node.text_data() {
        return !text.content.trim_ascii().is_empty();
    }
    match html_name(node) {
        Some("a" | "span" | "font" | "b" | "i") => node.children.iter().any(|child| counts(node.with(*child))),
        Some("script" | "style" | "link" | "meta" | "title" | "base" | "map" | "template") => false,
        Some(_) => true,
        None => node.is_element(),
    }
}

/// Whether there are images in an element and nothing else that makes a line; `None` where there is something else.
fn has_images_alone(element: &Node) -> Option<bool> {
    let mut any = false;
    for child in element.children.iter().map(|child| element.with(*child)) {
        if let Some(text) = child.text_data() {
            if !text.content.trim_ascii().is_empty() {
                return None;
            }
        } else if child.is_element() {
            match html_name(child)? {
                "img" => any = true,
                name if INLINE.contains(&name) => any |= has_images_alone(child)?,
                _ => return None,
            }
        }
    }
    Some(any)
}
