//! The window: what the desktop says goes to the interface and to the page on display, and both are shown.
//!
//! Contract:
//! - everything happens on the main thread, in winit's event loop; the I/O thread wakes it by a user event;
//! - an input event is on its way to the renderer before anything is drawn, and a frame of a renderer is shown as soon as it
//!   is there: nothing waits for a timer;
//! - when nothing happens, nothing runs. The one animation is the spinner of a tab that loads.
//!
//! | file | holds |
//! |---|---|
//! | `app.rs` | the event loop's handler: whose an event is; the keyboard |
//! | `mouse.rs` | what the mouse does |
//! | `shell.rs` | what both act on: browser, interface, window, selections |
//! | `view.rs` | the window on the screen: what is drawn when |
//! | `screen/` | its pixels, and which of them are stale |
//! | `size.rs`, `scale.rs` | how large it is at first, and how many pixels a point has |
//! | `pointer.rs`, `keys.rs` | mouse and keyboard, as a page knows them |
//! | `clipboard/`, `paste.rs` | the desktop's selections, and where what they hold goes |
//! | `appearance.rs` | whether the desktop is dark or light |
//! | `bus.rs` | a session bus that does not answer |
//! | `icon.rs` | the icon |
//! | `x11.rs` | what only X11 knows |
//!
//! What is another program's answer (a clipboard, the settings portal, assistive technologies) is awaited on another thread.
//! What uses the display by a raw handle owns a share in the connection, and is dropped before the event loop ends.

mod app;
mod appearance;
mod bus;
mod clipboard;
mod icon;
mod keys;
mod mouse;
mod paste;
mod pointer;
mod scale;
mod screen;
mod shell;
mod size;
mod view;
mod x11;

use crate::process_table::ProcessTable;
use app::App;
use bulkhead_broker::browser::{Browser, Config, Isolation, PageArea, StartError};
use bulkhead_broker::fetch::LocalFetcher;
use bulkhead_broker::sandbox_board::SandboxBoard;
use bulkhead_pages::{Pages, Providers};
pub use screen::DrawError;
use std::sync::Arc;
use url::Url;
use winit::error::{EventLoopError, OsError};
use winit::event_loop::{ControlFlow, EventLoop};

/// What a window is opened with.
#[derive(Clone, Debug)]
pub struct WindowConfig {
    /// How pages are kept apart.
    pub isolation: Isolation,
    /// A tab for each. There has to be one.
    pub urls: Vec<Url>,
    /// Where to note the processes, for whoever wants to watch.
    pub processes: ProcessTable,
    /// What the browser's own pages are to show besides.
    pub providers: Arc<dyn Providers>,
    /// How it is to look.
    pub look: Look,
}

/// How a window is to look, whatever the desktop says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Look {
    /// Its size to begin with, in points.
    pub size: Option<(u32, u32)>,
    /// Device pixels for a point.
    pub scale: Option<f32>,
    /// Dark for sure; else as the desktop is.
    pub dark: bool,
}

/// Why there is no window, or none any more.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// There is no display, or no way to it.
    #[error("no display: {0}")]
    NoDisplay(String),
    /// The connection to the display failed later on.
    #[error("the connection to the display failed: {}", reason(.0))]
    EventLoop(#[source] EventLoopError),
    /// The browser could not be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The display has no window for us.
    #[error("cannot open a window: {}", reason(.0))]
    Window(#[from] OsError),
    /// A part of the browser has failed that all else needs; the window has said so.
    #[error("the browser has failed: {0}")]
    Broken(String),
    /// The window's pixels cannot be written.
    #[error("cannot draw to the window: {0}")]
    Draw(#[from] DrawError),
}

/// What the event loop hears besides the desktop's events.
#[derive(Debug)]
enum Wake {
    /// [`Browser::events`] has something.
    Browser,
    /// The desktop is dark now, or light.
    Dark(bool),
    /// From an assistive technology.
    Accessibility(egui_winit::accesskit_winit::Event),
    /// What a selection of the desktop holds.
    Clipboard(clipboard::Answer),
}

impl From<egui_winit::accesskit_winit::Event> for Wake {
    fn from(event: egui_winit::accesskit_winit::Event) -> Self {
        Self::Accessibility(event)
    }
}

/// Opens the window, and returns when it is closed and every process has ended.
///
/// # Errors
/// [`WindowError::NoDisplay`] before any process is started; see there for the rest.
pub fn run(config: WindowConfig) -> Result<(), WindowError> {
    let event_loop = connect()?;
    event_loop.set_control_flow(ControlFlow::Wait);
    let proxy = event_loop.create_proxy();
    let desktop = proxy.clone();
    if !config.look.dark {
        appearance::watch(move |dark| desktop.send_event(Wake::Dark(dark)).is_ok())?;
    }
    let table = config.processes;
    let rows = table.clone();
    let board = SandboxBoard::default();
    let wake = proxy.clone();
    let pages = Arc::new(Pages::new(move || rows.rows(), board.clone(), config.providers));
    let mut browser = Browser::start(Config {
        isolation: config.isolation,
        fetcher: Arc::new(LocalFetcher::new(Arc::clone(&pages) as _)),
        pages,
        board,
        // Until the window says what is left of it.
        area: PageArea { width: size::DEFAULT.0, height: size::DEFAULT.1, scale: 1.0, dark: false },
        // It fails once the event loop is gone, and then nobody is left to be woken.
        wake: Arc::new(move || wake.send_event(Wake::Browser).unwrap_or_default()),
    })?;
    for url in config.urls {
        // The first is the one in front, since there is none yet.
        browser.open_tab(url, false);
    }
    let mut app = App::new(browser, table, proxy, config.look);
    let ended = event_loop.run_app(&mut app).map_err(WindowError::EventLoop);
    app.finish().and(ended)
}

/// Connects to the display: Wayland's where there is one, else X11's.
fn connect() -> Result<EventLoop<Wake>, WindowError> {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let wayland = ["WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(set);
    if !wayland && !set("DISPLAY") {
        return Err(WindowError::NoDisplay("neither WAYLAND_DISPLAY nor DISPLAY is set".to_owned()));
    }
    if wayland {
        bus::leave_out_if_frozen();
    } else if let Some(extension) = x11::lacking() {
        return Err(WindowError::NoDisplay(format!("the X server lacks the extension {extension}")));
    }
    scale::correct_environment(!wayland);
    EventLoop::with_user_event().build().map_err(|error| WindowError::NoDisplay(reason(&error)))
}

/// What winit says without where in its source it says so, which is a path of the machine that built it.
fn reason(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let behind_place = text.strip_prefix("os error at ").and_then(|rest| rest.split_once(": "));
    behind_place.map_or_else(|| text.clone(), |(_, reason)| reason.to_owned())
}
