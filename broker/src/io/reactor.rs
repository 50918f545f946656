//! The event loop of the I/O thread.

use super::poller::{Poller, Source};
use super::session::{Due, Payload, Session};
use super::zygote::Zygote;
use super::{Letters, Mailbox, StartError, ZygoteConfig};
use crate::browser::Notifier;
use crate::death::Death;
use crate::events::{Event, ToIo};
use crate::fetch::{Destination, FetchPool, FetchRequest, Fetched, Fetcher};
use crate::inbox::{Message, Violation};
use bulkhead_shared::ids::{RendererId, RequestId, TabId};
use bulkhead_shared::limits;
use bulkhead_shared::packet::RecvError;
use bulkhead_shared::uplink::Grant;
use bulkhead_shared::zygote::{ExitStatus, FromZygote};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use url::Url;

/// What a document is told that has fetched more than [`limits::FETCHES_PER_DOCUMENT`] or
/// [`limits::BODY_BYTES_PER_DOCUMENT`] allow.
const FETCHED_TOO_MUCH: &str = "the document has fetched too much";

/// Everything that the I/O thread owns.
#[derive(Debug)]
pub(super) struct Reactor {
    config: ZygoteConfig,
    poller: Poller,
    letters: Letters,
    notify: Notifier,
    fetches: FetchPool<(RendererId, RequestId)>,
    zygote: Option<Zygote>,
    /// Whether the running zygote has been warm: one that dies before is not started again.
    warm: bool,
    /// Until when it has to be.
    warm_by: Option<Instant>,
    sessions: BTreeMap<RendererId, Session>,
    /// Once the browser ends: until when it waits for its renderers.
    ending: Option<Instant>,
}

impl Reactor {
    pub(super) fn new(
        config: ZygoteConfig,
        letters: Letters,
        mailbox: Mailbox,
        notify: Notifier,
        fetcher: Arc<dyn Fetcher>,
    ) -> Result<Self, StartError> {
        let poller = Poller::new()?;
        poller.add(&*letters.bell, Source::Mailbox)?;
        let fetches = FetchPool::start("subresource", fetcher, move |(renderer, request), result| {
            mailbox.send(ToIo::Fetched { renderer, request, result });
        })?;
        let sessions = BTreeMap::new();
        Ok(Self {
            config,
            poller,
            letters,
            notify,
            fetches,
            zygote: None,
            warm: false,
            warm_by: None,
            sessions,
            ending: None,
        })
    }

    /// Runs until [`ToIo::Shutdown`]; then no process is left.
    pub(super) fn run(mut self) {
        self.start_zygote();
        while !self.is_over() {
            let deadline =
                self.sessions.values().filter_map(Session::deadline).chain(self.ending).chain(self.warm_by).min();
            match self.poller.wait(deadline) {
                Ok(ready) => ready.into_iter().for_each(|source| self.ready(source)),
                Err(errno) => {
                    tracing::error!(%errno, "cannot wait for events");
                    break;
                }
            }
            self.check_deadlines();
        }
        if let Some(zygote) = self.zygote.take() {
            zygote.end();
        }
    }

    fn is_over(&self) -> bool {
        self.ending.is_some_and(|deadline| self.sessions.is_empty() || Instant::now() >= deadline)
    }

    fn ready(&mut self, source: Source) {
        match source {
            Source::Mailbox => {
                let _ = self.letters.bell.read();
                while let Ok(letter) = self.letters.receiver.try_recv() {
                    self.obey(letter);
                }
            }
            Source::Zygote => self.hear_zygote(),
            Source::ZygotePidfd => self.zygote_died(),
            Source::Uplink(id) => self.with_session(id, |this, session, now| {
                session.flush(&this.poller);
                let messages = session.read_uplink(&this.poller, now)?;
                messages.into_iter().try_for_each(|message| this.pass_on(session, message))
            }),
            Source::Control(id) => self.with_session(id, |this, session, now| session.read_control(&this.poller, now)),
            Source::Pidfd(id) => self.with_session(id, |this, session, now| {
                session.exited(&this.poller, now);
                Ok(())
            }),
        }
    }

