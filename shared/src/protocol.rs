//! The protocol on one screen: each message, who says it, in which phase of the renderer's life, how often, and under which caps.
//!
//! What a renderer says is checked by this table where it arrives ([`FromRenderer::row`], [`Row::is_in_place`]): what has no place in its
//! phase is a violation, whatever it holds. The caps are the constants that the inbox compares with. What the broker and the zygote say
//! comes from trusted code; their rows are here so that the table is whole.
//!
#![doc = include_str!("../docs/protocol.md")]

use crate::limits;
use crate::uplink::FromRenderer;
use std::fmt::{self, Display, Write};

/// A phase of a renderer's life, as the broker counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Forked, and not yet confined as it says.
    Starting,
    /// Ready, and no document was handed to it.
    Idle,
    /// A document was handed to it.
    Showing,
}

/// From one phase on, to the end of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phases(Phase, Phase);

const ALL: Phases = Phases(Phase::Starting, Phase::Showing);
const READY: Phases = Phases(Phase::Idle, Phase::Showing);
const SHOWING: Phases = Phases(Phase::Showing, Phase::Showing);
const STARTING: Phases = Phases(Phase::Starting, Phase::Starting);

/// A link, and the direction on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Renderer to broker: [`crate::uplink`].
    Uplink,
    /// Broker to renderer, down the uplink's socket, with a descriptor.
    Grants,
    /// Broker to renderer: [`crate::downlink`].
    Downlink,
    /// Renderer to broker: [`crate::control`].
    ControlUp,
    /// Broker to renderer.
    ControlDown,
    /// Zygote to broker: [`crate::zygote`].
    ZygoteUp,
    /// Broker to zygote.
    ZygoteDown,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// On which link.
    pub link: Link,
    /// The variant's name.
    pub message: &'static str,
    /// When it may be said.
    pub phases: Phases,
    /// How often.
    pub often: &'static str,
    /// Each cap with its number.
    pub caps: &'static [(&'static str, usize)],
}

impl Row {
    /// Whether it may be said in this phase.
    #[must_use]
    pub fn is_in_place(&self, phase: Phase) -> bool {
        self.phases.0 <= phase && phase <= self.phases.1
    }
}

const fn up(message: &'static str, phases: Phases, often: &'static str, caps: &'static [(&'static str, usize)]) -> Row {
    Row { link: Link::Uplink, message, phases, often, caps }
}

const RATE: &str = "at the common rate";
const DOCUMENT: &str = "at the common rate, of a document that it was handed";
const URL: (&str, usize) = ("bytes of the URL", limits::URL_BYTES);

static READY_ROW: Row = up("Ready", STARTING, "once", &[]);
static FRAME: Row = up("Frame", SHOWING, "one, until it was shown", &[("slots of a surface", limits::SURFACE_SLOTS)]);
static INPUT_HANDLED: Row = up("InputHandled", READY, "at the common rate, of input that was sent", &[]);
static FETCH: Row = up(
    "Fetch",
    SHOWING,
    "each under a new number",
    &[
        URL,
        ("under way", limits::FETCHES_IN_FLIGHT),
        ("of one document, further ones are refused", limits::FETCHES_PER_DOCUMENT as usize),
    ],
);
static TITLE: Row = up("Title", SHOWING, DOCUMENT, &[("bytes of the title", limits::TITLE_BYTES)]);
static LOADED: Row = up("Loaded", SHOWING, DOCUMENT, &[]);
static NAVIGATE: Row = up(
    "Navigate",
    SHOWING,
    DOCUMENT,
    &[
        URL,
        ("in one window, further ones are refused", limits::NAVIGATIONS_PER_WINDOW as usize),
        ("in one window", limits::NAVIGATION_FLOOD as usize),
    ],
);
static UNSUPPORTED: Row = up("Unsupported", SHOWING, DOCUMENT, &[URL]);
static SCROLLED: Row = up("Scrolled", SHOWING, DOCUMENT, &[("CSS pixels", limits::WHOLE_CSS_PIXELS as usize)]);
static HOVER: Row = up("Hover", SHOWING, DOCUMENT, &[URL]);
static CURSOR: Row = up("Cursor", SHOWING, DOCUMENT, &[]);
static COPIED: Row =
    up("Copied", READY, "once for each question, in time", &[("bytes of the text", limits::CLIPBOARD_BYTES)]);
static SELECTED: Row =
    up("Selected", READY, "once for each question, in time", &[("bytes of the text", limits::CLIPBOARD_BYTES)]);
