//! The window's pixels: `softbuffer`'s buffer, of which only what has changed is written and presented.
//!
//! A buffer of age n holds the window as it was n presentations ago, so it lacks the damage of the last n; one of age 0
//! holds nothing. X11 has one buffer, Wayland two.

use crate::frames::{Canvas, intersection};
use bulkhead_shared::uplink::Rect;
use softbuffer::{Context, SoftBufferError, Surface};
use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::Arc;
use winit::window::Window;

/// How many presentations back a buffer may be before it is written as a whole.
const REMEMBERED: usize = 3;

/// What a window is drawn to.
pub(super) struct Screen {
    surface: Surface<Arc<Window>, Arc<Window>>,
    size: (u32, u32),
    history: History,
}

impl Screen {
    pub(super) fn new(window: Arc<Window>) -> Result<Self, SoftBufferError> {
        let context = Context::new(Arc::clone(&window))?;
        let surface = Surface::new(&context, window)?;
        Ok(Self { surface, size: (0, 0), history: History::default() })
    }

    /// Presents a window of `size` pixels of which `damage` has changed; `paint` writes what lies in a rectangle.
    pub(super) fn present(
        &mut self,
        size: (u32, u32),
        damage: Vec<Rect>,
        mut paint: impl FnMut(&mut Canvas<'_>, Rect),
    ) -> Result<(), SoftBufferError> {
        let (Some(width), Some(height)) = (NonZeroU32::new(size.0), NonZeroU32::new(size.1)) else { return Ok(()) };
        if self.size != size {
            self.surface.resize(width, height)?;
            self.size = size;
            self.history = History::default();
        }
        let whole = Rect { x: 0, y: 0, width: size.0, height: size.1 };
        let mut buffer = self.surface.buffer_mut()?;
        let missing = self.history.missing(buffer.age(), &damage).unwrap_or_else(|| vec![whole]);
        let mut canvas = Canvas { pixels: &mut buffer, width: size.0 as usize, height: size.1 as usize };
        for part in missing.iter().map(|part| intersection(*part, whole)) {
            paint(&mut canvas, part);
        }
        let first = buffer.age() == 0;
        let changed = if first { vec![whole] } else { damage.clone() };
        let rects: Vec<_> = changed.iter().filter_map(|rect| to_softbuffer(intersection(*rect, whole))).collect();
        self.history.push(if first { vec![whole] } else { damage });
        buffer.present_with_damage(&rects)
    }
}

fn to_softbuffer(rect: Rect) -> Option<softbuffer::Rect> {
    let (width, height) = (NonZeroU32::new(rect.width)?, NonZeroU32::new(rect.height)?);
    Some(softbuffer::Rect { x: rect.x, y: rect.y, width, height })
}

/// The damage of the last presentations, the newest first.
#[derive(Debug, Default)]
struct History(VecDeque<Vec<Rect>>);

impl History {
    /// What a buffer of this age lacks, if now `damage` is presented; `None` for everything.
    fn missing(&self, age: u8, damage: &[Rect]) -> Option<Vec<Rect>> {
        let older = usize::from(age).checked_sub(1)?;
        if older > self.0.len() {
            return None;
        }
        Some(damage.iter().chain(self.0.iter().take(older).flatten()).copied().collect())
    }

    fn push(&mut self, damage: Vec<Rect>) {
        self.0.push_front(damage);
        self.0.truncate(REMEMBERED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: u32) -> Rect {
        Rect { x, y: 0, width: 1, height: 1 }
    }

    #[test]
    fn a_buffer_lacks_what_changed_since_it_was_presented() {
        let mut history = History::default();
        assert_eq!(history.missing(0, &[rect(9)]), None, "a new buffer holds nothing");
        assert_eq!(history.missing(1, &[rect(9)]), Some(vec![rect(9)]));
        assert_eq!(history.missing(2, &[rect(9)]), None, "older than anything known");
        history.push(vec![rect(1)]);
        history.push(vec![rect(2)]);
        assert_eq!(history.missing(1, &[rect(9)]), Some(vec![rect(9)]));
        assert_eq!(history.missing(2, &[rect(9)]), Some(vec![rect(9), rect(2)]));
        assert_eq!(history.missing(3, &[]), Some(vec![rect(2), rect(1)]));
        (3..20).for_each(|x| history.push(vec![rect(x)]));
        assert_eq!(history.missing(5, &[]), None);
    }
}
