//! `position: sticky`. The engine lays such boxes out as if they were not; here they are moved to where the scroll position
//! wants them, after each layout and each scrolling.

use super::computed;
use ::style::computed_values::position::T as Position;
use ::style::properties::ComputedValues;
use ::style::values::computed::{Inset, Length, Overflow};
use blitz_dom::{BaseDocument, Node, NodeId, local_name};
use peniko::kurbo::{Point, Rect, Size};
use std::collections::HashMap;

/// The sticky boxes of a document.
#[derive(Debug, Default)]
pub(super) struct StickyBoxes {
    /// Each with where the engine has put it, in its containing block.
    boxes: HashMap<NodeId, Point>,
}

/// How far from the edges of what is scrolled a box is to stay.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Insets {
    start: Option<f64>,
    end: Option<f64>,
}

/// A box and what it depends on, along one axis, all in the coordinates of what is scrolled.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    start: f64,
    end: f64,
}

impl StickyBoxes {
    /// Takes an element in, or out.
    pub(super) fn set(&mut self, node: NodeId, sticky: bool) {
        if sticky {
            self.boxes.entry(node).or_default();
        } else if !self.boxes.is_empty() {
            self.boxes.remove(&node);
        }
    }

    /// Whether an element was taken in.
    pub(super) fn has(&self, node: NodeId) -> bool {
        !self.boxes.is_empty() && self.boxes.contains_key(&node)
    }

    /// To be called after each layout: the engine has put everything in its own place again.
    pub(super) fn laid_out(&mut self, document: &mut BaseDocument) {
        self.boxes.retain(|node, _| document.get_node(*node).is_some());
        for (node, place) in &mut self.boxes {
            let Some(layout) = document.get_node(*node).map(|node| node.final_layout()) else { continue };
            *place = Point::new(f64::from(layout.location.x), f64::from(layout.location.y));
        }
    }

    /// Moves the boxes to where the engine has put them.
    pub(super) fn release(&self, document: &mut BaseDocument) {
        for (node, place) in &self.boxes {
            if let Some(node) = document.get_node_mut(*node) {
                let location = &mut node.final_layout_mut().location;
                (location.x, location.y) = (place.x as f32, place.y as f32);
            }
        }
    }

    /// Moves the boxes to where the scroll position wants them.
    pub(super) fn place(&self, document: &mut BaseDocument) {
        let mut boxes: Vec<(usize, NodeId)> =
            self.boxes.keys().filter_map(|node| Some((depth(document, *node)?, *node))).collect();
        // An outer one takes the inner ones along.
        boxes.sort_unstable_by_key(|(depth, _)| *depth);
        for (_, node) in boxes {
            if let Some((place, reach)) = self.placed(document, node) {
                let scale = f64::from(document.viewport().scale());
                let Some(node) = document.get_node_mut(node) else { continue };
                let location = &mut node.final_layout_mut().location;
                (location.x, location.y) = (place.x as f32, place.y as f32);
                // Hit tests keep the bounds of layers from before: these have all places where the box may be.
                let overflow = node.scrollable_overflow_mut();
                *overflow = overflow.union(reach.scale_from_origin(scale));
            }
        }
    }

    /// Where a box belongs in its containing block, and what that block has room for, seen from there.
    fn placed(&self, document: &BaseDocument, id: NodeId) -> Option<(Point, Rect)> {
        let node = document.get_node(id)?;
        let own = *self.boxes.get(&id)?;
        let style = computed::of(document, id)?;
        let block = document.get_node(node.containing_block()?)?;
        let (scrolled, view) = view(document, block);
        let origin = offset(document, block.id, scrolled)?;
        let size = node.final_layout().size;
        let room = room(block);
        let position = style.get_position();
        let along = |length: f64| Length::new(length as f32);
        let inset = |inset: &Inset, length: f64| match inset {
            Inset::LengthPercentage(value) => Some(f64::from(value.resolve(along(length)).px())),
            _ => None,
        };
        let horizontal =
            Insets { start: inset(&position.left, view.width()), end: inset(&position.right, view.width()) };
        let vertical =
            Insets { start: inset(&position.top, view.height()), end: inset(&position.bottom, view.height()) };
        let margin = computed::margin(&style);
        let dx = shift(
            Span { start: origin.x + own.x, end: origin.x + own.x + f64::from(size.width) },
            Span { start: origin.x + room.x0 + margin.x0, end: origin.x + room.x1 - margin.x1 },
            Span { start: view.x0, end: view.x1 },
            horizontal,
        );
        let dy = shift(
            Span { start: origin.y + own.y, end: origin.y + own.y + f64::from(size.height) },
            Span { start: origin.y + room.y0 + margin.y0, end: origin.y + room.y1 - margin.y1 },
            Span { start: view.y0, end: view.y1 },
            vertical,
        );
        let place = Point::new((own.x + dx).round(), (own.y + dy).round());
        Some((place, room - place.to_vec2()))
    }
}

/// How far a box moves: as far as its insets want it, and as its containing block has room.
fn shift(own: Span, room: Span, view: Span, insets: Insets) -> f64 {
    let mut shift: f64 = 0.0;
    if let Some(end) = insets.end {
        let beyond = own.end - (view.end - end);
        shift = -beyond.max(0.0).min((own.start - room.start).max(0.0));
    }
    if let Some(start) = insets.start {
        let before = view.start + start - own.start;
        if before > shift {
            shift = before.min((room.end - own.end).max(0.0)).max(shift);
        }
    }
    shift
}

