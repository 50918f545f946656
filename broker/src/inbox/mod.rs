//! The inbox: what a renderer says becomes what the broker believes, here and nowhere else.
//!
//! [`FromRenderer`] is raw; [`Message`] is checked: first by the table of the protocol ([`bulkhead_shared::protocol`]), which says in which
//! phase of a renderer's life it may say what, then by what it holds. [`Inbox::accept`] turns one into the other, or into a [`Violation`], which
//! ends the renderer. Nothing here indexes, unwraps or adds without a check on a value of the peer.
//!
//! A violation is what no honest renderer comes to, whatever its page and its user do ([`Violation`] says why of each). What one can
//! come to is refused here, and the renderer lives on.

mod copies;
#[cfg(test)]
mod extremes;
#[cfg(test)]
mod phases;
mod violation;

use copies::Copies;
pub use violation::Violation;

use crate::notice::Notice;
use bulkhead_sandbox::Report;
use bulkhead_shared::ids::{InputSeq, NavigationId, RequestId, SurfaceId};
use bulkhead_shared::limits;
use bulkhead_shared::protocol::Phase;
use bulkhead_shared::surface::SurfaceReader;
use bulkhead_shared::uplink::{Cursor, Frame, FromRenderer, LogLevel, Target, Unsupported, is_css_pixels};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;
use url::Url;

/// What a renderer says, checked: every name in it is its own, every number within bounds.
#[derive(Clone, Debug)]
pub enum Message {
    /// It is confined, as it says, and can take a document.
    Ready(Report),
    /// A frame.
    Frame(CheckedFrame),
    /// A frame in a surface that was withdrawn while it was under way; to be acknowledged, no more.
    VoidFrame,
    /// Input is handled up to here.
    InputHandled(InputSeq),
    /// A fetch, still to be allowed by the policy.
    Fetch {
        /// Its name.
        request: RequestId,
        /// What; `None` for what is no URL, or too long a one in its normal form.
        url: Option<Url>,
    },
    /// A title.
    Title(NavigationId, String),
    /// A document is complete; so many of its parts are missing.
    Loaded(NavigationId, u32),
    /// A wish to navigate, still to be allowed by the policy.
    Navigate(NavigationId, Url, Target),
    /// The user is to be told why nothing happened.
    Unsupported(NavigationId, Notice),
    /// The page is scrolled to here.
    Scrolled(NavigationId, (f32, f32)),
    /// The link under the pointer.
    Hover(NavigationId, Option<Url>),
    /// The pointer's shape.
    Cursor(NavigationId, Cursor),
    /// Text for the clipboard, which the user has just asked for.
    Copied(String),
    /// Text for the primary selection, which the user has selected.
    Selected(String),
    /// A copy of nothing, or one that comes too late.
    NothingCopied,
    /// Whether a text field has the focus.
    TextFocus(NavigationId, bool),
    /// A line of its log, of which there are no more than [`limits::LOG_LINES`] in one [`limits::RATE_WINDOW`].
    Log(LogLevel, String),
    /// One more line, to be left out.
    LogLeftOut,
}

/// A frame whose surface, slot and damage are known to be right.
#[derive(Clone, Debug)]
pub struct CheckedFrame {
    /// The memory that it lies in.
    pub memory: Arc<SurfaceReader>,
    /// The rest: ids that were found, a slot in bounds, damage within the surface.
    pub frame: Frame,
}

/// How many surfaces of one renderer are kept for frames to come: the newest, and the one before, since a frame may be under way.
const SURFACES_KEPT: usize = 2;

/// How many withdrawn surfaces are remembered: a renderer that still draws into an older one has missed as many grants.
const WITHDRAWN_KEPT: usize = 64;

/// What the broker knows of one renderer, against which its messages are checked.
#[derive(Debug, Default)]
pub struct Inbox {
    ready: bool,
    surfaces: BTreeMap<SurfaceId, Granted>,
    /// Surfaces that were withdrawn, of which a frame may be under way.
    withdrawn: VecDeque<SurfaceId>,
    frame_in_flight: bool,
    /// The documents last handed to this renderer: a message of the one before may still be under way.
    navigations: VecDeque<NavigationId>,
    /// The document last committed into it, handed to it or not.
    current: Option<NavigationId>,
    last_input_sent: u32,
    last_input_handled: u32,
    last_request: u32,
    fetches_of_document: u32,
    fetches: BTreeSet<RequestId>,
    copies: Copies,
    selections: Copies,
    window: Option<Window>,
    /// Since when lines of its log are counted, and how many have come.
    log_window: Option<(Instant, u32)>,
}

#[derive(Debug)]
struct Granted {
    memory: Arc<SurfaceReader>,
    /// Which slots the broker holds.
    held: [bool; limits::SURFACE_SLOTS],
}

