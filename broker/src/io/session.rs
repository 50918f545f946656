//! One renderer as the I/O thread knows it: its links, what it owes, and the road from life to death.

use super::Mailbox;
use super::backlog::{Backlog, Receipt};
use super::control::{self, Control};
use super::downlink::{Closed, Downlink};
use super::fetching::Fetching;
use super::hang::{HangMonitor, Verdict};
use super::input::InputQueue;
use super::parts::Parts;
use super::poller::{Poller, Source};
use super::process::Process;
use super::uplink::{self, Answer, Handed, Sent, Uplink};
use super::zygote::{FarEnds, Newborn};
use crate::death::{Death, Remains};
use crate::events::UserAct;
use crate::fetch::{FetchError, Fetched, Ticket};
use crate::inbox::{Inbox, Message, Violation};
use crate::memory::Exhausted;
use crate::memory::cgroup::Cell;
use crate::memory::grants::Allowance;
use crate::memory::watch::Look;
use crate::policy::{Permit, Site};
use bulkhead_shared::body::Body;
use bulkhead_shared::control::{Down, LastWords, Up};
use bulkhead_shared::downlink::{Edit, ToRenderer};
use bulkhead_shared::ids::{RendererId, RequestId, SurfaceId, TabId};
use bulkhead_shared::input::InputEvent;
use bulkhead_shared::limits;
use bulkhead_shared::surface::SurfaceReader;
use bulkhead_shared::uplink::{Document, FromRenderer, LogLevel};
use bulkhead_shared::zygote::ExitStatus;
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Instant;

/// One renderer.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: RendererId,
    pub(super) tab: TabId,
    pub(super) inbox: Inbox,
    /// What its document may fetch.
    site: Option<Site>,
    /// What its document asked for in vain.
    pub(super) parts: Parts,
    /// What it may still be handed.
    allowance: Allowance,
    fetching: Fetching,
    life: Life,
    /// Whether it was killed before it was forked.
    kill_at_birth: bool,
    /// The cgroup that it is to be born in; then it is the process's.
    cell: Option<Cell>,
    process: Option<Process>,
    /// Whether its tab is on display.
    visible: bool,
    /// Whether the zygote is to be told that, as far as it concerns the CPU.
    share: Option<bool>,
    /// When it was last sent something, said something, or was seen to have grown.
    stirred: Instant,
    uplink: Uplink,
    backlog: Backlog,
    /// Its uplink is not read until the main thread has taken more of what it has said.
    unheard: bool,
    control: Control,
    /// `None` once it is to end.
    downlink: Option<Downlink>,
    input: InputQueue,
    hang: HangMonitor,
    words: Option<LastWords>,
    /// How many records of them have come.
    last_words: u32,
    reason: Option<Death>,
}

/// From life to death. Each state that ends by itself has its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// It is to be forked; the nursery has the deadline.
    Unborn,
    /// It runs and has until then to say that it is ready.
    Starting(Instant),
    /// It serves its tab.
    Running,
    /// It closed this link; dying processes do, and have until then to be dead.
    Closing(&'static str, Instant),
    /// It was asked to end, and is killed then.
    Asked(Instant),
    /// It was killed, and is given up then.
    Killed(Instant),
    /// It has ended; until then, the zygote's report is awaited.
    Exited(Instant),
}

/// What became due.
#[derive(Debug)]
pub(super) enum Due {
    /// Nothing.
    Nothing,
    /// It broke a rule by being late.
    Violation(Violation),
    /// It has become unresponsive, or has come back.
    Unresponsive(bool),
    /// Its end was not reported in time.
    Gone,
}

