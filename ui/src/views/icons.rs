//! The icons, drawn as lines: they are sharp at every scale and need no font.

use egui::emath::GuiRounding;
use egui::epaint::PathShape;
use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};
use std::f32::consts::{PI, TAU};

/// What to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Icon {
    Back,
    Forward,
    Reload,
    /// Also: stop.
    Close,
    NewTab,
    Processes,
    /// A tab at rest: a compartment.
    Compartment,
    /// A tab whose process is dead: a compartment with a breach.
    Breach,
    /// Something needs a decision.
    Warning,
}

/// Draws an icon in the middle of `rect`. Its box is 16 points wide.
pub(super) fn paint(painter: &Painter, rect: Rect, icon: Icon, colour: Color32) {
    let centre = rect.center().round_to_pixel_center(painter.pixels_per_point());
    let at = |x: f32, y: f32| centre + vec2(x, y);
    let stroke = Stroke::new(1.5, colour);
    let line = |points: &[(f32, f32)]| {
        let points: Vec<Pos2> = points.iter().map(|(x, y)| at(*x, *y)).collect();
        painter.add(PathShape::line(points, stroke));
    };
    match icon {
        Icon::Back | Icon::Forward => {
            let side = if icon == Icon::Back { 1.0 } else { -1.0 };
            line(&[(-6.0 * side, 0.0), (6.0 * side, 0.0)]);
            line(&[(-side, -5.0), (-6.0 * side, 0.0), (-side, 5.0)]);
        }
        Icon::Reload => {
            arc(painter, centre, 5.5, -0.05 * PI, 1.55 * PI, stroke);
            let tip = centre + 5.5 * vec2((1.55 * PI).cos(), (1.55 * PI).sin());
            let head = vec![tip + vec2(4.4, 0.6), tip + vec2(-0.6, -3.4), tip + vec2(-1.0, 4.0)];
            painter.add(Shape::convex_polygon(head, colour, Stroke::NONE));
        }
        Icon::Close => {
            line(&[(-4.0, -4.0), (4.0, 4.0)]);
            line(&[(-4.0, 4.0), (4.0, -4.0)]);
        }
        Icon::NewTab => {
            line(&[(-5.0, 0.0), (5.0, 0.0)]);
            line(&[(0.0, -5.0), (0.0, 5.0)]);
        }
        Icon::Processes => {
            for (row, y) in [-5.0, 0.0, 5.0].into_iter().enumerate() {
                line(&[(-6.0, y), (-4.0, y)]);
                line(&[(-1.0, y), (if row == 1 { 3.0 } else { 6.0 }, y)]);
            }
        }
        Icon::Compartment => line(&[(-5.0, -4.0), (-5.0, 4.0), (5.0, 4.0), (5.0, -4.0), (-5.0, -4.0), (-5.0, 0.0)]),
        Icon::Breach => {
            line(&[(1.0, -5.0), (-5.0, -5.0), (-5.0, 5.0), (-1.0, 5.0)]);
            line(&[(5.0, -2.0), (5.0, 5.0), (3.0, 5.0)]);
            line(&[(3.0, -6.0), (0.0, -1.0), (2.0, 1.0), (0.0, 6.0)]);
        }
        Icon::Warning => {
            line(&[(0.0, -6.0), (6.5, 5.0), (-6.5, 5.0), (0.0, -6.0), (0.6, -5.0)]);
            line(&[(0.0, -2.0), (0.0, 1.5)]);
            painter.circle_filled(at(0.0, 3.3), 0.9, colour);
        }
    }
}

/// Draws the spinner as it is at `time`, in seconds.
pub(super) fn paint_spinner(painter: &Painter, rect: Rect, time: f64, track: Color32, colour: Color32) {
    let centre = rect.center().round_to_pixel_center(painter.pixels_per_point());
    painter.circle_stroke(centre, 6.0, Stroke::new(2.0, track));
    // One turn a second.
    let start = time.rem_euclid(1.0) as f32 * TAU;
    arc(painter, centre, 6.0, start, start + 0.3 * TAU, Stroke::new(2.0, colour));
}

fn arc(painter: &Painter, centre: Pos2, radius: f32, from: f32, to: f32, stroke: Stroke) {
    const STEPS: u8 = 24;
    let points = (0..=STEPS)
        .map(|step| from + (to - from) * f32::from(step) / f32::from(STEPS))
        .map(|angle| pos2(centre.x + radius * angle.cos(), centre.y + radius * angle.sin()))
        .collect();
    painter.add(PathShape::line(points, stroke));
}
