//! The text of a selection, as other browsers put it on the clipboard: line breaks between blocks, an empty line around
//! paragraphs and headings, tabs between the cells of a table; no list markers and nothing that only the style sheet says.
//!
//! The engine keeps the text of each block that has lines (an "inline root") in one string, in which boxes within the line
//! leave no mark. The nodes tell which part of the string is whose, and where the boxes are.

use super::forms::controls::{Control, ancestors, is_element};
use super::inline::spacing;
use blitz_dom::node::{ListItemLayout, ListItemLayoutPosition, Marker};
use blitz_dom::{BaseDocument, Node, NodeData, NodeId, local_name};
use std::collections::HashSet;
use std::ops::Range;
use style::values::specified::box_::{DisplayInside, DisplayOutside};

/// The selected text, if there is any.
pub(super) fn selected_text(document: &BaseDocument) -> Option<String> {
    let mut text = SelectedText { document, out: String::new(), last: None, done: HashSet::new() };
    for (root, start, end) in document.get_text_selection_ranges() {
        text.add(root, start..end);
    }
    (!text.out.is_empty()).then_some(text.out)
}

/// The text of the whole document. The engine has no ranges for it where text follows a block in the same element.
pub(super) fn whole_text(document: &BaseDocument) -> Option<String> {
    let mut blocks = Vec::new();
    collect_text_blocks(document, document.try_root_element()?.id, &mut blocks);
    let mut text = SelectedText { document, out: String::new(), last: None, done: HashSet::new() };
    for (block, length) in blocks {
        text.add(block, 0..length);
    }
    (!text.out.is_empty()).then_some(text.out)
}

/// The blocks of text below a node in layout order, each with its length.
pub(super) fn collect_text_blocks(document: &BaseDocument, node: NodeId, blocks: &mut Vec<(NodeId, usize)>) {
    let Some(data) = document.get_node(node) else { return };
    if is_field(document, node) {
        return;
    }
    if let Some(text) = data.element_data().and_then(|element| element.inline_layout_data.as_ref()) {
        blocks.push((node, text.text.len()));
    }
    if let Some(children) = data.layout_children.borrow().as_ref() {
        for child in children {
            collect_text_blocks(document, *child, blocks);
        }
    }
}

/// Fields have a text, or a selection, of their own.
fn is_field(document: &BaseDocument, node: NodeId) -> bool {
    matches!(Control::of(document, node), Some(Control::Line | Control::Text | Control::Select))
}

struct SelectedText<'d> {
    document: &'d BaseDocument,
    out: String,
    /// The inline root that was added last.
    last: Option<NodeId>,
    done: HashSet<NodeId>,
}

impl SelectedText<'_> {
    fn add(&mut self, root: NodeId, range: Range<usize>) {
        let document = self.document;
        let Some(node) = document.get_node(root) else { return };
        let Some(layout) = node.element_data().and_then(|element| element.inline_layout_data.as_ref()) else { return };
        let in_field = std::iter::once(root).chain(ancestors(document, root)).any(|node| is_field(document, node));
        if in_field || !self.done.insert(root) {
            return;
        }
        let whole = range.start == 0 && range.end >= layout.text.len();
        for piece in pieces(document, node, &layout.text) {
            match piece {
                Piece::Text(part) => {
                    let (start, end) = (part.start.max(range.start), part.end.min(range.end));
                    let text = layout.text.get(start..end).unwrap_or_default();
                    self.push(root, text);
                }
                Piece::Box(node, at) if whole || range.start < at && at < range.end => {
                    let mut blocks = Vec::new();
                    collect_text_blocks(document, node, &mut blocks);
                    for (block, length) in blocks {
                        self.add(block, 0..length);
                    }
                }
                Piece::Box(..) => {}
            }
        }
    }

    fn push(&mut self, root: NodeId, text: &str) {
        let separator = match self.last {
            Some(last) if last != root => separator(self.document, last, root),
            _ => String::new(),
        };
        let begins_line = self.out.is_empty() || separator.contains(['\n', '\t']);
        // Space at the ends of a line is none.
        let text = if begins_line && !keeps_space(self.document, root) { text.trim_start_matches(' ') } else { text };
        if text.is_empty() {
            return;
        }
        if separator.contains('\n') {
            // A line break at the end of a block begins no line of its own.
            let kept = self.out.strip_suffix('\n').unwrap_or(&self.out).trim_end_matches(' ').len();
            self.out.truncate(kept);
        }
        self.out.push_str(&separator);
        self.out.extend(text.chars().map(|character| if character == '\u{a0}' { ' ' } else { character }));
        self.last = Some(root);
    }
}

