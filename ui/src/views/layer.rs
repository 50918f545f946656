//! What egui has drawn, as pixels of their own, so that a new frame of the page costs no egui.
//!
//! The page area spans the window's width. Above and below it the layer is opaque; within it, it is empty but for one
//! rectangle, the overlay: windows, tooltips, the crash page, whatever lies over the page.

use bulkhead_broker::frames::{Canvas, intersection, union};
use bulkhead_shared::uplink::Rect;
use egui::{ClippedPrimitive, TexturesDelta};
use egui_software_backend::{BufferMutRef, ColorFieldOrder, EguiSoftwareRender};

/// The pixels: `0xAARRGGBB`, premultiplied.
pub(super) struct Layer {
    renderer: EguiSoftwareRender,
    pixels: Vec<u32>,
    width: u32,
    height: u32,
    page: Rect,
    overlay: Rect,
}

impl Layer {
    pub(super) fn new() -> Self {
        Self {
            renderer: renderer(),
            pixels: Vec::new(),
            width: 0,
            height: 0,
            page: Rect::default(),
            overlay: Rect::default(),
        }
    }

    /// Draws anew. `overlay` holds all that lies over `page`. Returns what has changed.
    pub(super) fn render(
        &mut self,
        (width, height): (u32, u32),
        page: Rect,
        overlay: Rect,
        primitives: &[ClippedPrimitive],
        textures: &TexturesDelta,
        scale: f32,
    ) -> Vec<Rect> {
        if width == 0 || height == 0 {
            return Vec::new();
        }
        if textures.set.iter().any(|(_, delta)| delta.is_whole()) {
            // A new atlas: what the renderer keeps was drawn from the old one. egui's fonts are the only texture there is.
            self.renderer = renderer();
        }
        let before = self.regions();
        if (self.width, self.height) == (width, height) {
            for region in before {
                self.clear(region);
            }
        } else {
            // Zeroes that the kernel hands out: what is never drawn to, below the page, takes no memory. What a larger window
            // has taken goes back.
            self.pixels = vec![0; width as usize * height as usize];
        }
        let everything = (self.width, self.height, self.page) != (width, height, page);
        (self.width, self.height, self.page) = (width, height, page);
        self.overlay = intersection(overlay, page);
        let pixels = bytemuck::cast_slice_mut(&mut self.pixels);
        let mut target = BufferMutRef::new(pixels, width as usize, height as usize);
        self.renderer.render(&mut target, primitives, textures, scale);
        if everything {
            vec![Rect { x: 0, y: 0, width, height }]
        } else {
            let [above, below, overlay] = self.regions();
            [above, below, union(overlay, before[2])].into_iter().filter(|rect| !is_empty(*rect)).collect()
        }
    }

    /// Lays `part` over what is on the canvas.
    pub(super) fn blend(&self, canvas: &mut Canvas<'_>, part: Rect) {
        for region in self.regions() {
            let region = intersection(region, part);
            for y in region.y..region.y + region.height {
                let start = y as usize * self.width as usize + region.x as usize;
                let source = self.pixels.get(start..start + region.width as usize).unwrap_or_default();
                let target = canvas.row(region.x as usize, y as usize, region.width as usize);
                for (target, source) in target.iter_mut().zip(source) {
                    *target = over(*source, *target);
                }
            }
        }
    }

    /// Above the page, below it, and over it.
    fn regions(&self) -> [Rect; 3] {
        let bottom = self.page.y + self.page.height;
        [
            Rect { x: 0, y: 0, width: self.width, height: self.page.y },
            Rect { x: 0, y: bottom, width: self.width, height: self.height.saturating_sub(bottom) },
            self.overlay,
        ]
    }

    fn clear(&mut self, rect: Rect) {
        let (width, height) = (self.width as usize, self.height as usize);
        Canvas { pixels: &mut self.pixels, width, height }.fill(rect, 0);
    }
}

fn renderer() -> EguiSoftwareRender {
    EguiSoftwareRender::new(ColorFieldOrder::Bgra)
}

fn is_empty(rect: Rect) -> bool {
    rect.width == 0 || rect.height == 0
}

/// A premultiplied pixel over an opaque one.
fn over(source: u32, target: u32) -> u32 {
    match source >> 24 {
        0 => target,
        0xff => source & 0x00ff_ffff,
        alpha => {
            let left = 255 - alpha;
            let channel = |shift: u32| {
                let sum = (source >> shift & 0xff) + ((target >> shift & 0xff) * left + 127) / 255;
                sum.min(0xff) << shift
            };
            channel(16) | channel(8) | channel(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_laid_over_each_other_by_their_alpha() {
        assert_eq!(over(0, 0x0012_3456), 0x0012_3456);
        assert_eq!(over(0xff65_4321, 0x0012_3456), 0x0065_4321);
        assert_eq!(over(0x8000_0000, 0x00ff_ffff), 0x007f_7f7f);
        assert_eq!(over(0x80ff_ffff, 0x00ff_ffff), 0x00ff_ffff, "no overflow into the next channel");
    }
}
