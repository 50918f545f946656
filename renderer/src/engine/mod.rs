//! The engine adapter: everything that knows Blitz. It turns a document's bytes into pixels and the user's input into
//! [`Notice`]s, and knows nothing of links, processes or frames.
//!
//! | module | job |
//! |---|---|
//! | [`source`] | a document's bytes, by type, to markup |
//! | [`text`] | bytes to characters |
//! | [`parser`] | markup to a tree that the engine can walk |
//! | [`drawings`] | SVG within a page |
//! | [`page`] | one open document |
//! | [`host`] | what the engine calls back |
//! | [`links`] | following links |
//! | [`input`], [`keys`] | mouse and keyboard to engine events |
//! | [`selection`] | edit commands |
//! | [`scroll`] | the viewport's position and its scroll bar |
//! | [`raster`] | pictures |

mod drawings;
mod host;
mod input;
mod keys;
mod links;
mod page;
mod parser;
mod raster;
mod scroll;
mod selection;
mod source;
mod style;
pub(crate) mod text;

pub(crate) use host::Notice;
pub(crate) use page::Page;
pub(crate) use source::Source;

use crate::fonts::{self, Fonts, SvgFonts};
use blitz_traits::net::{DummyNetProvider, NetProvider};
use bulkhead_shared::downlink::Viewport;
use bulkhead_shared::surface::Extent;
use raster::Raster;
use std::sync::Arc;
use url::Url;

/// What all pages of a process share.
pub(crate) struct Engine {
    fonts: Fonts,
    pub(crate) raster: Raster,
}

/// Has a bit of everything that most pages have, so that its code and caches are warm.
const WARM_UP_PAGE: &str = include_str!("warm_up.html");

/// The warm-up page's picture is thrown away; it is as large as a small window, so that it touches what a page would.
const WARM_UP_EXTENT: (u32, u32) = (1024, 768);

impl Engine {
    /// Loads the fonts of this machine and shows one page to nobody. Starts no thread.
    pub(crate) fn warm_up() -> Self {
        let mut engine = Self::new(Fonts::of_this_machine());
        let source = Source {
            url: "about:blank".to_owned(),
            mime: "text/html".to_owned(),
            bytes: WARM_UP_PAGE.as_bytes().into(),
            scroll: None,
        };
        let (width, height) = WARM_UP_EXTENT;
        let viewport = Viewport { width, height, scale: 1.0, zoom: 1.0, dark: false };
        if let Ok(extent) = Extent::new(width, height) {
            let mut page = engine.open(source, Some(viewport), Arc::new(DummyNetProvider));
            // The warm-up page has the first SVG image.
            if let Err(error) = fonts::without_system_fonts(|| page.lay_out()) {
                tracing::warn!(%error, "the engine's own font tables are not kept empty");
                page.lay_out();
            }
            let mut pixels = vec![0; extent.slot_bytes()];
            engine.raster.draw(&mut page, extent, &mut pixels);
        }
        engine
    }

    pub(crate) fn new(fonts: Fonts) -> Self {
        Self { fonts, raster: Raster::default() }
    }

    /// The fonts for text in SVG images.
    pub(crate) fn svg_fonts(&self) -> Arc<SvgFonts> {
        Arc::clone(&self.fonts.svg)
    }

    /// How many font faces this machine has.
    pub(crate) fn font_faces(&self) -> u32 {
        self.fonts.faces
    }

    /// Opens a document; what it needs is asked of `net`.
    pub(crate) fn open(&self, source: Source, viewport: Option<Viewport>, net: Arc<dyn NetProvider>) -> Page {
        Page::open(&source, viewport, net, &self.fonts)
    }
}

/// An address as a URL, whatever it is: the engine panics without one to resolve against.
fn base_url(url: &str) -> Url {
    Url::parse(url).unwrap_or_else(|_| Url::parse("about:blank").expect("a constant that parses"))
}
