//! The zygote from its start to its end, and the renderers that wait to be forked by it.
//!
//! Contract:
//! - every state ends by a deadline. A zygote that is not warm in time, or leaves a fork request unanswered, is killed; one that
//!   does not go even then is given up. A renderer that no zygote could be asked for in time is not started;
//! - at most [`limits::FORKS_IN_FLIGHT`] requests are unanswered, so that the links to a zygote that does not read never fill up and
//!   sending never waits. The others wait here, outlive the zygote, and can be called off;
//! - a zygote that ends is started again: at once the first time, then after pauses that double. One that was warm for
//!   [`limits::ZYGOTE_STEADY`] ends the series. Where none was ever warm, what is wrong will not change by itself: it is lost.

use super::launcher::Launcher;
use super::zygote::{FarEnds, Zygote, ZygoteError};
use bulkhead_shared::ids::{RendererId, TabId};
use bulkhead_shared::limits;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// See above.
#[derive(Debug)]
pub(super) struct Nursery {
    launcher: Launcher,
    state: State,
    /// Those that the zygote was not asked for yet.
    waiting: VecDeque<Unborn>,
    /// Those that it was asked for, and until when it has to answer.
    asked: BTreeMap<RendererId, Instant>,
    /// How many zygotes in a row have ended early.
    failures: u32,
    /// Whether there was ever one that was warm.
    proven: bool,
}

#[derive(Debug)]
enum State {
    /// It is being started, until then.
    Launching(Instant),
    /// It warms up, until then.
    Warming(Zygote, Instant),
    /// It takes requests, since then.
    Warm(Zygote, Instant),
    /// It was killed for this, and is given up then.
    Killed(Zygote, &'static str, Instant),
    /// The last one has ended; the next is started then.
    Pausing(Instant),
    /// There will be no other.
    Lost(String),
}

#[derive(Debug)]
struct Unborn {
    id: RendererId,
    tab: TabId,
    ends: FarEnds,
    /// Until when the zygote has to be asked for it.
    until: Instant,
}

/// A renderer that will not be forked, and why.
pub(super) type Stillborn = (RendererId, String);

/// What comes after a zygote that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another, after this pause.
    Another(Duration),
    /// None.
    None,
}

impl Nursery {
    /// Begins to start a zygote.
    pub(super) fn begin(launcher: Launcher, now: Instant) -> Self {
        let (waiting, asked) = (VecDeque::new(), BTreeMap::new());
        let mut nursery = Self { launcher, state: State::Pausing(now), waiting, asked, failures: 0, proven: false };
        nursery.launch(now);
        nursery
    }

    fn launch(&mut self, now: Instant) {
        self.state = match self.launcher.launch() {
            true => State::Launching(now + limits::ZYGOTE_LAUNCH),
            false => State::Lost("the thread that starts it does not answer".to_owned()),
        };
    }

    /// The zygote that was started, if it is ready to be waited for now; or why there is none.
    pub(super) fn launched(&mut self) -> Option<Result<Zygote, ZygoteError>> {
        self.launcher.result()
    }

    /// A zygote was started, and is waited for.
    pub(super) fn adopt(&mut self, zygote: Zygote, now: Instant) {
        self.state = State::Warming(zygote, now + limits::ZYGOTE_START);
    }

    /// The zygote, unless it was killed.
    pub(super) fn zygote(&self) -> Option<&Zygote> {
        match &self.state {
            State::Warming(zygote, _) | State::Warm(zygote, _) => Some(zygote),
            State::Launching(_) | State::Killed(..) | State::Pausing(_) | State::Lost(_) => None,
        }
    }

