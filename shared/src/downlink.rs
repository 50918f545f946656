//! Broker to renderer: typed commands over `ipc-channel`. Its receiver trusts its sender, so it only ever goes this way.

use crate::ids::{InputSeq, SurfaceId};
use crate::input::{InputEvent, Pointer};
use serde::{Deserialize, Serialize};

/// A command of the broker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToRenderer {
    /// The page area's size, scale and colours. Comes before the first document and after each change.
    Viewport(Viewport),
    /// The tab is in front: it may draw.
    Show,
    /// The tab is behind others: it draws nothing, and unmaps its surface if that is this one or an earlier one. A newer
    /// one, for when it is shown again, may have arrived already: surfaces come over the other link.
    Hide {
        /// The newest surface that the broker had granted to anybody when it hid the tab.
        surface: SurfaceId,
    },
    /// What the user did. Acknowledged by [`crate::uplink::FromRenderer::InputHandled`] or by a frame.
    Input {
        /// The event's number, rising by one.
        seq: InputSeq,
        /// The event.
        event: InputEvent,
    },
    /// The broker has a newer frame on display: this slot may be drawn into again.
    ReleaseSlot {
        /// The surface.
        surface: SurfaceId,
        /// The slot, below [`crate::limits::SURFACE_SLOTS`].
        slot: u8,
    },
    /// The last frame is on display: the next one may be sent.
    FrameShown,
    /// A `#fragment` navigation within the document: scroll there. Empty: to the top.
    ScrollToFragment(String),
    /// Scroll to this position, in CSS pixels (going back or forward within the document).
    ScrollTo {
        /// From the left edge.
        x: f32,
        /// From the top.
        y: f32,
    },
    /// An edit command of the browser UI.
    Edit(Edit),
    /// Draw and send the whole page again, though nothing changed: for screenshots and measurements.
    Repaint,
    /// A real fault, of the debug pages `bulkhead://crash` and the like.
    Fault(Fault),
    /// From now on, draw no scroll bar: for pictures.
    HideScrollBar,
}

/// The page area.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Viewport {
    /// Device pixels.
    pub width: u32,
    /// Device pixels.
    pub height: u32,
    /// Device pixels for one CSS pixel at zoom 1 (HiDPI).
    pub scale: f32,
    /// Page zoom; 1 is 100 %.
    pub zoom: f32,
    /// Whether `prefers-color-scheme` is `dark`.
    pub dark: bool,
}

/// Edit commands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Edit {
    /// Answer with the selected text, [`crate::uplink::FromRenderer::Copied`].
    Copy,
    /// The same, and delete it where it is editable.
    Cut,
    /// Select the whole document, or the whole of the focused field.
    SelectAll,
    /// Insert this text into the focused field.
    Paste(String),
    /// Send the selected text as [`crate::uplink::FromRenderer::Selected`]: the user has just selected something.
    Selection,
    /// Focus the text field at this place, if one is there, and insert this text where the place is in it.
    PasteAt(Pointer, String),
}

/// Faults that a renderer commits on command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// A write through a null pointer: `SIGSEGV`.
    Crash,
    /// A Rust panic.
    Panic,
    /// `abort(3)`: `SIGABRT`.
    Abort,
    /// An endless loop.
    Hang,
    /// Allocate and touch memory until there is none.
    OutOfMemory,
    /// Call itself until the stack is full.
    StackOverflow,
    /// Flood the uplink with valid messages.
    Flood,
    /// Send a packet that decodes to nothing.
    Garbage,
    /// Close the uplink and live on.
    CloseUplink,
    /// Open a file by the bare system call, openat(2), which the sandbox's profile does not have.
    ForbiddenCall,
}
