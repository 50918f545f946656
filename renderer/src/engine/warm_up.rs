//! What the zygote shows to nobody, so that code, tables and caches are warm in each renderer.
//!
//! The dearest of them are the outlines of letters. Before a letter is first drawn in a size, a program that comes with the font
//! fits its outline to the pixels of that size; renderers inherit the outlines that the zygote has made. So it draws letters in
//! the sizes of the browser's own pages, and of pages that leave fonts and sizes as they are. That takes as long as all the
//! rest of the warm-up, so it is done in steps, while nothing else is asked of the zygote.

use super::{Engine, Source};
use crate::fonts;
use blitz_traits::net::DummyNetProvider;
use bulkhead_shared::downlink::Viewport;
use bulkhead_shared::surface::{Extent, SurfaceError};
use std::sync::Arc;

/// Has a bit of everything that most pages have.
const PAGE: &str = include_str!("warm_up.html");

/// Its picture is thrown away; it is as large as a small window, so that it touches what a page would.
const PAGE_EXTENT: (u32, u32) = (1024, 768);

/// For one row of letters, whatever its size.
const LETTERS_EXTENT: (u32, u32) = (1024, 256);

/// Letters in one font and size: what CSS calls the font, and which.
type Letters = (&'static str, &'static str);

/// The most wanted come first. There are 16 sizes of fonts, as many as the engine keeps the fonts' programs set up for.
/// Families may stand for one font on some machines; the rows that are the same then cost nothing.
const LETTERS: [Letters; 16] = [
    // The browser's own pages: `assets/style.css`.
    ("16px system-ui", TEXT),
    ("14.4px system-ui", TEXT),
    ("19.2px system-ui", TEXT),
    ("13.6px system-ui", TEXT),
    ("bold 16px system-ui", TITLE),
    ("bold 14.4px system-ui", TITLE),
    ("bold 24px system-ui", TITLE),
    ("bold 52px system-ui", TITLE),
    ("12px system-ui", TEXT),
    ("14px system-ui", TEXT),
    ("14.4px ui-monospace", TEXT),
    // Pages without a style of their own.
    ("16px serif", TEXT),
    ("bold 32px serif", TITLE),
    ("bold 24px serif", TITLE),
    ("16px sans-serif", TEXT),
    // Form controls.
    ("13.3333px Arial", TEXT),
];

const TEXT: &str = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPRSTUVW 0123456789 .,:;-'()/“”’";
const TITLE: &str = "abcdefghijklmnopqrstuvwxyz ABCDEFHILMNPRSTW";

impl Engine {
    /// Shows the warm-up page. To be called once, before any other page is opened.
    pub(super) fn rehearse(&mut self) {
        // The page has the first SVG image.
        match fonts::without_system_fonts(|| self.show_to_nobody(PAGE.to_owned(), PAGE_EXTENT)) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the warm-up page is not shown"),
            Err(error) => tracing::warn!(%error, "the engine's own font tables are not kept empty"),
        }
    }

    /// Draws the next of the letters. Takes some milliseconds. Returns whether there were any left.
    pub(crate) fn warm_further(&mut self) -> bool {
        let Some((font, letters)) = LETTERS.get(self.letters_drawn) else { return false };
        self.letters_drawn += 1;
        let page = format!("<!DOCTYPE html><body style=\"margin:0;font:{font}\">{letters}");
        self.show_to_nobody(page, LETTERS_EXTENT).is_ok()
    }

    fn show_to_nobody(&mut self, html: String, (width, height): (u32, u32)) -> Result<(), SurfaceError> {
        let extent = Extent::new(width, height)?;
        let source =
            Source { url: "about:blank".to_owned(), mime: "text/html".to_owned(), bytes: html.into(), scroll: None };
        let viewport = Viewport { width, height, scale: 1.0, zoom: 1.0, dark: false };
        let mut page = self.open(source, Some(viewport), Arc::new(DummyNetProvider));
        page.lay_out();
        self.raster.draw(&mut page, extent, &mut vec![0; extent.slot_bytes()]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fonts::{FontConfig, Fonts};

    #[test]
    fn the_letters_are_drawn_row_by_row_and_come_to_an_end() {
        let mut engine = Engine::new(Fonts::load(&FontConfig::default()));
        let rows = std::iter::repeat_with(|| engine.warm_further()).take_while(|more| *more).count();
        assert_eq!(rows, LETTERS.len());
    }
}
