//! A long text file, laid out in pieces as one scrolls: the engine takes some 130 bytes for each byte of text that it lays out, so a
//! file of a few megabytes would use all that a tab may have.
//!
//! Contract:
//! - the file is cut into pieces, at the ends of lines where there are any within [`PIECE`]; each is a block of the page;
//! - only the pieces in view and about it hold their text. The others are empty boxes, as high as they were when last laid out, or
//!   else as their lines are estimated to be;
//! - where a piece above the view turns out higher or lower than estimated, the page is scrolled by the difference, so that what is
//!   read stays where it is.
//!
//! What is not laid out cannot be selected. In a line that is longer than a piece, tabs are counted from where the piece begins.

use super::tabs;
use blitz_dom::{BaseDocument, DocumentMutator, NodeId, QualName, local_name, ns};
use bytes::Bytes;
use std::ops::Range;

/// A text of fewer bytes is laid out as a whole.
pub(super) const LONG: usize = 256 * 1024;

/// Bytes of a piece at most: some two hundred lines of usual length, several views.
const PIECE: usize = 16 * 1024;

/// What is laid out above and below the view, in views.
const AROUND: f32 = 1.0;

/// What stays laid out. It is more, so that a piece whose height was estimated wrongly does not come and go for ever.
const KEPT: f32 = 4.0;

/// Until a piece was laid out: the height of a line and the width of a character at 13 px, in CSS pixels.
const LINE_HEIGHT: f32 = 16.0;
const CHARACTER_WIDTH: f32 = 7.8;

/// The pieces of a text.
#[derive(Debug)]
pub(super) struct Pieces {
    text: Bytes,
    pieces: Vec<Piece>,
    /// The width that the heights were estimated for.
    width: f32,
}

#[derive(Debug)]
struct Piece {
    node: NodeId,
    bytes: Range<usize>,
    lines: usize,
    /// Whether it holds its text.
    filled: bool,
}

/// Where the view is, in CSS pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub(super) top: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

impl Pieces {
    /// Adds empty boxes for all pieces of `text`, which is UTF-8, to the body of the document.
    pub(super) fn new(document: &mut BaseDocument, text: Bytes) -> Self {
        let body = document.find_body_node().map(|node| node.id);
        let mut mutator = document.mutate();
        let mut pieces = Vec::new();
        for bytes in cut(&text) {
            let node = new_box(&mut mutator);
            let lines = memchr::memchr_iter(b'\n', &text[bytes.clone()]).count().max(1);
            pieces.push(Piece { node, bytes, lines, filled: false });
        }
        let nodes: Vec<_> = pieces.iter().map(|piece| piece.node).collect();
        body.into_iter().for_each(|body| mutator.append_children(body, &nodes));
        drop(mutator);
        Self { text, pieces, width: 0.0 }
    }

    /// Gives the pieces about the view their text, and takes it from the others. Whether anything was changed, so that it is to be
    /// laid out anew.
    pub(super) fn settle(&mut self, document: &mut BaseDocument, view: View) -> bool {
        let within = |views: f32, top: f32, height: f32| {
            top < view.top + (1.0 + views) * view.height && top + height > view.top - views * view.height
        };
        let resized = std::mem::replace(&mut self.width, view.width) != view.width;
        let boxes: Vec<_> = self.pieces.iter().map(|piece| extent(document, piece.node)).collect();
        let mut mutator = document.mutate();
        let mut changed = false;
        let mut dropped = false;
        for (piece, (top, height)) in self.pieces.iter_mut().zip(boxes) {
            // After a change of width no box is where it was: those that hold their text keep it until the next look.
            let fill = if piece.filled { resized || within(KEPT, top, height) } else { within(AROUND, top, height) };
            if resized && !piece.filled {
                mutator.set_style_property(piece.node, "height", &format!("{}px", piece.estimate(view.width)));
                changed = true;
            } else if fill && !piece.filled {
                let text = String::from_utf8_lossy(&self.text[piece.bytes.clone()]);
                let text = mutator.create_text_node(&tabs::expanded(&text).replace('\0', "\u{fffd}"));
                mutator.append_children(piece.node, &[text]);
                mutator.remove_style_property(piece.node, "height");
                piece.filled = true;
                changed = true;
            } else if !fill && piece.filled {
                // Another box in its place: emptied, this one would keep its lines.
                let empty = new_box(&mut mutator);
                mutator.insert_nodes_before(piece.node, &[empty]);
                mutator.remove_and_drop_node(piece.node);
                mutator.set_style_property(empty, "height", &format!("{height}px"));
                piece.node = empty;
                piece.filled = false;
                changed = true;
                dropped = true;
            }
        }
        drop(mutator);
        if dropped && document.has_text_selection() {
            document.clear_text_selection();
        }
        changed
    }

    /// The first piece in view that holds its text, and how far above the top of the view it begins: what is to stay in its place.
    pub(super) fn anchor(&self, document: &BaseDocument, top: f32) -> Option<(NodeId, f32)> {
        let node = self.pieces.iter().filter(|piece| piece.filled).map(|piece| piece.node);
        let mut boxes = node.map(|node| (node, extent(document, node)));
        boxes.find(|(_, (start, height))| start + height > top).map(|(node, (start, _))| (node, top - start))
    }
}

impl Piece {
    /// How high it is where a line is as wide as this.
    fn estimate(&self, width: f32) -> f32 {
        let columns = (width / CHARACTER_WIDTH).max(1.0);
        (self.lines as f32).max(self.bytes.len() as f32 / columns) * LINE_HEIGHT
    }
}

fn new_box(mutator: &mut DocumentMutator<'_>) -> NodeId {
    mutator.create_element(QualName::new(None, ns!(html), local_name!("pre")), Vec::new())
}

/// Top and height of a box in the page.
pub(super) fn extent(document: &BaseDocument, node: NodeId) -> (f32, f32) {
    let Some(node) = document.get_node(node) else { return (0.0, 0.0) };
    (node.absolute_position(0.0, 0.0).y, node.final_layout().size.height)
}

/// Cuts a text into pieces: after the last line break in each, or else before a character.
fn cut(text: &[u8]) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let window = &text[start..text.len().min(start + PIECE)];
        let end = if start + window.len() == text.len() {
            text.len()
        } else if let Some(last) = memchr::memrchr(b'\n', window) {
            start + last + 1
        } else {
            // A byte of the form 10xxxxxx continues a character.
            let whole = (1..=window.len()).rev().find(|end| text[start + end] & 0xc0 != 0x80);
            start + whole.unwrap_or(window.len())
        };
        pieces.push(start..end);
        start = end;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_whole_text_and_end_with_lines() {
        let text = (0..50_000).map(|n| format!("line {n}\n")).collect::<String>();
        let pieces = cut(text.as_bytes());
        assert!(pieces.iter().all(|piece| piece.len() <= PIECE && text[piece.clone()].ends_with('\n')));
        let joined: String = pieces.iter().map(|piece| &text[piece.clone()]).collect();
        assert_eq!(joined, text);
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_between_characters() {
        let text = "é".repeat(PIECE);
        let pieces = cut(text.as_bytes());
        assert!(pieces.len() >= 2 && pieces.iter().all(|piece| piece.len() <= PIECE));
        assert!(pieces.iter().all(|piece| text.is_char_boundary(piece.start)));
        assert_eq!(pieces.last().map(|piece| piece.end), Some(text.len()));
        assert_eq!(cut(b""), Vec::<Range<usize>>::new());
    }
}
