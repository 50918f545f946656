//! Pictures: paints a page into bytes.

use super::page::Page;
use anyrender::{ImageRenderer, PaintScene};
use anyrender_vello_cpu::VelloCpuImageRenderer;
use bulkhead_shared::surface::Extent;
use peniko::kurbo::{Affine, Rect};
use peniko::{Color, Fill};

/// Rasterises on the calling thread. Keeps glyphs and images between pictures.
#[derive(Default)]
pub(crate) struct Raster {
    renderer: Option<(Extent, VelloCpuImageRenderer)>,
}

impl Raster {
    /// Paints the page as it was laid out last. `pixels` is as long as a slot of that extent.
    pub(crate) fn draw(&mut self, page: &mut Page, extent: Extent, pixels: &mut [u8]) {
        let (width, height) = (extent.width(), extent.height());
        let (current, renderer) =
            self.renderer.get_or_insert_with(|| (extent, VelloCpuImageRenderer::new(width, height)));
        if *current != extent {
            renderer.resize(width, height);
            *current = extent;
        }
        renderer.reset();
        renderer.render(
            |scene| {
                // What a page leaves transparent is white, as everywhere.
                let all = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
                scene.fill(Fill::NonZero, Affine::IDENTITY, Color::WHITE, None, &all);
                page.paint(scene, extent);
            },
            pixels,
        );
    }
}
