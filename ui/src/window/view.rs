//! The window on the screen: what of it is stale, and how it is drawn again.

use super::clipboard::Selection;
use super::screen::DrawError;
use super::screen::Screen;
use super::{Look, Wake, WindowError, icon, scale, size};
use crate::views::{Ui, cursor};
use bulkhead_broker::browser::{Browser, Tab};
use bulkhead_shared::ids::TabId;
use bulkhead_shared::surface::Extent;
use bulkhead_shared::uplink::{Cursor, Rect};
use egui::ViewportId;
use egui::output::IMEOutput;
use std::sync::Arc;
use std::time::{Duration, Instant};
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, EventLoopProxy};
use winit::platform::x11::WindowAttributesExtX11;
use winit::window::{Theme, Window};

/// How often the frame rate is shown anew, while there is one.
const RATE_PERIOD: Duration = Duration::from_millis(500);

/// The window.
pub(super) struct View {
    window: Arc<Window>,
    screen: Screen,
    /// Translates winit's events for egui.
    pub(super) egui: egui_winit::State,
    /// Device pixels for a point, as the screen has said last. On X11, what winit says otherwise is older, until the window moves.
    screen_scale: f64,
    /// The same, whatever the screen says.
    forced_scale: Option<f32>,
    stale: Stale,
    /// When the interface wants to be run though nothing happens.
    run_at: Option<Instant>,
    /// When the frame rate is due.
    rate_at: Option<Instant>,
    /// Which page was drawn last.
    picture: Picture,
    title: String,
    /// Whether the mouse was over a page, and drawn as over text and no link.
    text_under_mouse: bool,
    /// What the interface wants to be in a selection of the desktop.
    copied: Vec<(Selection, String)>,
}

/// What does not show any more how things are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stale {
    /// The interface.
    ui: bool,
    /// The page, in its front frame's damage.
    page: bool,
    /// All that the screen holds.
    screen: bool,
    /// Whether winit has been asked for a redraw for it.
    requested: bool,
}

/// What tells one picture of a page from another, of which no pixel can be kept.
type Picture = Option<(TabId, Option<Extent>)>;

impl View {
    /// Opens the window.
    pub(super) fn open(
        event_loop: &ActiveEventLoop,
        context: &egui::Context,
        proxy: EventLoopProxy<Wake>,
        look: Look,
    ) -> Result<Self, WindowError> {
        let attributes = Window::default_attributes()
            .with_title("Bulkhead")
            .with_inner_size(size::initial(look, event_loop))
            .with_window_icon(icon::icon())
            // Otherwise winit, where it draws the window's frame itself, asks the settings portal for it, and waits.
            .with_theme(Some(theme(look.dark)))
            // AccessKit has to be there before the window is seen.
            .with_visible(false)
            // For Wayland's application id, too: winit keeps one name for both.
            .with_name("bulkhead", "bulkhead");
        let window = Arc::new(event_loop.create_window(attributes)?);
        let native = Some(window.scale_factor() as f32);
        let mut egui = egui_winit::State::new(context.clone(), ViewportId::ROOT, &window, native, window.theme(), None);
        egui.init_accesskit(event_loop, &window, proxy);
        let screen_scale = window.scale_factor();
        let screen = Screen::new(Arc::clone(&window), event_loop.owned_display_handle())?;
        window.set_visible(true);
        Ok(Self {
            screen,
            window,
            egui,
            screen_scale,
            forced_scale: look.scale,
            stale: Stale { ui: true, page: true, ..Stale::default() },
            run_at: None,
            rate_at: None,
            picture: None,
            title: String::new(),
            text_under_mouse: false,
            copied: Vec::new(),
        })
    }

    /// Passes an event on to the interface.
    pub(super) fn tell_ui(&mut self, event: &WindowEvent) {
        if let WindowEvent::ScaleFactorChanged { scale_factor, .. } = event
            && scale::is_sane(*scale_factor)
        {
            self.screen_scale = *scale_factor;
        }
        if self.egui.on_window_event(&self.window, event).repaint {
            self.touch_ui();
        }
    }

