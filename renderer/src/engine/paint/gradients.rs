//! Gradients, as the rasteriser can draw them: it takes stops between 0 and 1 only, and draws nothing where a gradient has no
//! extent at all.

use peniko::color::DynamicColor;
use peniko::kurbo::Affine;
use peniko::{Color, ColorStop, Extend, Gradient, GradientKind};
use std::borrow::Cow;

/// The color of a gradient that has no extent where it is drawn.
pub(super) fn flat(gradient: &Gradient, transform: Option<Affine>) -> Option<Color> {
    let is_point = match &gradient.kind {
        GradientKind::Linear(line) => line.start == line.end,
        GradientKind::Radial(_) | GradientKind::Sweep(_) => false,
    };
    let is_flat = is_point || transform.is_some_and(|transform| transform.determinant().abs() < 1e-9);
    gradient.stops.last().filter(|_| is_flat).map(|last| last.color.to_alpha_color())
}

/// The same gradient with all its stops between 0 and 1.
pub(super) fn fitted(gradient: &Gradient) -> Cow<'_, Gradient> {
    let is_inside = |stop: &ColorStop| (0.0..=1.0).contains(&stop.offset);
    if gradient.extend != Extend::Pad || gradient.stops.iter().all(is_inside) {
        return Cow::Borrowed(gradient);
    }
    let mut gradient = gradient.clone();
    let stops = inside(&gradient.stops);
    gradient.stops.0.clear();
    gradient.stops.0.extend(stops);
    Cow::Owned(gradient)
}

/// The same colors between 0 and 1.
fn inside(stops: &[ColorStop]) -> Vec<ColorStop> {
    // Before a first stop that is not at 0, the engine puts one that is.
    let stops = match stops {
        [first, second, ..] if first.offset == 0.0 && second.offset < 0.0 => &stops[1..],
        stops => stops,
    };
    let mut sorted = Vec::with_capacity(stops.len());
    let mut least = f32::NEG_INFINITY;
    for stop in stops {
        least = least.max(stop.offset);
        sorted.push((least, stop.color.to_alpha_color()));
    }
    let stop = |offset: f32, color: Color| ColorStop { offset, color: DynamicColor::from_alpha_color(color) };
    let mut inside = vec![stop(0.0, color_at(&sorted, 0.0))];
    inside.extend(
        sorted.iter().filter(|(offset, _)| (0.0..=1.0).contains(offset)).map(|(offset, color)| stop(*offset, *color)),
    );
    inside.push(stop(1.0, color_at(&sorted, 1.0)));
    inside
}

fn color_at(stops: &[(f32, Color)], at: f32) -> Color {
    let after = stops.iter().position(|(offset, _)| *offset > at).unwrap_or(stops.len());
    match (after.checked_sub(1).map(|before| stops[before]), stops.get(after)) {
        (Some((from, a)), Some(&(to, b))) => a.lerp_rect(b, (at - from) / (to - from)),
        (Some((_, color)), None) | (None, Some(&(_, color))) => color,
        (None, None) => Color::TRANSPARENT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use peniko::color::palette::css::{BLUE, RED};

    fn linear(stops: &[(f32, Color)]) -> Gradient {
        Gradient::new_linear((0.0, 0.0), (10.0, 0.0)).with_stops(stops)
    }

    fn colors(gradient: &Gradient) -> Vec<(f32, [u8; 4])> {
        let gradient = fitted(gradient);
        gradient
            .stops
            .iter()
            .map(|stop| (stop.offset, stop.color.to_alpha_color::<peniko::color::Srgb>().to_rgba8().to_u8_array()))
            .collect()
    }

    #[test]
    fn stops_outside_of_the_line_give_it_the_colors_between_them() {
        let stops = colors(&linear(&[(0.0, RED), (-1.0, RED), (3.0, BLUE)]));
        assert_eq!(stops, [(0.0, [191, 0, 64, 255]), (1.0, [128, 0, 128, 255])]);
        assert_eq!(colors(&linear(&[(1.2, RED), (1.4, BLUE)])), [(0.0, [255, 0, 0, 255]), (1.0, [255, 0, 0, 255])]);
    }

    #[test]
    fn a_gradient_within_its_line_stays_as_it_is() {
        let gradient = linear(&[(0.0, RED), (0.5, BLUE)]);
        assert!(matches!(fitted(&gradient), Cow::Borrowed(_)));
        assert_eq!(flat(&gradient, None), None);
    }

    #[test]
    fn a_gradient_without_extent_has_its_last_color() {
        let point = Gradient::new_linear((1.0, 1.0), (1.0, 1.0)).with_stops(&[(0.0, RED), (1.0, BLUE)][..]);
        assert_eq!(flat(&point, None), Some(BLUE));
        let circle = Gradient::new_radial((0.0, 0.0), 1.0).with_stops(&[(0.0, RED), (1.0, BLUE)][..]);
        assert_eq!(flat(&circle, Some(Affine::scale(0.0))), Some(BLUE));
    }
}
