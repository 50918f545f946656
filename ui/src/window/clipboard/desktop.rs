//! The clipboard of the display's kind: Wayland's belongs to the window's own connection, X11's has one of its own.
//!
//! Everything here may wait for another program.

use super::Selection;
use arboard::{GetExtLinux, LinuxClipboardKind, SetExtLinux};
use std::io;
use std::time::Duration;
use winit::event_loop::OwnedDisplayHandle;
use winit::raw_window_handle::{HasDisplayHandle, RawDisplayHandle};

/// The clipboard of a display.
pub(super) enum Desktop {
    Wayland(Wayland),
    X11(arboard::Clipboard),
}

/// Wayland's. The fields are dropped in this order: first the clipboard with its thread, which uses the display by a raw
/// pointer, then the share in the connection that keeps the pointer valid.
pub(super) struct Wayland {
    clipboard: smithay_clipboard::Clipboard,
    _display: OwnedDisplayHandle,
}

impl Desktop {
    /// The clipboard, or why there is none.
    #[expect(unsafe_code, reason = "Wayland's clipboard takes a raw pointer to the display")]
    pub(super) fn open(display: OwnedDisplayHandle) -> Result<Self, String> {
        match display.display_handle().map_err(|error| error.to_string())?.as_raw() {
            RawDisplayHandle::Wayland(handle) => {
                // SAFETY: the pointer is of a `wl_display` that `display` has just handed out, and `display` owns a share in
                // that connection. It is kept beside the clipboard, and dropped after it.
                let clipboard = unsafe { smithay_clipboard::Clipboard::new(handle.display.as_ptr()) };
                Ok(Self::Wayland(Wayland { clipboard, _display: display }))
            }
            _ => arboard::Clipboard::new().map(Self::X11).map_err(|error| error.to_string()),
        }
    }

    /// The text that a selection holds.
    pub(super) fn read(&mut self, selection: Selection) -> Option<String> {
        let text = match (self, selection) {
            (Self::Wayland(wayland), selection) => wayland.read(selection).map_err(|error| error.to_string()),
            (Self::X11(clipboard), selection) => {
                clipboard.get().clipboard(kind(selection)).text().map_err(|error| error.to_string())
            }
        };
        let text = text.inspect_err(|error| tracing::info!(error, ?selection, "nothing to paste")).ok()?;
        Some(text.replace("\r\n", "\n"))
    }

    /// Puts text there.
    pub(super) fn store(&mut self, selection: Selection, text: String) {
        match (self, selection) {
            (Self::Wayland(wayland), Selection::Clipboard) => wayland.clipboard.store(text),
            (Self::Wayland(wayland), Selection::Primary) => wayland.clipboard.store_primary(text),
            (Self::X11(clipboard), selection) => {
                if let Err(error) = clipboard.set().clipboard(kind(selection)).text(text) {
                    tracing::warn!(%error, ?selection, "the text cannot be copied");
                }
            }
        }
    }
}

impl Wayland {
    /// The clipboard's thread hears of the seat, the focus and the selection by events, and may be asked before it has come to
    /// them: the thread of the window takes them from the connection as well, and wakes nobody then. Each question has it catch up.
    fn read(&self, selection: Selection) -> io::Result<String> {
        const TIMES: u32 = 50;
        const PAUSE: Duration = Duration::from_millis(10);
        let load = || match selection {
            Selection::Clipboard => self.clipboard.load(),
            Selection::Primary => self.clipboard.load_primary(),
        };
        for _ in 1..TIMES {
            if let Ok(text) = load() {
                return Ok(text);
            }
            std::thread::sleep(PAUSE);
        }
        load()
    }
}

fn kind(selection: Selection) -> LinuxClipboardKind {
    match selection {
        Selection::Clipboard => LinuxClipboardKind::Clipboard,
        Selection::Primary => LinuxClipboardKind::Primary,
    }
}
