//! Filters. The rasteriser has blurs and shadows, each for a layer of its own. What changes colors alone is applied to each
//! color that is painted: such filters are linear in premultiplied colors, so it is the same before blending as after.

use anyrender::filters::FilterEffect;
use anyrender::{Filter, Paint, PaintRef};
use peniko::color::DynamicColor;
use peniko::{Blob, Color, ImageData, ImageFormat};

/// Rows for red, green, blue and alpha; the last column is added.
type Matrix = [f32; 20];

/// The filters of the open layers.
#[derive(Default)]
pub(super) struct Filters {
    layers: Vec<Layer>,
}

struct Layer {
    /// How many layers of the rasteriser it has besides its own.
    effects: usize,
    /// What becomes of a color in it; `None` where it stays.
    matrix: Option<Matrix>,
}

/// What a layer needs.
pub(super) struct Scope {
    pub(super) alpha: f32,
    /// Layers of their own, the outermost first.
    pub(super) effects: Vec<FilterEffect>,
}

impl Filters {
    /// Begins a layer.
    pub(super) fn enter(&mut self, filter: Option<&Filter>, scale: f64) -> Scope {
        let mut matrix = self.matrix().copied();
        let (mut alpha, mut effects) = (1.0, Vec::new());
        // The last is applied to what all others have made.
        for node in filter.iter().flat_map(|filter| filter.nodes().iter().rev()) {
            match &node.effect {
                FilterEffect::ColorMatrix(inner) => {
                    let mut inner = inner.0;
                    alpha *= std::mem::replace(&mut inner[18], 1.0);
                    matrix = Some(matrix.map_or(inner, |outer| product(&outer, &inner)));
                }
                FilterEffect::GaussianBlur(blur) => {
                    effects.push(FilterEffect::blur(blur.std_deviation * scale as f32));
                }
                FilterEffect::DropShadow(shadow) => {
                    let color = matrix.map_or(shadow.color, |matrix| changed(&matrix, shadow.color));
                    let scale = scale as f32;
                    let (dx, dy, deviation) = (shadow.dx * scale, shadow.dy * scale, shadow.std_deviation * scale);
                    effects.push(FilterEffect::drop_shadow(dx, dy, deviation, color));
                }
                _ => {}
            }
        }
        self.layers.push(Layer { effects: effects.len(), matrix });
        Scope { alpha, effects }
    }

    /// Ends a layer. Returns how many it has besides its own.
    pub(super) fn leave(&mut self) -> usize {
        self.layers.pop().map_or(0, |layer| layer.effects)
    }

    /// What becomes of a color.
    pub(super) fn apply(&self, color: Color) -> Color {
        self.matrix().map_or(color, |matrix| changed(matrix, color))
    }

    /// Paints with what becomes of a gradient or an image.
    pub(super) fn with_paint(&self, paint: PaintRef<'_>, draw: impl FnOnce(PaintRef<'_>)) {
        let Some(matrix) = self.matrix() else { return draw(paint) };
        match paint {
            Paint::Gradient(gradient) => {
                let mut gradient = gradient.clone();
                for stop in gradient.stops.0.iter_mut() {
                    stop.color = DynamicColor::from_alpha_color(changed(matrix, stop.color.to_alpha_color()));
                }
                draw(Paint::Gradient(&gradient));
            }
            Paint::Image(image) if image.image.format == ImageFormat::Rgba8 => {
                let mut pixels = image.image.data.data().to_vec();
                for pixel in pixels.chunks_exact_mut(4) {
                    let [r, g, b, a] = [pixel[0], pixel[1], pixel[2], pixel[3]];
                    pixel.copy_from_slice(&changed(matrix, Color::from_rgba8(r, g, b, a)).to_rgba8().to_u8_array());
                }
                let data = ImageData { data: Blob::from(pixels), ..image.image.clone() };
                let brush = peniko::ImageBrush { image: data, sampler: image.sampler };
                draw(Paint::Image(brush.as_ref()));
            }
            paint => draw(paint),
        }
    }

    fn matrix(&self) -> Option<&Matrix> {
        self.layers.last()?.matrix.as_ref()
    }
}

fn changed(matrix: &Matrix, color: Color) -> Color {
    let [r, g, b, a] = color.components;
    let row = |row: usize| {
        let m = &matrix[row * 5..row * 5 + 5];
        (m[0] * r + m[1] * g + m[2] * b + m[3] * a + m[4]).clamp(0.0, 1.0)
    };
    Color::new([row(0), row(1), row(2), a])
}

/// The matrix that does what `inner` does, then what `outer` does.
fn product(outer: &Matrix, inner: &Matrix) -> Matrix {
    let mut product = [0.0; 20];
    for row in 0..4 {
        for column in 0..5 {
            let sum: f32 = (0..4).map(|k| outer[row * 5 + k] * inner[k * 5 + column]).sum();
            product[row * 5 + column] = sum + if column == 4 { outer[row * 5 + 4] } else { 0.0 };
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: Color, b: [f32; 4]) -> bool {
        a.components.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.01)
    }

    #[test]
    fn filters_of_colors_are_applied_in_their_order() {
        let mut filters = Filters::default();
        let list = [FilterEffect::invert(1.0), FilterEffect::brightness(0.5)];
        let scope = filters.enter(Some(&Filter::linear_list(list.into_iter())), 1.0);
        assert!(scope.effects.is_empty());
        assert!(close(filters.apply(Color::new([1.0, 0.0, 0.5, 1.0])), [0.0, 0.5, 0.25, 1.0]));
        filters.leave();
        assert!(close(filters.apply(Color::new([1.0, 0.0, 0.5, 1.0])), [1.0, 0.0, 0.5, 1.0]));
    }

    #[test]
    fn a_layer_within_a_filtered_one_is_filtered_too() {
        let mut filters = Filters::default();
        filters.enter(Some(&Filter::single(FilterEffect::grayscale(1.0))), 1.0);
        filters.enter(None, 1.0);
        let [r, g, b, _] = filters.apply(Color::new([1.0, 0.0, 0.0, 1.0])).components;
        assert!((r - g).abs() < 0.01 && (g - b).abs() < 0.01);
    }

    #[test]
    fn a_shadow_after_a_filter_keeps_its_color_and_one_before_does_not() {
        let shadow = || FilterEffect::drop_shadow(1.0, 1.0, 0.0, Color::new([1.0, 0.0, 0.0, 1.0]));
        let color = |list: [FilterEffect; 2]| {
            let scope = Filters::default().enter(Some(&Filter::linear_list(list.into_iter())), 1.0);
            let [FilterEffect::DropShadow(shadow)] = &scope.effects[..] else { panic!("one shadow") };
            shadow.color
        };
        assert!(close(color([FilterEffect::invert(1.0), shadow()]), [1.0, 0.0, 0.0, 1.0]));
        assert!(close(color([shadow(), FilterEffect::invert(1.0)]), [0.0, 1.0, 1.0, 1.0]));
    }
}
