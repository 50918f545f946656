//! The zygote and the renderers that it forks, as far as sessions and the main thread are concerned.

use super::Reactor;
use crate::death::Death;
use crate::events::Event;
use crate::io::descriptors;
use crate::io::nursery::{Gone, Next, Stillborn};
use crate::io::poller::Source;
use crate::io::session::Session;
use crate::io::zygote::{Newborn, Zygote, ZygoteError};
use crate::memory::grants::Allowance;
use crate::proc::{Times, anonymous};
use bulkhead_shared::ids::{RendererId, TabId};
use bulkhead_shared::packet::RecvError;
use bulkhead_shared::pidfd::Pidfd;
use bulkhead_shared::zygote::FromZygote;
use nix::errno::Errno;
use nix::unistd::Pid;

impl Reactor {
    pub(super) fn spawn(&mut self, id: RendererId, tab: TabId, allowance: Allowance) {
        tracing::debug!("{id} is to be forked, for {tab}");
        let replaces = self.sessions.values().any(|session| session.tab == tab);
        if let Err(why) = descriptors::admit(replaces) {
            return self.finish_with(id, Death::NotStarted(why.to_string()));
        }
        let now = self.clock.now();
        let cell = self.cgroup.as_ref().and_then(|cgroup| {
            let cell = cgroup.cell(id).inspect_err(|error| tracing::warn!(%error, "no cgroup for {id}"));
            cell.ok()
        });
        match Session::new(id, tab, allowance, cell, self.mailbox.clone(), &self.poller, now) {
            Ok((session, ends)) => {
                self.sessions.insert(id, session);
                self.nursery.enqueue(id, tab, ends, now);
                self.ask_zygote();
            }
            Err(error) => self.finish_with(id, Death::NotStarted(error.to_string())),
        }
    }

    fn ask_zygote(&mut self) {
        let failed = self.nursery.ask(self.clock.now());
        self.not_born(failed);
    }

    fn not_born(&mut self, stillborn: Vec<Stillborn>) {
        for (id, why) in stillborn {
            // One that was called off in the meantime is not missed.
            if self.sessions.contains_key(&id) {
                self.finish_with(id, Death::NotStarted(why));
            }
        }
    }

    pub(super) fn check_nursery(&mut self) {
        if self.ending.is_some() {
            // No zygote is started any more; the one that there is is ended last.
            return;
        }
        if let Some(result) = self.nursery.launched() {
            self.zygote_launched(result);
        }
        let (late, gone) = self.nursery.check(self.clock.now());
        self.not_born(late);
        if let Some(gone) = gone {
            self.zygote_is_gone(gone);
        }
    }

    fn zygote_launched(&mut self, result: Result<Zygote, ZygoteError>) {
        let now = self.clock.now();
        let watched = result.and_then(|zygote| {
            self.poller.add(zygote.socket(), Source::Zygote)?;
            self.poller.add(zygote.pidfd(), Source::ZygotePidfd)?;
            Ok(zygote)
        });
        match watched {
            Ok(zygote) => self.nursery.adopt(zygote, now),
            Err(error) => {
                let gone = self.nursery.fail(error.to_string(), now);
                self.zygote_is_gone(gone);
            }
        }
    }

    pub(super) fn hear_zygote(&mut self) {
        loop {
            let Some(zygote) = self.nursery.zygote() else { return };
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

    fn obey_zygote(&mut self, message: FromZygote, pidfd: Option<Pidfd>) {
        // TOUR crash 5
        match message {
            FromZygote::Warm { fonts } => {
                if let Some(pid) = self.nursery.warmed_up(self.clock.now()) {
                    self.notify.send(Event::ZygoteWarm {
                        pid,
                        started: Times::of(pid).map(|times| times.started),
                        fonts,
                    });
                }
            }
            FromZygote::Forked { renderer, pid, in_cgroup } => {
                self.nursery.answered(renderer);
                let Some(pidfd) = pidfd else { return };
                tracing::debug!(pid, in_cgroup, "{renderer} was forked");
                if !self.sessions.contains_key(&renderer) {
                    // It was called off while the zygote was asked for it.
                    if let Err(errno) = pidfd.kill() {
                        tracing::error!(%errno, "cannot kill process {pid}");
                    }
                    return self.ask_zygote();
                }
                let memory = self.nursery.zygote().and_then(|zygote| anonymous(zygote.pid()));
                let started = Times::of(pid).map(|times| times.started).filter(|_| pidfd.signal(0).is_ok());
                self.notify.send(Event::Forked { renderer, pid, started });
                self.with_session(renderer, |this, session, now| {
                    let newborn = Newborn { pid: Pid::from_raw(pid), pidfd, in_cgroup, memory };
                    if let Err(errno) = session.forked(newborn, &this.poller, now) {
                        tracing::error!(%errno, "cannot wait for {renderer}");
                    }
                    Ok(())
                });
            }
            FromZygote::NotForked { renderer, errno } => {
                self.nursery.answered(renderer);
                let why = Errno::from_raw(errno).to_string();
                self.not_born(vec![(renderer, why)]);
            }
            FromZygote::Exited { renderer, status } => self.finish(renderer, Some(status)),
        }
        self.ask_zygote();
    }

    /// The zygote is dead.
    pub(super) fn zygote_died(&mut self) {
        let gone = self.nursery.ended(self.clock.now());
        self.zygote_is_gone(gone);
    }

    /// With the zygote, its renderers have died, through the parent-death signal. Tabs can be reloaded with a new one.
    fn zygote_is_gone(&mut self, Gone { why, stillborn, next }: Gone) {
        self.not_born(stillborn);
        let orphans: Vec<_> = self.sessions.values().filter(|session| session.has_process()).map(|it| it.id).collect();
        for id in orphans {
            self.finish_with(id, Death::Orphaned);
        }
        if self.ending.is_some() {
            return;
        }
        match next {
            Next::Another(pause) => {
                tracing::warn!(?pause, "the zygote is gone, and is started anew: {why}");
                self.notify.send(Event::ZygoteGone { why, pause });
            }
            Next::None => {
                self.notify.send(Event::ZygoteLost(why));
                // Those that wait will wait in vain.
                self.ask_zygote();
            }
        }
    }
}
