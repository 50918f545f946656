//! A tab: what it shows, which process serves it, and where it has been.

use super::NotAnAddress;
use super::activation::Activation;
use super::history::{History, Motion};
use super::live::View;
use super::surfaces::Surfaces;
use crate::death::Death;
use crate::events::MissingPart;
use crate::fetch::Ticket;
use crate::frames::Front;
use crate::memory::grants::Allowance;
use crate::notice::Notice;
use crate::policy::{Initiator, Site};
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
    /// The tab whose page opened it. Those of one opener stand together.
    pub(super) opener: Option<TabId>,
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
    /// What it has said of itself.
    pub page: PageState,
    /// Page zoom; 1 is 100 %.
    pub zoom: f32,
    /// The fetch of the document that is on its way: dropped, it is given up.
    pub(super) fetch: Option<Ticket>,
    /// What its process was handed, and may still be.
    pub(super) allowance: Option<Allowance>,
    /// The memory of its process's surfaces.
    pub(super) surfaces: Surfaces,
    pub(super) frame_times: VecDeque<Instant>,
    /// Whether the front frame was not shown yet: its renderer waits to hear of it.
    pub(super) unshown: bool,
    /// Of which version of what it shows a page about the browser was made, at the latest.
    pub(super) made_of: Option<View>,
}

/// What the document on display has said of itself, and what the user has done to it. It goes with the document.
#[derive(Clone, Debug, Default)]
pub struct PageState {
    /// Where the page is scrolled to.
    pub scroll: ScrollState,
    /// The link under the pointer.
    pub hover: Option<Url>,
    /// The pointer's shape.
    pub cursor: Cursor,
    /// Whether a text field of the page has the focus.
    pub text_focus: bool,
    /// Why the user's last act in the page had no consequence, until the user has read it.
    pub notice: Option<Notice>,
    pub(super) activation: Activation,
}

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
        /// When it was started, in ticks since boot, where `/proc` tells.
        started: Option<u64>,
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
    /// Where to if there is no such file: what was typed has a `#` in it.
    pub otherwise: Option<Url>,
    /// What the user typed, where it is no address.
    pub typed: Option<NotAnAddress>,
    /// What it will do to the history.
    pub motion: Motion,
    /// Who asked for it. Where a page did, its address is not shown before it commits: the page that is still on
    /// display could pass itself off as that address.
    pub initiator: Initiator,
}

/// A committed document.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The navigation that brought it.
    pub navigation: NavigationId,
    /// Whether it and its parts are complete, and how many parts are missing.
    pub loaded: Option<u32>,
    /// The first of the parts that are missing.
    pub missing: Vec<MissingPart>,
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
            opener: None,
            process: Process::None,
            site: None,
            pending: None,
            document: None,
            front: None,
            page: PageState::default(),
            zoom: 1.0,
            fetch: None,
            allowance: None,
            surfaces: Surfaces::default(),
            frame_times: VecDeque::new(),
            unshown: false,
            made_of: None,
        }
    }

    /// The address to show: where the user has it go, else where it is.
    #[must_use]
    pub fn url(&self) -> Option<&Url> {
        let here = self.history.current().map(|entry| &entry.url);
        let there = self.pending.as_ref().filter(|pending| pending.initiator.is_user() || here.is_none());
        there.map(|pending| &pending.url).or(here)
    }

    /// What the user typed and is to correct: it is no address, and the page on display says so.
    #[must_use]
    pub fn typed(&self) -> Option<&str> {
        let here = self.history.current().and_then(|entry| entry.typed.as_ref());
        let there = self.pending.as_ref().filter(|pending| pending.initiator.is_user());
        there.map_or(here, |pending| pending.typed.as_ref()).map(|typed| typed.text.as_str())
    }

    /// The title that its document has given itself, if any.
    #[must_use]
    pub fn document_title(&self) -> Option<&str> {
        self.history.current().map(|entry| entry.title.as_str()).filter(|title| !title.trim().is_empty())
    }

    /// The document's title, else its URL as it is written, else "New tab".
    #[must_use]
    pub fn title(&self) -> String {
        match (self.document_title(), self.typed(), self.url()) {
            (Some(title), ..) => title.to_owned(),
            (None, Some(typed), _) => typed.to_owned(),
            (None, None, Some(url)) => url.to_string(),
            (None, None, None) => "New tab".to_owned(),
        }
    }

    /// What it is doing.
    #[must_use]
    pub fn activity(&self) -> Activity {
        let loads = self.pending.is_some() || self.document.as_ref().is_some_and(|document| document.loaded.is_none());
        match &self.process {
            Process::Crashed { .. } if self.pending.is_none() => Activity::Crashed,
            Process::Running { unresponsive: true, .. } => Activity::Unresponsive,
            Process::None | Process::Running { .. } | Process::Crashed { .. } if loads => Activity::Loading,
            Process::None | Process::Running { .. } | Process::Crashed { .. } => Activity::Idle,
        }
    }

    /// Its process, if one runs.
    #[must_use]
    pub fn renderer(&self) -> Option<RendererId> {
        match self.process {
            Process::Running { renderer, .. } => Some(renderer),
            Process::None | Process::Crashed { .. } => None,
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
            Process::None | Process::Running { .. } => None,
        }
    }

    /// Frames in the last second.
    #[must_use]
    pub fn frame_rate(&self) -> usize {
        let now = Instant::now();
        self.frame_times.iter().filter(|time| now.duration_since(**time) < Duration::from_secs(1)).count()
    }

    /// Whether what is on display is the document that was committed last, so that a click on it is meant for that one.
    #[must_use]
    pub fn shows_document(&self) -> bool {
        let Some(document) = self.document.as_ref().filter(|document| document.painted) else { return false };
        self.front.as_ref().is_none_or(|front| front.frame.navigation == document.navigation)
    }

    pub(super) fn count_frame(&mut self) {
        const KEPT: usize = 240;
        self.frame_times.push_back(Instant::now());
        if self.frame_times.len() > KEPT {
            self.frame_times.pop_front();
        }
    }
}