/// What scrolls a block's content, `None` for the viewport, and what is seen of that.
fn view(document: &BaseDocument, block: &Node) -> (Option<NodeId>, Rect) {
    let mut next = Some(block.id);
    while let Some(node) = next.and_then(|id| document.get_node(id)) {
        if scrolls(node) {
            let (layout, scroll) = (node.final_layout(), node.scroll_offset());
            let edges = |size: f32, before: f32, after: f32| f64::from(size - before - after).max(0.0);
            let (size, border) = (layout.size, layout.border);
            let size =
                Size::new(edges(size.width, border.left, border.right), edges(size.height, border.top, border.bottom));
            let origin = Point::new(f64::from(border.left) + scroll.x, f64::from(border.top) + scroll.y);
            return (Some(node.id), Rect::from_origin_size(origin, size));
        }
        next = node.containing_block();
    }
    let (scroll, (width, height)) = (document.viewport_scroll(), document.viewport().logical_size());
    (None, Rect::from_origin_size((scroll.x, scroll.y), (f64::from(width), f64::from(height))))
}

/// Whether an element scrolls what is in it; what the root and the body have of that is the viewport's.
fn scrolls(node: &Node) -> bool {
    let is_page =
        [local_name!("html"), local_name!("body")].iter().any(|name| node.data.is_element_with_tag_name(name));
    let scrolls = |overflow: Overflow| !matches!(overflow, Overflow::Visible | Overflow::Clip);
    !is_page
        && node
            .primary_styles()
            .is_some_and(|style| scrolls(style.clone_overflow_x()) || scrolls(style.clone_overflow_y()))
}

/// Where a block's border box begins in what scrolls it.
fn offset(document: &BaseDocument, block: NodeId, scrolled: Option<NodeId>) -> Option<Point> {
    let mut offset = Point::ZERO;
    let mut next = Some(block);
    while let Some(id) = next.filter(|id| Some(*id) != scrolled) {
        let node = document.get_node(id)?;
        let (location, scroll) = (node.final_layout().location, node.scroll_offset());
        offset.x += f64::from(location.x);
        offset.y += f64::from(location.y);
        if id != block {
            offset.x -= scroll.x;
            offset.y -= scroll.y;
        }
        next = node.containing_block();
    }
    Some(offset)
}

/// Where a block has room for what is in it, from its border box.
fn room(block: &Node) -> Rect {
    let layout = block.final_layout();
    let (size, border, padding) = (layout.size, layout.border, layout.padding);
    let mut room = Rect::new(
        f64::from(border.left + padding.left),
        f64::from(border.top + padding.top),
        f64::from(size.width - border.right - padding.right),
        f64::from(size.height - border.bottom - padding.bottom),
    );
    if scrolls(block) {
        let overflow = layout.scrollable_overflow_rect;
        room.x1 = room.x1.max(f64::from(overflow.right - padding.right));
        room.y1 = room.y1.max(f64::from(overflow.bottom - padding.bottom));
    }
    room
}

fn depth(document: &BaseDocument, node: NodeId) -> Option<usize> {
    let mut depth = 0;
    let mut next = Some(node);
    while let Some(id) = next {
        depth += 1;
        next = document.get_node(id)?.containing_block();
    }
    Some(depth)
}

/// Whether a style makes a box sticky.
pub(super) fn is_sticky(style: &ComputedValues) -> bool {
    style.clone_position() == Position::Sticky
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Span = Span { start: 0.0, end: 1000.0 };
    const TOP: Insets = Insets { start: Some(10.0), end: None };
    const BOTTOM: Insets = Insets { start: None, end: Some(10.0) };

    fn view(start: f64) -> Span {
        Span { start, end: start + 100.0 }
    }

    #[test]
    fn a_box_stays_where_it_is_until_the_edge_comes_near() {
        let own = Span { start: 50.0, end: 70.0 };
        assert_eq!(shift(own, ROOM, view(0.0), TOP), 0.0);
        assert_eq!(shift(own, ROOM, view(40.0), TOP), 0.0);
        assert_eq!(shift(own, ROOM, view(41.0), TOP), 1.0);
        assert_eq!(shift(own, ROOM, view(500.0), TOP), 460.0);
        assert_eq!(shift(own, ROOM, view(500.0), Insets::default()), 0.0);
    }

    #[test]
    fn a_box_does_not_leave_its_containing_block() {
        let own = Span { start: 50.0, end: 70.0 };
        assert_eq!(shift(own, ROOM, view(2000.0), TOP), 930.0);
        let own = Span { start: 500.0, end: 520.0 };
        assert_eq!(shift(own, ROOM, view(-2000.0), BOTTOM), -500.0);
    }

    #[test]
    fn a_box_at_the_lower_edge_moves_up() {
        let own = Span { start: 500.0, end: 520.0 };
        assert_eq!(shift(own, ROOM, view(300.0), BOTTOM), -130.0);
        assert_eq!(shift(own, ROOM, view(450.0), BOTTOM), 0.0);
    }

    #[test]
    fn where_both_edges_are_too_near_the_first_counts() {
        let own = Span { start: 0.0, end: 200.0 };
        let insets = Insets { start: Some(10.0), end: Some(10.0) };
        assert_eq!(shift(own, ROOM, view(50.0), insets), 60.0);
    }
}
