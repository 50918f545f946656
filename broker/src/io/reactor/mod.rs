//! The event loop of the I/O thread: what is ready, what is due, and who has to be told.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | the loop, and the main thread's orders |
//! | `nursery.rs` | the zygote, and the renderers that it forks |
//! | `memory.rs` | who has used more memory than it may |
//! | `fetches.rs` | the server side of the renderers' fetch stubs |

mod fetches;
mod memory;
mod nursery;

use super::clock::Clock;
use super::launcher::Launcher;
use super::nursery::Nursery;
use super::poller::{Poller, Source};
use super::session::{Due, Session};
use super::{Isolation, Letters, Mailbox, Receipt, StartError};
use crate::browser::Notifier;
use crate::death::{Death, Remains};
use crate::events::{Event, ToIo};
use crate::fetch::{FetchPool, Fetcher};
use crate::inbox::{Message, Violation};
use crate::memory::cgroup::Cgroup;
use crate::memory::watch::Watch;
use bulkhead_shared::downlink::ToRenderer;
use bulkhead_shared::ids::{RendererId, RequestId};
use bulkhead_shared::limits;
use bulkhead_shared::zygote::ExitStatus;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// Everything that the I/O thread owns.
#[derive(Debug)]
pub(super) struct Reactor {
    clock: Clock,
    /// Where each renderer gets a cgroup of its own, if the machine grants that.
    cgroup: Option<Cgroup>,
    watch: Watch,
    poller: Poller,
    letters: Letters,
    /// Its own, for what the main thread has taken.
    mailbox: Mailbox,
    notify: Notifier,
    fetches: FetchPool<RendererId, RequestId>,
    nursery: Nursery,
    sessions: BTreeMap<RendererId, Session>,
    /// Once the browser ends: until when it waits for its renderers.
    ending: Option<Instant>,
}

impl Reactor {
    pub(super) fn new(
        isolation: Isolation,
        cgroup: Option<Cgroup>,
        letters: Letters,
        mailbox: Mailbox,
        notify: Notifier,
        fetcher: Arc<dyn Fetcher>,
    ) -> Result<Self, StartError> {
        let poller = Poller::new()?;
        poller.add(&*letters.bell, Source::Mailbox)?;
        let (bell, own) = (mailbox.clone(), mailbox.clone());
        let fetches = FetchPool::start("subresource", fetcher, move |renderer, request, result| {
            mailbox.send(ToIo::Fetched { renderer, request, result });
        })?;
        let clock = Clock::default();
        let watch = Watch::new(isolation.memory, clock.now());
        let nursery = Nursery::begin(Launcher::start(isolation, bell)?, clock.now());
        let sessions = BTreeMap::new();
        Ok(Self {
            clock,
            watch,
            cgroup,
            poller,
            letters,
            mailbox: own,
            notify,
            fetches,
            nursery,
            sessions,
            ending: None,
        })
    }

    /// Runs until [`ToIo::Shutdown`]; then no process is left. Or until it cannot wait any more.
    pub(super) fn run(mut self) -> nix::Result<()> {
        while !self.is_over() {
            let deadline = self.deadline();
            let woken = self.poller.wait(deadline.map(|deadline| self.clock.real(deadline)));
            self.clock.woken(deadline);
            woken?.into_iter().for_each(|source| self.ready(source));
            self.check_deadlines();
        }
        self.nursery.end();
        Ok(())
    }

    /// When something becomes due.
    fn deadline(&self) -> Option<Instant> {
        let sessions = self.sessions.values().filter_map(Session::deadline);
        sessions.chain(self.ending).chain(self.nursery.deadline()).chain(self.look_due()).min()
    }

    fn is_over(&self) -> bool {
        self.ending.is_some_and(|deadline| self.sessions.is_empty() || self.clock.now() >= deadline)
    }

    fn ready(&mut self, source: Source) {
        // TOUR crash 3
        match source {
            Source::Mailbox => {
                #[expect(clippy::let_underscore_must_use, reason = "the letters are looked for in any case")]
                let _ = self.letters.bell.read();
                while let Ok(letter) = self.letters.receiver.try_recv() {
                    self.obey(letter);
                }
            }
            Source::Zygote => self.hear_zygote(),
            Source::ZygotePidfd => self.zygote_died(),
            Source::Uplink(id) => self.with_session(id, |this, session, now| {
                let messages = session.read_uplink(&this.poller, now)?;
                messages.into_iter().for_each(|(message, receipt)| this.pass_on(session, message, receipt));
                Ok(())
            }),
            Source::Control(id) => self.with_session(id, |this, session, now| session.read_control(&this.poller, now)),
            Source::Pidfd(id) => self.with_session(id, |this, session, now| {
                session.exited(&this.poller, now);
                Ok(())
            }),
        }
    }

