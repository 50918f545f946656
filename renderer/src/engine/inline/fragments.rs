//! Where the boxes of inline elements are: one for each line that an element is on.

use super::super::computed;
use super::spacing::{Side, Spacers};
use ::style::properties::ComputedValues;
use ::style::servo_arc::Arc;
use blitz_dom::node::TextBrush;
use blitz_dom::{BaseDocument, NodeId};
use parley::{GlyphRun, Line, PositionedLayoutItem};
use peniko::kurbo::{Insets, Rect};
use std::collections::HashMap;

/// The part of an inline element's border box that is on one line.
pub(in super::super) struct Fragment {
    /// Device pixels, in the coordinates of the lines.
    pub(in super::super) rect: Rect,
    pub(in super::super) style: Arc<ComputedValues>,
    /// Whether the box begins or ends here, so that it has a border, a padding and corners at this side.
    pub(in super::super) left: bool,
    pub(in super::super) right: bool,
    /// Of the element and the inline elements around it.
    pub(in super::super) opacity: f32,
}

/// The fragments of some inline elements that are in the lines of one block. Outer elements come before inner ones.
pub(in super::super) fn of(
    document: &BaseDocument,
    spacers: &Spacers,
    root: NodeId,
    elements: &[(NodeId, f32)],
) -> Vec<Fragment> {
    let Some(element) = document.get_node(root).and_then(|node| node.element_data()) else { return Vec::new() };
    let Some(text) = &element.inline_layout_data else { return Vec::new() };
    let scale = f64::from(text.layout.scale());
    let mut boxes = Boxes::new(document, spacers, root, elements, scale);
    for (at, line) in text.layout.lines().enumerate() {
        boxes.take_in(at, &line, text.layout.is_rtl());
    }
    boxes.finish()
}

struct Boxes<'a> {
    document: &'a BaseDocument,
    spacers: &'a Spacers,
    root: NodeId,
    scale: f64,
    index: HashMap<NodeId, usize>,
    boxes: Vec<InlineBox>,
}

struct InlineBox {
    style: Arc<ComputedValues>,
    opacity: f32,
    margin: Insets,
    rtl: bool,
    extents: Vec<Extent>,
}

/// What is known of a box on one line.
#[derive(Clone, Copy)]
struct Extent {
    line: usize,
    x0: f64,
    x1: f64,
    font: Font,
}

/// The line's text around the box; of several, the box's own counts most.
#[derive(Clone, Copy)]
struct Font {
    rank: u8,
    baseline: f64,
    ascent: f64,
    descent: f64,
}

impl<'a> Boxes<'a> {
    fn new(
        document: &'a BaseDocument,
        spacers: &'a Spacers,
        root: NodeId,
        elements: &[(NodeId, f32)],
        scale: f64,
    ) -> Self {
        let mut index = HashMap::with_capacity(elements.len());
        let mut boxes = Vec::with_capacity(elements.len());
        for &(element, opacity) in elements {
            let Some(style) = computed::of(document, element) else { continue };
            index.insert(element, boxes.len());
            let (margin, rtl) = (computed::margin(&style), computed::is_rtl(&style));
            boxes.push(InlineBox { style, opacity, margin, rtl, extents: Vec::new() });
        }
        Self { document, spacers, root, scale, index, boxes }
    }

