//! The scene that the engine paints on: passes its commands on, and where one has a mark, paints what that stands for.

use super::clips::{self, Clips};
use super::decorate;
use super::filters::{Filters, Scope};
use super::glyphs::Run;
use super::gradients;
use super::line_ends::LineEnds;
use super::marks::{Mark, Marks, Shadow, Text};
use super::prepare::Prepared;
use anyrender::filters::FilterEffect;
use anyrender::{
    Filter, Glyph, NormalizedCoord, Paint, PaintRef, PaintScene, RegisterResourceError, RenderContext, ResourceId,
};
use parley::FontData;
use peniko::color::DynamicColor;
use peniko::kurbo::{Affine, Rect, Shape, Stroke, Vec2};
use peniko::{BlendMode, Color, ColorStop, Fill, Gradient, Mix, StyleRef};
use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

/// How far a blur reaches, in standard deviations.
const REACH: f64 = 3.0;

/// See the module.
pub(super) struct MarkedScene<'a, S> {
    inner: &'a mut S,
    marks: &'a Marks,
    prepared: &'a Prepared,
    /// Device pixels for one CSS pixel.
    scale: f64,
    /// The lines whose boxes were painted last.
    boxes_of: Option<usize>,
    /// The lines whose ends were drawn last.
    ends_of: Option<usize>,
    filters: Filters,
    clips: Clips,
}

impl<'a, S: PaintScene> MarkedScene<'a, S> {
    pub(super) fn new(inner: &'a mut S, marks: &'a Marks, prepared: &'a Prepared, scale: f64) -> Self {
        Self {
            inner,
            marks,
            prepared,
            scale,
            boxes_of: None,
            ends_of: None,
            filters: Filters::default(),
            clips: Clips::default(),
        }
    }

    /// A color to paint with, if there is something to be seen.
    fn visible(&self, color: Color) -> Option<Color> {
        let color = match Mark::of(&color) {
            None => color,
            Some(Mark::Background(_) | Mark::Outline(_) | Mark::Clip(..)) => return None,
            Some(Mark::Text(place)) => {
                let text = self.marks.text(place)?;
                if text.hidden {
                    return None;
                }
                text.color.multiply_alpha(text.opacity)
            }
        };
        Some(self.filters.apply(color))
    }

    /// A gradient in which the color of marked text is what it stands for.
    fn without_marks<'g>(&self, gradient: &'g Gradient) -> Cow<'g, Gradient> {
        let is_marked = |stop: &ColorStop| Mark::of(&stop.color.to_alpha_color()).is_some();
        if !gradient.stops.iter().any(is_marked) {
            return Cow::Borrowed(gradient);
        }
        let mut gradient = gradient.clone();
        for stop in gradient.stops.0.iter_mut().filter(|stop| is_marked(stop)) {
            let color = match Mark::of(&stop.color.to_alpha_color()) {
                Some(Mark::Text(place)) => self.marks.text(place).map(|text| text.color),
                _ => None,
            };
            stop.color = DynamicColor::from_alpha_color(color.unwrap_or(Color::TRANSPARENT));
        }
        Cow::Owned(gradient)
    }

    /// Paints the boxes of the lines that the node in this place is in, unless they are there already.
    fn paint_boxes(&mut self, place: usize, transform: Affine) {
        let Some(lines) = self.prepared.lines_of(place).filter(|lines| self.boxes_of != Some(*lines)) else { return };
        self.boxes_of = Some(lines);
        let filters = &self.filters;
        for fragment in self.prepared.fragments(lines) {
            decorate::paint(self.inner, transform, self.scale, fragment, &|color| filters.apply(color));
        }
    }

    /// Paints the outline of the node in this place, for which the engine would paint one without an offset in `bounds`.
    fn paint_outline(&mut self, place: usize, transform: Affine, bounds: Rect) {
        let Some(outline) = self.marks.outline(place) else { return };
        let width = outline.width * self.scale;
        let inner = bounds.inflate(outline.offset * self.scale - width, outline.offset * self.scale - width);
        decorate::ring(
            self.inner,
            transform,
            self.filters.apply(outline.color),
            inner,
            width,
            outline.radius * self.scale,
        );
    }

    /// Draws a shadow of something that is within some bounds.
    fn draw_shadow(
        &mut self,
        shadow: &Shadow,
        opacity: f32,
        transform: Affine,
        bounds: Rect,
        draw: impl Fn(&mut S, Color, Affine),
    ) {
        let color = self.filters.apply(shadow.color.multiply_alpha(opacity));
        let transform = transform * Affine::translate(shadow.offset * self.scale);
        let deviation = shadow.blur * self.scale / 2.0;
        if deviation <= 0.0 {
            return draw(self.inner, color, transform);
        }
        let clip = bounds.inflate(deviation * REACH, deviation * REACH);
        let filter = Some(Arc::new(Filter::single(FilterEffect::blur(deviation as f32))));
        self.inner.push_layer(Fill::NonZero, Mix::Normal, 1.0, transform, &clip, filter, None);
        draw(self.inner, color, transform);
        self.inner.pop_layer();
    }

    /// The text that is drawn in a paint, and the ends of its lines.
    fn text_of(&self, paint: &PaintRef<'_>) -> Option<(&'a Text, Option<(usize, &'a LineEnds)>)> {
        let Paint::Solid(color) = paint else { return None };
        let Some(Mark::Text(place)) = Mark::of(color) else { return None };
        Some((self.marks.text(place)?, self.prepared.ends_of(place)))
    }

    /// Draws the signs at the ends of lines, unless they are there already.
    fn draw_ends(&mut self, (lines, ends): (usize, &LineEnds), transform: Affine) {
        if self.ends_of.replace(lines) == Some(lines) {
            return;
        }
        for sign in &ends.signs {
            let run = Run {
                font: &sign.font,
                font_size: sign.font_size,
                hint: true,
                normalized_coords: &sign.coords,
                embolden: Vec2::ZERO,
                style: StyleRef::Fill(Fill::NonZero),
                brush_alpha: 1.0,
                glyph_transform: None,
            };
            run.draw(self.inner, self.filters.apply(sign.color).into(), transform, sign.glyphs.iter().copied());
        }
    }
}