    /// Does something with a session, and ends it where that shows a violation.
    fn with_session(
        &mut self,
        id: RendererId,
        act: impl FnOnce(&mut Self, &mut Session, Instant) -> Result<(), Violation>,
    ) {
        let Some(mut session) = self.sessions.remove(&id) else { return };
        let now = Instant::now();
        if let Err(violation) = act(self, &mut session, now) {
            tracing::warn!("{id} of {}: {violation}", session.tab);
            session.end(Some(Death::Violation(violation)), &self.poller, now);
        }
        self.sessions.insert(id, session);
    }

    /// A message that is valid: a fetch is begun here, all else concerns the main thread.
    fn pass_on(&mut self, session: &mut Session, message: Message) -> Result<(), Violation> {
        match message {
            Message::Fetch { request, url, .. } => self.begin_fetch(session, request, url),
            message => {
                self.notify.send(Event::Said { renderer: session.id, message });
                Ok(())
            }
        }
    }

    /// Tour 2: the server side of the renderer's fetch stub.
    fn begin_fetch(&mut self, session: &mut Session, request: RequestId, url: Url) -> Result<(), Violation> {
        match session.site() {
            Some(site) if !session.inbox.fetches_used_up() => {
                let destination = Destination::Subresource(site.clone());
                self.fetches.submit((session.id, request), FetchRequest { url, destination });
                Ok(())
            }
            _ => {
                session.inbox.end_fetch(request);
                let result = Err(FETCHED_TOO_MUCH.to_owned());
                session.grant(Grant::Response { request, result }, None, &self.poller)
            }
        }
    }

    fn end_fetch(&mut self, id: RendererId, request: RequestId, result: Result<Fetched, crate::fetch::FetchError>) {
        self.with_session(id, |this, session, _| {
            session.inbox.end_fetch(request);
            let result = result.map_err(|error| error.to_string()).and_then(|fetched| {
                if session.spend(fetched.body.length()) { Ok(fetched) } else { Err(FETCHED_TOO_MUCH.to_owned()) }
            });
            match result {
                Ok(Fetched { body, meta, .. }) => {
                    let grant = Grant::Response { request, result: Ok(meta) };
                    session.grant(grant, Some(Payload::Body(body)), &this.poller)
                }
                Err(why) => {
                    tracing::info!(why, "a fetch of {} failed", session.tab);
                    session.grant(Grant::Response { request, result: Err(why) }, None, &this.poller)
                }
            }
        });
    }

    fn obey(&mut self, letter: ToIo) {
        match letter {
            ToIo::Spawn { renderer, tab } => self.spawn(renderer, tab),
            ToIo::Send { renderer, command } => {
                self.with_session(renderer, |_, session, now| session.send(command, now));
            }
            ToIo::Surface { renderer, id, surface } => self.with_session(renderer, |this, session, _| {
                session.inbox.grant_surface(id, Arc::clone(&surface));
                let (width, height) = (surface.extent().width(), surface.extent().height());
                let grant = Grant::Surface { surface: id, width, height };
                session.grant(grant, Some(Payload::Surface(surface)), &this.poller)
            }),
            ToIo::Document { renderer, document, body, site } => self.with_session(renderer, |this, session, now| {
                session.committed(document.navigation, site, now);
                session.grant(Grant::Document(document), Some(Payload::Body(body)), &this.poller)
            }),
            ToIo::Fetched { renderer, request, result } => self.end_fetch(renderer, request, result),
            ToIo::End { renderer, reason } => self.end(renderer, reason),
            ToIo::Kill(renderer) => self.with_session(renderer, |_, session, _| {
                session.signal_kill();
                Ok(())
            }),
            ToIo::KeepWaiting(renderer) => self.with_session(renderer, |_, session, now| {
                session.keep_waiting(now);
                Ok(())
            }),
            ToIo::Shutdown => {
                self.ending = Some(Instant::now() + 2 * limits::SHUTDOWN);
                let all: Vec<_> = self.sessions.keys().copied().collect();
                all.into_iter().for_each(|id| self.end(id, None));
            }
        }
    }