/// What of an inline root's text belongs to what.
enum Piece {
    /// A part that the document says.
    Text(Range<usize>),
    /// A box in the line, before this byte.
    Box(NodeId, usize),
}

fn pieces(document: &BaseDocument, root: &Node, text: &str) -> Vec<Piece> {
    let at = root.element_data().and_then(|element| element.list_item_data.as_deref()).map_or(0, marker_length);
    let mut walk = Walk { document, text, at: at.min(text.len()), pieces: Vec::new() };
    walk.children(root);
    walk.pieces
}

/// The length of a marker that is part of the text.
fn marker_length(item: &ListItemLayout) -> usize {
    match (&item.position, &item.marker) {
        (ListItemLayoutPosition::Outside(_), _) => 0,
        (ListItemLayoutPosition::Inside, Marker::Char(character)) => character.len_utf8() + 1,
        (ListItemLayoutPosition::Inside, Marker::String(text)) => text.len(),
    }
}

/// A walk over the nodes of an inline root beside a walk over its text.
struct Walk<'a> {
    document: &'a BaseDocument,
    text: &'a str,
    at: usize,
    pieces: Vec<Piece>,
}

impl Walk<'_> {
    fn children(&mut self, node: &Node) {
        self.generated(node.before());
        for child in &node.children {
            self.node(*child);
        }
        self.generated(node.after());
    }

    /// Passes over what the style sheet says.
    fn generated(&mut self, pseudo: Option<NodeId>) {
        let Some(node) = pseudo.and_then(|id| self.document.get_node(id)) else { return };
        if Layout::of(node) == Layout::Text {
            self.pass(&node.text_content());
        }
    }

    fn node(&mut self, id: NodeId) {
        let Some(node) = self.document.get_node(id) else { return };
        match &node.data {
            NodeData::Text(data) => {
                let start = self.at;
                self.pass(&data.content);
                if is_visible(self.document, node) && !is_spacer(self.document, node) {
                    self.pieces.push(Piece::Text(start..self.at));
                }
            }
            NodeData::Element(element) | NodeData::AnonymousBlock(element) => match Layout::of(node) {
                Layout::None => {}
                Layout::Box => self.pieces.push(Piece::Box(id, self.at)),
                Layout::Text if element.name.local == local_name!("br") => {
                    let start = self.at;
                    self.pass("\n");
                    self.pieces.push(Piece::Text(start..self.at));
                }
                Layout::Text => self.children(node),
            },
            NodeData::Comment { .. } | NodeData::Document(_) => {}
        }
    }

    /// Moves past what a node's text became: white space may have collapsed, and letters may have changed their case.
    fn pass(&mut self, content: &str) {
        let mut rest = self.text[self.at..].chars();
        for character in content.chars() {
            let before = rest.clone();
            match (character.is_ascii_whitespace(), rest.next().map(|next| next.is_ascii_whitespace())) {
                (true, Some(false) | None) => rest = before,
                // Space that an earlier node left over.
                (false, Some(true)) => {
                    rest = before.as_str().trim_ascii_start().chars();
                    rest.next();
                }
                _ => {}
            }
        }
        self.at = self.text.len() - rest.as_str().len();
    }
}

/// How a node takes part in the lines of an inline root.
#[derive(PartialEq, Eq)]
enum Layout {
    None,
    /// Its text is part of the root's.
    Text,
    /// It is a box in the line.
    Box,
}

