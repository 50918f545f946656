//! One open document.

use super::amend::Amendments;
use super::autoscroll::Drag;
use super::drawings::Drawings;
use super::empty_inlines::EmptyInlines;
use super::forms::controls::FormOwners;
use super::host::{Host, Notice};
use super::legends::Legends;
use super::lists::ItemImage;
use super::parser::Refresh;
use super::pieces::{self, Pieces};
use super::quirky_edges::QuirkyEdges;
use super::root::Root;
use super::scroll::{Goal, ScrollBar};
use super::selection::Presses;
use super::source::{Markup, Source};
use super::struts::Struts;
use super::tables::Tables;
use super::tabs::Tabs;
use super::{alternatives, base_url, choices, extents, lists, media, paint, parser, placeholders, style, target};
use crate::fonts::Fonts;
use anyrender::PaintScene;
use blitz_dom::{BaseDocument, DocumentConfig, NodeId, StyleThreading};
use blitz_traits::net::NetProvider;
use blitz_traits::shell::{ColorScheme, Viewport as EngineViewport};
use bulkhead_shared::downlink::Viewport;
use bulkhead_shared::surface::Extent;
use bulkhead_shared::uplink::{ScrollState, Target};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Laid out for, until the broker says how large the page area is: a hidden tab may load before it is ever shown.
const UNKNOWN_VIEWPORT: Viewport = Viewport { width: 1280, height: 720, scale: 1.0, zoom: 1.0, dark: false };

/// How often the pieces of a long text are laid out for one view: for its size, for what is about it, and for what comes into view
/// where that was lower than estimated.
const PIECE_PASSES: usize = 6;

/// One open document.
pub(crate) struct Page {
    pub(super) document: BaseDocument,
    pub(super) host: Arc<Host>,
    pub(super) form_owners: FormOwners,
    placeholders: Vec<NodeId>,
    tables: Tables,
    root: Root,
    legends: Legends,
    item_images: Vec<ItemImage>,
    /// Whether styles may have come that were not known before.
    unsettled: bool,
    pub(super) viewport: Viewport,
    pub(super) scroll_bar: ScrollBar,
    pub(super) amendments: Amendments,
    /// Styles may change with the next layout that cannot be known before it.
    restyles: bool,
    pub(super) presses: Option<Presses>,
    pub(super) drag: Drag,
    /// Whether the selection is all of the document.
    pub(super) all_selected: bool,
    /// Where the page is to be scrolled to, until the user scrolls.
    pub(super) goal: Option<Goal>,
    /// Something outside of the engine's knowledge has changed that is drawn.
    pub(super) redraw: bool,
    /// What the document wants to be followed by.
    refresh: Option<Refresh>,
    /// A text that is too long to be laid out as a whole.
    pieces: Option<Pieces>,
    tabs: Tabs,
    empty_inlines: EmptyInlines,
    struts: Struts,
    quirky_edges: QuirkyEdges,
    drawings: Drawings,
    /// The state of the style sheets whose media are settled.
    sheets: u64,
    opened: Instant,
}

