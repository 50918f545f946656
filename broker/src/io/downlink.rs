//! The writer thread of one downlink, and the commands that wait for it.
//!
//! `IpcSender::send` blocks when its peer does not read (servo/ipc-channel issue 275). So each downlink has a thread that does
//! nothing else, and a queue.
//!
//! Contract: a renderer that does not read grows nothing. What says how things are (viewport, visible or not, where to scroll to,
//! which slots are free) takes the place of what said so before and still waits; what is to be done (input, edit commands) is bounded
//! by its number, and keeps its place among the former.

use bulkhead_shared::downlink::ToRenderer;
use bulkhead_shared::ids::RendererId;
use bulkhead_shared::limits::EDITS_WAITING;
use ipc_channel::ipc::IpcSender;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The queue to one renderer. Dropped, it ends its thread: at once where the renderer reads, else with the renderer.
#[derive(Debug)]
pub(super) struct Downlink(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

/// Commands that wait.
#[derive(Debug, Default)]
struct Queue {
    commands: VecDeque<ToRenderer>,
    closed: bool,
    /// The thread has ended.
    ended: bool,
}

/// The thread has ended: the renderer has closed its end, as it does when it dies, or the thread has panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closed;

/// Says that the thread has ended, however it does.
struct End(Arc<Shared>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.queue().ended = true;
    }
}

impl Downlink {
    pub(super) fn start(renderer: RendererId, link: IpcSender<ToRenderer>) -> io::Result<Self> {
        // It runs one loop over one call: the smallest stack that the standard library's thread start-up is sure to fit.
        const STACK: usize = 128 * 1024;
        let shared = Arc::new(Shared::default());
        let downlink = Self(Arc::clone(&shared));
        std::thread::Builder::new().name(format!("downlink-{}", renderer.0)).stack_size(STACK).spawn(move || {
            let end = End(shared);
            while let Some(command) = end.0.next() {
                if link.send(command).is_err() {
                    // The renderer is gone; its pidfd says so, too.
                    break;
                }
            }
        })?;
        Ok(downlink)
    }

    /// Queues a command. Whether it will be sent: of what is to be done, not everything is.
    pub(super) fn send(&self, command: ToRenderer) -> Result<bool, Closed> {
        // TOUR frame 5
        let mut queue = self.0.queue();
        if queue.ended {
            return Err(Closed);
        }
        let queued = queue.push(command);
        drop(queue);
        self.0.changed.notify_one();
        Ok(queued)
    }
}

impl Drop for Downlink {
    fn drop(&mut self) {
        self.0.queue().closed = true;
        self.0.changed.notify_one();
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next command, as soon as there is one; `None` once the queue is closed.
    fn next(&self) -> Option<ToRenderer> {
        let mut queue = self.queue();
        loop {
            if queue.closed {
                return None;
            }
            if let Some(command) = queue.commands.pop_front() {
                return Some(command);
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Queue {
    fn push(&mut self, command: ToRenderer) -> bool {
        if is_deed(&command) {
            let others = self.commands.iter().filter(|waiting| is_deed(waiting) && !is_input(waiting)).count();
            // How much input may wait is decided where it is numbered.
            if !is_input(&command) && others >= EDITS_WAITING {
                return false;
            }
        } else {
            // What was to be done before is done as things were then.
            let returns = matches!(command, ToRenderer::FrameShown | ToRenderer::ReleaseSlot { .. });
            let last_deed = if returns { None } else { self.commands.iter().rposition(is_deed) };
            let after = last_deed.map_or(0, |last| last.saturating_add(1));
            let mut place = 0..;
            self.commands.retain(|waiting| place.next() < Some(after) || !replaces(&command, waiting));
        }
        self.commands.push_back(command);
        true
    }
}

/// Whether it is something to be done, not how things are.
fn is_deed(command: &ToRenderer) -> bool {
    matches!(command, ToRenderer::Input { .. } | ToRenderer::Edit(_) | ToRenderer::Fault(_))
}

fn is_input(command: &ToRenderer) -> bool {
    matches!(command, ToRenderer::Input { .. })
}

/// Whether `old` need not be said any more once `new` is.
fn replaces(new: &ToRenderer, old: &ToRenderer) -> bool {
    use ToRenderer as To;
    match (new, old) {
        (To::Viewport(_), To::Viewport(_)) | (To::Repaint, To::Repaint) | (To::FrameShown, To::FrameShown) => true,
        (To::Show | To::Hide { .. }, To::Show | To::Hide { .. }) => true,
        (To::ScrollTo { .. } | To::ScrollToFragment(_), To::ScrollTo { .. } | To::ScrollToFragment(_)) => true,
        // A newer surface has taken the place of an older one, and with it of all its slots.
        (To::ReleaseSlot { surface, slot }, To::ReleaseSlot { surface: old_surface, slot: old_slot }) => {
            old_surface < surface || (old_surface, old_slot) == (surface, slot)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulkhead_shared::downlink::{Edit, Viewport};
    use bulkhead_shared::ids::{InputSeq, SurfaceId};
    use bulkhead_shared::input::InputEvent;

    fn viewport(width: u32) -> ToRenderer {
        ToRenderer::Viewport(Viewport { width, height: 1, scale: 1.0, zoom: 1.0, dark: false })
    }

    fn input(seq: u32) -> ToRenderer {
        ToRenderer::Input { seq: InputSeq(seq), event: InputEvent::PointerLeave }
    }

    fn release(surface: u32, slot: u8) -> ToRenderer {
        ToRenderer::ReleaseSlot { surface: SurfaceId(surface), slot }
    }

    fn queued(commands: impl IntoIterator<Item = ToRenderer>) -> Vec<ToRenderer> {
        let mut queue = Queue::default();
        for command in commands {
            assert!(queue.push(command));
        }
        queue.commands.into()
    }

    #[test]
    fn whatever_happens_to_a_renderer_that_does_not_read_little_waits() {
        let mut queue = Queue::default();
        for n in 0..10_000 {
            queue.push(viewport(n));
            queue.push(if n % 2 == 0 { ToRenderer::Show } else { ToRenderer::Hide { surface: SurfaceId(n) } });
            queue.push(ToRenderer::Repaint);
            queue.push(ToRenderer::ScrollTo { x: 0.0, y: n as f32 });
            queue.push(ToRenderer::ScrollToFragment(n.to_string()));
            queue.push(ToRenderer::FrameShown);
            queue.push(release(n / 3, (n % 3) as u8));
            queue.push(ToRenderer::Edit(Edit::SelectAll));
        }
        assert!(queue.commands.len() < 10 * EDITS_WAITING, "{}", queue.commands.len());
        assert!(queue.commands.contains(&viewport(9_999)));
    }

    #[test]
    fn how_things_are_is_said_as_it_is_last() {
        assert_eq!(queued([viewport(1), ToRenderer::Show, viewport(2)]), [ToRenderer::Show, viewport(2)]);
        let hide = ToRenderer::Hide { surface: SurfaceId(1) };
        assert_eq!(queued([ToRenderer::Show, hide.clone()]), [hide]);
    }

    #[test]
    fn what_is_to_be_done_finds_things_as_they_were_then() {
        let commands = [viewport(1), input(1), viewport(2), input(2), viewport(3)];
        assert_eq!(queued(commands.clone()), commands);
    }

    #[test]
    fn every_free_slot_of_the_newest_surface_is_said_once() {
        let commands = [release(1, 0), release(2, 0), input(1), release(2, 1), release(2, 0), ToRenderer::FrameShown];
        assert_eq!(queued(commands), [input(1), release(2, 1), release(2, 0), ToRenderer::FrameShown]);
    }
}