impl Session {
    /// Makes the links of a new renderer.
    pub(super) fn new(
        id: RendererId,
        tab: TabId,
        allowance: Allowance,
        cell: Option<Cell>,
        mailbox: Mailbox,
        poller: &Poller,
        now: Instant,
    ) -> io::Result<(Self, FarEnds)> {
        let cgroup = cell.as_ref().map(|cell| cell.as_fd().try_clone_to_owned()).transpose()?;
        let (uplink, far_uplink) = Uplink::new(id, poller)?;
        let (control, far_control) = Control::new(id, poller)?;
        let (link, far_downlink) = ipc_channel::ipc::channel()?;
        let downlink = Downlink::start(id, link)?;
        let session = Self {
            id,
            tab,
            inbox: Inbox::default(),
            site: None,
            parts: Parts::default(),
            allowance,
            fetching: Fetching::default(),
            life: Life::Unborn,
            kill_at_birth: false,
            cell,
            process: None,
            visible: false,
            share: None,
            stirred: now,
            uplink,
            backlog: Backlog::new(id, mailbox),
            unheard: false,
            control,
            downlink: Some(downlink),
            input: InputQueue::default(),
            hang: HangMonitor::default(),
            words: None,
            last_words: 0,
            reason: None,
        };
        let ends = FarEnds { uplink: far_uplink, control: far_control, cgroup, downlink: far_downlink };
        Ok((session, ends))
    }

    /// The zygote has forked it.
    pub(super) fn forked(&mut self, newborn: Newborn, poller: &Poller, now: Instant) -> nix::Result<()> {
        let process = self.process.insert(Process::new(newborn, self.cell.take()));
        poller.add(&*process, Source::Pidfd(self.id))?;
        self.set_visible(self.visible);
        match self.life {
            Life::Unborn => self.life = Life::Starting(now + limits::SPAWN),
            // A link that was closed before is the same fault afterwards.
            Life::Closing(..) => {}
            // It has spoken before the zygote did, and broken a rule.
            Life::Asked(_) | Life::Killed(_) => self.kill_at_birth = true,
            Life::Starting(_) | Life::Running | Life::Exited(_) => {}
        }
        if self.kill_at_birth {
            self.signal_kill();
        }
        Ok(())
    }

    fn set_visible(&mut self, visible: bool) {
        self.visible = visible;
        // Where no cgroup can, the zygote has to.
        self.share = self.process.as_ref().is_some_and(|process| !process.set_visible(visible)).then_some(visible);
    }

    /// What the zygote is to be told of its share of the CPU, once.
    pub(super) fn take_share(&mut self) -> Option<bool> {
        self.share.take()
    }

    /// Whether it works, or may: then its memory is looked at often.
    pub(super) fn is_working(&self, now: Instant) -> bool {
        self.serves() && (self.hang.is_busy() || now < self.stirred + limits::MEMORY_STIR)
    }

    /// Looks at what it uses.
    pub(super) fn look_at_memory(&mut self, look: Look, now: Instant) {
        let wanted = look == Look::All || self.is_working(now);
        if wanted && self.process.as_mut().is_some_and(Process::look_at_memory) {
            self.stirred = now;
        }
    }

    /// Bytes of memory that it has made its own, when they were last looked at.
    pub(super) fn memory(&self) -> Option<u64> {
        self.process.as_ref().filter(|_| self.serves())?.memory()
    }

    /// Whose document it shows, as the broker recorded it.
    pub(super) fn site(&self) -> Option<&Site> {
        self.site.as_ref()
    }

    /// What it may still be handed.
    pub(super) fn allowance(&self) -> &Allowance {
        &self.allowance
    }

    /// Bodies that are fetched for it, or wait to be handed over.
    pub(super) fn bodies_waiting(&self) -> usize {
        self.fetching.with_workers().saturating_add(self.uplink.answers_waiting())
    }

    /// Notes what its document asks for; a fetch that cannot be is answered at once.
    pub(super) fn begin_fetch(&mut self, request: RequestId, permit: Result<Permit, String>) {
        match permit {
            Ok(permit) => self.fetching.push(request, permit),
            Err(why) => self.uplink.answer(Answer { request, result: Err(why) }),
        }
    }

