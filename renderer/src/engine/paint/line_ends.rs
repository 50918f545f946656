//! What is drawn at the ends of lines: an ellipsis where a line does not fit (`text-overflow`), and a hyphen where one is broken
//! at a soft hyphen.

use super::super::computed;
use ::style::properties::ComputedValues;
use ::style::values::computed::Overflow;
use ::style::values::specified::text::TextOverflowSide;
use blitz_dom::node::TextBrush;
use blitz_dom::{BaseDocument, Node, NodeId};
use parley::{BreakReason, FontData, GlyphRun, Line, PositionedLayoutItem};
use peniko::Color;
use skrifa_engine::instance::{LocationRef, NormalizedCoord, Size};
use skrifa_engine::{FontRef, MetadataProvider};

pub(in super::super) const SOFT_HYPHEN: char = '\u{ad}';
const ELLIPSIS: char = '…';
const DOT: char = '.';
const HYPHENS: [char; 2] = ['\u{2010}', '-'];

/// The ends of a block's lines.
#[derive(Default)]
pub(super) struct LineEnds {
    pub(super) signs: Vec<Sign>,
    cuts: Vec<Cut>,
}

/// Glyphs that the text does not have.
pub(super) struct Sign {
    pub(super) font: FontData,
    pub(super) font_size: f32,
    pub(super) coords: Vec<i16>,
    pub(super) glyphs: Vec<anyrender::Glyph>,
    pub(super) color: Color,
}

/// What is left of a line.
struct Cut {
    top: f32,
    bottom: f32,
    /// Glyphs that begin elsewhere are not drawn.
    from: f32,
    to: f32,
}

impl LineEnds {
    /// The ends of the lines in `root`.
    pub(super) fn of(document: &BaseDocument, root: NodeId) -> Self {
        let mut ends = Self::default();
        let Some(node) = document.get_node(root) else { return ends };
        let Some(text) = node.element_data().and_then(|element| element.inline_layout_data.as_ref()) else {
            return ends;
        };
        let width = overflowing(document, node).then(|| {
            let layout = node.final_layout();
            let sides = layout.padding.left + layout.padding.right + layout.border.left + layout.border.right;
            (layout.size.width - sides) * text.layout.scale()
        });
        for line in text.layout.lines() {
            if let Some(width) =
                width.filter(|width| line.metrics().advance - line.metrics().hanging_advance > width + 0.5)
            {
                ends.cut(document, root, &line, width, text.layout.is_rtl());
            }
            let is_broken = matches!(line.break_reason(), BreakReason::Regular | BreakReason::Emergency);
            if is_broken && text.text.get(line.text_range()).is_some_and(|text| text.ends_with(SOFT_HYPHEN)) {
                ends.hyphenate(document, &line, text.layout.is_rtl());
            }
        }
        ends
    }

    /// Whether a glyph is to be drawn.
    pub(super) fn has(&self, glyph: &anyrender::Glyph) -> bool {
        self.cuts.iter().all(|cut| !(cut.top..cut.bottom).contains(&glyph.y) || (cut.from..cut.to).contains(&glyph.x))
    }

    /// Cuts a line that is wider than its block, so that an ellipsis fits.
    fn cut(&mut self, document: &BaseDocument, root: NodeId, line: &Line<'_, TextBrush>, width: f32, rtl: bool) {
        let runs: Vec<GlyphRun<'_, TextBrush>> = runs(line).collect();
        let Some(first) = runs.iter().find(|run| run.style().brush.id == root).or(runs.first()) else { return };
        let signs = signs(first, &[ELLIPSIS]).or_else(|| signs(first, &[DOT; 3]));
        let Some((mut glyphs, advance)) = signs else { return };
        let metrics = line.metrics();
        let (top, bottom) = (metrics.block_min_coord, metrics.block_max_coord);
        let placed = runs.iter().flat_map(GlyphRun::positioned_glyphs);
        // The first letter stays, whether or not it fits.
        let cut = if rtl {
            let limit = advance;
            let from = placed.filter(|glyph| glyph.x >= limit).map(|glyph| glyph.x).fold(f32::INFINITY, f32::min);
            let from = if from.is_finite() { from } else { limit };
            (glyphs.iter_mut()).for_each(|glyph| glyph.x += from - advance);
            Cut { top, bottom, from: from - 0.01, to: f32::INFINITY }
        } else {
            let limit = width - advance;
            let to = placed
                .filter(|glyph| glyph.x > 0.01 && glyph.x + glyph.advance > limit)
                .map(|glyph| glyph.x)
                .fold(f32::INFINITY, f32::min);
            let to = if to.is_finite() { to } else { limit };
            (glyphs.iter_mut()).for_each(|glyph| glyph.x += to);
            Cut { top, bottom, from: f32::NEG_INFINITY, to: to - 0.01 }
        };
        self.cuts.push(cut);
        let color = computed::of(document, root).map_or(Color::BLACK, |style| computed::drawn(&style.clone_color()));
        self.sign(first, glyphs, color);
    }