impl Page {
    pub(super) fn open(source: &Source, viewport: Option<Viewport>, net: Arc<dyn NetProvider>, fonts: &Fonts) -> Self {
        let host = Arc::new(Host::default());
        let viewport = viewport.unwrap_or(UNKNOWN_VIEWPORT);
        let url = base_url(&source.url);
        let config = DocumentConfig {
            viewport: Some(engine_viewport(viewport)),
            base_url: Some(url.to_string()),
            ua_stylesheets: style::user_agent_sheets(),
            net_provider: Some(net),
            navigation_provider: Some(Arc::clone(&host) as _),
            shell_provider: Some(Arc::clone(&host) as _),
            html_parser_provider: Some(Arc::new(parser::Provider)),
            font_ctx: Some(fonts.context.clone()),
            // The other way keeps a pool of threads.
            style_threading: StyleThreading::Sequential,
            ..DocumentConfig::default()
        };
        let mut document = BaseDocument::new(config);
        let parsed = match source.markup() {
            Markup::Html(html) => parser::parse_html(&mut document, &html),
            Markup::Xml(xml) => parser::parse_xml(&mut document, &xml),
        };
        let pieces = source.long_text().map(|text| Pieces::new(&mut document, text));
        let (tabs, empty_inlines) = (Tabs::find(&document), EmptyInlines::find(&document));
        let (struts, quirky_edges) = (Struts::find(&document), QuirkyEdges::find(&document));
        let drawings = Drawings::find(&mut document, &fonts.svg);
        choices::settle(&mut document);
        let placeholders = placeholders::find(&document);
        let goal = match (source.scroll, url.fragment()) {
            (Some((x, y)), _) => Some(Goal::Position { x, y }),
            (None, Some(fragment)) => Some(Goal::Fragment(fragment.to_owned())),
            (None, None) => None,
        };
        if let Some(fragment) = url.fragment() {
            target::set(&mut document, fragment);
        }
        Self {
            document,
            host,
            form_owners: parsed.form_owners,
            placeholders,
            tables: Tables::default(),
            root: Root::default(),
            legends: Legends::default(),
            item_images: Vec::new(),
            unsettled: true,
            viewport,
            scroll_bar: ScrollBar::default(),
            amendments: Amendments::default(),
            restyles: false,
            presses: None,
            drag: Drag::default(),
            all_selected: false,
            goal,
            redraw: true,
            refresh: parsed.refresh,
            pieces,
            tabs,
            empty_inlines,
            struts,
            quirky_edges,
            drawings,
            sheets: 0,
            opened: Instant::now(),
        }
    }

    /// After how long, counted from when it is complete, the document wants to be followed, if it does and was not yet.
    pub(crate) fn refresh_delay(&self) -> Option<Duration> {
        self.refresh.as_ref().map(|refresh| refresh.delay)
    }

    /// Asks for the document that is to follow.
    pub(crate) fn refresh(&mut self) {
        if let Some(refresh) = self.refresh.take() {
            let url = refresh.url.unwrap_or_else(|| self.document.url().clone());
            self.host.navigate(url.into(), Target::Current);
        }
    }

    /// Takes a new size, scale, zoom or colour scheme.
    pub(crate) fn set_viewport(&mut self, viewport: Viewport) {
        self.viewport = viewport;
        self.document.set_viewport(engine_viewport(viewport));
        self.unsettled = true;
        self.restyles = true;
        self.redraw = true;
    }

    /// Brings style and layout up to date. While a style sheet of the document's head is still to come, only takes in what has
    /// arrived.
    pub(crate) fn lay_out(&mut self) {
        self.document.handle_messages();
        let sheets = self.sheets;
        media::settle(&self.document, &mut self.sheets);
        self.unsettled |= self.sheets != sheets;
        if !self.waits_for_styles() && self.document.try_root_element().is_some() {
            self.document.resolve_stylist(self.opened.elapsed().as_secs_f64());
            self.tabs.expand(&mut self.document);
            self.empty_inlines.settle(&mut self.document);
            self.struts.settle(&mut self.document);
            if self.unsettled {
                self.quirky_edges.settle(&mut self.document);
            }
            self.drawings.dress(&mut self.document);
        }
        self.resolve();
        if !self.waits_for_styles() {
            self.complete();
            extents::limit(&mut self.document);
            self.amendments.laid_out(&mut self.document);
            self.pursue_goal();
            self.settle_pieces();
            self.report_pointer();
        }
    }

    /// Has the engine do style and layout, and amends what it has left undone between the two.
    fn resolve(&mut self) {
        let now = self.opened.elapsed().as_secs_f64();
        if !self.waits_for_styles() && self.document.try_root_element().is_some() {
            self.document.resolve_stylist(now);
            self.amendments.amend(&mut self.document, false);
        }
        self.document.resolve(now);
        if std::mem::take(&mut self.restyles) {
            // The engine takes in a new viewport on its way from style to layout.
            self.amendments.amend(&mut self.document, true);
            self.document.resolve(now);
        }
    }

    /// Adds what the engine leaves out, and lays that out.
    fn complete(&mut self) {
        /// What is taken back may have made others fit, or not.
        const PASSES: usize = 4;
        if self.unsettled {
            let tables = self.tables.settle(&mut self.document);
            let legends = self.legends.settle(&mut self.document);
            if lists::write_markers(&mut self.document, &mut self.item_images) | tables | legends {
                self.resolve();
            }
        }
        let (width, _) = self.view_size();
        for _ in 0..PASSES {
            let placed = self.item_images.iter_mut().map(|image| image.place(&mut self.document));
            let images = placed.fold(false, std::ops::BitOr::bitor);
            let root = self.root.fit(&mut self.document, width);
            let tables = self.tables.fit(&mut self.document, self.unsettled);
            if !(images | root | tables | self.legends.fit(&mut self.document)) {
                break;
            }
            self.resolve();
        }
        placeholders::show(&mut self.document, &self.placeholders);
    }