    /// Whether something is to be fetched, and the renderer reads what was.
    pub(super) fn wants_fetch(&self) -> bool {
        self.fetching.wants_more() && self.bodies_waiting() < limits::BODIES_WAITING
    }

    /// The next fetch for a worker.
    pub(super) fn next_fetch(&mut self) -> Option<(RequestId, Permit)> {
        self.fetching.next()
    }

    /// A worker fetches for it.
    pub(super) fn fetch_begun(&mut self, request: RequestId, ticket: Ticket) {
        self.fetching.begun(request, ticket);
    }

    /// A worker has fetched for it, or has not. What nobody waits for any more is dropped. Returns why there is nothing.
    pub(super) fn end_fetch(&mut self, request: RequestId, result: Result<Fetched, FetchError>) -> Option<String> {
        if !self.fetching.done(request) {
            return None;
        }
        let allowance = &self.allowance;
        let handed = result.and_then(|Fetched { body, meta, reservation, .. }| {
            let reservation = reservation.map_or_else(|| allowance.reserve(body.length()), Ok)?;
            Ok(Handed { body, meta, reservation })
        });
        let result = handed.map_err(|error| {
            tracing::info!(%error, "a fetch of {} failed", self.tab);
            error.to_string()
        });
        let why = result.as_ref().err().cloned();
        if why.is_none() {
            self.parts.came(request);
        }
        self.uplink.answer(Answer { request, result });
        why
    }

    /// Writes a line of its log, with whose it is. The filter of `RUST_LOG` is that of the crate that logs.
    pub(super) fn write_log(&self, level: LogLevel, text: &str) {
        const TARGET: &str = "bulkhead_renderer";
        let pid = self.process.as_ref().map_or(0, |process| process.pid().as_raw());
        let (id, tab) = (self.id, self.tab);
        match level {
            LogLevel::Error => tracing::error!(target: TARGET, "{id} of {tab}, process {pid}: {text}"),
            LogLevel::Warn => tracing::warn!(target: TARGET, "{id} of {tab}, process {pid}: {text}"),
            LogLevel::Info => tracing::info!(target: TARGET, "{id} of {tab}, process {pid}: {text}"),
            LogLevel::Debug => tracing::debug!(target: TARGET, "{id} of {tab}, process {pid}: {text}"),
            LogLevel::Trace => tracing::trace!(target: TARGET, "{id} of {tab}, process {pid}: {text}"),
        }
    }

    /// Whether there is a process to wait for.
    pub(super) fn has_process(&self) -> bool {
        self.process.is_some()
    }

    /// Whether it is still to be listened to and spoken to.
    pub(super) fn serves(&self) -> bool {
        matches!(self.life, Life::Unborn | Life::Starting(_) | Life::Running)
    }

    /// Reads its uplink: at most [`limits::MESSAGES_PER_TURN`] messages, so that no renderer keeps the others waiting.
    pub(super) fn read_uplink(&mut self, poller: &Poller, now: Instant) -> Result<Vec<(Message, Receipt)>, Violation> {
        let mut messages = Vec::new();
        while self.serves() && messages.len() < limits::MESSAGES_PER_TURN {
            if !self.backlog.has_room() {
                self.unheard = true;
                self.uplink.ignore(poller);
                break;
            }
            match self.uplink.recv()? {
                uplink::Heard::Said(raw, bytes) => {
                    let message = self.hear(raw, bytes, now)?;
                    messages.extend(message.map(|message| (message, self.backlog.receipt(bytes))));
                }
                uplink::Heard::Nothing => break,
                uplink::Heard::Closed => {
                    self.uplink.ignore(poller);
                    self.link_closed("uplink", now);
                }
            }
        }
        Ok(messages)
    }

    /// The main thread has taken what it has said: it is listened to again. How long it was not does not count against it.
    pub(super) fn heed(&mut self, poller: &Poller, now: Instant) {
        if std::mem::take(&mut self.unheard) {
            self.uplink.heed(poller);
            self.hang.excuse(now);
        }
    }

