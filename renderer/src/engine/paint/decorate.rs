//! Paints the boxes of inline elements: shadows, background, borders and outline.

use super::super::computed;
use super::super::inline::fragments::Fragment;
use super::outline::Outline;
use ::style::properties::ComputedValues;
use ::style::values::computed::{BorderStyle, Color as StyleColor};
use anyrender::PaintScene;
use peniko::kurbo::{Affine, BezPath, Insets, Point, Rect, Shape, Stroke, Vec2};
use peniko::{Color, Fill};

/// Paints a fragment on lines that are at `transform`. `filter` says what becomes of colors.
pub(super) fn paint(
    scene: &mut impl PaintScene,
    transform: Affine,
    scale: f64,
    fragment: &Fragment,
    filter: &dyn Fn(Color) -> Color,
) {
    let style = &fragment.style;
    let color = |color: &StyleColor| filter(computed::color(style, color).multiply_alpha(fragment.opacity));
    let outer = Outline::of(fragment, snapped(fragment.rect, transform), scale);
    shadows(scene, transform, scale, style, &outer, &color, false);
    let background = color(&style.get_background().background_color);
    if background.components[3] > 0.0 {
        scene.fill(Fill::NonZero, transform, background, None, &outer.path());
    }
    shadows(scene, transform, scale, style, &outer, &color, true);
    borders(scene, transform, scale, fragment, &outer, &color);
    outline(scene, transform, scale, style, &outer, &color);
}

/// Boxes begin and end at whole pixels, as they do in Chromium.
fn snapped(rect: Rect, transform: Affine) -> Rect {
    let [a, b, c, d, x, y] = transform.as_coeffs();
    if [a, b, c, d] != [1.0, 0.0, 0.0, 1.0] {
        return rect;
    }
    let offset = Vec2::new(x, y);
    let rect = rect + offset;
    Rect::new(rect.x0.round(), rect.y0.round(), rect.x1.round(), rect.y1.round()) - offset
}

fn shadows(
    scene: &mut impl PaintScene,
    transform: Affine,
    scale: f64,
    style: &ComputedValues,
    outer: &Outline,
    color: &dyn Fn(&StyleColor) -> Color,
    inset: bool,
) {
    for shadow in style.get_effects().box_shadow.0.iter().rev().filter(|shadow| shadow.inset == inset) {
        let px = |length: f32| f64::from(length) * scale;
        let offset = Vec2::new(px(shadow.base.horizontal.px()), px(shadow.base.vertical.px()));
        let (spread, blur) = (px(shadow.spread.px()), px(shadow.base.blur.px()));
        let color = color(&shadow.base.color);
        if inset {
            // A blur within a box is drawn as a step half as wide: such shadows stand for the lower edge of a key.
            let inner = outer.inset(Insets::uniform(spread + blur / 2.0));
            let hole = Outline { rect: inner.rect + offset, ..inner };
            scene.push_clip_layer(Fill::NonZero, transform, &outer.path());
            let around = outer.rect.inflate(offset.x.abs() + 1.0, offset.y.abs() + 1.0);
            let mut path = around.to_path(0.1);
            path.extend(hole.path());
            scene.fill(Fill::EvenOdd, transform, color, None, &path);
            scene.pop_layer();
            continue;
        }
        let rect = outer.rect.inflate(spread, spread) + offset;
        let radius = outer.radii.iter().map(|radius| radius.x).fold(0.0, f64::max);
        let radius = if radius > 0.0 { (radius + spread).max(0.0) } else { 0.0 };
        let beyond = outer.rect.union(rect).inflate(blur * 2.0 + 1.0, blur * 2.0 + 1.0);
        let mut outside = beyond.to_path(0.1);
        outside.extend(outer.path());
        scene.push_clip_layer(Fill::EvenOdd, transform, &outside);
        scene.draw_box_shadow(transform, rect, color, radius, blur / 2.0);
        scene.pop_layer();
    }
}

/// A side of a box with a border.
struct Side {
    width: f64,
    style: BorderStyle,
    color: Color,
    /// The part of the ring that is this side's.
    part: [Point; 4],
    /// Along the middle of the border.
    line: [Point; 2],
}

fn borders(
    scene: &mut impl PaintScene,
    transform: Affine,
    scale: f64,
    fragment: &Fragment,
    outer: &Outline,
    color: &dyn Fn(&StyleColor) -> Color,
) {
    let widths = computed::border(&fragment.style);
    let width = |width: f64, there: bool| if width > 0.0 && there { (width * scale).floor().max(1.0) } else { 0.0 };
    let widths = Insets {
        x0: width(widths.x0, fragment.left),
        y0: width(widths.y0, true),
        x1: width(widths.x1, fragment.right),
        y1: width(widths.y1, true),
    };
    if widths == Insets::ZERO {
        return;
    }
    let inner = outer.inset(widths);
    let sides = sides(&fragment.style, widths, outer.rect, inner.rect, color);
    let mut seen = sides.iter().filter(|side| side.width > 0.0);
    let uniform =
        seen.next().is_some_and(|first| seen.all(|side| side.color == first.color && side.style == first.style));
    let first = sides.iter().find(|side| side.width > 0.0);
    if let Some(first) = first.filter(|first| uniform && is_plain(first.style)) {
        scene.fill(Fill::EvenOdd, transform, first.color, None, &outer.ring(&inner));
        return;
    }
    for side in sides.iter().filter(|side| side.width > 0.0) {
        let mut part = BezPath::new();
        part.move_to(side.part[0]);
        side.part[1..].iter().for_each(|point| part.line_to(*point));
        part.close_path();
        scene.push_clip_layer(Fill::NonZero, transform, &part);
        border_side(scene, transform, side, outer, &inner, widths);
        scene.pop_layer();
    }
}

