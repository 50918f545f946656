//! Lines of blocks that have no text of their own, in quirks and limited quirks mode: they are as high as the inline elements in them,
//! and not at least as high as a line of the block (Quirks Mode Standard, section 3.4, "line height calculation quirk").
//!
//! The block gets no line height, and its children the one that they had. That is known where it is `normal`; other blocks stay as they
//! are. So do those with images in inline elements that have margins, borders or padding: these have a line.

use super::computed;
use blitz_dom::{BaseDocument, LocalName, Node, NodeId, QualName, local_name, ns};
use peniko::kurbo::Insets;
use style::values::computed::font::LineHeight;

/// What the parser marks blocks without text of their own by.
pub(super) const TEXTLESS: &str = "bulkhead-textless";

/// What it marks blocks with images alone by.
pub(super) const IMAGES: &str = "bulkhead-images";

/// What marks those that have no line height; see `additions.css`.
const NO_LINE_OF_ITS_OWN: &str = "bulkhead-strutless";
const NO_LINES: &str = "bulkhead-no-strut";

/// The blocks that may have no line height.
#[derive(Default)]
pub(super) struct Struts {
    textless: Vec<NodeId>,
    images: Vec<NodeId>,
}

impl Struts {
    /// Finds what the parser has marked.
    pub(super) fn find(document: &BaseDocument) -> Self {
        let marked = |mark| {
            let mark = LocalName::from(mark);
            let nodes = document.tree().iter().filter(move |(_, node)| node.attr(mark.clone()).is_some());
            nodes.map(|(id, _)| id).collect()
        };
        Self { textless: marked(TEXTLESS), images: marked(IMAGES) }
    }

    /// Marks what has no line height. To be called when styles are known.
    pub(super) fn settle(&mut self, document: &mut BaseDocument) {
        let has_normal_lines =
            |node: &Node| node.primary_styles().is_some_and(|style| style.clone_line_height() == LineHeight::Normal);
        settle(document, &mut self.textless, NO_LINE_OF_ITS_OWN, has_normal_lines);
        settle(document, &mut self.images, NO_LINES, has_plain_inlines);
    }
}

fn settle(document: &mut BaseDocument, candidates: &mut Vec<NodeId>, mark: &str, is_one: impl Fn(&Node) -> bool) {
    let (found, rest): (Vec<NodeId>, Vec<NodeId>) =
        candidates.iter().partition(|id| document.get_node(**id).is_some_and(&is_one));
    *candidates = rest;
    let mark = QualName::new(None, ns!(), LocalName::from(mark));
    for id in found {
        document.mutate().set_attribute(id, mark.clone(), "");
    }
}

/// Whether no inline element in it, but for the images, has a margin, a border or padding.
fn has_plain_inlines(block: &Node) -> bool {
    block.children.iter().map(|child| block.with(*child)).filter(|child| child.is_element()).all(|child| {
        let Some(style) = child.primary_styles() else { return true };
        let is_plain = computed::margin(&style) == Insets::ZERO
            && computed::padding(&style) == Insets::ZERO
            && computed::border(&style) == Insets::ZERO;
        child.data.is_element_with_tag_name(&local_name!("img")) || is_plain && has_plain_inlines(child)
    })
}
