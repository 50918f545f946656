//! Backgrounds that are seen through text only (`background-clip: text`): kept when the engine paints them, and painted with each run of
//! glyphs that is in their element.

use super::glyphs::Run;
use super::marks::{Mark, Marks};
use anyrender::{Glyph, Paint, PaintRef, PaintScene};
use blitz_dom::NodeId;
use peniko::color::DynamicColor;
use peniko::kurbo::{Affine, BezPath, Shape};
use peniko::{BlendMode, Color, Compose, Fill, Gradient, Mix};
use std::collections::HashMap;

/// How far a shape is taken apart into curves, in pixels.
const TOLERANCE: f64 = 0.1;

/// The backgrounds of the elements that have been painted so far.
#[derive(Default)]
pub(super) struct Clips {
    of: HashMap<NodeId, Vec<Background>>,
}

/// A command to fill.
struct Background {
    fill: Fill,
    transform: Affine,
    brush: Brush,
    brush_transform: Option<Affine>,
    shape: BezPath,
}

enum Brush {
    Color(Color),
    Gradient(Gradient),
}

impl Brush {
    fn paint(&self) -> PaintRef<'_> {
        match self {
            Self::Color(color) => Paint::Solid(*color),
            Self::Gradient(gradient) => Paint::Gradient(gradient),
        }
    }
}

impl Clips {
    /// Keeps a background of one color.
    pub(super) fn add_color(&mut self, node: NodeId, fill: Fill, transform: Affine, color: Color, shape: &impl Shape) {
        self.keep(node, fill, transform, Brush::Color(color), None, shape);
    }

    /// Keeps a background of a color or a gradient.
    pub(super) fn add(
        &mut self,
        node: NodeId,
        fill: Fill,
        transform: Affine,
        paint: PaintRef<'_>,
        brush_transform: Option<Affine>,
        shape: &impl Shape,
    ) {
        let brush = match paint {
            Paint::Solid(color) => Brush::Color(color),
            Paint::Gradient(gradient) => Brush::Gradient(gradient.clone()),
            _ => return,
        };
        self.keep(node, fill, transform, brush, brush_transform, shape);
    }

    fn keep(
        &mut self,
        node: NodeId,
        fill: Fill,
        transform: Affine,
        brush: Brush,
        brush_transform: Option<Affine>,
        shape: &impl Shape,
    ) {
        let shape = shape.to_path(TOLERANCE);
        let background = Background { fill, transform, brush, brush_transform, shape };
        self.of.entry(node).or_default().push(background);
    }

    /// Draws glyphs as holes through which the background of an element is seen.
    pub(super) fn draw_through(
        &self,
        scene: &mut impl PaintScene,
        node: NodeId,
        run: &Run<'_>,
        transform: Affine,
        glyphs: impl Iterator<Item = Glyph> + Clone,
    ) {
        let Some(backgrounds) = self.of.get(&node) else { return };
        if let [Background { brush: Brush::Color(color), .. }] = &backgrounds[..] {
            return run.draw(scene, (*color).into(), transform, glyphs);
        }
        let bounds = run.bounds(glyphs.clone());
        scene.push_layer(Fill::NonZero, Mix::Normal, 1.0, transform, &bounds, None, None);
        run.draw(scene, Color::BLACK.into(), transform, glyphs);
        let within = BlendMode::new(Mix::Normal, Compose::SrcIn);
        scene.push_layer(Fill::NonZero, within, 1.0, transform, &bounds, None, None);
        for background in backgrounds {
            let Background { fill, transform, brush, brush_transform, shape } = background;
            scene.fill(*fill, *transform, brush.paint(), *brush_transform, shape);
        }
        scene.pop_layer();
        scene.pop_layer();
    }
}

/// A gradient of a background that is seen through text only, in its own colors.
pub(super) fn unmarked(gradient: &Gradient, marks: &Marks) -> Option<(NodeId, Gradient)> {
    let mark = |color: DynamicColor| match Mark::of(&color.to_alpha_color()) {
        Some(Mark::Clip(place, number)) => marks.background(place, number),
        _ => None,
    };
    let (node, _) = mark(gradient.stops.first()?.color)?;
    let mut gradient = gradient.clone();
    for stop in gradient.stops.0.iter_mut() {
        let color = mark(stop.color).map_or(Color::TRANSPARENT, |(_, color)| color);
        stop.color = DynamicColor::from_alpha_color(color);
    }
    Some((node, gradient))
}
