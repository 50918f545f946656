//! The outlines of boxes.

use super::super::inline::fragments::Fragment;
use ::style::values::computed::{BorderCornerRadius, CSSPixelLength};
use peniko::kurbo::{BezPath, Insets, Point, Rect, Vec2};

/// How far control points are from the corner of a curve that stands for a quarter of an ellipse.
const CURVE: f64 = 0.447_715_25;

/// A rectangle with round corners, from the top left in the direction of the clock.
#[derive(Clone, Copy)]
pub(super) struct Outline {
    pub(super) rect: Rect,
    pub(super) radii: [Vec2; 4],
}

impl Outline {
    /// The border's outer edge, of a fragment that is drawn in a rectangle.
    pub(super) fn of(fragment: &Fragment, rect: Rect, scale: f64) -> Self {
        let border = fragment.style.get_border();
        let radius = |radius: &BorderCornerRadius, there: bool| {
            if !there {
                return Vec2::ZERO;
            }
            let along = |length: f64| CSSPixelLength::new((length / scale) as f32);
            Vec2::new(
                f64::from(radius.0.width.0.resolve(along(rect.width())).px()) * scale,
                f64::from(radius.0.height.0.resolve(along(rect.height())).px()) * scale,
            )
        };
        let mut radii = [
            radius(&border.border_top_left_radius, fragment.left),
            radius(&border.border_top_right_radius, fragment.right),
            radius(&border.border_bottom_right_radius, fragment.right),
            radius(&border.border_bottom_left_radius, fragment.left),
        ];
        let fit = |length: f64, sum: f64| if sum > length { length / sum } else { 1.0 };
        let factor = fit(rect.width(), radii[0].x + radii[1].x)
            .min(fit(rect.width(), radii[2].x + radii[3].x))
            .min(fit(rect.height(), radii[0].y + radii[3].y))
            .min(fit(rect.height(), radii[1].y + radii[2].y));
        for radius in &mut radii {
            *radius *= factor;
        }
        Self { rect, radii }
    }

    /// The outline that is so far within it, or around it.
    pub(super) fn inset(&self, by: Insets) -> Self {
        let rect = Rect::new(
            self.rect.x0 + by.x0,
            self.rect.y0 + by.y0,
            (self.rect.x1 - by.x1).max(self.rect.x0 + by.x0),
            (self.rect.y1 - by.y1).max(self.rect.y0 + by.y0),
        );
        let less = |radius: Vec2, x: f64, y: f64| {
            if radius.x <= 0.0 || radius.y <= 0.0 {
                Vec2::ZERO
            } else {
                Vec2::new((radius.x - x).max(0.0), (radius.y - y).max(0.0))
            }
        };
        let [a, b, c, d] = self.radii;
        Self {
            rect,
            radii: [less(a, by.x0, by.y0), less(b, by.x1, by.y0), less(c, by.x1, by.y1), less(d, by.x0, by.y1)],
        }
    }

    /// Its line.
    pub(super) fn path(&self) -> BezPath {
        let Rect { x0, y0, x1, y1 } = self.rect;
        let [a, b, c, d] = self.radii;
        let mut path = BezPath::new();
        path.move_to((x0 + a.x, y0));
        let mut side = |end: Point, corner: Point, next: Point| {
            path.line_to(end);
            if end != next {
                path.curve_to(end.lerp(corner, 1.0 - CURVE), next.lerp(corner, 1.0 - CURVE), next);
            }
        };
        side(Point::new(x1 - b.x, y0), Point::new(x1, y0), Point::new(x1, y0 + b.y));
        side(Point::new(x1, y1 - c.y), Point::new(x1, y1), Point::new(x1 - c.x, y1));
        side(Point::new(x0 + d.x, y1), Point::new(x0, y1), Point::new(x0, y1 - d.y));
        side(Point::new(x0, y0 + a.y), Point::new(x0, y0), Point::new(x0 + a.x, y0));
        path.close_path();
        path
    }

    /// What is between two outlines, to be filled by the even-odd rule.
    pub(super) fn ring(&self, inner: &Self) -> BezPath {
        let mut path = self.path();
        path.extend(inner.path());
        path
    }
}
