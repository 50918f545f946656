//! The engine adapter: everything that knows Blitz. It turns a document's bytes into pixels and the user's input into
//! [`Notice`]s, and knows nothing of links, processes or frames.
//!
//! | module | job |
//! |---|---|
//! | [`source`] | a document's bytes, by type, to markup |
//! | [`text`] | bytes to characters |
//! | [`parser`] | markup to a tree that the engine can walk |
//! | [`media`], [`sheet`], [`selectors`], [`declarations`] | style sheets as the cascade can take them |
//! | [`target`] | the element that the address names |
//! | [`tabs`], [`empty_inlines`] | what the engine lays out otherwise than CSS says |
//! | [`drawings`] | SVG within a page |
//! | [`page`] | one open document |
//! | [`pieces`] | a long text, laid out as one scrolls |
//! | [`amend`] | what the engine's style leaves undone |
//! | [`computed`] | computed styles |
//! | [`inline`] | boxes of inline elements |
//! | [`paint`] | what the engine's painter leaves undone |
//! | [`alternatives`] | text for images that cannot be had |
//! | [`choices`] | `<select>` |
//! | [`clicks`] | what a click does |
//! | [`forms`], [`reset`] | sending forms, and taking them back |
//! | [`sliders`] | `<input type=range>` |
//! | [`counter_styles`] | numerals |
//! | [`lists`], [`tables`], [`legends`], [`placeholders`] | what the engine draws wrongly or not at all |
//! | [`baselines`] | where lines stand |
//! | [`root`] | the width of the root element |
//! | [`extents`] | sizes within what can be drawn |
//! | [`generated`] | generated content |
//! | [`sticky`] | sticky boxes |
//! | [`host`] | what the engine calls back |
//! | [`links`] | following links |
//! | [`input`], [`keys`] | mouse and keyboard to engine events |
//! | [`selection`], [`selected_text`] | edit commands, and what they copy |
//! | [`scroll`] | the viewport's position and its scroll bar |
//! | [`autoscroll`] | scrolling while text is selected |
//! | [`raster`] | pictures |
//! | [`warm_up`] | what happens before the fork |

mod alternatives;
mod amend;
mod autoscroll;
mod baselines;
mod choices;
mod clicks;
mod computed;
mod counter_styles;
mod declarations;
mod drawings;
mod empty_inlines;
mod extents;
mod forms;
mod generated;
mod host;
mod inline;
mod input;
mod keys;
mod legends;
mod links;
mod lists;
mod media;
mod page;
mod paint;
mod parser;
mod pieces;
mod placeholders;
mod quirky_edges;
mod raster;
mod reset;
mod root;
mod scroll;
mod selected_text;
mod selection;
mod selectors;
pub(crate) mod sheet;
mod sliders;
mod source;
mod sticky;
mod struts;
mod style;
mod tables;
mod tabs;
mod target;
pub(crate) mod text;
mod warm_up;

pub(crate) use host::Notice;
pub(crate) use page::Page;
pub(crate) use source::Source;

use crate::fonts::{Fonts, SvgFonts};
use blitz_traits::net::NetProvider;
use bulkhead_shared::downlink::Viewport;
use raster::Raster;
use std::sync::Arc;
use url::Url;

/// What all pages of a process share.
pub(crate) struct Engine {
    fonts: Fonts,
    pub(crate) raster: Raster,
    /// How many rows of the warm-up's letters were drawn.
    letters_drawn: usize,
}

impl Engine {
    /// Loads the fonts of this machine and shows one page to nobody. Starts no thread.
    pub(crate) fn warm_up() -> Self {
        let mut engine = Self::new(Fonts::of_this_machine());
        engine.rehearse();
        engine
    }

    pub(crate) fn new(fonts: Fonts) -> Self {
        Self { fonts, raster: Raster::default(), letters_drawn: 0 }
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