    /// Text for the interface's field that has the keyboard.
    pub(super) fn paste(&mut self, text: String) {
        self.do_in_ui([egui::Event::Paste(text)]);
    }

    /// What the user does to the interface, apart from winit's events.
    pub(super) fn do_in_ui(&mut self, events: impl IntoIterator<Item = egui::Event>) {
        self.egui.egui_input_mut().events.extend(events);
        self.touch_ui();
    }

    /// What the user has copied or selected in the interface.
    pub(super) fn take_copied(&mut self) -> Vec<(Selection, String)> {
        std::mem::take(&mut self.copied)
    }

    /// Dark from now on, or light.
    pub(super) fn set_dark(&mut self, dark: bool) {
        self.window.set_theme(Some(theme(dark)));
        self.egui.egui_input_mut().system_theme = Some(if dark { egui::Theme::Dark } else { egui::Theme::Light });
        self.touch_ui();
    }

    /// The interface is stale.
    pub(super) fn touch_ui(&mut self) {
        self.stale.ui = true;
        self.request();
    }

    /// The page is stale.
    pub(super) fn touch_page(&mut self) {
        self.stale.page = true;
        self.request();
    }

    fn request(&mut self) {
        if !std::mem::replace(&mut self.stale.requested, true) {
            self.window.request_redraw();
        }
    }

    /// Device pixels for a point.
    pub(super) fn scale(&self) -> f64 {
        scale::of(self.screen_scale, self.forced_scale)
    }

    /// Whether the user saw, when the interface was last drawn, that the mouse was over a page's text and over no link.
    pub(super) fn shows_text_under_mouse(&self) -> bool {
        self.text_under_mouse
    }

    /// When something has to be drawn though nothing happens.
    pub(super) fn deadline(&self) -> Option<Instant> {
        [self.run_at, self.rate_at].into_iter().flatten().min()
    }

    /// Time has passed.
    pub(super) fn tick(&mut self, now: Instant, tab: Option<&Tab>) {
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if due(self.rate_at) {
            self.rate_at = tab.is_some_and(|tab| tab.frame_rate() > 0).then(|| now + RATE_PERIOD);
            self.touch_ui();
        }
        if due(self.run_at) {
            self.run_at = None;
            self.touch_ui();
        }
    }

    /// winit asks for a redraw: because it was requested, or because the desktop has lost what the window showed.
    /// `mouse` is where the mouse is if it is the page's.
    pub(super) fn draw(
        &mut self,
        browser: &mut Browser,
        ui: &mut Ui,
        mouse: Option<egui::Pos2>,
    ) -> Result<(), DrawError> {
        let stale = std::mem::take(&mut self.stale);
        let size = self.window.inner_size();
        if size.width == 0 || size.height == 0 {
            // All of it is still to be drawn once there is a window again.
            self.stale = Stale { requested: false, ..stale };
            return Ok(());
        }
        let size = (size.width, size.height);
        let mut damage = Vec::new();
        if stale.ui {
            damage = self.run(browser, ui, size, mouse);
        }
        damage.extend(self.page_damage(browser, ui));
        if stale.screen || !stale.requested {
            damage = vec![Rect { x: 0, y: 0, width: size.0, height: size.1 }];
        }
        if !damage.is_empty() {
            self.window.pre_present_notify();
            match self.screen.present(size, &damage, &mut |canvas, part| ui.compose(browser, canvas, part)) {
                Err(DrawError::Memory(error)) => {
                    // The window shows what it has shown, until something changes again.
                    tracing::error!(%error, "no memory for the window's pixels");
                    self.stale.screen = true;
                }
                result => result?,
            }
        }
        if stale.page && browser.frame_shown() && self.rate_at.is_none() {
            self.rate_at = Some(Instant::now() + RATE_PERIOD);
        }
        Ok(())
    }