#[derive(Clone, Copy, Debug)]
struct Window {
    began: Instant,
    messages: u32,
    bytes: usize,
    navigations: u32,
}

impl Inbox {
    /// Checks one message that arrived `now` in a packet of `bytes`. `None` for one that nothing follows from: a document before
    /// sent it, or it is refused.
    ///
    /// # Errors
    /// The rule that it breaks; the renderer is not to be listened to any more.
    pub fn accept(&mut self, raw: FromRenderer, bytes: usize, now: Instant) -> Result<Option<Message>, Violation> {
        let row = raw.row();
        if !row.is_in_place(self.phase()) {
            return Err(if self.ready && row.message == "Ready" {
                Violation::ReadyTwice
            } else {
                Violation::OutOfPhase(row.message)
            });
        }
        let heeded = self.count(bytes, matches!(raw, FromRenderer::Navigate { .. }), now)?;
        Ok(Some(match raw {
            FromRenderer::Ready { sandbox } => {
                self.ready = true;
                Message::Ready(sandbox)
            }
            FromRenderer::Frame(frame) => self.frame(frame)?,
            FromRenderer::InputHandled(seq) => {
                self.input_handled(seq)?;
                Message::InputHandled(seq)
            }
            FromRenderer::Fetch { request, navigation, url } => {
                self.known(navigation)?;
                let url = parse(&url)?;
                if !self.begin_fetch(request, navigation)? {
                    return Ok(None);
                }
                Message::Fetch { request, url }
            }
            FromRenderer::Title { navigation, title } => {
                self.known(navigation)?;
                if title.len() > limits::TITLE_BYTES {
                    return Err(Violation::LongTitle);
                }
                Message::Title(navigation, title)
            }
            FromRenderer::Loaded { navigation, failed } => {
                self.known(navigation)?;
                Message::Loaded(navigation, failed)
            }
            FromRenderer::Navigate { navigation, url, target } => {
                self.known(navigation)?;
                match parse(&url)? {
                    Some(url) if heeded => Message::Navigate(navigation, url, target),
                    _ => {
                        tracing::info!("a navigation was refused: too many, or no address");
                        return Ok(None);
                    }
                }
            }
            FromRenderer::Unsupported { navigation, what } => {
                self.known(navigation)?;
                match notice(what)? {
                    Some(notice) => Message::Unsupported(navigation, notice),
                    None => return Ok(None),
                }
            }
            FromRenderer::Scrolled { navigation, x, y } => {
                self.known(navigation)?;
                if !is_css_pixels(x) || !is_css_pixels(y) {
                    return Err(Violation::BadNumber);
                }
                Message::Scrolled(navigation, (x, y))
            }
            FromRenderer::Hover { navigation, link } => {
                self.known(navigation)?;
                Message::Hover(navigation, link.map(|link| parse(&link)).transpose()?.flatten())
            }
            FromRenderer::Cursor { navigation, cursor } => {
                self.known(navigation)?;
                Message::Cursor(navigation, cursor)
            }
            FromRenderer::Copied(text) => {
                copied(text, self.copies.answered(now))?.map_or(Message::NothingCopied, Message::Copied)
            }
            FromRenderer::Selected(text) => {
                copied(text, self.selections.answered(now))?.map_or(Message::NothingCopied, Message::Selected)
            }
            FromRenderer::TextFocus { navigation, focused } => {
                self.known(navigation)?;
                Message::TextFocus(navigation, focused)
            }
            FromRenderer::Log { text, .. } if text.len() > limits::LOG_BYTES => return Err(Violation::LongLog),
            FromRenderer::Log { .. } if !self.takes_line(now) => Message::LogLeftOut,
            FromRenderer::Log { level, text } => Message::Log(level, printable(&text)),
            // Who sends to it looks by itself.
            FromRenderer::Taken => return Ok(None),
        }))
    }

    /// How far the renderer's life has come.
    fn phase(&self) -> Phase {
        match (self.ready, self.navigations.is_empty()) {
            (false, _) => Phase::Starting,
            (true, true) => Phase::Idle,
            (true, false) => Phase::Showing,
        }
    }

    /// The broker hands down a surface; from the first frame in it on, earlier ones are void.
    pub fn grant_surface(&mut self, id: SurfaceId, memory: Arc<SurfaceReader>) {
        while self.surfaces.len() >= SURFACES_KEPT
            && let Some((oldest, _)) = self.surfaces.pop_first()
        {
            self.withdraw(oldest);
        }
        self.surfaces.insert(id, Granted { memory, held: [false; limits::SURFACE_SLOTS] });
    }

    /// The broker withdraws all surfaces: the tab is hidden.
    pub fn withdraw_surfaces(&mut self) {
        for id in std::mem::take(&mut self.surfaces).into_keys() {
            self.withdraw(id);
        }
    }