/// A slant as it is meant: the engine takes the angle for one of an axis that points up, and so leans letters to the left.
fn leaning_right(slant: Affine) -> Affine {
    let [a, b, c, d, e, f] = slant.as_coeffs();
    Affine::new([a, b, -c.abs(), d, e, f])
}

impl<S: PaintScene> RenderContext for MarkedScene<'_, S> {
    fn try_register_custom_resource(&mut self, resource: Box<dyn Any>) -> Result<ResourceId, RegisterResourceError> {
        self.inner.try_register_custom_resource(resource)
    }

    fn unregister_resource(&mut self, resource_id: ResourceId) {
        self.inner.unregister_resource(resource_id);
    }

    fn renderer_specific_context(&self) -> Option<Box<dyn Any>> {
        self.inner.renderer_specific_context()
    }
}

impl<S: PaintScene> PaintScene for MarkedScene<'_, S> {
    fn reset(&mut self) {
        self.inner.reset();
    }

    fn push_layer(
        &mut self,
        fill: Fill,
        blend: impl Into<BlendMode>,
        alpha: f32,
        transform: Affine,
        clip: &impl Shape,
        filter: Option<Arc<Filter>>,
        backdrop_filter: Option<Arc<Filter>>,
    ) {
        let scope = self.filters.enter(filter.as_deref(), self.scale);
        let Scope { alpha: faded, effects } = scope;
        self.inner.push_layer(fill, blend, alpha * faded, transform, clip, None, backdrop_filter);
        for effect in effects {
            let filter = Some(Arc::new(Filter::single(effect)));
            self.inner.push_layer(fill, Mix::Normal, 1.0, transform, clip, filter, None);
        }
    }

    fn push_clip_layer(&mut self, fill: Fill, transform: Affine, clip: &impl Shape) {
        self.filters.enter(None, self.scale);
        self.inner.push_clip_layer(fill, transform, clip);
    }

    fn pop_layer(&mut self) {
        for _ in 0..self.filters.leave() {
            self.inner.pop_layer();
        }
        self.inner.pop_layer();
    }

    fn stroke<'a>(
        &mut self,
        style: &Stroke,
        transform: Affine,
        brush: impl Into<PaintRef<'a>>,
        brush_transform: Option<Affine>,
        shape: &impl Shape,
    ) {
        match brush.into() {
            Paint::Solid(color) => {
                // The lines of text have its shadows. The engine draws them over the letters, which a blur would tint.
                let text = self.text_of(&Paint::Solid(color)).map(|(text, _)| text).filter(|text| !text.hidden);
                let shadows = text.iter().flat_map(|text| text.shadows.iter().rev());
                for shadow in shadows.filter(|shadow| shadow.blur <= 0.0) {
                    let opacity = text.map_or(1.0, |text| text.opacity);
                    self.draw_shadow(shadow, opacity, transform, Rect::ZERO, |scene, color, transform| {
                        scene.stroke(style, transform, color, brush_transform, shape);
                    });
                }
                if let Some(color) = self.visible(color) {
                    self.inner.stroke(style, transform, color, brush_transform, shape);
                }
            }
            paint => {
                self.filters
                    .with_paint(paint, |paint| self.inner.stroke(style, transform, paint, brush_transform, shape));
            }
        }
    }

    fn fill<'a>(
        &mut self,
        style: Fill,
        transform: Affine,
        brush: impl Into<PaintRef<'a>>,
        brush_transform: Option<Affine>,
        shape: &impl Shape,
    ) {
        match brush.into() {
            Paint::Solid(color) => match Mark::of(&color) {
                Some(Mark::Background(place)) => self.paint_boxes(place, transform),
                Some(Mark::Outline(place)) => self.paint_outline(place, transform, shape.bounding_box()),
                Some(Mark::Clip(place, number)) => {
                    if let Some((node, color)) = self.marks.background(place, number) {
                        let color = self.filters.apply(color);
                        self.clips.add_color(node, style, transform, color, shape);
                    }
                }
                Some(Mark::Text(_)) | None => {
                    if let Some(color) = self.visible(color) {
                        self.inner.fill(style, transform, color, brush_transform, shape);
                    }
                }
            },
            Paint::Gradient(gradient) => {
                if let Some((node, gradient)) = clips::unmarked(gradient, self.marks) {
                    let Some(color) = gradients::flat(&gradient, brush_transform) else {
                        let gradient = gradients::fitted(&gradient).into_owned();
                        self.filters.with_paint(Paint::Gradient(&gradient), |paint| {
                            self.clips.add(node, style, transform, paint, brush_transform, shape);
                        });
                        return;
                    };
                    let color = self.filters.apply(color);
                    return self.clips.add_color(node, style, transform, color, shape);
                }
                let gradient = self.without_marks(gradient);
                if let Some(color) = gradients::flat(&gradient, brush_transform) {
                    return self.inner.fill(style, transform, self.filters.apply(color), None, shape);
                }
                let gradient = gradients::fitted(&gradient);
                self.filters.with_paint(Paint::Gradient(&gradient), |paint| {
                    self.inner.fill(style, transform, paint, brush_transform, shape);
                });
            }
            paint => {
                self.filters
                    .with_paint(paint, |paint| self.inner.fill(style, transform, paint, brush_transform, shape));
            }
        }
    }

    fn draw_glyphs<'a, 's: 'a>(
        &'s mut self,
        font: &'a FontData,
        font_size: f32,
        hint: bool,
        normalized_coords: &'a [NormalizedCoord],
        embolden: Vec2,
        style: impl Into<StyleRef<'a>>,
        brush: impl Into<PaintRef<'a>>,
        brush_alpha: f32,
        transform: Affine,
        glyph_transform: Option<Affine>,
        glyphs: impl Iterator<Item = Glyph> + Clone,
    ) {
        let (style, paint): (StyleRef<'a>, PaintRef<'a>) = (style.into(), brush.into());
        let (text, ends) = self.text_of(&paint).map_or((None, None), |(text, ends)| (Some(text), ends));
        if let Some(ends) = ends {
            self.draw_ends(ends, transform);
        }
        if text.is_some_and(|text| text.hidden) {
            return;
        }
        let glyph_transform = glyph_transform.map(leaning_right);
        let glyphs = glyphs.filter(|glyph| ends.is_none_or(|(_, ends)| ends.has(glyph)));
        let run = Run { font, font_size, hint, normalized_coords, embolden, style, brush_alpha, glyph_transform };
        for shadow in text.iter().flat_map(|text| text.shadows.iter().rev()) {
            let bounds = if shadow.blur > 0.0 { run.bounds(glyphs.clone()) } else { Rect::ZERO };
            self.draw_shadow(
                shadow,
                text.map_or(1.0, |text| text.opacity),
                transform,
                bounds,
                |scene, color, transform| {
                    run.draw(scene, color.into(), transform, glyphs.clone());
                },
            );
        }
        if let Some(element) = text.and_then(|text| text.clip) {
            self.clips.draw_through(self.inner, element, &run, transform, glyphs.clone());
        }
        let paint = match paint {
            Paint::Solid(color) => match self.visible(color) {
                Some(color) => color.into(),
                None => return,
            },
            paint => paint,
        };
        run.draw(self.inner, paint, transform, glyphs);
    }

    fn draw_box_shadow(&mut self, transform: Affine, rect: Rect, brush: Color, radius: f64, std_dev: f64) {
        if let Some(color) = self.visible(brush) {
            self.inner.draw_box_shadow(transform, rect, color, radius, std_dev);
        }
    }
}