    /// Runs the interface. Returns what that has changed.
    fn run(&mut self, browser: &mut Browser, ui: &mut Ui, size: (u32, u32), mouse: Option<egui::Pos2>) -> Vec<Rect> {
        adopt_scale(self.egui.egui_ctx(), self.window.scale_factor(), self.scale());
        let input = self.egui.take_egui_input(&self.window);
        let mut output = ui.run(browser, input, size);
        self.copied.extend(output.selected.map(|text| (Selection::Primary, text)));
        output.platform.commands.retain(|command| match command {
            egui::OutputCommand::CopyText(text) => {
                self.copied.push((Selection::Clipboard, text.clone()));
                false
            }
            _ => true,
        });
        let tab = browser.active();
        let under_mouse = tab.filter(|_| mouse.is_some());
        self.text_under_mouse =
            under_mouse.is_some_and(|tab| tab.page.cursor == Cursor::Text && tab.page.hover.is_none());
        if let Some(tab) = under_mouse {
            output.platform.cursor_icon = cursor::icon(tab.page.cursor);
        }
        if tab.is_some_and(|tab| tab.page.text_focus) && !ui.has_keyboard() {
            // Where the page's caret is, nobody tells; most often, where it was put with the mouse.
            let at = mouse.unwrap_or_else(|| ui.page_rect().left_bottom());
            let rect = egui::Rect::from_min_size(at, egui::vec2(1.0, 20.0));
            output.platform.ime = Some(IMEOutput { rect, cursor_rect: rect });
        }
        self.egui.handle_platform_output(&self.window, output.platform);
        let title = tab.map(Tab::title).unwrap_or_default();
        if self.title != title {
            self.window.set_title(&window_title(&title));
            self.title = title;
        }
        self.run_at = output.repaint_after.and_then(|delay| Instant::now().checked_add(delay));
        if output.repaint_after == Some(Duration::ZERO) {
            self.run_at = None;
            self.touch_ui();
        }
        output.damage
    }

    /// What of the page has to be drawn, in pixels of the window.
    fn page_damage(&mut self, browser: &Browser, ui: &Ui) -> Option<Rect> {
        let area = ui.page_area();
        let front = browser.active().and_then(|tab| tab.front.as_ref());
        let picture = browser.active().map(|tab| (tab.id, front.map(|front| front.memory.extent())));
        let damage = match front {
            _ if self.picture != picture => area,
            Some(front) => Rect { x: area.x + front.damage.x, y: area.y + front.damage.y, ..front.damage },
            None => Rect::default(),
        };
        self.picture = picture;
        (damage.width > 0 && damage.height > 0).then_some(damage)
    }

    /// The window is uncovered, or was resized: nothing of it can be relied upon.
    pub(super) fn lose_screen(&mut self) {
        self.stale.screen = true;
        self.request();
    }
}

/// What the window is called that shows a page of this title.
fn window_title(title: &str) -> String {
    const NAME: &str = "Bulkhead";
    match title.replace(char::is_control, " ").trim() {
        "" | NAME => NAME.to_owned(),
        title => format!("{title} - {NAME}"),
    }
}

/// The theme of the frame around the window.
fn theme(dark: bool) -> Theme {
    if dark { Theme::Dark } else { Theme::Light }
}

/// Has the interface count in points of `scale` device pixels: egui multiplies winit's factor, `native`.
fn adopt_scale(context: &egui::Context, native: f64, scale: f64) {
    let ratio = scale / native;
    context.set_zoom_factor(if ratio.is_finite() && ratio > 0.0 { ratio as f32 } else { 1.0 });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_is_named_once() {
        assert_eq!(window_title("A page"), "A page - Bulkhead");
        assert_eq!(window_title("A\npage"), "A page - Bulkhead");
        for title in ["Bulkhead", "", " "] {
            assert_eq!(window_title(title), "Bulkhead");
        }
    }
}