    fn hyphenate(&mut self, document: &BaseDocument, line: &Line<'_, TextBrush>, rtl: bool) {
        let end = |run: &GlyphRun<'_, TextBrush>| if rtl { -run.offset() } else { run.offset() + run.advance() };
        let Some(last) = runs(line).max_by(|a, b| end(a).total_cmp(&end(b))) else { return };
        let Some((mut glyphs, advance)) = HYPHENS.iter().find_map(|hyphen| signs(&last, &[*hyphen])) else { return };
        let at = if rtl { last.offset() - advance } else { last.offset() + last.advance() };
        glyphs.iter_mut().for_each(|glyph| glyph.x += at);
        let style = computed::of(document, last.style().brush.id);
        let color = style.map_or(Color::BLACK, |style| computed::drawn(&style.clone_color()));
        self.sign(&last, glyphs, color);
    }

    fn sign(&mut self, run: &GlyphRun<'_, TextBrush>, glyphs: Vec<anyrender::Glyph>, color: Color) {
        let run = run.run();
        let coords = run.normalized_coords().iter().map(|coord| coord.to_bits()).collect();
        self.signs.push(Sign { font: run.font().clone(), font_size: run.font_size(), coords, glyphs, color });
    }
}

/// Whether a block's lines end with an ellipsis where they do not fit.
pub(super) fn overflowing(document: &BaseDocument, root: &Node) -> bool {
    let block = if root.is_anonymous() { root.parent.and_then(|parent| document.get_node(parent)) } else { Some(root) };
    block.and_then(Node::primary_styles).is_some_and(|style| has_ellipsis(&style))
}

/// Whether a style asks for an ellipsis.
pub(in super::super) fn has_ellipsis(style: &ComputedValues) -> bool {
    !matches!(style.get_text().text_overflow.second, TextOverflowSide::Clip)
        && style.clone_overflow_x() != Overflow::Visible
}

fn runs<'a>(line: &Line<'a, TextBrush>) -> impl Iterator<Item = GlyphRun<'a, TextBrush>> {
    line.items().filter_map(|item| match item {
        PositionedLayoutItem::GlyphRun(run) => Some(run),
        PositionedLayoutItem::InlineBox(_) => None,
    })
}

/// Characters in the font of a run, from its baseline on, and how wide they are; `None` if the font has not all of them.
fn signs(run: &GlyphRun<'_, TextBrush>, characters: &[char]) -> Option<(Vec<anyrender::Glyph>, f32)> {
    let (font, size) = (run.run().font(), run.run().font_size());
    let font = FontRef::from_index(font.data.as_ref(), font.index).ok()?;
    let coords: Vec<NormalizedCoord> =
        run.run().normalized_coords().iter().map(|coord| NormalizedCoord::from_bits(coord.to_bits())).collect();
    let metrics = font.glyph_metrics(Size::new(size), LocationRef::new(&coords));
    let mut advance = 0.0;
    let mut glyphs = Vec::new();
    for character in characters {
        let id = font.charmap().map(*character)?;
        glyphs.push(anyrender::Glyph { id: id.to_u32(), x: advance, y: run.baseline() });
        advance += metrics.advance_width(id)?;
    }
    Some((glyphs, advance))
}
