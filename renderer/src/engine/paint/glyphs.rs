//! Runs of glyphs.

use anyrender::{Glyph, NormalizedCoord, PaintRef, PaintScene};
use parley::FontData;
use peniko::StyleRef;
use peniko::kurbo::{Affine, Rect, Vec2};

/// What glyphs are drawn with, but for their color and place.
pub(super) struct Run<'a> {
    pub(super) font: &'a FontData,
    pub(super) font_size: f32,
    pub(super) hint: bool,
    pub(super) normalized_coords: &'a [NormalizedCoord],
    pub(super) embolden: Vec2,
    pub(super) style: StyleRef<'a>,
    pub(super) brush_alpha: f32,
    pub(super) glyph_transform: Option<Affine>,
}

impl Run<'_> {
    /// Draws them.
    pub(super) fn draw(
        &self,
        scene: &mut impl PaintScene,
        paint: PaintRef<'_>,
        transform: Affine,
        glyphs: impl Iterator<Item = Glyph> + Clone,
    ) {
        scene.draw_glyphs(
            self.font,
            self.font_size,
            self.hint,
            self.normalized_coords,
            self.embolden,
            self.style,
            paint,
            self.brush_alpha,
            transform,
            self.glyph_transform,
            glyphs,
        );
    }

    /// A rectangle that has all the glyphs in it.
    pub(super) fn bounds(&self, glyphs: impl Iterator<Item = Glyph>) -> Rect {
        let size = f64::from(self.font_size) * 2.0;
        let mut points =
            glyphs.map(|glyph| Rect::from_center_size((f64::from(glyph.x), f64::from(glyph.y)), (size, size)));
        let Some(first) = points.next() else { return Rect::ZERO };
        points.fold(first, |bounds, point| bounds.union(point)).inflate(size, 0.0)
    }
}
