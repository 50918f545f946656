//! Where the viewport is scrolled to, and its scroll bar. The engine draws bars for boxes within a page, none for the page.
//!
//! The bar lies over the page's right edge and takes no room from it. Its sizes are in window pixels, whatever the page's zoom.

use super::page::Page;
use super::target;
use anyrender::PaintScene;
use blitz_dom::{Point, ScrollBehavior, ScrollLogicalPosition};
use bulkhead_shared::input::{Button, Pointer};
use peniko::kurbo::{Affine, RoundedRect};
use peniko::{Color, Fill};

/// The strip in which the bar is and takes clicks.
const TRACK: f32 = 14.0;
const THUMB: f32 = 8.0;
const SHORTEST_THUMB: f32 = 32.0;

/// Where the page is to be scrolled to as soon as that place is laid out, and again when it moves, until the user scrolls.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Goal {
    Position { x: f32, y: f32 },
    Fragment(String),
}

/// The state of the scroll bar.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct ScrollBar {
    /// It is not there, whatever there is to scroll.
    hidden: bool,
    /// The pointer is in the strip.
    hovered: bool,
    /// The thumb is dragged: how far below its top it was grabbed.
    grabbed: Option<f32>,
}

/// Where the thumb is, in window pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Thumb {
    top: f32,
    height: f32,
    /// CSS pixels of the page for one window pixel of the thumb's way.
    ratio: f32,
}

impl Thumb {
    /// `None` where there is nothing to scroll.
    fn new(view: f32, content: f32, position: f32, zoom: f32) -> Option<Self> {
        let hidden = content - view;
        let track = view * zoom;
        if hidden < 1.0 || track <= 0.0 {
            return None;
        }
        let height = (track * view / content).max(SHORTEST_THUMB).min(track);
        let way = track - height;
        if way <= 0.0 {
            return None;
        }
        Some(Self { top: way * (position / hidden).clamp(0.0, 1.0), height, ratio: hidden / way })
    }
}

impl Page {
    /// Scrolls to a position, from the history.
    pub(crate) fn scroll_to(&mut self, x: f32, y: f32) {
        self.goal = Some(Goal::Position { x, y });
        self.pursue_goal();
    }

    /// Scrolls to a fragment, or to the top for an empty one, and reports where that is.
    pub(crate) fn scroll_to_fragment(&mut self, fragment: &str) {
        target::set(&mut self.document, fragment);
        self.goal = Some(Goal::Fragment(fragment.to_owned()));
        self.pursue_goal();
        let at = self.document.viewport_scroll();
        self.host.scrolled(at.x as f32, at.y as f32);
    }

    /// Scrolls as the goal says, if there is one.
    pub(super) fn pursue_goal(&mut self) {
        // What is sticky goes where the scrolling leads, and does not lead it.
        self.amendments.sticky.release(&mut self.document);
        match self.goal.clone() {
            Some(Goal::Position { x, y }) => self.scroll_viewport(f64::from(x), f64::from(y)),
            Some(Goal::Fragment(fragment)) => self.scroll_to_target(&fragment),
            None => {}
        }
        self.amendments.sticky.place(&mut self.document);
    }

    fn scroll_to_target(&mut self, fragment: &str) {
        if let Some(node) = target::find(&self.document, fragment) {
            let (start, nearest) = (ScrollLogicalPosition::Start, ScrollLogicalPosition::Nearest);
            self.document.scroll_into_view(node, ScrollBehavior::Instant, start, nearest);
        } else if fragment.is_empty() || fragment.eq_ignore_ascii_case("top") {
            self.scroll_viewport(0.0, 0.0);
        }
    }

    /// Scrolls the viewport to a position, as far as it goes.
    pub(super) fn scroll_viewport(&mut self, x: f64, y: f64) {
        let (view, content, before) = (self.view_size(), self.content_size(), self.document.viewport_scroll());
        let after = Point {
            x: x.clamp(0.0, f64::from((content.0 - view.0).max(0.0))),
            y: y.clamp(0.0, f64::from((content.1 - view.1).max(0.0))),
        };
        if after != before {
            self.document.set_viewport_scroll(after);
            self.redraw = true;
        }
    }

    /// Scrolls at the user's wish: the viewport, or, where that has nothing to scroll, the box under the pointer.
    pub(super) fn scroll_by(&mut self, dx: f64, dy: f64) {
        self.goal = None;
        let (view, content) = (self.view_size(), self.content_size());
        let box_below = if content.1 - view.1 < 1.0 { self.document.get_hover_node_id() } else { None };
        if let Some(node) = box_below {
            let far = f64::from(f32::MAX);
            let (dx, dy) = (dx.clamp(-far, far), dy.clamp(-far, far));
            self.redraw |= self.document.scroll_node_by_has_changed(node, -dx, -dy, |_| {});
        } else {
            let at = self.document.viewport_scroll();
            self.scroll_viewport(at.x + dx, at.y + dy);
        }
    }