static TEXT_FOCUS: Row = up("TextFocus", SHOWING, DOCUMENT, &[]);
static LOG: Row = up(
    "Log",
    ALL,
    RATE,
    &[
        ("bytes of the line", limits::LOG_BYTES),
        ("in one window, further ones are left out", limits::LOG_LINES as usize),
    ],
);
static TAKEN: Row = up("Taken", READY, RATE, &[]);

impl FromRenderer {
    /// What holds for this message.
    #[must_use]
    pub fn row(&self) -> &'static Row {
        match self {
            Self::Ready { .. } => &READY_ROW,
            Self::Frame(_) => &FRAME,
            Self::InputHandled(_) => &INPUT_HANDLED,
            Self::Fetch { .. } => &FETCH,
            Self::Title { .. } => &TITLE,
            Self::Loaded { .. } => &LOADED,
            Self::Navigate { .. } => &NAVIGATE,
            Self::Unsupported { .. } => &UNSUPPORTED,
            Self::Scrolled { .. } => &SCROLLED,
            Self::Hover { .. } => &HOVER,
            Self::Cursor { .. } => &CURSOR,
            Self::Copied(_) => &COPIED,
            Self::Selected(_) => &SELECTED,
            Self::TextFocus { .. } => &TEXT_FOCUS,
            Self::Log { .. } => &LOG,
            Self::Taken => &TAKEN,
        }
    }
}

/// Everything that a renderer may say, in the order in which it comes to say it.
pub static FROM_RENDERER: [&Row; 16] = [
    &READY_ROW,
    &LOG,
    &TAKEN,
    &INPUT_HANDLED,
    &FRAME,
    &FETCH,
    &TITLE,
    &LOADED,
    &NAVIGATE,
    &UNSUPPORTED,
    &SCROLLED,
    &HOVER,
    &CURSOR,
    &TEXT_FOCUS,
    &COPIED,
    &SELECTED,
];

const fn row(link: Link, message: &'static str, phases: Phases, often: &'static str) -> Row {
    Row { link, message, phases, often, caps: &[] }
}

/// The other links.
pub static OTHERS: [Row; 26] = [
    Row {
        caps: &[("records", limits::LAST_WORDS as usize)],
        ..row(Link::ControlUp, "LastWords", ALL, "once; it ends then")
    },
    row(Link::ControlUp, "Pong", ALL, "once for each ping, of which one is under way"),
    row(Link::ControlDown, "Ping", ALL, "one, until it is answered"),
    row(Link::ControlDown, "Shutdown", ALL, "once"),
    row(Link::Grants, "Document", READY, "one for each navigation that commits"),
    row(Link::Grants, "Surface", READY, "one for each size, the newest only"),
    row(Link::Grants, "Response", SHOWING, "one for each fetch"),
    row(Link::Downlink, "Viewport", ALL, "the newest only"),
    row(Link::Downlink, "Show", ALL, "when the tab comes to the front"),
    row(Link::Downlink, "Hide", ALL, "when it leaves it"),
    row(Link::Downlink, "Input", ALL, "while it keeps up; else added up or dropped"),
    row(Link::Downlink, "ReleaseSlot", SHOWING, "one for each frame"),
    row(Link::Downlink, "FrameShown", SHOWING, "one for each frame"),
    row(Link::Downlink, "ScrollToFragment", SHOWING, "for each navigation within the document"),
    row(Link::Downlink, "ScrollTo", SHOWING, "for each step in the history within the document"),
    row(Link::Downlink, "Edit", ALL, "for each command of the user's"),
    row(Link::Downlink, "Repaint", SHOWING, "for measurements"),
    row(Link::Downlink, "Fault", ALL, "for each debug page"),
    row(Link::Downlink, "HideScrollBar", ALL, "once"),
    row(Link::ZygoteDown, "Fork", ALL, "one for each renderer"),
    row(Link::ZygoteDown, "Share", ALL, "when a tab is hidden or shown"),
    row(Link::ZygoteUp, "Listening", STARTING, "once"),
    row(Link::ZygoteUp, "Warm", STARTING, "once"),
    row(Link::ZygoteUp, "Forked", ALL, "one for each fork that succeeds"),
    row(Link::ZygoteUp, "NotForked", ALL, "one for each that does not"),
    row(Link::ZygoteUp, "Exited", ALL, "one for each renderer"),
];

impl Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uplink => "renderer to broker, uplink",
            Self::Grants => "broker to renderer, grants",
            Self::Downlink => "broker to renderer, downlink",
            Self::ControlUp => "renderer to broker, control",
            Self::ControlDown => "broker to renderer, control",
            Self::ZygoteUp => "zygote to broker",
            Self::ZygoteDown => "broker to zygote",
        })
    }
}