    /// The zygote says that it is warm. Its pid, if that is news.
    pub(super) fn warmed_up(&mut self, now: Instant) -> Option<i32> {
        match std::mem::replace(&mut self.state, State::Pausing(now)) {
            State::Warming(zygote, _) => {
                let pid = zygote.pid();
                self.state = State::Warm(zygote, now);
                self.proven = true;
                Some(pid)
            }
            other
            @ (State::Launching(_) | State::Warm(..) | State::Killed(..) | State::Pausing(_) | State::Lost(_)) => {
                self.state = other;
                None
            }
        }
    }

    /// A renderer is to be forked, as soon as there is a zygote to ask.
    pub(super) fn enqueue(&mut self, id: RendererId, tab: TabId, ends: FarEnds, now: Instant) {
        self.waiting.push_back(Unborn { id, tab, ends, until: now + limits::BIRTH });
    }

    /// Asks the zygote for those that wait, as many as may be asked for at once. Returns those that cannot be had.
    pub(super) fn ask(&mut self, now: Instant) -> Vec<Stillborn> {
        let zygote = match &self.state {
            State::Warm(zygote, _) => zygote,
            State::Lost(why) => {
                return self
                    .waiting
                    .drain(..)
                    .map(|unborn| (unborn.id, format!("the zygote is lost: {why}")))
                    .collect();
            }
            State::Launching(_) | State::Warming(..) | State::Killed(..) | State::Pausing(_) => return Vec::new(),
        };
        let mut failed = Vec::new();
        while self.asked.len() < limits::FORKS_IN_FLIGHT
            && let Some(Unborn { id, tab, ends, .. }) = self.waiting.pop_front()
        {
            match zygote.fork(id, tab, ends) {
                Ok(()) => _ = self.asked.insert(id, now + limits::FORK),
                Err(error) => failed.push((id, error.to_string())),
            }
        }
        failed
    }

    /// Has a renderer given the share of the CPU that befits its tab. Where the zygote does not read, it stays as it is.
    pub(super) fn share(&self, id: RendererId, visible: bool) {
        if let Some(Err(error)) = self.zygote().map(|zygote| zygote.share(id, visible)) {
            tracing::debug!(%error, "cannot set the priority of {id}");
        }
    }

    /// The zygote has answered for this renderer.
    pub(super) fn answered(&mut self, id: RendererId) {
        self.asked.remove(&id);
    }

    /// Nobody wants this renderer any more. One that the zygote was asked for is forked all the same.
    pub(super) fn call_off(&mut self, id: RendererId) {
        self.waiting.retain(|unborn| unborn.id != id);
    }

