//! What is worked out before the engine paints, since nobody can look at the document meanwhile.

use super::super::inline::fragments::{self, Fragment};
use super::super::inline::spacing::Spacers;
use super::line_ends::LineEnds;
use super::marks::Marks;
use ::style::computed_values::position::T as Position;
use blitz_dom::{BaseDocument, NodeId};
use peniko::kurbo::{Rect, Size, Vec2};
use std::collections::HashMap;

/// How far outside of its block an inline box is at most, in CSS pixels.
const REACH: f64 = 100.0;

/// See the module.
#[derive(Default)]
pub(super) struct Prepared {
    lines: Vec<Vec<Fragment>>,
    /// The lines that the node in a place is in.
    lines_of: HashMap<usize, usize>,
    ends: Vec<LineEnds>,
    ends_of: HashMap<usize, usize>,
}

impl Prepared {
    /// Works out the boxes of inline elements that may be in view. `boxes` has the elements in document order, each with its
    /// opacity.
    pub(super) fn new(document: &BaseDocument, marks: &Marks, spacers: &Spacers, boxes: &[(NodeId, f32)]) -> Self {
        let mut roots: Vec<(NodeId, Vec<(NodeId, f32)>)> = Vec::new();
        let mut index: HashMap<NodeId, usize> = HashMap::new();
        for &(element, opacity) in boxes {
            let Some(root) = root_of(document, element) else { continue };
            let at = *index.entry(root).or_insert_with(|| {
                roots.push((root, Vec::new()));
                roots.len() - 1
            });
            roots[at].1.push((element, opacity));
        }
        let mut prepared = Self::default();
        let mut kept = HashMap::new();
        for (root, elements) in roots {
            if may_be_in_view(document, root) {
                kept.insert(root, prepared.lines.len());
                prepared.lines.push(fragments::of(document, spacers, root, &elements));
            }
        }
        for (place, node) in marks.with_boxes() {
            if let Some(lines) = root_of(document, node).and_then(|root| kept.get(&root)) {
                prepared.lines_of.insert(place, *lines);
            }
        }
        prepared.end_lines(document, marks);
        prepared
    }

    fn end_lines(&mut self, document: &BaseDocument, marks: &Marks) {
        let mut index: HashMap<NodeId, Option<usize>> = HashMap::new();
        for (place, node) in marks.with_ends() {
            let Some(data) = document.get_node(node) else { continue };
            // The text that a block has itself is in its own lines, or in those of its anonymous blocks.
            let own =
                if data.is_non_atomic_inline() || data.flags.is_inline_root() { root_of(document, node) } else { None };
            for root in own.into_iter().chain(data.anonymous_blocks.iter().copied()) {
                let ends = *index.entry(root).or_insert_with(|| {
                    let ends = may_be_in_view(document, root).then(|| LineEnds::of(document, root))?;
                    if ends.signs.is_empty() {
                        return None;
                    }
                    self.ends.push(ends);
                    Some(self.ends.len() - 1)
                });
                if let Some(ends) = ends {
                    self.ends_of.insert(place, ends);
                }
            }
        }
    }

    /// The ends of the lines that the node in a place is in, and which they are.
    pub(super) fn ends_of(&self, place: usize) -> Option<(usize, &LineEnds)> {
        let ends = *self.ends_of.get(&place)?;
        Some((ends, &self.ends[ends]))
    }

    pub(super) fn lines_of(&self, place: usize) -> Option<usize> {
        self.lines_of.get(&place).copied()
    }

    pub(super) fn fragments(&self, lines: usize) -> &[Fragment] {
        &self.lines[lines]
    }
}

/// The block whose lines a node's text is in.
fn root_of(document: &BaseDocument, node: NodeId) -> Option<NodeId> {
    Some(document.get_node(node)?.inline_root_ancestor()?.id)
}

/// Whether a block may be seen. Where it is moved by more than scrolling, it may.
fn may_be_in_view(document: &BaseDocument, block: NodeId) -> bool {
    let Some(node) = document.get_node(block) else { return false };
    let size = node.final_layout().size;
    let (mut x, mut y) = (0.0, 0.0);
    let mut next = Some(block);
    while let Some(node) = next.and_then(|id| document.get_node(id)) {
        let is_fixed = node.primary_styles().is_some_and(|style| style.clone_position() == Position::Fixed);
        if is_fixed || node.transform().is_some() {
            return true;
        }
        let (location, scroll) = (node.final_layout().location, node.scroll_offset());
        x += f64::from(location.x) - scroll.x;
        y += f64::from(location.y) - scroll.y;
        next = node.containing_block();
    }
    let scroll = document.viewport_scroll();
    let (width, height) = document.viewport().logical_size();
    let view = Rect::from_origin_size((scroll.x, scroll.y), (f64::from(width), f64::from(height)));
    let overflow = *node.scrollable_overflow();
    let scale = f64::from(document.viewport().scale());
    let own = Rect::from_origin_size((0.0, 0.0), Size::new(f64::from(size.width), f64::from(size.height)));
    let reach = own.union(overflow.scale_from_origin(1.0 / scale)) + Vec2::new(x, y);
    reach.inflate(REACH, REACH).overlaps(view)
}