    fn withdraw(&mut self, id: SurfaceId) {
        if self.withdrawn.len() >= WITHDRAWN_KEPT {
            self.withdrawn.pop_front();
        }
        self.withdrawn.push_back(id);
    }

    /// The broker has done with a slot. A slot of a surface that is gone needs no release.
    pub fn release_slot(&mut self, id: SurfaceId, slot: u8) {
        if let Some(held) = self.surfaces.get_mut(&id).and_then(|granted| granted.held.get_mut(usize::from(slot))) {
            *held = false;
        }
    }

    /// The broker has shown the last frame.
    pub fn frame_shown(&mut self) {
        self.frame_in_flight = false;
    }

    /// The broker commits a document. Whatever the one before has asked for concerns nobody any more.
    pub fn commit(&mut self, navigation: NavigationId) {
        self.current = Some(navigation);
        self.copy_unwanted();
        self.fetches.clear();
        self.fetches_of_document = 0;
    }

    /// The document was handed to the renderer: from now on it may speak of it.
    pub fn document_sent(&mut self, navigation: NavigationId) {
        if self.navigations.len() >= limits::NAVIGATIONS_KEPT {
            self.navigations.pop_front();
        }
        self.navigations.push_back(navigation);
    }

    /// The broker sends input.
    pub fn input_sent(&mut self, seq: InputSeq) {
        self.last_input_sent = seq.0;
    }

    /// How many input events are unanswered.
    #[must_use]
    pub fn input_backlog(&self) -> u32 {
        self.last_input_sent.saturating_sub(self.last_input_handled)
    }

    /// Whether input is unanswered.
    #[must_use]
    pub fn input_pending(&self) -> bool {
        self.last_input_handled < self.last_input_sent
    }

    /// The broker asks for a copy, so one may come.
    pub fn copy_asked(&mut self, now: Instant) {
        self.copies.asked(self.last_input_sent, now);
    }

    /// The user has turned to something else: a copy that was asked for is not wanted any more.
    pub fn copy_unwanted(&mut self) {
        self.copies.unwanted();
        self.selections.unwanted();
    }

    /// The broker asks for what is selected, so one answer may come.
    pub fn selection_asked(&mut self, now: Instant) {
        self.selections.asked(self.last_input_sent, now);
    }

    /// Whether [`Message::Ready`] has come.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// The answer to a fetch has left for the renderer.
    pub fn end_fetch(&mut self, request: RequestId) {
        self.fetches.remove(&request);
    }

    /// Whether the document has had all the fetches that it may have; what it asks for now is refused, not punished: a
    /// hostile page can drive an honest renderer there.
    #[must_use]
    pub fn fetches_used_up(&self) -> bool {
        self.fetches_of_document > limits::FETCHES_PER_DOCUMENT
    }

    /// Counts a message. Whether it is heeded, if it is a navigation.
    fn count(&mut self, bytes: usize, navigation: bool, now: Instant) -> Result<bool, Violation> {
        let fresh = Window { began: now, messages: 0, bytes: 0, navigations: 0 };
        let window = self.window.get_or_insert(fresh);
        if now.saturating_duration_since(window.began) >= limits::RATE_WINDOW {
            *window = fresh;
        }
        window.messages = window.messages.saturating_add(1);
        window.navigations = window.navigations.saturating_add(u32::from(navigation));
        window.bytes = window.bytes.saturating_add(bytes);
        if window.messages > limits::MESSAGES_PER_WINDOW || window.bytes > limits::MESSAGE_BYTES_PER_WINDOW {
            return Err(Violation::Flood);
        }
        if window.navigations > limits::NAVIGATION_FLOOD {
            return Err(Violation::NavigationFlood);
        }
        Ok(window.navigations <= limits::NAVIGATIONS_PER_WINDOW)
    }

    fn takes_line(&mut self, now: Instant) -> bool {
        let (began, lines) = self.log_window.get_or_insert((now, 0));
        if now.saturating_duration_since(*began) >= limits::RATE_WINDOW {
            (*began, *lines) = (now, 0);
        }
        *lines = lines.saturating_add(1);
        *lines <= limits::LOG_LINES
    }