    fn take_in(&mut self, at: usize, line: &Line<'_, TextBrush>, rtl: bool) {
        let metrics = line.metrics();
        let hanging = f64::from(metrics.hanging_advance);
        let extent = |run: &GlyphRun<'_, TextBrush>| (f64::from(run.offset()), f64::from(run.offset() + run.advance()));
        let runs = line.items().filter_map(|item| match item {
            PositionedLayoutItem::GlyphRun(run) => Some(extent(&run)),
            PositionedLayoutItem::InlineBox(_) => None,
        });
        let (start, end) =
            runs.fold((f64::INFINITY, f64::NEG_INFINITY), |(start, end), (x0, x1)| (start.min(x0), end.max(x1)));
        for item in line.items() {
            match item {
                PositionedLayoutItem::GlyphRun(run) => {
                    let (mut x0, mut x1) = extent(&run);
                    // White space at the end of a line hangs out of it, and no box is around that.
                    if rtl {
                        x0 = x0.max((start + hanging).min(x1));
                    } else {
                        x1 = x1.min((end - hanging).max(x0));
                    }
                    self.take_in_run(at, &run, x0, x1);
                }
                PositionedLayoutItem::InlineBox(inline) => {
                    let (x0, baseline) = (f64::from(inline.x), f64::from(metrics.baseline));
                    let font = Font { rank: 0, baseline, ascent: 0.0, descent: 0.0 };
                    let around = self.document.get_node(NodeId::from_u64(inline.id)).and_then(|node| node.parent);
                    self.widen(at, around, x0, x0 + f64::from(inline.width), font);
                }
            }
        }
    }

    fn take_in_run(&mut self, line: usize, run: &GlyphRun<'_, TextBrush>, x0: f64, x1: f64) {
        let node = run.style().brush.id;
        let metrics = run.run().font_metrics();
        let font = Font {
            rank: 1,
            baseline: f64::from(run.baseline()),
            ascent: f64::from(metrics.ascent),
            descent: f64::from(metrics.descent),
        };
        let Some((owner, side)) = self.spacers.owner(node) else { return self.widen(line, Some(node), x0, x1, font) };
        let around = self.document.get_node(owner).and_then(|node| node.parent);
        self.widen(line, around, x0, x1, Font { rank: 0, ..font });
        let Some(&at) = self.index.get(&owner) else { return };
        let inline = &mut self.boxes[at];
        let size = inline.style.get_font().font_size.used_size.0.px();
        let ratio = f64::from(size) * self.scale / f64::from(run.run().font_size().max(f32::MIN_POSITIVE));
        let font = Font { rank: 0, ascent: font.ascent * ratio, descent: font.descent * ratio, ..font };
        if (side == Side::Start) == inline.rtl {
            inline.widen(line, x0, x1 - inline.margin.x1 * self.scale, font);
        } else {
            inline.widen(line, x0 + inline.margin.x0 * self.scale, x1, font);
        }
    }

    /// Widens the boxes of an element and those around it.
    fn widen(&mut self, line: usize, innermost: Option<NodeId>, x0: f64, x1: f64, font: Font) {
        let mut rank = font.rank * 2;
        let mut next = innermost;
        while let Some(node) = next.filter(|node| *node != self.root) {
            if let Some(&at) = self.index.get(&node) {
                self.boxes[at].widen(line, x0, x1, Font { rank, ..font });
            }
            rank = rank.min(1);
            next = self.document.get_node(node).and_then(|node| node.parent);
        }
    }

    fn finish(self) -> Vec<Fragment> {
        let scale = self.scale;
        let mut fragments = Vec::new();
        for inline in self.boxes {
            let (border, padding) = (computed::border(&inline.style), computed::padding(&inline.style));
            let last = inline.extents.len().saturating_sub(1);
            for (at, extent) in inline.extents.iter().enumerate() {
                let font = extent.font;
                let above = font.ascent.round() + (border.y0 + padding.y0) * scale;
                let below = font.descent.round() + (border.y1 + padding.y1) * scale;
                let rect = Rect::new(extent.x0, font.baseline - above, extent.x1, font.baseline + below);
                let (first, last) = (at == 0, at == last);
                let (left, right) = if inline.rtl { (last, first) } else { (first, last) };
                let style = Arc::clone(&inline.style);
                fragments.push(Fragment { rect, style, left, right, opacity: inline.opacity });
            }
        }
        fragments
    }
}

impl InlineBox {
    fn widen(&mut self, line: usize, x0: f64, x1: f64, font: Font) {
        match self.extents.last_mut() {
            Some(extent) if extent.line == line => {
                extent.x0 = extent.x0.min(x0);
                extent.x1 = extent.x1.max(x1);
                if font.rank > extent.font.rank {
                    extent.font = font;
                }
            }
            _ => self.extents.push(Extent { line, x0, x1, font }),
        }
    }
}