    /// Lays out the pieces of a long text that are in view, until those are that come into view with them.
    fn settle_pieces(&mut self) {
        let Some(mut pieces) = self.pieces.take() else { return };
        for _ in 0..PIECE_PASSES {
            let top = self.document.viewport_scroll().y as f32;
            let (width, height) = self.view_size();
            let anchor = pieces.anchor(&self.document, top);
            if !pieces.settle(&mut self.document, pieces::View { top, width, height }) {
                break;
            }
            self.resolve();
            if let Some((node, below)) = anchor {
                let (start, _) = pieces::extent(&self.document, node);
                // Positions far down have no fractions any more.
                if (start + below - top).abs() >= 1.0 {
                    self.scroll_viewport(self.document.viewport_scroll().x, f64::from(start + below));
                }
            }
        }
        self.pieces = Some(pieces);
    }

    /// Whether it is too early to draw.
    pub(crate) fn waits_for_styles(&self) -> bool {
        self.document.has_pending_critical_resources()
    }

    /// To be called when all that will come has come: what did not come is shown by its alternative.
    pub(crate) fn conclude(&mut self) {
        let document = &mut self.document;
        let markers = self.item_images.iter_mut().map(|image| image.give_up(document));
        let markers = markers.fold(false, std::ops::BitOr::bitor);
        // Sheets that others import come unannounced.
        let tables = self.unsettled && self.tables.restyle(&mut self.document);
        if alternatives::show(&mut self.document) | markers | tables {
            self.lay_out();
        }
        // From here on, no style sheet comes any more.
        self.unsettled = false;
    }

    /// Whether it would look different a moment later.
    pub(crate) fn is_animating(&self) -> bool {
        !self.waits_for_styles() && (self.document.is_animating() || self.scrolls_by_itself())
    }

    /// Whether it may look different from when this was asked last.
    pub(crate) fn take_redraw_request(&mut self) -> bool {
        self.host.take_redraw_request() | std::mem::take(&mut self.redraw)
    }

    /// What has happened that the rest of the browser should know of.
    pub(crate) fn take_notices(&mut self) -> Vec<Notice> {
        self.host.take_notices()
    }

    /// Where it is scrolled to.
    pub(crate) fn scroll_state(&self) -> ScrollState {
        let position = self.document.viewport_scroll();
        let (width, height) = self.content_size();
        ScrollState { x: position.x as f32, y: position.y as f32, width, height }.bounded()
    }

    /// Draws it as it was laid out last.
    pub(super) fn paint(&mut self, scene: &mut impl PaintScene, extent: Extent) {
        let scale = f64::from(self.scale());
        paint::document(scene, &mut self.document, &mut self.amendments, scale, extent);
        self.paint_scroll_bar(scene);
    }

    /// Device pixels for one CSS pixel.
    pub(super) fn scale(&self) -> f32 {
        self.viewport.scale * self.viewport.zoom
    }

    /// The viewport's size in CSS pixels.
    pub(super) fn view_size(&self) -> (f32, f32) {
        self.document.viewport().logical_size()
    }

    /// The size of what can be scrolled to, in CSS pixels.
    pub(super) fn content_size(&self) -> (f32, f32) {
        let (width, height) = self.view_size();
        let Some(root) = self.document.try_root_element() else { return (width, height) };
        let layout = root.final_layout();
        let overflow = layout.scrollable_overflow_rect;
        (layout.size.width.max(overflow.right).max(width), layout.size.height.max(overflow.bottom).max(height))
    }
}

fn engine_viewport(viewport: Viewport) -> EngineViewport {
    EngineViewport {
        color_scheme: if viewport.dark { ColorScheme::Dark } else { ColorScheme::Light },
        window_size: (viewport.width, viewport.height),
        hidpi_scale: viewport.scale,
        zoom: viewport.zoom,
    }
}
