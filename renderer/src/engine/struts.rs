//! Lines of blocks that have no text of their own, in quirks and limited quirks mode: they are as high as the inline elements in them,
//! and not at least as high as a line of the block (Quirks Mode Standard, section 3.4, "line height calculation quirk").
//!
//! The block gets no line height, and its children the one that they had. That is known where it is `normal`; other blocks stay as they
//! are.

use blitz_dom::{BaseDocument, LocalName, NodeId, QualName, ns};
use style::values::computed::font::LineHeight;

/// What the parser marks such blocks by.
pub(super) const CANDIDATE: &str = "bulkhead-textless";

/// What marks those that have no line height; see `additions.css`.
const MARK: &str = "bulkhead-strutless";

/// The blocks that may have no line height.
#[derive(Default)]
pub(super) struct Struts {
    candidates: Vec<NodeId>,
}

impl Struts {
    /// Finds what the parser has marked.
    pub(super) fn find(document: &BaseDocument) -> Self {
        let candidate = LocalName::from(CANDIDATE);
        let marked = document.tree().iter().filter(|(_, node)| node.attr(candidate.clone()).is_some());
        Self { candidates: marked.map(|(id, _)| id).collect() }
    }

    /// Marks those whose lines are of the usual height. To be called when styles are known.
    pub(super) fn settle(&mut self, document: &mut BaseDocument) {
        let is_normal = |id: &NodeId| {
            let style = document.get_node(*id).and_then(|node| node.primary_styles());
            style.is_some_and(|style| style.clone_line_height() == LineHeight::Normal)
        };
        let (found, rest): (Vec<NodeId>, Vec<NodeId>) = self.candidates.iter().partition(|id| is_normal(id));
        self.candidates = rest;
        let mark = QualName::new(None, ns!(), LocalName::from(MARK));
        for id in found {
            document.mutate().set_attribute(id, mark.clone(), "");
        }
    }
}
