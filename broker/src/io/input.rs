//! What the user does to one renderer's page: numbered for this renderer alone, and kept while it does not keep up.
//!
//! Contract:
//! - events are numbered from 1 for each renderer, so that the newest number less the newest that was answered is how many this
//!   renderer owes an answer to, whatever the user does in other tabs;
//! - [`limits::INPUT_IN_FLIGHT`] may be unanswered; what comes then waits, and is sent as answers come. The order stays the
//!   user's, that of edit commands among events, too;
//! - of events that wait, moves of the mouse become one, and turns of the wheel add up;
//! - when [`limits::INPUT_BACKLOG`] wait, the page hangs. From then on presses and texts are dropped. A press is dropped together
//!   with its release, and the release of a press that was not dropped is kept: nothing stays pressed. Of the focus and of where
//!   the mouse is, the newest is kept.

use crate::events::UserAct;
use bulkhead_shared::ids::InputSeq;
use bulkhead_shared::input::{Button, InputEvent, Key};
use bulkhead_shared::limits;
use std::collections::{BTreeSet, VecDeque};

/// The queue of one renderer.
#[derive(Debug, Default)]
pub(super) struct InputQueue {
    /// The newest number.
    newest: u32,
    waiting: VecDeque<UserAct>,
    /// What is down for the page: its press was not dropped.
    down: BTreeSet<Press>,
    /// Whether the last event was dropped: said once.
    drops: bool,
}

/// What can be pressed and released.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Press {
    Button(Button),
    /// By its name in lower case: Shift may come or go while a key is down.
    Key(String),
}

/// What becomes of an event that finds the queue full.
enum Full {
    /// It is dropped.
    Drop,
    /// There is room for it all the same: there are no more of its kind than things to press.
    Keep,
    /// It takes the place of an earlier one of its kind.
    Replace(fn(&InputEvent) -> bool),
}

impl InputQueue {
    /// Takes what the user does.
    pub(super) fn push(&mut self, act: UserAct) {
        // TOUR frame 4
        if let (Some(UserAct::Event(last)), UserAct::Event(next)) = (self.waiting.back_mut(), &act)
            && last.absorb(next)
        {
            return;
        }
        let full = self.waiting.len() >= limits::INPUT_BACKLOG;
        if full {
            match self.when_full(&act) {
                Full::Keep => {}
                Full::Drop => {
                    if !std::mem::replace(&mut self.drops, true) {
                        tracing::warn!("a page hangs, and {} events wait for it: more are dropped", self.waiting.len());
                    }
                    return;
                }
                Full::Replace(same) => {
                    self.waiting.retain(|act| !matches!(act, UserAct::Event(event) if same(event)));
                }
            }
        } else {
            self.drops = false;
        }
        match press(&act) {
            Some((press, true)) => _ = self.down.insert(press),
            Some((press, false)) => _ = self.down.remove(&press),
            None => {}
        }
        self.waiting.push_back(act);
    }

    fn when_full(&self, act: &UserAct) -> Full {
        match (act, press(act)) {
            (_, Some((press, false))) if self.down.contains(&press) => Full::Keep,
            (UserAct::Event(InputEvent::PointerMove(_) | InputEvent::PointerLeave), _) => {
                Full::Replace(|event| matches!(event, InputEvent::PointerMove(_) | InputEvent::PointerLeave))
            }
            (UserAct::Event(InputEvent::Focus(_)), _) => Full::Replace(|event| matches!(event, InputEvent::Focus(_))),
            _ => Full::Drop,
        }
    }

    /// The next to be sent to a renderer that owes `unanswered` answers.
    pub(super) fn pop(&mut self, unanswered: u32) -> Option<UserAct> {
        if unanswered >= limits::INPUT_IN_FLIGHT { None } else { self.waiting.pop_front() }
    }

    /// The number of the event that is sent next.
    pub(super) fn number(&mut self) -> InputSeq {
        self.newest = self.newest.saturating_add(1);
        InputSeq(self.newest)
    }
}