impl Display for Phases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            STARTING => "before it is ready",
            READY => "once it is ready",
            SHOWING => "once it has a document",
            _ => "always",
        })
    }
}

/// The table as Markdown.
#[must_use]
pub fn table() -> String {
    let mut text = String::from("| link | message | when | how often | caps |\n|---|---|---|---|---|\n");
    for Row { link, message, phases, often, caps } in FROM_RENDERER.into_iter().chain(&OTHERS) {
        let caps: Vec<_> = caps.iter().map(|(what, number)| format!("{number} {what}")).collect();
        // Writing to a `String` does not fail.
        writeln!(text, "| {link} | `{message}` | {phases} | {often} | {} |", caps.join("; ")).unwrap_or_default();
    }
    let seconds = limits::RATE_WINDOW.as_secs();
    let (messages, bytes) = (limits::MESSAGES_PER_WINDOW, limits::MESSAGE_BYTES_PER_WINDOW);
    writeln!(
        text,
        "\nThe common rate of an uplink: {messages} messages and {bytes} bytes in one window of {seconds} seconds, all kinds together."
    )
    .unwrap_or_default();
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{Down, Up};
    use crate::downlink::ToRenderer;
    use crate::uplink::Grant;
    use crate::zygote::{FromZygote, ToZygote};

    #[test]
    fn the_documentation_has_the_table_as_it_is() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/protocol.md");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(path, table()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), table(), "BLESS=1 writes it anew");
    }

    #[test]
    fn each_row_has_a_name_of_its_own_on_its_link() {
        let names: std::collections::BTreeSet<_> =
            FROM_RENDERER.into_iter().chain(&OTHERS).map(|row| (row.link.to_string(), row.message)).collect();
        assert_eq!(names.len(), FROM_RENDERER.len() + OTHERS.len());
    }

    /// A new message stops the build of this test until it has a row.
    #[test]
    fn each_message_of_the_other_links_has_a_row() {
        let downlink = |message: &ToRenderer| match message {
            ToRenderer::Viewport(_) => "Viewport",
            ToRenderer::Show => "Show",
            ToRenderer::Hide { .. } => "Hide",
            ToRenderer::Input { .. } => "Input",
            ToRenderer::ReleaseSlot { .. } => "ReleaseSlot",
            ToRenderer::FrameShown => "FrameShown",
            ToRenderer::ScrollToFragment(_) => "ScrollToFragment",
            ToRenderer::ScrollTo { .. } => "ScrollTo",
            ToRenderer::Edit(_) => "Edit",
            ToRenderer::Repaint => "Repaint",
            ToRenderer::Fault(_) => "Fault",
            ToRenderer::HideScrollBar => "HideScrollBar",
        };
        let grants = |message: &Grant| match message {
            Grant::Document(_) => "Document",
            Grant::Surface { .. } => "Surface",
            Grant::Response { .. } => "Response",
        };
        let (up, down) = (
            |message: &Up| match message {
                Up::Pong(_) => "Pong",
                Up::LastWords(_) => "LastWords",
            },
            |message: &Down| match message {
                Down::Ping(_) => "Ping",
                Down::Shutdown => "Shutdown",
            },
        );
        let (from_zygote, to_zygote) = (
            |message: &FromZygote| match message {
                FromZygote::Warm { .. } => "Warm",
                FromZygote::Forked { .. } => "Forked",
                FromZygote::NotForked { .. } => "NotForked",
                FromZygote::Exited { .. } => "Exited",
            },
            |message: &ToZygote| match message {
                ToZygote::Fork { .. } => "Fork",
                ToZygote::Share { .. } => "Share",
            },
        );
        let has = |link, message: &str| OTHERS.iter().any(|row| row.link == link && row.message == message);
        assert!(has(Link::Downlink, downlink(&ToRenderer::Show)) && has(Link::ControlUp, up(&Up::Pong(0))));
        assert!(has(Link::ControlDown, down(&Down::Shutdown)));
        // These have no variant without a descriptor or a name at hand: it is enough that they are compiled.
        let _ = (grants, from_zygote, to_zygote);
    }

    #[test]
    fn a_phase_has_what_is_between_its_ends() {
        let places = |row: &Row| [Phase::Starting, Phase::Idle, Phase::Showing].map(|phase| row.is_in_place(phase));
        assert_eq!(places(&READY_ROW), [true, false, false]);
        assert_eq!(places(&TAKEN), [false, true, true]);
        assert_eq!(places(&FRAME), [false, false, true]);
        assert_eq!(places(&LOG), [true, true, true]);
    }
}
