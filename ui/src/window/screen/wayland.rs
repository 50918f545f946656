//! A window of Wayland, through `softbuffer`.
//!
//! A buffer of age n holds the window as it was n presentations ago, so it lacks the damage of the last n; one of age 0
//! holds nothing.

use super::DrawError;
use bulkhead_broker::frames::Canvas;
use bulkhead_shared::uplink::Rect;
use nix::errno::Errno;
use softbuffer::{Context, Surface};
use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::Arc;
use winit::event_loop::OwnedDisplayHandle;
use winit::window::Window;

/// How many presentations back a buffer may be before it is written as a whole.
const REMEMBERED: usize = 3;

/// What a window is drawn to.
#[derive(Debug)]
pub(crate) struct Screen {
    /// It owns the window and a share in the connection, which it uses by their raw handles.
    surface: Surface<OwnedDisplayHandle, Arc<Window>>,
    size: (u32, u32),
    history: History,
}

impl Screen {
    pub(super) fn new(window: Arc<Window>, display: OwnedDisplayHandle) -> Result<Self, DrawError> {
        let context = Context::new(display)?;
        let surface = Surface::new(&context, window)?;
        Ok(Self { surface, size: (0, 0), history: History::default() })
    }

    pub(super) fn present(
        &mut self,
        whole: Rect,
        damage: Vec<Rect>,
        paint: &mut dyn FnMut(&mut Canvas<'_>, Rect),
    ) -> Result<(), DrawError> {
        let size = (whole.width, whole.height);
        let (Some(width), Some(height)) = (NonZeroU32::new(size.0), NonZeroU32::new(size.1)) else { return Ok(()) };
        if self.size != size {
            self.surface.resize(width, height)?;
            self.size = size;
            self.history = History::default();
        }
        let mut buffer = self.surface.buffer_mut()?;
        let new = buffer.age() == 0;
        if new {
            reserve(&mut buffer)?;
        }
        let missing = self.history.missing(buffer.age(), &damage).unwrap_or_else(|| vec![whole]);
        let mut canvas = Canvas { pixels: &mut buffer, width: size.0 as usize, height: size.1 as usize };
        for part in missing {
            paint(&mut canvas, part);
        }
        let changed = if new { vec![whole] } else { damage };
        let rects: Vec<_> = changed.iter().filter_map(|rect| to_softbuffer(*rect)).collect();
        self.history.push(changed);
        Ok(buffer.present_with_damage(&rects)?)
    }
}

/// Has the kernel find the memory behind a new buffer, which `softbuffer` only maps: where there is none, this fails, and
/// writing a pixel would end the process by `SIGBUS`.
///
/// Before Linux 5.14 this cannot be asked for; then nothing is reserved.
#[expect(unsafe_code, reason = "madvise(2) takes addresses")]
fn reserve(pixels: &mut [u32]) -> Result<(), Errno> {
    // SAFETY: MADV_POPULATE_WRITE changes no content and no mapping. The range is that of a `&mut [u32]`; that it begins on a
    // page is checked by the kernel.
    let result = unsafe { libc::madvise(pixels.as_mut_ptr().cast(), size_of_val(pixels), libc::MADV_POPULATE_WRITE) };
    match Errno::result(result) {
        Ok(_) | Err(Errno::EINVAL) => Ok(()),
        // What would be SIGBUS on access is EFAULT here (madvise(2)).
        Err(Errno::EFAULT) => Err(Errno::ENOMEM),
        Err(error) => Err(error),
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

    #[test]
    fn memory_that_is_not_there_is_an_error_and_no_signal() {
        use std::os::fd::AsRawFd;
        let file = tempfile::tempfile().unwrap();
        file.set_len(1 << 20).unwrap();
        // SAFETY: nobody else knows the file; nothing is read or written after it shrinks.
        #[expect(unsafe_code, reason = "a mapping whose memory goes away")]
        let mut map = unsafe { memmap2::MmapMut::map_mut(file.as_raw_fd()).unwrap() };
        assert_eq!(reserve(bytemuck::cast_slice_mut(&mut map)), Ok(()));
        file.set_len(0).unwrap();
        assert_eq!(reserve(bytemuck::cast_slice_mut(&mut map)), Err(Errno::ENOMEM));
    }
}