    fn hear(&mut self, raw: FromRenderer, bytes: usize, now: Instant) -> Result<Option<Message>, Violation> {
        self.stirred = now;
        let Some(message) = self.inbox.accept(raw, bytes, now)? else { return Ok(None) };
        match &message {
            Message::Ready(_) => self.life = Life::Running,
            Message::InputHandled(_) | Message::Frame(_) => self.input_answered(now),
            Message::VoidFrame => {
                self.input_answered(now);
                self.send(ToRenderer::FrameShown, now);
            }
            Message::Loaded(..) => self.hang.idle(),
            // They say nothing of the process itself.
            Message::Fetch { .. }
            | Message::Title(..)
            | Message::Navigate(..)
            | Message::Unsupported(..)
            | Message::Scrolled(..)
            | Message::Hover(..)
            | Message::Cursor(..)
            | Message::Copied(_)
            | Message::Selected(_)
            | Message::NothingCopied
            | Message::TextFocus(..)
            | Message::Log(..)
            | Message::LogLeftOut => {}
        }
        Ok(Some(message))
    }

    /// Reads its control pipe: at most [`limits::RECORDS_PER_TURN`] records.
    pub(super) fn read_control(&mut self, poller: &Poller, now: Instant) -> Result<(), Violation> {
        for _ in 0..limits::RECORDS_PER_TURN {
            match self.control.recv()? {
                control::Heard::Said(Up::Pong(number)) if self.hang.pong(number) => {}
                control::Heard::Said(Up::Pong(_)) => return Err(Violation::UnexpectedPong),
                control::Heard::Said(Up::LastWords(words)) => self.hear_last_words(words)?,
                control::Heard::Nothing => break,
                control::Heard::Closed => {
                    self.control.ignore(poller);
                    self.link_closed("control pipe", now);
                    break;
                }
            }
        }
        Ok(())
    }

    fn hear_last_words(&mut self, words: LastWords) -> Result<(), Violation> {
        self.last_words = self.last_words.saturating_add(1);
        // The first come from the cause, those after it from its consequences.
        self.words = self.words.take().or(Some(words));
        if self.last_words > limits::LAST_WORDS { Err(Violation::EndlessLastWords) } else { Ok(()) }
    }

    fn link_closed(&mut self, link: &'static str, now: Instant) {
        if self.serves() {
            self.life = Life::Closing(link, now + limits::WAIT_STATUS);
        }
    }

    /// The user does something to its page.
    pub(super) fn act(&mut self, act: UserAct, now: Instant) {
        // TOUR frame 3
        if !self.serves() {
            return;
        }
        if act == UserAct::Event(InputEvent::Focus(false)) {
            self.inbox.copy_unwanted();
        }
        self.input.push(act);
        self.send_input(now);
    }

    fn input_answered(&mut self, now: Instant) {
        self.hang.input(self.inbox.input_pending(), true, now);
        self.send_input(now);
    }

    /// Sends what the user did, as far as the renderer keeps up.
    fn send_input(&mut self, now: Instant) {
        while let Some(act) = self.input.pop(self.inbox.input_backlog()) {
            let command = match act {
                UserAct::Event(event) => ToRenderer::Input { seq: self.input.number(), event },
                UserAct::Edit(edit) => ToRenderer::Edit(edit),
            };
            self.send(command, now);
        }
    }