    /// When something becomes due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let state = match &self.state {
            State::Launching(until) | State::Warming(_, until) | State::Killed(_, _, until) | State::Pausing(until) => {
                Some(*until)
            }
            State::Warm(..) => self.asked.values().min().copied(),
            State::Lost(_) => None,
        };
        // All wait equally long, so the first is due first.
        state.into_iter().chain(self.waiting.front().map(|unborn| unborn.until)).min()
    }

    /// Does what is due by now. Returns those that have waited too long, and what the zygote has come to, if it is given up.
    pub(super) fn check(&mut self, now: Instant) -> (Vec<Stillborn>, Option<Gone>) {
        let mut late = Vec::new();
        while let Some(unborn) = self.waiting.pop_front_if(|unborn| now >= unborn.until) {
            late.push((unborn.id, "there was no zygote in time".to_owned()));
        }
        let gone = match &self.state {
            State::Launching(until) if now >= *until => {
                Some(self.fail("it could not be started in time".to_owned(), now))
            }
            State::Killed(_, _, until) if now >= *until => Some(self.ended(now)),
            State::Warming(_, until) if now >= *until => {
                self.kill("it was not warm in time", now);
                None
            }
            State::Warm(..) if self.asked.values().any(|until| now >= *until) => {
                self.kill("it did not fork a process in time", now);
                None
            }
            State::Pausing(until) if now >= *until => {
                self.launch(now);
                None
            }
            State::Launching(_)
            | State::Warming(..)
            | State::Warm(..)
            | State::Killed(..)
            | State::Pausing(_)
            | State::Lost(_) => None,
        };
        (late, gone)
    }

    fn kill(&mut self, why: &'static str, now: Instant) {
        match std::mem::replace(&mut self.state, State::Pausing(now)) {
            State::Warming(zygote, _) | State::Warm(zygote, _) => {
                tracing::error!("the zygote is killed: {why}");
                zygote.kill();
                self.state = State::Killed(zygote, why, now + limits::KILL);
            }
            other @ (State::Launching(_) | State::Killed(..) | State::Pausing(_) | State::Lost(_)) => {
                self.state = other
            }
        }
    }

    /// The zygote has ended, or is given up.
    pub(super) fn ended(&mut self, now: Instant) -> Gone {
        let (why, lived) = match std::mem::replace(&mut self.state, State::Pausing(now)) {
            State::Killed(zygote, why, _) => {
                zygote.end();
                (why.to_owned(), Duration::ZERO)
            }
            State::Warm(zygote, since) => (how(zygote.end()), now.saturating_duration_since(since)),
            State::Warming(zygote, _) => (format!("{} while it was warming up", how(zygote.end())), Duration::ZERO),
            other @ (State::Launching(_) | State::Pausing(_) | State::Lost(_)) => {
                self.state = other;
                return Gone { why: "there is none".to_owned(), stillborn: Vec::new(), next: Next::None };
            }
        };
        if lived >= limits::ZYGOTE_STEADY {
            self.failures = 0;
        }
        self.fail(why, now)
    }

    /// There is no zygote now. Those that it was asked for are not born; those that it was not asked for wait for the next.
    pub(super) fn fail(&mut self, why: String, now: Instant) -> Gone {
        let asked = std::mem::take(&mut self.asked);
        let stillborn = asked.into_keys().map(|id| (id, format!("the zygote has ended: {why}"))).collect();
        let next = if self.proven {
            let pause = pause(self.failures);
            self.failures = self.failures.saturating_add(1);
            self.state = State::Pausing(now + pause);
            Next::Another(pause)
        } else {
            self.state = State::Lost(why.clone());
            Next::None
        };
        Gone { why, stillborn, next }
    }

    /// Ends the zygote and with it, through their parent-death signal, every renderer that is left.
    pub(super) fn end(self) {
        match self.state {
            State::Warming(zygote, _) | State::Warm(zygote, _) | State::Killed(zygote, ..) => _ = zygote.end(),
            State::Launching(_) | State::Pausing(_) | State::Lost(_) => {}
        }
    }
}

/// A zygote that is no more.
#[derive(Debug)]
pub(super) struct Gone {
    pub(super) why: String,
    pub(super) stillborn: Vec<Stillborn>,
    pub(super) next: Next,
}

fn how(status: Option<std::process::ExitStatus>) -> String {
    status.map_or_else(|| "it ended".to_owned(), |status| format!("it ended with {status}"))
}

/// How long to wait after so many zygotes in a row have ended early.
fn pause(failures: u32) -> Duration {
    let doubled =
        |before| limits::ZYGOTE_PAUSE.saturating_mul(2_u32.saturating_pow(before)).min(limits::ZYGOTE_PAUSE_MOST);
    failures.checked_sub(1).map_or(Duration::ZERO, doubled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound() {
        assert_eq!(pause(0), Duration::ZERO);
        assert_eq!(pause(1), limits::ZYGOTE_PAUSE);
        assert_eq!(pause(3), 4 * limits::ZYGOTE_PAUSE);
        assert_eq!(pause(u32::MAX), limits::ZYGOTE_PAUSE_MOST);
        // In the first eight seconds there are few.
        let mut passed = Duration::ZERO;
        let starts = (0..).take_while(|failures| {
            passed += pause(*failures);
            passed < Duration::from_secs(8)
        });
        assert!(starts.count() < 8);
    }
}