fn border_side(
    scene: &mut impl PaintScene,
    transform: Affine,
    side: &Side,
    outer: &Outline,
    inner: &Outline,
    widths: Insets,
) {
    match side.style {
        BorderStyle::Double if side.width >= 3.0 => {
            let third = |part: f64| {
                outer.inset(Insets {
                    x0: (widths.x0 * part).round(),
                    y0: (widths.y0 * part).round(),
                    x1: (widths.x1 * part).round(),
                    y1: (widths.y1 * part).round(),
                })
            };
            scene.fill(Fill::EvenOdd, transform, side.color, None, &outer.ring(&third(1.0 / 3.0)));
            scene.fill(Fill::EvenOdd, transform, side.color, None, &third(2.0 / 3.0).ring(inner));
        }
        BorderStyle::Dashed | BorderStyle::Dotted => {
            let [from, to] = side.line;
            let dash = if side.style == BorderStyle::Dotted { side.width } else { side.width * 2.0 };
            // As many dashes as fit, with one at each end.
            let count = ((from.distance(to) + dash) / (dash * 2.0)).round().max(1.0);
            let gap = if count > 1.0 { (from.distance(to) - count * dash) / (count - 1.0) } else { 0.0 };
            let stroke =
                Stroke::new(side.width).with_caps(peniko::kurbo::Cap::Butt).with_dashes(0.0, [dash, gap.max(0.1)]);
            scene.stroke(&stroke, transform, side.color, None, &peniko::kurbo::Line::new(from, to));
        }
        _ => scene.fill(Fill::EvenOdd, transform, side.color, None, &outer.ring(inner)),
    }
}

/// Styles that are one color all over.
fn is_plain(style: BorderStyle) -> bool {
    !matches!(style, BorderStyle::Double | BorderStyle::Dashed | BorderStyle::Dotted)
}

fn sides(
    style: &ComputedValues,
    widths: Insets,
    outer: Rect,
    inner: Rect,
    color: &dyn Fn(&StyleColor) -> Color,
) -> [Side; 4] {
    let border = style.get_border();
    let corners = |rect: Rect| {
        [
            Point::new(rect.x0, rect.y0),
            Point::new(rect.x1, rect.y0),
            Point::new(rect.x1, rect.y1),
            Point::new(rect.x0, rect.y1),
        ]
    };
    let (out, within) = (corners(outer), corners(inner));
    let side = |at: usize, width: f64, style: BorderStyle, side_color: &StyleColor| {
        let next = (at + 1) % 4;
        let middle = |corner: usize| out[corner].midpoint(within[corner]);
        let (mut from, mut to) = (middle(at), middle(next));
        // Lines reach to the outer edge.
        if at.is_multiple_of(2) {
            (from.x, to.x) = (out[at].x, out[next].x);
        } else {
            (from.y, to.y) = (out[at].y, out[next].y);
        }
        Side {
            width,
            style,
            color: color(side_color),
            part: [out[at], out[next], within[next], within[at]],
            line: [from, to],
        }
    };
    [
        side(0, widths.y0, border.border_top_style, &border.border_top_color),
        side(1, widths.x1, border.border_right_style, &border.border_right_color),
        side(2, widths.y1, border.border_bottom_style, &border.border_bottom_color),
        side(3, widths.x0, border.border_left_style, &border.border_left_color),
    ]
}

fn outline(
    scene: &mut impl PaintScene,
    transform: Affine,
    scale: f64,
    style: &ComputedValues,
    outer: &Outline,
    color: &dyn Fn(&StyleColor) -> Color,
) {
    let outline = style.get_outline();
    let width = outline.outline_width.0.to_f64_px() * scale;
    if outline.outline_style.none_or_hidden() || width <= 0.0 {
        return;
    }
    let offset = outline.outline_offset.to_f64_px() * scale;
    let (near, far) = (outer.inset(Insets::uniform(-offset)), outer.inset(Insets::uniform(-offset - width)));
    scene.fill(Fill::EvenOdd, transform, color(&outline.outline_color), None, &far.ring(&near));
}

/// Paints a ring of some width around a rectangle.
pub(super) fn ring(scene: &mut impl PaintScene, transform: Affine, color: Color, inner: Rect, width: f64, radius: f64) {
    let near = Outline { rect: inner, radii: [Vec2::new(radius, radius); 4] };
    let far = near.inset(Insets::uniform(-width));
    scene.fill(Fill::EvenOdd, transform, color, None, &far.ring(&near));
}
