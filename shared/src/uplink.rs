//! The uplink: renderer to broker over a `SOCK_SEQPACKET` socket, and what comes down it with a descriptor.
//!
//! [`FromRenderer`] is what a compromised process says: nothing in it may be believed before the broker's inbox has
//! validated it. [`Grant`] is what the broker hands down; each carries exactly one descriptor, or none.

use crate::ids::{InputSeq, NavigationId, RequestId, SurfaceId};
use crate::limits::CSS_PIXELS;
use bulkhead_sandbox::Report;
use serde::{Deserialize, Serialize};

/// A message of a renderer. Never with a descriptor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromRenderer {
    /// The process is confined and can take a document.
    Ready {
        /// What the sandbox came to, as the process found out itself before it saw an untrusted byte.
        sandbox: Report,
    },
    /// A frame lies in a slot.
    Frame(Frame),
    /// All input events up to this one are handled, without a change to be seen.
    InputHandled(InputSeq),
    /// Fetch this for the current document; answered by [`Grant::Response`].
    Fetch {
        /// The renderer's name for it, rising.
        request: RequestId,
        /// The document that wants it.
        navigation: NavigationId,
        /// An absolute URL.
        url: String,
    },
    /// The document's title.
    Title {
        /// Of which document.
        navigation: NavigationId,
        /// At most [`crate::limits::TITLE_BYTES`].
        title: String,
    },
    /// The document is parsed, its sub-resources have arrived or failed, and the frame that shows it was sent before.
    Loaded {
        /// Which document.
        navigation: NavigationId,
        /// How many sub-resources could not be had.
        failed: u32,
    },
    /// The user followed a link or sent a form: a request, never a command.
    Navigate {
        /// From which document.
        navigation: NavigationId,
        /// To where, an absolute URL.
        url: String,
        /// In which tab.
        target: Target,
    },
    /// The user did something that has no consequence in this browser, and is to be told so.
    Unsupported {
        /// In which document.
        navigation: NavigationId,
        /// What.
        what: Unsupported,
    },
    /// The page scrolled itself to this fragment or position; for the history.
    Scrolled {
        /// Which document.
        navigation: NavigationId,
        /// CSS pixels from the left.
        x: f32,
        /// CSS pixels from the top.
        y: f32,
    },
    /// The link under the pointer, or none.
    Hover {
        /// Of which document.
        navigation: NavigationId,
        /// An absolute URL.
        link: Option<String>,
    },
    /// The pointer's shape.
    Cursor {
        /// Over which document.
        navigation: NavigationId,
        /// Which shape.
        cursor: Cursor,
    },
    /// The answer to [`crate::downlink::Edit::Copy`] or `Cut`, one to each, in their order: the selected text, if there is any. It
    /// comes before the acknowledgement of any input that was sent after the question.
    Copied(Option<String>),
    /// The answer to [`crate::downlink::Edit::Selection`], likewise.
    Selected(Option<String>),
    /// Whether a text field has the focus, so that the window turns its input method on.
    TextFocus {
        /// Of which document.
        navigation: NavigationId,
        /// Whether one has.
        focused: bool,
    },
    /// A line of its log.
    Log {
        /// How much it matters.
        level: LogLevel,
        /// At most [`crate::limits::LOG_BYTES`].
        text: String,
    },
    /// What came down the uplink was read, all that was there: more may come ([`crate::limits::UNREAD_BYTES`]). How much is still
    /// unread is what the kernel says, not this.
    Taken,
}

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Which document it shows.
    pub navigation: NavigationId,
    /// Which surface it lies in.
    pub surface: SurfaceId,
    /// Which slot of it.
    pub slot: u8,
    /// What differs from the frame before, in device pixels.
    pub damage: Rect,
    /// The last input event that it takes into account; 0 if none.
    pub input: InputSeq,
    /// What the scroll bar shows.
    pub scroll: ScrollState,
    /// `CLOCK_MONOTONIC` when drawing began, in nanoseconds. For display and measurements only.
    pub began: u64,
    /// The same when the last pixel was written.
    pub done: u64,
}

