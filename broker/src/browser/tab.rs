//! A tab: what it shows, which process serves it, and where it has been.

use super::history::{History, Motion};
use crate::death::Death;
use crate::frames::Front;
use crate::policy::Site;
use bulkhead_shared::ids::{NavigationId, RendererId, TabId};
use bulkhead_shared::uplink::{Cursor, ScrollState};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use url::Url;

/// A tab of the window.
#[derive(Debug)]
pub struct Tab {
    /// Its name.
    pub id: TabId,
    /// Its back/forward list.
    pub history: History,
    /// Its process.
    pub process: Process,
    /// What its process may reach; `None` until the first document.
    pub site: Option<Site>,
    /// The navigation that is being fetched.
    pub pending: Option<Pending>,
    /// The document on display and what became of it.
    pub document: Option<Shown>,
    /// The last frame.
    pub front: Option<Front>,
    /// Where the page is scrolled to.
    pub scroll: ScrollState,
    /// The link under the pointer.
    pub hover: Option<Url>,
    /// The pointer's shape.
    pub cursor: Cursor,
    /// Whether a text field of the page has the focus.
    pub text_focus: bool,
    /// Page zoom; 1 is 100 %.
    pub zoom: f32,
    pub(super) frame_times: VecDeque<Instant>,
    /// Whether the front frame was not shown yet: its renderer waits to hear of it.
    pub(super) unshown: bool,
    /// Of which version of what it shows a page about the browser was made, at the latest.
    pub(super) made_of: Option<u64>,
    /// When the user last clicked or typed in the page, unless a new tab was opened for it.
    pub(super) activated: Option<Instant>,
}

/// How long a click or a key press lets a page open a tab: HTML's transient activation duration, as in Chromium.
const ACTIVATION: Duration = Duration::from_secs(5);

/// The process that serves a tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Process {
    /// None yet: the first document is being fetched.
    None,
    /// Asked for, or running.
    Running {
        /// Its name.
        renderer: RendererId,
        /// Its pid, once forked.
        pid: Option<i32>,
        /// Whether it has left input or a ping unanswered.
        unresponsive: bool,
    },
    /// Dead.
    Crashed {
        /// The pid that it had.
        pid: Option<i32>,
        /// Why.
        death: Death,
    },
}

/// A navigation under way.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Its name.
    pub navigation: NavigationId,
    /// Where to.
    pub url: Url,
    /// What the user typed, where it is no address.
    pub typed: Option<String>,
    /// What it will do to the history.
    pub motion: Motion,
    /// Whether the user asked for it. Where a page did, its address is not shown before it commits: the page that is still on
    /// display could pass itself off as that address.
    pub by_user: bool,
}

/// A committed document.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The navigation that brought it.
    pub navigation: NavigationId,
    /// Whether it and its parts are complete, and how many parts are missing.
    pub loaded: Option<u32>,
    /// Why it is an error page, if it is one.
    pub error: Option<String>,
    /// Whether a frame of it has come.
    pub painted: bool,
}

/// What a tab is doing, for the tab strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Nothing to report.
    Idle,
    /// Fetching, parsing, or waiting for parts.
    Loading,
    /// Its process does not answer.
    Unresponsive,
    /// Its process is dead.
    Crashed,
}

impl Tab {
    pub(super) fn new(id: TabId) -> Self {
        Self {
            id,
            history: History::default(),
            process: Process::None,
            site: None,
            pending: None,
            document: None,
            front: None,
            scroll: ScrollState::default(),
            hover: None,
            cursor: Cursor::Default,
            text_focus: false,
            zoom: 1.0,
            frame_times: VecDeque::new(),
            unshown: false,
            made_of: None,
            activated: None,
        }
    }

    /// The address to show: where the user has it go, else where it is.
    #[must_use]
    pub fn url(&self) -> Option<&Url> {
        let here = self.history.current().map(|entry| &entry.url);
        let there = self.pending.as_ref().filter(|pending| pending.by_user || here.is_none());
        there.map(|pending| &pending.url).or(here)
    }

    /// What the user typed and is to correct: it is no address, and the page on display says so.
    #[must_use]
    pub fn typed(&self) -> Option<&str> {
        let here = self.history.current().and_then(|entry| entry.typed.as_deref());
        let there = self.pending.as_ref().filter(|pending| pending.by_user);
        there.map_or(here, |pending| pending.typed.as_deref())
    }

    /// What the address bar shows: where the tab is or is to go, or what was typed instead of an address.
    #[must_use]
    pub fn address(&self) -> String {
        match self.typed() {
            Some(typed) => typed.to_owned(),
            None => self.url().map(crate::address::display).unwrap_or_default(),
        }
    }

    /// The title to show: the document's, else its address, else "New tab".
    #[must_use]
    pub fn title(&self) -> String {
        match self.history.current() {
            Some(entry) if !entry.title.trim().is_empty() => entry.title.clone(),
            _ if self.url().is_none() => "New tab".to_owned(),
            _ => self.address(),
        }
    }

    /// What it is doing.
    #[must_use]
    pub fn activity(&self) -> Activity {
        match &self.process {
            Process::Crashed { .. } if self.pending.is_none() => Activity::Crashed,
            Process::Running { unresponsive: true, .. } => Activity::Unresponsive,
            _ if self.pending.is_some() => Activity::Loading,
            _ if self.document.as_ref().is_some_and(|document| document.loaded.is_none()) => Activity::Loading,
            _ => Activity::Idle,
        }
    }

    /// Its process, if one runs.
    #[must_use]
    pub fn renderer(&self) -> Option<RendererId> {
        match self.process {
            Process::Running { renderer, .. } => Some(renderer),
            _ => None,
        }
    }

    /// The pid of its process, alive or dead.
    #[must_use]
    pub fn pid(&self) -> Option<i32> {
        match self.process {
            Process::None => None,
            Process::Running { pid, .. } | Process::Crashed { pid, .. } => pid,
        }
    }

    /// Why its process died.
    #[must_use]
    pub fn death(&self) -> Option<&Death> {
        match &self.process {
            Process::Crashed { death, .. } => Some(death),
            _ => None,
        }
    }

    /// Frames in the last second.
    #[must_use]
    pub fn frame_rate(&self) -> usize {
        let now = Instant::now();
        self.frame_times.iter().filter(|time| now.duration_since(**time) < Duration::from_secs(1)).count()
    }

    /// Whether the user has just done something that lets the page open a tab; each such act counts once.
    pub(super) fn consume_activation(&mut self) -> bool {
        self.activated.take().is_some_and(|since| since.elapsed() < ACTIVATION)
    }

    pub(super) fn count_frame(&mut self) {
        const KEPT: usize = 240;
        self.frame_times.push_back(Instant::now());
        if self.frame_times.len() > KEPT {
            self.frame_times.pop_front();
        }
    }
}