/// What the event presses, or releases.
fn press(act: &UserAct) -> Option<(Press, bool)> {
    match act {
        UserAct::Event(InputEvent::PointerDown(pointer)) => Some((Press::Button(pointer.button), true)),
        UserAct::Event(InputEvent::PointerUp(pointer)) => Some((Press::Button(pointer.button), false)),
        UserAct::Event(InputEvent::Key(Key { key, pressed, .. })) => Some((Press::Key(key.to_lowercase()), *pressed)),
        UserAct::Event(
            InputEvent::PointerMove(_)
            | InputEvent::PointerLeave
            | InputEvent::Wheel { .. }
            | InputEvent::Text(_)
            | InputEvent::Focus(_),
        )
        | UserAct::Edit(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulkhead_shared::input::{Modifiers, Pointer};

    fn key(name: &str, pressed: bool) -> UserAct {
        let (key, modifiers) = (name.to_owned(), Modifiers::default());
        UserAct::Event(InputEvent::Key(Key { key, text: None, modifiers, pressed, repeat: false }))
    }

    fn button(pressed: bool) -> UserAct {
        let pointer = Pointer::default();
        UserAct::Event(if pressed { InputEvent::PointerDown(pointer) } else { InputEvent::PointerUp(pointer) })
    }

    fn moved(x: f32) -> UserAct {
        UserAct::Event(InputEvent::PointerMove(Pointer { x, ..Pointer::default() }))
    }

    /// A queue that is full of texts.
    fn full() -> InputQueue {
        let mut queue = InputQueue::default();
        (0..limits::INPUT_BACKLOG).for_each(|_| queue.push(UserAct::Event(InputEvent::Text("x".to_owned()))));
        queue
    }

    fn rest(mut queue: InputQueue) -> Vec<UserAct> {
        std::iter::from_fn(|| queue.pop(0)).skip(limits::INPUT_BACKLOG).collect()
    }

    #[test]
    fn moves_that_wait_become_one_and_fill_nothing() {
        let mut queue = InputQueue::default();
        queue.push(button(true));
        (0..10_000_u16).for_each(|x| queue.push(moved(f32::from(x))));
        queue.push(button(false));
        assert_eq!(
            std::iter::from_fn(|| queue.pop(0)).collect::<Vec<_>>(),
            [button(true), moved(9999.0), button(false)]
        );
    }

    #[test]
    fn a_renderer_that_owes_too_many_answers_is_sent_nothing() {
        let mut queue = InputQueue::default();
        queue.push(button(true));
        assert_eq!(queue.pop(limits::INPUT_IN_FLIGHT), None);
        assert_eq!(queue.pop(limits::INPUT_IN_FLIGHT - 1), Some(button(true)));
    }

    #[test]
    fn a_full_queue_drops_a_press_with_its_release_and_keeps_what_is_down_from_sticking() {
        let mut queue = InputQueue::default();
        queue.push(key("a", true));
        queue.push(button(true));
        queue.pop(0);
        queue.pop(0);
        (0..limits::INPUT_BACKLOG).for_each(|_| queue.push(UserAct::Event(InputEvent::Text("x".to_owned()))));
        for act in [key("b", true), key("b", false), key("A", false), button(false), button(true), button(false)] {
            queue.push(act);
        }
        assert_eq!(rest(queue), [key("A", false), button(false)]);
    }

    #[test]
    fn a_full_queue_keeps_the_newest_state_and_does_not_grow() {
        let mut queue = full();
        for n in 0..1000_u16 {
            queue.push(UserAct::Event(InputEvent::Focus(n % 2 == 0)));
            queue.push(moved(f32::from(n)));
            queue.push(key("a", false));
        }
        assert!(queue.waiting.len() < limits::INPUT_BACKLOG + 4, "{}", queue.waiting.len());
        let rest = rest(queue);
        assert!(rest.contains(&UserAct::Event(InputEvent::Focus(false))), "{rest:?}");
        assert!(rest.contains(&moved(999.0)), "{rest:?}");
    }
}
