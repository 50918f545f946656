//! What is on display: the page area, surfaces for the tab in front, and the acknowledgement of its frames.

use super::{Browser, PageArea, Tab};
use crate::death::Death;
use crate::events::ToIo;
use bulkhead_shared::downlink::{ToRenderer, Viewport};
use bulkhead_shared::ids::{RendererId, SurfaceId, TabId};
use bulkhead_shared::surface::{Extent, SurfaceError};
use bulkhead_shared::uplink::Rect;
use std::sync::Arc;

impl Browser {
    /// The page area has changed.
    pub fn set_area(&mut self, area: PageArea) {
        if self.area == area {
            return;
        }
        let resized = (self.area.width, self.area.height) != (area.width, area.height);
        self.area = area;
        if let Some(id) = self.active {
            self.send_viewport(id);
            if resized {
                self.grant_surface(id);
            }
        }
        self.changes.ui = true;
        self.changes.page = true;
    }

    /// Sets a tab's page zoom, between a quarter and five times as in Chromium.
    pub fn set_zoom(&mut self, id: TabId, zoom: f32) {
        if let Some(tab) = self.tab_mut(id) {
            tab.zoom = zoom.clamp(0.25, 5.0);
            self.send_viewport(id);
            self.changes.ui = true;
        }
    }

    /// Has the pages of all processes to come drawn without scroll bars: for pictures.
    pub fn hide_scroll_bars(&mut self) {
        self.hides_scroll_bars = true;
    }

    /// Has the page on display drawn again, though nothing changed.
    pub fn repaint(&mut self) {
        if let Some(renderer) = self.active().and_then(Tab::renderer) {
            self.io.send(ToIo::Send { renderer, command: ToRenderer::Repaint });
        }
    }

    /// The front frame is on display: its renderer may send the next. Returns whether it was a new one.
    pub fn frame_shown(&mut self) -> bool {
        if let Some(front) = self.active.and_then(|id| self.tab_mut(id)).and_then(|tab| tab.front.as_mut()) {
            front.damage = Rect::default();
        }
        self.acknowledge_frame(self.active)
    }

    /// Each frame is acknowledged once, shown or not: without that its renderer would draw no more. Returns whether one was.
    pub(super) fn acknowledge_frame(&mut self, id: Option<TabId>) -> bool {
        let Some(tab) = id.and_then(|id| self.tab_mut(id)) else { return false };
        let new = std::mem::take(&mut tab.unshown);
        if let Some(renderer) = tab.renderer().filter(|_| new) {
            self.io.send(ToIo::Send { renderer, command: ToRenderer::FrameShown });
        }
        new
    }

    pub(super) fn hide(&mut self, id: TabId) {
        self.acknowledge_frame(Some(id));
        let surface = SurfaceId(self.names.surfaces.last());
        if let Some(tab) = self.tab_mut(id) {
            tab.front = None;
            tab.page.hover = None;
            tab.page.activation.lapse();
            tab.surfaces.empty();
            if let Some(renderer) = tab.renderer() {
                self.io.send(ToIo::Send { renderer, command: ToRenderer::Hide { surface } });
            }
        }
    }

    pub(super) fn show(&mut self, id: TabId) {
        self.send_viewport(id);
        self.grant_surface(id);
        if let Some(renderer) = self.tab(id).and_then(Tab::renderer) {
            self.io.send(ToIo::Send { renderer, command: ToRenderer::Show });
        }
    }

    pub(super) fn send_viewport(&mut self, id: TabId) {
        let PageArea { width, height, scale, dark } = self.area;
        let Some(tab) = self.tab(id) else { return };
        let viewport = Viewport { width, height, scale, zoom: tab.zoom, dark };
        if let Some(renderer) = tab.renderer() {
            self.io.send(ToIo::Send { renderer, command: ToRenderer::Viewport(viewport) });
        }
    }

    /// Grants the tab's process a surface of the page area's size; it draws its next frame there.
    pub(super) fn grant_surface(&mut self, id: TabId) {
        let extent = Extent::new(self.area.width, self.area.height);
        let Some(tab) = self.tab_mut(id) else { return };
        let Some(renderer) = tab.renderer() else { return };
        let surface = extent.and_then(|extent| tab.surfaces.surface(renderer, extent, tab.front.as_ref()));
        match surface {
            Ok(surface) => {
                let id = SurfaceId(self.names.surfaces.mint());
                self.io.send(ToIo::Surface { renderer, id, surface: Arc::new(surface) });
            }
            Err(error) => self.without_surface(id, renderer, &error),
        }
    }

    /// A tab that has shown something keeps that; one that has not would seem to load for ever.
    fn without_surface(&self, id: TabId, renderer: RendererId, error: &SurfaceError) {
        tracing::warn!(%error, "no surface for {id}");
        let painted = |tab: &Tab| tab.document.as_ref().is_some_and(|document| document.painted);
        if !self.tab(id).is_some_and(painted) {
            let reason = Some(Death::NotStarted(format!("there is no room for its pixels: {error}")));
            self.io.send(ToIo::End { renderer, reason });
        }
    }
}