    /// Does something with a session, and what follows from it; ends the session where it shows a violation.
    fn with_session(
        &mut self,
        id: RendererId,
        act: impl FnOnce(&mut Self, &mut Session, Instant) -> Result<(), Violation>,
    ) {
        let Some(mut session) = self.sessions.remove(&id) else { return };
        let now = self.clock.now();
        if let Err(violation) = act(self, &mut session, now) {
            tracing::warn!("{id} of {}: {violation}", session.tab);
            session.end(Some(Death::Violation(violation)), &self.poller, now);
        }
        self.serve(&mut session);
        if let Some(visible) = session.take_share() {
            self.nursery.share(id, visible);
        }
        self.sessions.insert(id, session);
    }

    /// A message that is valid: a fetch is begun here, a line of a log is written, all else concerns the main thread.
    fn pass_on(&mut self, session: &mut Session, message: Message, receipt: Receipt) {
        match message {
            Message::Fetch { request, url } => self.begin_fetch(session, request, url),
            Message::Log(level, text) => session.write_log(level, &text),
            Message::LogLeftOut => {}
            Message::Ready(_)
            | Message::Frame(_)
            | Message::VoidFrame
            | Message::InputHandled(_)
            | Message::Title(..)
            | Message::Loaded(..)
            | Message::Navigate(..)
            | Message::Unsupported(..)
            | Message::Scrolled(..)
            | Message::Hover(..)
            | Message::Cursor(..)
            | Message::Copied(_)
            | Message::Selected(_)
            | Message::NothingCopied
            | Message::TextFocus(..) => self.notify.send(Event::Said { renderer: session.id, message, receipt }),
        }
    }

    fn obey(&mut self, letter: ToIo) {
        match letter {
            ToIo::Spawn { renderer, tab, allowance } => self.spawn(renderer, tab, allowance),
            ToIo::Act { renderer, act } => self.with_session(renderer, |_, session, now| {
                session.act(act, now);
                Ok(())
            }),
            ToIo::Send { renderer, command } => {
                if matches!(command, ToRenderer::Show) {
                    self.fetches.prefer(renderer);
                }
                self.with_session(renderer, |_, session, now| {
                    session.send(command, now);
                    Ok(())
                });
            }
            ToIo::Surface { renderer, id, surface } => self.with_session(renderer, |_, session, _| {
                session.grant_surface(id, surface);
                Ok(())
            }),
            ToIo::Document { renderer, document, body, site } => self.with_session(renderer, |_, session, now| {
                session.commit(document, body, site, now);
                Ok(())
            }),
            ToIo::Fetched { renderer, request, result } => self.end_fetch(renderer, request, result),
            ToIo::End { renderer, reason } => self.end(renderer, reason),
            ToIo::Kill(renderer) => self.with_session(renderer, |_, session, _| {
                session.kill();
                Ok(())
            }),
            ToIo::Taken(renderer) => self.with_session(renderer, |this, session, now| {
                session.heed(&this.poller, now);
                Ok(())
            }),
            ToIo::KeepWaiting(renderer) => self.with_session(renderer, |_, session, now| {
                session.keep_waiting(now);
                Ok(())
            }),
            ToIo::Shutdown => {
                self.ending = Some(self.clock.now() + limits::SHUTDOWN.saturating_mul(2));
                let all: Vec<_> = self.sessions.keys().copied().collect();
                all.into_iter().for_each(|id| self.end(id, None));
            }
        }
    }

    fn end(&mut self, id: RendererId, reason: Option<Death>) {
        if self.sessions.get(&id).is_some_and(|session| !session.has_process()) {
            // It was not forked yet. If the zygote was asked for it already, it is killed as soon as it is there.
            self.nursery.call_off(id);
            return self.finish_with(id, reason.unwrap_or(Death::CalledOff));
        }
        self.with_session(id, |this, session, now| {
            session.end(reason, &this.poller, now);
            Ok(())
        });
    }

    fn check_deadlines(&mut self) {
        self.check_nursery();
        let now = self.clock.now();
        self.look_at_memory(now);
        let due: Vec<_> = self.sessions.values_mut().map(|session| (session.id, session.due(now))).collect();
        for (id, due) in due {
            match due {
                Due::Nothing => {}
                Due::Violation(violation) => self.with_session(id, |_, _, _| Err(violation)),
                Due::Unresponsive(true) => self.notify.send(Event::Unresponsive(id)),
                Due::Unresponsive(false) => self.notify.send(Event::Responsive(id)),
                Due::Gone => self.finish(id, None),
            }
        }
    }

    /// A renderer is gone: frees what it had and tells the main thread.
    fn finish(&mut self, id: RendererId, status: Option<ExitStatus>) {
        if let Some(session) = self.sessions.remove(&id) {
            // Nobody looks after it from now on.
            session.signal_kill();
            let (death, remains) = session.conclude(status, &self.poller);
            self.tell_gone(id, death, remains);
        }
    }

    fn finish_with(&mut self, id: RendererId, death: Death) {
        let remains = self.sessions.remove(&id).map(|session| {
            session.signal_kill();
            session.conclude(None, &self.poller).1
        });
        self.tell_gone(id, death, remains.unwrap_or_default());
    }

    /// While the browser ends, nobody is shown what ends with it.
    fn tell_gone(&self, renderer: RendererId, death: Death, remains: Remains) {
        if self.ending.is_none() {
            self.notify.send(Event::Gone { renderer, death, remains });
        }
    }
}
