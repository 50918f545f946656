//! Painting: what the engine's painter does not do, done while it paints.

mod clips;
mod decorate;
mod filters;
mod glyphs;
mod gradients;
pub(super) mod line_ends;
pub(super) mod marks;
mod outline;
mod prepare;
mod scene;

use super::amend::Amendments;
use anyrender::PaintScene;
use blitz_dom::BaseDocument;
use bulkhead_shared::surface::Extent;
use marks::Marks;
use prepare::Prepared;
use scene::MarkedScene;

/// Paints a document as it was laid out last.
pub(super) fn document(
    scene: &mut impl PaintScene,
    document: &mut BaseDocument,
    amendments: &mut Amendments,
    scale: f64,
    extent: Extent,
) {
    let Amendments { marks, boxes, spacers, sticky, .. } = amendments;
    sticky.place(document);
    let prepared = Prepared::new(document, marks, spacers, boxes);
    let before = marks.put_on(document);
    let mut marked = MarkedScene::new(scene, marks, &prepared, scale);
    blitz_paint::paint_scene(&mut marked, document, scale, extent.width(), extent.height(), 0, 0);
    Marks::take_off(document, before);
}