impl Layout {
    fn of(node: &Node) -> Self {
        let Some(display) = node.primary_styles().map(|style| style.clone_display()) else { return Self::Text };
        let is_box = node.element_data().is_some_and(|element| {
            ["img", "svg", "canvas", "video", "embed", "iframe", "input", "textarea", "button"]
                .contains(&&*element.name.local)
        });
        match (display.outside(), display.inside()) {
            (DisplayOutside::None, DisplayInside::None) => Self::None,
            (DisplayOutside::None, DisplayInside::Contents) => Self::Text,
            (DisplayOutside::Inline, DisplayInside::Flow) if !is_box => Self::Text,
            _ => Self::Box,
        }
    }
}

/// Whether a text only makes room in a line.
fn is_spacer(document: &BaseDocument, text: &Node) -> bool {
    let parent = text.parent.and_then(|id| document.get_node(id));
    parent.is_some_and(Node::is_anonymous) && text.text_data().is_some_and(|data| data.content == spacing::SPACE)
}

/// Whether the element that a text is in can be seen.
fn is_visible(document: &BaseDocument, text: &Node) -> bool {
    use style::computed_values::visibility::T as Visibility;
    let parent = text.parent.and_then(|id| document.get_node(id));
    parent
        .and_then(|parent| Some(parent.primary_styles()?.clone_visibility()))
        .is_none_or(|visibility| visibility == Visibility::Visible)
}

fn keeps_space(document: &BaseDocument, root: NodeId) -> bool {
    use style::computed_values::white_space_collapse::T as Collapse;
    let collapse = document.get_node(root).and_then(|node| Some(node.primary_styles()?.clone_white_space_collapse()));
    collapse.is_some_and(|collapse| collapse != Collapse::Collapse)
}

/// What stands between the text of one inline root and that of a later one.
fn separator(document: &BaseDocument, before: NodeId, after: NodeId) -> String {
    let path = |node| -> Vec<NodeId> { std::iter::once(node).chain(ancestors(document, node)).collect() };
    let (closed, opened) = (path(before), path(after));
    let common = closed.iter().rev().zip(opened.iter().rev()).take_while(|(a, b)| a == b).count();
    let shared = common.checked_sub(1).map(|at| opened[opened.len() - 1 - at]);
    let (closed, opened) = (&closed[..closed.len() - common], &opened[..opened.len() - common]);
    if let (Some(row), Some(from), Some(to)) = (shared, closed.last(), opened.last())
        && display(document, row).1 == Some(DisplayInside::TableRow)
    {
        return "\t".repeat(cells_before(document, row, *to).saturating_sub(cells_before(document, row, *from)));
    }
    let lines = closed.iter().chain(opened).map(|node| lines_around(document, *node)).max().unwrap_or(0);
    let mut separator = "\n".repeat(lines);
    // Cells that are empty, before the first that is not.
    if let Some(at) = opened.iter().position(|node| display(document, *node).1 == Some(DisplayInside::TableRow))
        && let Some(cell) = at.checked_sub(1).map(|at| opened[at])
    {
        separator.push_str(&"\t".repeat(cells_before(document, opened[at], cell)));
    }
    separator
}

fn cells_before(document: &BaseDocument, row: NodeId, cell: NodeId) -> usize {
    let Some(row) = document.get_node(row) else { return 0 };
    let before = row.children.iter().take_while(|child| **child != cell);
    before.filter(|child| display(document, **child).1 == Some(DisplayInside::TableCell)).count()
}

/// How many line breaks there are at least on either side of an element.
fn lines_around(document: &BaseDocument, node: NodeId) -> usize {
    const SPACED: [&str; 7] = ["p", "h1", "h2", "h3", "h4", "h5", "h6"];
    match display(document, node).0 {
        Some(DisplayOutside::Block | DisplayOutside::TableCaption | DisplayOutside::InternalTable) => {
            if SPACED.iter().any(|name| is_element(document, node, name)) { 2 } else { 1 }
        }
        _ => 0,
    }
}

fn display(document: &BaseDocument, node: NodeId) -> (Option<DisplayOutside>, Option<DisplayInside>) {
    let display = document.get_node(node).and_then(|node| Some(node.primary_styles()?.clone_display()));
    (display.map(|display| display.outside()), display.map(|display| display.inside()))
}
