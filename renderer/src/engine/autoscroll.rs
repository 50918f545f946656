//! Scrolling while text is selected: as long as the pointer is held beyond an edge of the view, the page moves on below it, faster
//! the further away it is.

use super::page::Page;
use blitz_traits::events::UiEvent;
use bulkhead_shared::input::{Button, Pointer};

/// CSS pixels in one tick, for each window pixel of distance, and at least and at most.
const SPEED: f32 = 0.25;
const SLOWEST: f32 = 2.0;
const FASTEST: f32 = 60.0;

/// A drag that began on the page with the main button.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Drag {
    #[default]
    None,
    /// Within the view.
    Inside,
    /// Beyond its edge: the pointer is here.
    Beyond(Pointer),
}

impl Page {
    pub(super) fn begin_drag(&mut self, pointer: Pointer) {
        if pointer.button == Button::Main {
            self.drag = Drag::Inside;
            // What was selected before is not any more.
            self.all_selected = false;
        }
    }

    /// Notes where a drag is. Returns the pointer as the engine is to see it: within the view, where there is text.
    pub(super) fn follow_drag(&mut self, pointer: Pointer) -> Pointer {
        if self.drag == Drag::None || pointer.buttons & 1 == 0 {
            self.drag = Drag::None;
            return pointer;
        }
        let within = self.within_view(pointer);
        let beyond = (within.x, within.y) != (pointer.x, pointer.y);
        self.drag = if beyond { Drag::Beyond(pointer) } else { Drag::Inside };
        within
    }

    pub(super) fn end_drag(&mut self) {
        self.drag = Drag::None;
    }

    pub(super) fn scrolls_by_itself(&self) -> bool {
        matches!(self.drag, Drag::Beyond(_)) && self.document.has_text_selection()
    }

    /// One step of what goes on by itself.
    pub(crate) fn tick(&mut self) {
        let Drag::Beyond(pointer) = self.drag else { return };
        if !self.document.has_text_selection() {
            return;
        }
        let within = self.within_view(pointer);
        let at = self.document.viewport_scroll();
        let (dx, dy) = (step(pointer.x - within.x), step(pointer.y - within.y));
        self.goal = None;
        self.scroll_viewport(at.x + f64::from(dx), at.y + f64::from(dy));
        if self.document.viewport_scroll() == at {
            // The end of the page; the next move of the pointer may lead away from it.
            self.drag = Drag::Inside;
        }
        let event = self.pointer_event(within);
        self.dispatch(UiEvent::PointerMove(event));
        self.redraw = true;
    }

    /// The place of the view that is nearest to a pointer.
    fn within_view(&self, pointer: Pointer) -> Pointer {
        let scale = self.viewport.scale;
        let (width, height) = (self.viewport.width as f32 / scale, self.viewport.height as f32 / scale);
        Pointer {
            x: pointer.x.clamp(0.0, (width - 1.0).max(0.0)),
            y: pointer.y.clamp(0.0, (height - 1.0).max(0.0)),
            ..pointer
        }
    }
}

fn step(distance: f32) -> f32 {
    if distance == 0.0 { 0.0 } else { (distance.abs() * SPEED).clamp(SLOWEST, FASTEST).copysign(distance) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_away_is_faster_within_bounds() {
        assert_eq!(step(0.0), 0.0);
        assert_eq!((step(1.0), step(-1.0)), (SLOWEST, -SLOWEST));
        assert_eq!(step(-100.0), -25.0);
        assert_eq!(step(10_000.0), FASTEST);
    }
}