    /// Has the page without its scroll bar.
    pub(crate) fn hide_scroll_bar(&mut self) {
        self.scroll_bar.hidden = true;
        self.redraw = true;
    }

    fn thumb(&self) -> Option<Thumb> {
        if self.scroll_bar.hidden {
            return None;
        }
        let (view, content) = (self.view_size().1, self.content_size().1);
        Thumb::new(view, content, self.document.viewport_scroll().y as f32, self.viewport.zoom)
    }

    fn is_over_track(&self, pointer: Pointer) -> bool {
        let width = self.viewport.width as f32 / self.viewport.scale;
        (width - TRACK..width).contains(&pointer.x) && self.thumb().is_some()
    }

    /// Handles a press on the bar: the thumb is grabbed, or the page turned towards the pointer. Returns whether it was one.
    pub(super) fn scroll_bar_press(&mut self, pointer: Pointer) -> bool {
        if pointer.button != Button::Main || !self.is_over_track(pointer) {
            return false;
        }
        let Some(thumb) = self.thumb() else { return false };
        let below_top = pointer.y - thumb.top;
        if (0.0..thumb.height).contains(&below_top) {
            self.scroll_bar.grabbed = Some(below_top);
        } else {
            let page = f64::from(self.view_size().1) * f64::from(below_top.signum());
            let at = self.document.viewport_scroll();
            self.scroll_viewport(at.x, at.y + page);
        }
        self.goal = None;
        true
    }

    /// Drags the thumb. Returns whether the pointer is the bar's.
    pub(super) fn scroll_bar_move(&mut self, pointer: Pointer) -> bool {
        let over = self.is_over_track(pointer);
        let hovered = self.scroll_bar.grabbed.is_some() || over && pointer.buttons == 0;
        self.redraw |= hovered != self.scroll_bar.hovered;
        self.scroll_bar.hovered = hovered;
        if let (Some(grabbed), Some(thumb)) = (self.scroll_bar.grabbed, self.thumb()) {
            let at = self.document.viewport_scroll();
            self.scroll_viewport(at.x, f64::from((pointer.y - grabbed) * thumb.ratio));
        }
        if hovered {
            self.host.cursor(bulkhead_shared::uplink::Cursor::Default);
        }
        hovered
    }

    /// Lets go of the thumb. Returns whether it was held.
    pub(super) fn scroll_bar_release(&mut self) -> bool {
        self.scroll_bar.grabbed.take().is_some()
    }

    pub(super) fn scroll_bar_leave(&mut self) {
        self.redraw |= self.scroll_bar.hovered;
        self.scroll_bar.hovered = false;
    }

    pub(super) fn paint_scroll_bar(&self, scene: &mut impl PaintScene) {
        let Some(thumb) = self.thumb() else { return };
        let scale = f64::from(self.viewport.scale);
        let right = f64::from(self.viewport.width) / scale - f64::from(TRACK - THUMB) / 2.0;
        let (top, bottom) = (f64::from(thumb.top) + 2.0, f64::from(thumb.top + thumb.height) - 2.0);
        let radius = f64::from(THUMB) / 2.0;
        let shape = RoundedRect::new(right - f64::from(THUMB), top, right, bottom, radius);
        let alpha = if self.scroll_bar.hovered { 0xb0 } else { 0x70 };
        // A grey that stands out on white and on black.
        scene.fill(Fill::NonZero, Affine::scale(scale), Color::from_rgba8(0x80, 0x80, 0x80, alpha), None, &shape);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumb_shows_which_part_of_the_page_is_seen() {
        let thumb = Thumb::new(500.0, 2000.0, 750.0, 1.0).unwrap();
        assert_eq!((thumb.top, thumb.height, thumb.ratio), (187.5, 125.0, 4.0));
        let end = Thumb::new(500.0, 2000.0, 1500.0, 1.0).unwrap();
        assert_eq!(end.top + end.height, 500.0);
    }

    #[test]
    fn a_long_page_has_a_thumb_that_can_be_grabbed() {
        let thumb = Thumb::new(500.0, 1_000_000.0, 999_500.0, 1.0).unwrap();
        assert_eq!((thumb.top, thumb.height), (500.0 - SHORTEST_THUMB, SHORTEST_THUMB));
    }

    #[test]
    fn a_page_that_fits_has_none() {
        assert_eq!(Thumb::new(500.0, 500.0, 0.0, 1.0), None);
        assert_eq!(Thumb::new(0.0, 500.0, 0.0, 1.0), None);
        assert_eq!(Thumb::new(20.0, 500.0, 0.0, 1.0), None);
    }
}