    /// Queues a command on its downlink, and notes what it means for what the renderer may say.
    pub(super) fn send(&mut self, command: ToRenderer, now: Instant) {
        if !self.serves() {
            return;
        }
        self.stirred = now;
        let mut answer_due: Option<fn(&mut Inbox, Instant)> = None;
        match &command {
            ToRenderer::Input { seq, .. } => {
                self.inbox.input_sent(*seq);
                self.hang.input(true, false, now);
            }
            ToRenderer::ReleaseSlot { surface, slot } => self.inbox.release_slot(*surface, *slot),
            ToRenderer::FrameShown => self.inbox.frame_shown(),
            ToRenderer::Show => self.set_visible(true),
            ToRenderer::Hide { .. } => {
                self.inbox.withdraw_surfaces();
                self.uplink.withdraw_surface();
                self.inbox.copy_unwanted();
                self.set_visible(false);
            }
            ToRenderer::Fault(_) => self.hang.watch(Some(now + limits::HANG), now),
            ToRenderer::Edit(edit) => {
                answer_due = match edit {
                    Edit::Copy | Edit::Cut => Some(Inbox::copy_asked),
                    Edit::Selection => Some(Inbox::selection_asked),
                    Edit::SelectAll | Edit::Paste(_) | Edit::PasteAt(..) => None,
                };
            }
            ToRenderer::Viewport(_)
            | ToRenderer::ScrollToFragment(_)
            | ToRenderer::ScrollTo { .. }
            | ToRenderer::Repaint
            | ToRenderer::HideScrollBar => {}
        }
        match self.downlink.as_ref().map(|downlink| downlink.send(command)) {
            Some(Ok(true)) => answer_due.into_iter().for_each(|answer_due| answer_due(&mut self.inbox, now)),
            Some(Ok(false)) | None => {}
            Some(Err(Closed)) => self.link_closed("downlink", now),
        }
    }

    /// A document is committed into it: it is handed over now, or as soon as it reads.
    pub(super) fn commit(&mut self, document: Document, body: Body, site: Site, now: Instant) {
        // TOUR fetch 6
        if !self.serves() {
            return;
        }
        self.stirred = now;
        self.inbox.commit(document.navigation);
        self.fetching.give_up();
        self.site = Some(site);
        self.parts.begin(document.navigation);
        self.hang.watch(None, now);
        self.uplink.grant_document(document, body);
    }

    /// Grants it a surface, now or as soon as it reads.
    pub(super) fn grant_surface(&mut self, id: SurfaceId, surface: Arc<SurfaceReader>) {
        if self.serves() {
            self.uplink.grant_surface(id, surface);
        }
    }

    /// Sends what waits, as far as it reads.
    pub(super) fn flush(&mut self, poller: &Poller) {
        for sent in self.uplink.flush(poller) {
            match sent {
                Sent::Surface(id, surface) => self.inbox.grant_surface(id, surface),
                Sent::Document(navigation) => self.inbox.document_sent(navigation),
                Sent::Answer(request) => self.inbox.end_fetch(request),
            }
        }
    }

    /// Ends it, politely without a reason, else at once.
    pub(super) fn end(&mut self, reason: Option<Death>, poller: &Poller, now: Instant) {
        if !matches!(self.life, Life::Killed(_) | Life::Exited(_)) {
            self.fetching.give_up();
            self.uplink.close(poller);
            self.downlink = None;
            if reason.is_some() {
                self.reason = self.reason.take().or(reason);
                self.life = Life::Killed(now + limits::KILL);
                self.signal_kill();
            } else {
                self.life = Life::Asked(now + limits::SHUTDOWN);
                self.control.say(Down::Shutdown);
            }
        }
    }

    /// `SIGKILL`, as anybody could send it; to one that is still to be forked, then.
    pub(super) fn kill(&mut self) {
        self.kill_at_birth = true;
        self.signal_kill();
    }

    /// `SIGKILL`, if there is a process.
    pub(super) fn signal_kill(&self) {
        self.process.iter().for_each(Process::kill);
    }

    /// Its pidfd says that it has ended.
    pub(super) fn exited(&mut self, poller: &Poller, now: Instant) {
        self.process.iter().for_each(|process| poller.remove(process));
        self.life = Life::Exited(now + limits::WAIT_STATUS);
    }

    /// The user waits on.
    pub(super) fn keep_waiting(&mut self, now: Instant) {
        self.hang.restart(now);
    }