    fn spawn(&mut self, id: RendererId, tab: TabId) {
        let result = match (&self.zygote, Session::new(id, tab, &self.poller)) {
            (None, _) => Err("there is no zygote".to_owned()),
            (_, Err(error)) => Err(error.to_string()),
            (Some(zygote), Ok((session, ends))) => {
                self.sessions.insert(id, session);
                zygote.fork(id, tab, ends).map_err(|error| error.to_string())
            }
        };
        if let Err(why) = result {
            self.finish_with(id, Death::NotStarted(why));
        }
    }

    fn end(&mut self, id: RendererId, reason: Option<Death>) {
        self.with_session(id, |this, session, now| {
            session.end(reason, &this.poller, now);
            Ok(())
        });
    }

    fn start_zygote(&mut self) {
        self.warm = false;
        let started = Zygote::start(&self.config).and_then(|zygote| {
            self.poller.add(zygote.socket(), Source::Zygote)?;
            self.poller.add(zygote.pidfd(), Source::ZygotePidfd)?;
            Ok(zygote)
        });
        match started {
            Ok(zygote) => {
                self.zygote = Some(zygote);
                self.warm_by = Some(Instant::now() + limits::ZYGOTE_START);
            }
            Err(error) => self.notify.send(Event::ZygoteLost(error.to_string())),
        }
    }

    fn hear_zygote(&mut self) {
        loop {
            let Some(zygote) = &self.zygote else { return };
            match zygote.recv() {
                Ok((message, pidfd)) => self.obey_zygote(message, pidfd),
                Err(RecvError::Empty) => return,
                Err(error) => {
                    // Its pidfd tells the rest.
                    tracing::debug!(%error, "the zygote's socket");
                    self.poller.remove(zygote.socket());
                    return;
                }
            }
        }
    }

    fn obey_zygote(&mut self, message: FromZygote, pidfd: Option<bulkhead_shared::pidfd::Pidfd>) {
        match message {
            FromZygote::Warm { fonts } => {
                self.warm = true;
                self.warm_by = None;
                let pid = self.zygote.as_ref().map_or(0, Zygote::pid);
                self.notify.send(Event::ZygoteWarm { pid, fonts });
            }
            FromZygote::Forked { renderer, pid } => {
                let Some(pidfd) = pidfd else { return };
                self.notify.send(Event::Forked { renderer, pid });
                self.with_session(renderer, |this, session, now| {
                    if let Err(errno) = session.forked(Pid::from_raw(pid), pidfd, &this.poller, now) {
                        tracing::error!(%errno, "cannot wait for {renderer}");
                    }
                    Ok(())
                });
            }
            FromZygote::NotForked { renderer, errno } => {
                let why = nix::errno::Errno::from_raw(errno).to_string();
                self.finish_with(renderer, Death::NotStarted(why));
            }
            FromZygote::Exited { renderer, status } => self.finish(renderer, Some(status)),
        }
    }

    /// The zygote is dead, and with it, through the parent-death signal, its renderers. Tabs can be reloaded with a new one.
    fn zygote_died(&mut self) {
        let Some(zygote) = self.zygote.take() else { return };
        self.warm_by = None;
        self.poller.remove(zygote.socket());
        self.poller.remove(zygote.pidfd());
        zygote.end();
        let all: Vec<_> = self.sessions.keys().copied().collect();
        for id in all {
            self.finish_with(id, Death::Orphaned);
        }
        if self.ending.is_some() {
            return;
        }
        if self.warm {
            tracing::warn!("the zygote died, and is started anew");
            self.start_zygote();
        } else {
            self.notify.send(Event::ZygoteLost("it died while it was warming up".to_owned()));
        }
    }

    fn check_deadlines(&mut self) {
        let now = Instant::now();
        if self.warm_by.is_some_and(|deadline| now >= deadline) {
            self.warm_by = None;
            self.zygote.iter().for_each(Zygote::kill);
        }
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
            let (death, remains) = session.conclude(status, &self.poller);
            self.notify.send(Event::Gone { renderer: id, death, remains });
        }
    }

    fn finish_with(&mut self, id: RendererId, death: Death) {
        let remains = self.sessions.remove(&id).map(|session| {
            session.signal_kill();
            session.conclude(None, &self.poller).1
        });
        self.notify.send(Event::Gone { renderer: id, death, remains: remains.unwrap_or_default() });
    }
}
