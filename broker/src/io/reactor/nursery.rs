//! The zygote, and the renderers that it forks.

use super::Reactor;
use crate::death::Death;
use crate::events::Event;
use crate::io::poller::Source;
use crate::io::session::Session;
use crate::io::zygote::{Newborn, Zygote};
use crate::memory::meter;
use bulkhead_shared::ids::{RendererId, TabId};
use bulkhead_shared::limits;
use bulkhead_shared::packet::RecvError;
use bulkhead_shared::pidfd::Pidfd;
use bulkhead_shared::zygote::FromZygote;
use nix::errno::Errno;
use nix::unistd::Pid;
use std::time::Instant;

impl Reactor {
    pub(super) fn spawn(&mut self, id: RendererId, tab: TabId) {
        tracing::debug!("the zygote is asked for {id}, for {tab}");
        let cell = self.cgroup.as_ref().and_then(|cgroup| {
            let cell = cgroup.cell(id).inspect_err(|error| tracing::warn!(%error, "no cgroup for {id}"));
            cell.ok()
        });
        let result = match (&self.zygote, Session::new(id, tab, cell, &self.poller)) {
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

    pub(super) fn start_zygote(&mut self) {
        self.warm = false;
        let started = Zygote::start(&self.isolation).and_then(|zygote| {
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

    pub(super) fn hear_zygote(&mut self) {
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

    fn obey_zygote(&mut self, message: FromZygote, pidfd: Option<Pidfd>) {
        match message {
            FromZygote::Warm { fonts } => {
                self.warm = true;
                self.warm_by = None;
                let pid = self.zygote.as_ref().map_or(0, Zygote::pid);
                self.notify.send(Event::ZygoteWarm { pid, fonts });
            }
            FromZygote::Forked { renderer, pid, in_cgroup } => {
                let Some(pidfd) = pidfd else { return };
                tracing::debug!(pid, in_cgroup, "{renderer} was forked");
                let memory = self.zygote.as_ref().and_then(|zygote| meter::anonymous(Pid::from_raw(zygote.pid())));
                self.notify.send(Event::Forked { renderer, pid });
                self.with_session(renderer, |this, session, now| {
                    let newborn = Newborn { pid: Pid::from_raw(pid), pidfd, in_cgroup, memory };
                    if let Err(errno) = session.forked(newborn, &this.poller, now) {
                        tracing::error!(%errno, "cannot wait for {renderer}");
                    }
                    Ok(())
                });
            }
            FromZygote::NotForked { renderer, errno } => {
                let why = Errno::from_raw(errno).to_string();
                self.finish_with(renderer, Death::NotStarted(why));
            }
            FromZygote::Exited { renderer, status } => self.finish(renderer, Some(status)),
        }
    }

    /// The zygote is dead, and with it, through the parent-death signal, its renderers. Tabs can be reloaded with a new one.
    pub(super) fn zygote_died(&mut self) {
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
}
