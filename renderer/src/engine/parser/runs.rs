//! Long runs of inline elements: the engine lays out the inline content of a block as one text, which can have 65,535 styles at most and
//! panics beyond. So a run that is too long goes on in a block of its own, which begins a new line: after a line break of
//! preformatted text if there is one in time, where nobody sees it.

use blitz_dom::NodeId;
use html5ever::{LocalName, local_name};
use std::collections::{HashMap, HashSet};

/// Inline elements after which a line break in the text is used.
const SOFT: u32 = 40_000;

/// Inline elements after which the run is broken wherever it is.
const HARD: u32 = 60_000;

const INLINE: [LocalName; 33] = [
    local_name!("a"),
    local_name!("abbr"),
    local_name!("b"),
    local_name!("bdi"),
    local_name!("bdo"),
    local_name!("big"),
    local_name!("br"),
    local_name!("cite"),
    local_name!("code"),
    local_name!("data"),
    local_name!("del"),
    local_name!("dfn"),
    local_name!("em"),
    local_name!("font"),
    local_name!("i"),
    local_name!("img"),
    local_name!("ins"),
    local_name!("kbd"),
    local_name!("label"),
    local_name!("mark"),
    local_name!("q"),
    local_name!("s"),
    local_name!("samp"),
    local_name!("small"),
    local_name!("span"),
    local_name!("strike"),
    local_name!("strong"),
    local_name!("sub"),
    local_name!("sup"),
    local_name!("time"),
    local_name!("tt"),
    local_name!("u"),
    local_name!("var"),
];

/// The run of inline elements that is being parsed.
#[derive(Debug, Default)]
pub(super) struct Runs {
    inline: HashSet<NodeId>,
    length: u32,
    after_line_break: bool,
    /// For a block with a run that was broken: the block in which the run goes on.
    continued: HashMap<NodeId, NodeId>,
}

/// Where a child goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Into this node.
    Into(NodeId),
    /// Into a new block at the end of this node; [`Runs::continue_in`] is to be told which.
    IntoNewBlock(NodeId),
}

impl Runs {
    /// An element was made.
    pub(super) fn created(&mut self, element: NodeId, name: &LocalName) {
        if INLINE.contains(name) {
            self.inline.insert(element);
        }
    }

    /// Where this element is put that is to be a child of `parent`.
    pub(super) fn place_element(&mut self, parent: NodeId, element: NodeId) -> Place {
        if !self.inline.contains(&element) {
            self.length = 0;
            self.continued.remove(&parent);
            return Place::Into(parent);
        }
        self.length += 1;
        let is_due = self.length > HARD || (self.length > SOFT && self.after_line_break);
        if is_due && !self.inline.contains(&parent) {
            self.length = 0;
            return Place::IntoNewBlock(parent);
        }
        Place::Into(self.current(parent))
    }

    /// Where this text is put.
    pub(super) fn place_text(&mut self, parent: NodeId, text: &str) -> NodeId {
        self.after_line_break = text.ends_with('\n');
        self.current(parent)
    }

    /// The run of `parent` goes on in `block`.
    pub(super) fn continue_in(&mut self, parent: NodeId, block: NodeId) {
        self.continued.insert(parent, block);
    }

    fn current(&self, parent: NodeId) -> NodeId {
        self.continued.get(&parent).copied().unwrap_or(parent)
    }
}
