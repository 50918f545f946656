//! What begins the body, or begins or ends a cell, in quirks mode: the user agent's own margin does not count there (HTML standard,
//! section 15.3.10, "margin collapsing quirks"). `additions.css` takes it away from what is marked; a page's own margins stay.

use super::computed;
use blitz_dom::{BaseDocument, LocalName, Node, NodeId, QualName, ns};
use style::computed_values::float::T as Float;
use style::properties::ComputedValues;
use style::values::computed::Size;
use style::values::specified::box_::{DisplayInside, DisplayOutside};

/// What marks the root in quirks mode. See parser/quirks.rs.
pub(super) const QUIRKS: &str = "bulkhead-quirks";

const FIRST: &str = "bulkhead-first";
const LAST: &str = "bulkhead-last";

/// Elements with a margin of the user agent's.
pub(super) const SPACED: [&str; 20] = [
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

/// Other elements through whose edges a margin reaches.
pub(super) const THROUGH: [&str; 13] =
    ["div", "center", "section", "article", "main", "header", "footer", "nav", "aside", "address", "font", "span", "a"];

/// The body and the cells of a document in quirks mode.
#[derive(Default)]
pub(super) struct QuirkyEdges {
    containers: Vec<NodeId>,
}

impl QuirkyEdges {
    pub(super) fn find(document: &BaseDocument) -> Self {
        let is_quirky = document.try_root_element().is_some_and(|root| root.attr(LocalName::from(QUIRKS)).is_some());
        let is_container = |node: &Node| matches!(html_name(node), Some("body" | "td" | "th"));
        let found = document.tree().iter().filter(|(_, node)| is_quirky && is_container(node));
        Self { containers: found.map(|(id, _)| id).collect() }
    }

    /// Marks what lies at the edges. To be called when styles are known.
    pub(super) fn settle(&self, document: &mut BaseDocument) {
        let mut marks = Vec::new();
        for container in self.containers.iter().filter_map(|id| document.get_node(*id)) {
            edge(container, FIRST, &mut marks);
            if html_name(container) != Some("body") {
                edge(container, LAST, &mut marks);
            }
        }
        for (id, mark) in marks {
            document.mutate().set_attribute(id, QualName::new(None, ns!(), LocalName::from(mark)), "");
        }
    }
}

pub(super) fn html_name(node: &Node) -> Option<&str> {
    let element = node.element_data()?;
    (element.name.ns == ns!(html)).then_some(&*element.name.local)
}

/// Notes what begins or ends a container and has no mark yet, from the outer to the inner.
fn edge(container: &Node, mark: &'static str, marks: &mut Vec<(NodeId, &'static str)>) {
    let mut around = container;
    loop {
        let mut children = around.children.iter().map(|child| around.with(*child));
        let found =
            if mark == FIRST { children.find(|child| counts(child)) } else { children.rfind(|child| counts(child)) };
        let Some((inner, name)) = found.and_then(|inner| Some((inner, html_name(inner)?))) else { return };
        let is_spaced = SPACED.contains(&name);
        if is_spaced && inner.attr(LocalName::from(mark)).is_none() {
            marks.push((inner.id, mark));
        }
        if !is_spaced && !THROUGH.contains(&name) || has_edge(inner, mark) {
            return;
        }
        around = inner;
    }
}

/// Whether a margin does not reach past the node: it is in the flow, and neither white space nor an element without contents.
fn counts(node: &Node) -> bool {
    if let Some(text) = node.text_data() {
        return !text.content.trim_ascii().is_empty();
    }
    let Some(style) = node.primary_styles().filter(|_| node.is_element()) else { return false };
    let display = style.clone_display();
    if display.is_none() || style.clone_position().is_absolutely_positioned() || style.clone_float() != Float::None {
        return false;
    }
    let is_inline = display.outside() == DisplayOutside::Inline && display.inside() == DisplayInside::Flow;
    match html_name(node) {
        Some("img" | "br" | "input" | "button" | "select" | "textarea" | "object" | "iframe") | None => true,
        Some(name) if is_inline || THROUGH.contains(&name) => {
            has_height(&style) || node.children.iter().any(|child| counts(node.with(*child)))
        }
        Some(_) => true,
    }
}

/// Whether a margin of the contents does not reach past the element, for a padding or border of its own.
fn has_edge(node: &Node, mark: &str) -> bool {
    node.primary_styles().is_some_and(|style| {
        let (padding, border) = (computed::padding(&style), computed::border(&style));
        if mark == FIRST { padding.y0 + border.y0 > 0.0 } else { padding.y1 + border.y1 > 0.0 }
    })
}

/// Whether the element is seen, or moves what follows, though nothing is in it.
fn has_height(style: &ComputedValues) -> bool {
    let is_none = |size: &Size| match size {
        Size::Auto => true,
        Size::LengthPercentage(length) => length.0.to_length().is_some_and(|length| length.px() == 0.0),
        _ => false,
    };
    let (padding, border) = (computed::padding(style), computed::border(style));
    !is_none(&style.clone_height())
        || !is_none(&style.clone_min_height())
        || padding.y0 + padding.y1 + border.y0 + border.y1 > 0.0
}