/// A rectangle of device pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rect {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// Where the page is scrolled to, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScrollState {
    /// From the left.
    pub x: f32,
    /// From the top.
    pub y: f32,
    /// The document's width.
    pub width: f32,
    /// The document's height.
    pub height: f32,
}

impl ScrollState {
    /// Brings each number within bounds: layout may come to infinities and to what is no number, where a page asks for it.
    #[must_use]
    pub fn bounded(self) -> Self {
        let Self { x, y, width, height } = self;
        Self { x: css_pixels(x), y: css_pixels(y), width: css_pixels(width), height: css_pixels(height) }
    }

    /// Whether each number is within bounds.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        [self.x, self.y, self.width, self.height].into_iter().all(is_css_pixels)
    }
}

/// A position or length within bounds, near to what layout came to; 0 for what is no number.
#[must_use]
pub fn css_pixels(value: f32) -> f32 {
    if value.is_nan() { 0.0 } else { value.clamp(-CSS_PIXELS, CSS_PIXELS) }
}

/// Whether a position or length is within bounds.
#[must_use]
pub fn is_css_pixels(value: f32) -> bool {
    value.abs() <= CSS_PIXELS
}

/// Where a navigation wants to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// This tab.
    Current,
    /// A new tab behind this one (middle click, Ctrl+click).
    NewTab,
    /// A new tab, shown at once (Ctrl+Shift+click, `target=_blank`).
    NewForegroundTab,
}

/// What a page offers and a renderer cannot ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unsupported {
    /// A form that is to be sent by POST. What was filled in stays in the renderer until there is somebody to take it.
    PostForm {
        /// To where, an absolute URL.
        url: String,
    },
    /// A link or a form that leads to a script.
    Script,
    /// A link or a form whose address is longer than [`crate::limits::URL_BYTES`].
    LongAddress,
    /// A link or a form whose address is none.
    BadAddress,
    /// A field that asks for files.
    FileChoice,
}

/// How much a line of a log matters, as in `tracing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say all")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// Pointer shapes, by their CSS names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are those of CSS Basic User Interface 4, section 6.1")]
pub enum Cursor {
    #[default]
    Default,
    None,
    ContextMenu,
    Help,
    Pointer,
    Progress,
    Wait,
    Cell,
    Crosshair,
    Text,
    VerticalText,
    Alias,
    Copy,
    Move,
    NoDrop,
    NotAllowed,
    Grab,
    Grabbing,
    AllScroll,
    ColResize,
    RowResize,
    EwResize,
    NsResize,
    NeswResize,
    NwseResize,
    ZoomIn,
    ZoomOut,
}

/// What the broker hands down the uplink.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Grant {
    /// With a surface's descriptor: draw into this from now on. Earlier surfaces are to be unmapped.
    Surface {
        /// Its name.
        surface: SurfaceId,
        /// Device pixels.
        width: u32,
        /// Device pixels.
        height: u32,
    },
    /// With a body's descriptor: show this document.
    Document(Document),
    /// With a body's descriptor where `result` is `Ok`.
    Response {
        /// Which request.
        request: RequestId,
        /// The length and type of the body, or why there is none.
        result: Result<BodyMeta, String>,
    },
}

/// A document to show. Its bytes come as a descriptor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Its name.
    pub navigation: NavigationId,
    /// Its address, which relative URLs resolve against.
    pub url: String,
    /// Length and type.
    pub body: BodyMeta,
    /// Where to scroll to at first, from the history, in CSS pixels; the URL's fragment counts where this is `None`.
    pub scroll: Option<(f32, f32)>,
}

/// What is known of a body without looking inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyMeta {
    /// Bytes.
    pub length: u64,
    /// A MIME type without parameters, such as `text/html`.
    pub mime: String,
}