    fn frame(&mut self, frame: Frame) -> Result<Message, Violation> {
        // TOUR frame 10
        self.known(frame.navigation)?;
        if self.frame_in_flight {
            return Err(Violation::FrameInFlight);
        }
        if !frame.scroll.is_bounded() {
            return Err(Violation::BadNumber);
        }
        if frame.input.0 != 0 {
            self.input_handled(frame.input)?;
        }
        if self.withdrawn.contains(&frame.surface) {
            self.frame_in_flight = true;
            return Ok(Message::VoidFrame);
        }
        let granted = self.surfaces.get_mut(&frame.surface).ok_or(Violation::UnknownSurface)?;
        let held = granted.held.get_mut(usize::from(frame.slot)).ok_or(Violation::UnknownSlot)?;
        if *held {
            return Err(Violation::SlotNotHeld);
        }
        if !granted.memory.extent().contains(frame.damage) {
            return Err(Violation::DamageOutside);
        }
        *held = true;
        let memory = Arc::clone(&granted.memory);
        self.frame_in_flight = true;
        self.surfaces.retain(|id, _| *id >= frame.surface);
        self.withdrawn.clear();
        Ok(Message::Frame(CheckedFrame { memory, frame }))
    }

    fn input_handled(&mut self, seq: InputSeq) -> Result<(), Violation> {
        if seq.0 > self.last_input_sent {
            return Err(Violation::UnknownInput);
        }
        self.last_input_handled = self.last_input_handled.max(seq.0);
        self.copies.input_handled(self.last_input_handled);
        self.selections.input_handled(self.last_input_handled);
        Ok(())
    }

    /// Notes a fetch. Whether it is one of the document on display: nobody waits for those of one before.
    fn begin_fetch(&mut self, request: RequestId, navigation: NavigationId) -> Result<bool, Violation> {
        // TOUR fetch 8
        if request.0 <= self.last_request {
            return Err(Violation::RequestReused);
        }
        self.last_request = request.0;
        if self.current != Some(navigation) {
            return Ok(false);
        }
        if self.fetches.len() >= limits::FETCHES_IN_FLIGHT {
            return Err(Violation::TooManyFetches);
        }
        self.fetches_of_document = self.fetches_of_document.saturating_add(1);
        self.fetches.insert(request);
        Ok(true)
    }

    fn known(&self, navigation: NavigationId) -> Result<(), Violation> {
        if self.navigations.contains(&navigation) { Ok(()) } else { Err(Violation::UnknownNavigation) }
    }
}

/// Text for the desktop, if it is wanted still; only as often as the broker has asked for it.
fn copied(text: Option<String>, wanted: Option<bool>) -> Result<Option<String>, Violation> {
    if text.as_ref().is_some_and(|text| text.len() > limits::CLIPBOARD_BYTES) {
        return Err(Violation::LongCopy);
    }
    let wanted = wanted.ok_or(Violation::UnaskedCopy)?;
    Ok(text.filter(|_| wanted))
}

/// `None` for what is no URL, and for one that is too long in its normal form, where characters may take three times as many bytes.
fn parse(url: &str) -> Result<Option<Url>, Violation> {
    if url.len() > limits::URL_BYTES {
        return Err(Violation::LongUrl);
    }
    Ok(Url::parse(url).ok().filter(|url| url.as_str().len() <= limits::URL_BYTES))
}

/// `None` where there is no address to tell of.
fn notice(what: Unsupported) -> Result<Option<Notice>, Violation> {
    Ok(Some(match what {
        Unsupported::PostForm { url } => return Ok(parse(&url)?.map(Notice::PostForm)),
        Unsupported::Script => Notice::Script,
        Unsupported::LongAddress => Notice::LongAddress,
        Unsupported::BadAddress => Notice::BadAddress,
        Unsupported::FileChoice => Notice::FileChoice,
    }))
}

/// A text in one line that does nothing to a terminal: what is not to be seen as itself is escaped.
fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            // Control characters, line separators, and what turns the direction of the text around it.
            let hidden = character.is_control()
                || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
            let escaped = hidden.then(|| character.escape_default());
            let plain = (!hidden).then_some(character);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> FromRenderer {
        FromRenderer::Log { level: LogLevel::Warn, text: text.to_owned() }
    }

    #[test]
    fn a_line_of_a_log_does_nothing_to_a_terminal() {
        let text = "a\u{1b}[2J\r\nERROR forged \u{202e}drawkcab é";
        let message = Inbox::default().accept(line(text), 0, Instant::now());
        let Ok(Some(Message::Log(_, text))) = message else { panic!("{message:?}") };
        assert_eq!(text, "a\\u{1b}[2J\\r\\nERROR forged \\u{202e}drawkcab é");
    }

    #[test]
    fn lines_without_end_are_left_out_and_are_no_violation() {
        let (mut inbox, now) = (Inbox::default(), Instant::now());
        let taken = |inbox: &mut Inbox, now| matches!(inbox.accept(line("x"), 0, now), Ok(Some(Message::Log(..))));
        let count = (0..1000).filter(|_| taken(&mut inbox, now)).count();
        assert_eq!(count, limits::LOG_LINES as usize);
        assert!(taken(&mut inbox, now + limits::RATE_WINDOW));
    }
}
