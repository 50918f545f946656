//! Who may write to the clipboard, and until when: a renderer that the user has just asked for a copy, once.
//!
//! Contract:
//! - a renderer answers each question, in order, if only with nothing; an answer beyond the questions is a violation;
//! - only the answer to the newest question counts, and only while the user waits for it: until the document changes, the page is
//!   hidden or loses the keyboard, the renderer has handled input that was sent after the question, or [`COPY`] is over. An
//!   answer after that is no violation, since a slow page gives it, too; it is dropped.

use bulkhead_shared::limits::COPY;
use std::time::Instant;

/// The questions and answers of one renderer.
#[derive(Debug, Default)]
pub(super) struct Copies {
    asked: u64,
    answered: u64,
    wanted: Option<Wanted>,
}

/// The newest question, while its answer is wanted.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    until: Instant,
    /// The last input that was sent before it.
    after_input: u32,
}

impl Copies {
    /// The user asks for a copy, after this input.
    pub(super) fn asked(&mut self, after_input: u32, now: Instant) {
        self.asked = self.asked.saturating_add(1);
        self.wanted = Some(Wanted { until: now + COPY, after_input });
    }

    /// An answer has come. Whether it is wanted; `None` where there was no question.
    pub(super) fn answered(&mut self, now: Instant) -> Option<bool> {
        if self.answered == self.asked {
            return None;
        }
        self.answered = self.answered.saturating_add(1);
        let newest = self.answered == self.asked;
        Some(newest && self.wanted.take().is_some_and(|wanted| now <= wanted.until))
    }

    /// The renderer has handled all input up to this.
    pub(super) fn input_handled(&mut self, newest: u32) {
        self.wanted = self.wanted.filter(|wanted| newest <= wanted.after_input);
    }

    /// The user has turned to something else.
    pub(super) fn unwanted(&mut self) {
        self.wanted = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_answer_counts_once_and_in_time() {
        let (mut copies, now) = (Copies::default(), Instant::now());
        assert_eq!(copies.answered(now), None, "nobody asked");
        copies.asked(0, now);
        assert_eq!(copies.answered(now + COPY), Some(true));
        assert_eq!(copies.answered(now), None);
        copies.asked(0, now);
        assert_eq!(copies.answered(now + COPY + Duration::from_millis(1)), Some(false));
    }

    #[test]
    fn of_several_questions_only_the_newest_has_an_answer_that_counts() {
        let (mut copies, now) = (Copies::default(), Instant::now());
        (0..3).for_each(|_| copies.asked(0, now));
        let answers: Vec<_> = (0..4).map(|_| copies.answered(now)).collect();
        assert_eq!(answers, [Some(false), Some(false), Some(true), None]);
    }

    #[test]
    fn an_answer_is_not_wanted_after_later_input_was_handled_or_the_user_has_left() {
        let (mut copies, now) = (Copies::default(), Instant::now());
        copies.asked(7, now);
        copies.input_handled(7);
        assert_eq!(copies.answered(now), Some(true));
        copies.asked(7, now);
        copies.input_handled(8);
        assert_eq!(copies.answered(now), Some(false));
        copies.asked(8, now);
        copies.unwanted();
        assert_eq!(copies.answered(now), Some(false));
    }
}
