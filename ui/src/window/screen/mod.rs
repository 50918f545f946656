//! The window's pixels, of which only what has changed is written and presented.
//!
//! Contract:
//! - whatever the display maps has all of its memory before a pixel is written to it: nobody is ended by `SIGBUS` for lack of
//!   memory behind a mapping;
//! - what holds a raw handle of the display owns a share in the connection ([`OwnedDisplayHandle`]), so the connection outlives
//!   it in whichever order the two are dropped.
//!
//! | file | holds |
//! |---|---|
//! | `x11.rs` | one buffer, which the X server is sent or reads from shared memory |
//! | `wayland.rs` | `softbuffer`'s two buffers |

mod wayland;
mod x11;

use bulkhead_broker::frames::{Canvas, intersection};
use bulkhead_shared::uplink::Rect;
use std::sync::Arc;
use winit::event_loop::OwnedDisplayHandle;
use winit::raw_window_handle::{HandleError, HasWindowHandle, RawWindowHandle};
use winit::window::Window;

/// What a window is drawn to.
#[derive(Debug)]
pub(super) enum Screen {
    X11(Box<x11::Screen>),
    Wayland(Box<wayland::Screen>),
}

/// Why a window's pixels cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// The window is neither X11's nor Wayland's.
    #[error("a window of an unknown kind")]
    UnknownWindow,
    /// The window is gone.
    #[error(transparent)]
    Handle(#[from] HandleError),
    /// The X server's pixels are not 32 bits of red, green and blue.
    #[error("pixels of a kind that is not supported: the screen needs a visual of 24 bits")]
    Visual,
    /// The connection to the X server has failed.
    #[error("X11: {0}")]
    Connection(#[from] x11rb::errors::ConnectionError),
    /// It cannot be opened.
    #[error("X11: {0}")]
    Connect(#[from] x11rb::errors::ConnectError),
    /// The X server has refused something.
    #[error("X11: {0}")]
    Reply(#[from] x11rb::errors::ReplyError),
    /// There are no names left for its objects.
    #[error("X11: {0}")]
    Names(#[from] x11rb::errors::ReplyOrIdError),
    /// `softbuffer` has failed.
    #[error("Wayland: {0}")]
    Softbuffer(#[from] softbuffer::SoftBufferError),
    /// There is no memory for the window's pixels.
    #[error("no memory for the window's pixels: {0}")]
    Memory(#[from] nix::errno::Errno),
}

impl Screen {
    /// What `window` is drawn to, on `display`.
    pub(super) fn new(window: Arc<Window>, display: OwnedDisplayHandle) -> Result<Self, DrawError> {
        match window.window_handle()?.as_raw() {
            RawWindowHandle::Xlib(handle) => {
                let id = u32::try_from(handle.window).map_err(|_| DrawError::UnknownWindow)?;
                Ok(Self::X11(Box::new(x11::Screen::new(id)?)))
            }
            RawWindowHandle::Wayland(_) => Ok(Self::Wayland(Box::new(wayland::Screen::new(window, display)?))),
            _ => Err(DrawError::UnknownWindow),
        }
    }

    /// Presents a window of `size` pixels of which `damage` has changed; `paint` writes what lies in a rectangle.
    pub(super) fn present(
        &mut self,
        size: (u32, u32),
        damage: &[Rect],
        paint: &mut dyn FnMut(&mut Canvas<'_>, Rect),
    ) -> Result<(), DrawError> {
        let whole = Rect { x: 0, y: 0, width: size.0, height: size.1 };
        let damage: Vec<_> =
            damage.iter().map(|rect| intersection(*rect, whole)).filter(|rect| rect.width > 0).collect();
        match self {
            _ if whole.width == 0 || whole.height == 0 => Ok(()),
            Self::X11(screen) => screen.present(whole, damage, paint),
            Self::Wayland(screen) => screen.present(whole, damage, paint),
        }
    }
}