    /// When something becomes due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.life {
            Life::Starting(deadline)
            | Life::Asked(deadline)
            | Life::Closing(_, deadline)
            | Life::Killed(deadline)
            | Life::Exited(deadline) => Some(deadline),
            Life::Running if self.unheard => None,
            Life::Running => self.hang.deadline(),
            Life::Unborn => None,
        }
    }

    /// What has become due.
    pub(super) fn due(&mut self, now: Instant) -> Due {
        match self.life {
            Life::Starting(deadline) if now >= deadline => Due::Violation(Violation::NotReady),
            Life::Closing(link, deadline) if now >= deadline => Due::Violation(Violation::ClosedLink(link)),
            Life::Exited(deadline) if now >= deadline => Due::Gone,
            Life::Killed(deadline) if now >= deadline => {
                tracing::error!("{} of {} was killed, and is not gone", self.id, self.tab);
                Due::Gone
            }
            Life::Asked(deadline) if now >= deadline => {
                self.life = Life::Killed(now + limits::KILL);
                self.signal_kill();
                Due::Nothing
            }
            Life::Running if !self.unheard => match self.hang.check(now) {
                Verdict::Unchanged => Due::Nothing,
                Verdict::Ping(number) => {
                    self.control.say(Down::Ping(number));
                    Due::Nothing
                }
                Verdict::Hangs => Due::Unresponsive(true),
                Verdict::Recovered => Due::Unresponsive(false),
            },
            Life::Unborn
            | Life::Starting(_)
            | Life::Running
            | Life::Closing(..)
            | Life::Asked(_)
            | Life::Killed(_)
            | Life::Exited(_) => Due::Nothing,
        }
    }

    /// Stops waiting for its links, and says what ended it.
    pub(super) fn conclude(mut self, status: Option<ExitStatus>, poller: &Poller) -> (Death, Remains) {
        // TOUR crash 6
        // The last words may lie in the pipe still.
        if let Err(violation) = self.read_control(poller, Instant::now()) {
            tracing::info!("the last records of {} of {}: {violation}", self.id, self.tab);
        }
        self.uplink.ignore(poller);
        self.control.ignore(poller);
        self.process.iter().for_each(|process| poller.remove(process));
        let remains = Remains { words: self.words.take(), status };
        let ran_out = self.process.as_ref().is_some_and(Process::has_run_out);
        let reason = self.reason.take().or(ran_out.then_some(Death::OutOfMemory(Exhausted::Cgroup)));
        (Death::conclude(reason, &remains), remains)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Budget;
    use crate::memory::grants::Grants;
    use bulkhead_shared::pidfd::Pidfd;
    use nix::unistd::Pid;
    use std::process::{Child, Command};

    /// A session of a process that can be killed, of whose end nobody tells: as if it were waiting for a device.
    fn session(poller: &Poller, now: Instant) -> (Session, Child) {
        let allowance = Grants::new(Budget { tab: u64::MAX, all: u64::MAX }).open();
        let (mailbox, _) = Mailbox::new().unwrap();
        let (mut session, _) = Session::new(RendererId(1), TabId(1), allowance, None, mailbox, poller, now).unwrap();
        assert_eq!(session.deadline(), None, "the nursery has that of one that is not born");
        let child = Command::new("sleep").arg("1000").spawn().unwrap();
        let pid = Pid::from_raw(child.id().cast_signed());
        let newborn = Newborn { pid, pidfd: Pidfd::open(pid).unwrap(), in_cgroup: false, memory: None };
        session.forked(newborn, poller, now).unwrap();
        assert_eq!(session.deadline(), Some(now + limits::SPAWN));
        (session, child)
    }

    #[test]
    fn one_that_was_killed_and_does_not_go_is_given_up() {
        let (poller, now) = (Poller::new().unwrap(), Instant::now());
        let (mut session, mut child) = session(&poller, now);
        session.end(Some(Death::EndedByUser), &poller, now);
        assert_eq!(session.deadline(), Some(now + limits::KILL));
        assert!(matches!(session.due(now + limits::KILL / 2), Due::Nothing));
        assert!(matches!(session.due(now + limits::KILL), Due::Gone));
        assert_eq!(session.conclude(None, &poller).0, Death::EndedByUser);
        child.wait().unwrap();
    }

    #[test]
    fn one_that_is_asked_to_end_and_does_not_is_killed_and_then_given_up() {
        let (poller, now) = (Poller::new().unwrap(), Instant::now());
        let (mut session, mut child) = session(&poller, now);
        session.end(None, &poller, now);
        let asked = now + limits::SHUTDOWN;
        assert_eq!(session.deadline(), Some(asked));
        assert!(matches!(session.due(asked), Due::Nothing));
        assert_eq!(session.deadline(), Some(asked + limits::KILL));
        assert!(matches!(session.due(asked + limits::KILL), Due::Gone));
        child.wait().unwrap();
    }

    #[test]
    fn one_whose_end_is_not_reported_is_concluded_without() {
        let (poller, now) = (Poller::new().unwrap(), Instant::now());
        let (mut session, mut child) = session(&poller, now);
        session.kill();
        child.wait().unwrap();
        session.exited(&poller, now);
        assert!(matches!(session.due(now + limits::WAIT_STATUS), Due::Gone));
        assert_eq!(session.conclude(None, &poller).0, Death::Unreported);
    }

    #[test]
    fn what_the_main_thread_does_not_take_stays_with_whoever_says_it() {
        use bulkhead_sandbox::Report;
        use bulkhead_shared::ids::InputSeq;
        use bulkhead_shared::packet::SendError;
        let (poller, now) = (Poller::new().unwrap(), Instant::now());
        let allowance = Grants::new(Budget { tab: u64::MAX, all: u64::MAX }).open();
        let (mailbox, letters) = Mailbox::new().unwrap();
        let (mut session, far) = Session::new(RendererId(1), TabId(1), allowance, None, mailbox, &poller, now).unwrap();
        far.uplink.send(&FromRenderer::Ready { sandbox: Report::default() }, &[]).unwrap();
        let say = || far.uplink.send(&FromRenderer::InputHandled(InputSeq(0)), &[]);

        let mut untaken = Vec::new();
        loop {
            match say() {
                Ok(()) => {}
                Err(SendError::Full) if session.unheard => break,
                Err(SendError::Full) => untaken.extend(session.read_uplink(&poller, now).unwrap()),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(untaken.len(), limits::UNTAKEN_MESSAGES);
        assert!(poller.wait(Some(now)).unwrap().is_empty(), "what lies in its socket wakes nobody");
        assert!(letters.receiver.is_empty());

        untaken.pop();
        assert!(matches!(letters.receiver.try_recv(), Ok(crate::events::ToIo::Taken(RendererId(1)))));
        session.heed(&poller, now);
        assert_eq!(poller.wait(Some(now)).unwrap(), [Source::Uplink(RendererId(1))]);
        untaken.extend(session.read_uplink(&poller, now).unwrap());
        assert_eq!(untaken.len(), limits::UNTAKEN_MESSAGES);
        drop(untaken);
        assert_eq!(letters.receiver.len(), 1, "it is told once");
    }

    #[test]
    fn few_long_messages_are_as_much_as_many_short_ones() {
        let (mailbox, letters) = Mailbox::new().unwrap();
        let backlog = Backlog::new(RendererId(1), mailbox);
        let half = || backlog.receipt(limits::UNTAKEN_BYTES / 2);
        let first = half();
        assert!(backlog.has_room());
        let second = half();
        assert!(!backlog.has_room());
        drop(first);
        assert_eq!(letters.receiver.len(), 1);
        assert!(backlog.has_room());
        drop(second);
        assert_eq!(letters.receiver.len(), 1);
    }
}
