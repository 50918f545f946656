//! The browser's own interface, in egui, free of any window system: the window and `--screenshot-window` draw the same.
//!
//! Contract:
//! - [`Ui::run`] takes what the user did and a browser, carries out what it amounts to, and draws the interface into a
//!   layer of its own; it says what that changed, and when it wants to be run again;
//! - [`Ui::compose`] puts the page's front frame and that layer together in a rectangle of a canvas. A new frame of the
//!   page needs this alone;
//! - the page area is what the interface leaves; [`Ui::run`] tells the browser its size.
//!
//! | file | shows |
//! |---|---|
//! | `tab_strip.rs` | the tabs: state, title, pid, close button |
//! | `toolbar.rs`, `address_bar.rs` | back, forward, reload or stop; the address |
//! | `status_bar.rs` | the link under the pointer, zoom, frame rate |
//! | `notices.rs` | "this page does not answer", a lost zygote, no sandbox |
//! | `crash_page.rs` | why a tab's process is dead |
//! | `process_window.rs` | the process table |
//! | `command.rs`, `shortcuts.rs` | what can be ordered, and by which keys |
//! | `layer.rs` | egui's output as pixels |
//! | `fonts`, `bidi.rs`, `joining.rs` | text in other scripts than Latin |
//! | `theme.rs`, `icons.rs`, `text.rs`, `button.rs` | how it looks |

mod address_bar;
mod bidi;
mod button;
mod command;
mod crash_page;
pub mod cursor;
mod fonts;
mod icons;
mod joining;
mod layer;
mod notices;
mod process_window;
pub mod shortcuts;
mod status_bar;
mod tab_strip;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod toolbar;

pub use command::Command;

use crate::address;
use crate::process_table::ProcessTable;
use address_bar::AddressBar;
use bulkhead_broker::browser::{Browser, PageArea, Tab};
use bulkhead_broker::frames::{Canvas, intersection};
use bulkhead_shared::downlink::Edit;
use bulkhead_shared::uplink::Rect;
use fonts::Fonts;
use layer::Layer;
use notices::Message;
use process_window::ProcessWindow;
use std::time::Duration;
use tab_strip::TabStrip;
use theme::Palette;
use url::Url;

/// The page that a new tab shows.
const START_PAGE: &str = "bulkhead://start";

/// The interface and what it remembers between drawings.
pub struct Ui {
    context: egui::Context,
    layer: Layer,
    fonts: Fonts,
    tabs: TabStrip,
    address: AddressBar,
    processes: ProcessWindow,
    /// The page area, in points and in device pixels.
    page: egui::Rect,
    page_pixels: Rect,
    /// What of it the interface itself covers without an egui layer of its own.
    covered: Vec<egui::Rect>,
    message: Message,
    quits: bool,
}

/// What follows from a run.
pub struct Output {
    /// For the window system: cursor, clipboard, input method, AccessKit.
    pub platform: egui::PlatformOutput,
    /// What has to be composed again, in device pixels.
    pub damage: Vec<Rect>,
    /// Text that the user has selected in the interface.
    pub selected: Option<String>,
    /// When to run again though nothing happens; `None` for never.
    pub repaint_after: Option<Duration>,
}

impl Ui {
    /// A new interface. The process table shows what `table` is told of.
    #[must_use]
    pub fn new(table: ProcessTable) -> Self {
        let context = egui::Context::default();
        theme::install(&context);
        Self {
            context,
            layer: Layer::new(),
            fonts: Fonts::default(),
            tabs: TabStrip::default(),
            address: AddressBar::default(),
            processes: ProcessWindow::new(table),
            page: egui::Rect::ZERO,
            page_pixels: Rect::default(),
            covered: Vec::new(),
            message: Message::default(),
            quits: false,
        }
    }

    /// The egui context, for what translates a window system's events.
    #[must_use]
    pub fn context(&self) -> &egui::Context {
        &self.context
    }

    /// Takes input into account and draws the interface for a window of `size` device pixels.
    pub fn run(&mut self, browser: &mut Browser, input: egui::RawInput, size: (u32, u32)) -> Output {
        let context = self.context.clone();
        let mut commands = Vec::new();
        self.fonts.add_found(&context);
        let output = context.run_ui(input, |ui| self.lay_out(ui, browser, &mut commands));
        let scale = output.pixels_per_point;
        self.page_pixels = page_pixels(self.page, size, scale);
        let fonts_due = self.fonts.look_for_missing(&context, &output.shapes);
        let overlay = overlay(&output.shapes, self.page, self.page_pixels, scale);
        let primitives = context.tessellate(output.shapes, scale);
        let damage = self.layer.render(size, self.page_pixels, overlay, &primitives, &output.textures_delta, scale);
        browser.set_area(PageArea {
            width: self.page_pixels.width.max(1),
            height: self.page_pixels.height.max(1),
            scale,
            dark: context.theme() == egui::Theme::Dark,
        });
        let acted = !commands.is_empty();
        for command in commands {
            self.perform(browser, command);
        }
        let repaint_after = output.viewport_output.values().map(|viewport| viewport.repaint_delay).min();
        let repaint_after = if acted { Some(Duration::ZERO) } else { repaint_after.into_iter().chain(fonts_due).min() };
        Output {
            platform: output.platform_output,
            damage,
            selected: self.address.take_selected(),
            repaint_after: repaint_after.filter(|delay| *delay != Duration::MAX),
        }
    }

    fn lay_out(&mut self, ui: &mut egui::Ui, browser: &Browser, commands: &mut Vec<Command>) {
        self.tabs.show(ui, browser, commands);
        toolbar::show(ui, browser, &mut self.address, commands);
        notices::failure(ui, browser);
        notices::zygote(ui, browser);
        notices::no_sandbox(ui, browser);
        status_bar::show(ui, browser);
        self.page = ui.available_rect_before_wrap();
        self.covered.clear();
        if let Some(tab) = browser.active() {
            if tab.death().is_some() {
                crash_page::show(ui, self.page, browser, tab, commands);
                self.covered.push(self.page);
            } else {
                self.covered.extend(notices::over_page(ui, self.page, tab, commands));
            }
        }
        self.covered.extend(self.message.show(ui, self.page));
        self.processes.show(ui, self.page, commands);
    }

    /// Puts page and interface together in `part` of a canvas as large as the window.
    pub fn compose(&self, browser: &Browser, canvas: &mut Canvas<'_>, part: Rect) {
        let visible = intersection(part, self.page_pixels);
        if visible.width > 0 {
            self.compose_page(browser.active(), canvas, visible);
        }
        self.layer.blend(canvas, part);
    }

    fn compose_page(&self, tab: Option<&Tab>, canvas: &mut Canvas<'_>, visible: Rect) {
        let area = self.page_pixels;
        let [red, green, blue, _] = Palette::of(self.context.theme() == egui::Theme::Dark).page.to_array();
        let background = u32::from_be_bytes([0, red, green, blue]);
        let Some(front) = tab.and_then(|tab| tab.front.as_ref()) else {
            return canvas.fill(visible, background);
        };
        let extent = front.memory.extent();
        let framed = Rect { x: area.x, y: area.y, width: extent.width(), height: extent.height() };
        if intersection(framed, visible) != visible {
            // The frame is older than the window's size.
            canvas.fill(visible, background);
        }
        let part = Rect { x: visible.x - area.x, y: visible.y - area.y, ..visible };
        front.copy(canvas, area.x as usize, area.y as usize, part);
    }

    /// Draws a whole window at once, for a presenter without one.
    pub fn draw(&mut self, browser: &mut Browser, scale: f32, dark: bool, canvas: &mut Canvas<'_>) {
        let (width, height) = (canvas.width as u32, canvas.height as u32);
        let size = egui::vec2(width as f32, height as f32) / scale;
        let mut input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, size)),
            system_theme: Some(if dark { egui::Theme::Dark } else { egui::Theme::Light }),
            ..Default::default()
        };
        input.viewports.entry(egui::ViewportId::ROOT).or_default().native_pixels_per_point = Some(scale);
        self.run(browser, input, (width, height));
        self.compose(browser, canvas, Rect { x: 0, y: 0, width, height });
    }

    /// Carries out an order.
    pub fn perform(&mut self, browser: &mut Browser, command: Command) {
        let active = browser.active().map(|tab| (tab.id, tab.zoom));
        match (command, active) {
            (Command::NewTab, _) => {
                if let Ok(url) = Url::parse(START_PAGE) {
                    browser.open_tab(url, true);
                    self.address.focus(&self.context);
                }
            }
            (Command::CloseTab(id), _) | (Command::CloseActive, Some((id, _))) => browser.close_tab(id),
            (Command::ReopenTab, _) => {
                browser.reopen_tab();
            }
            (Command::Select(id), _) => browser.select(id),
            (Command::NextTab, _) => browser.select_relative(1),
            (Command::PreviousTab, _) => browser.select_relative(-1),
            (Command::TabAt(index), _) if index < browser.tabs().len() => browser.select_index(index),
            (Command::LastTab, _) => browser.select_index(usize::MAX),
            (Command::Back, Some((id, _))) => browser.back(id),
            (Command::Forward, Some((id, _))) => browser.forward(id),
            (Command::Reload, Some((id, _))) => browser.reload(id),
            (Command::Stop, Some((id, _))) => browser.stop(id),
            (Command::Go(text), Some((id, _))) => browser.navigate_typed(id, address::read(&text)),
            (Command::FocusAddress, _) => self.address.focus(&self.context),
            (Command::ZoomIn, Some((id, zoom))) => browser.set_zoom(id, command::zoom_step(zoom, true)),
            (Command::ZoomOut, Some((id, zoom))) => browser.set_zoom(id, command::zoom_step(zoom, false)),
            (Command::ZoomReset, Some((id, _))) => browser.set_zoom(id, 1.0),
            (Command::Wait(id), _) => browser.keep_waiting(id),
            (Command::EndProcess(id), _) => browser.end_process(id),
            (Command::DismissNotice(id), _) => browser.dismiss_notice(id),
            (Command::ProcessTable, _) => self.processes.toggle(),
            (Command::Copy, _) => browser.edit(Edit::Copy),
            (Command::Cut, _) => browser.edit(Edit::Cut),
            (Command::SelectAll, _) => browser.edit(Edit::SelectAll),
            (Command::Quit, _) => self.quits = true,
            // Without a tab there is nothing to do it to; and what to paste, the window knows.
            _ => {}
        }
    }

    /// Whether the user wants to end the browser.
    #[must_use]
    pub fn quits(&self) -> bool {
        self.quits
    }

    /// The page area, in device pixels of the window.
    #[must_use]
    pub fn page_area(&self) -> Rect {
        self.page_pixels
    }

    /// The page area, in points.
    #[must_use]
    pub fn page_rect(&self) -> egui::Rect {
        self.page
    }

    /// Whether what is at `position`, in points, is the page, and nothing of the interface lies over it.
    #[must_use]
    pub fn is_page_at(&self, position: egui::Pos2) -> bool {
        self.page.contains(position)
            && !self.covered.iter().any(|covered| covered.contains(position))
            && self.context.layer_id_at(position).is_none_or(|layer| layer.order == egui::Order::Background)
    }

    /// Whether fonts are being looked for: drawn again later, more of the text may be seen.
    #[must_use]
    pub fn awaits_fonts(&self) -> bool {
        self.fonts.is_searching()
    }

    /// Whether the address bar is at `position`, in points.
    #[must_use]
    pub fn is_address_at(&self, position: egui::Pos2) -> bool {
        self.address.contains(position)
    }

    /// Tells the user something, for some seconds.
    pub fn notify(&mut self, message: &'static str) {
        self.message.say(message);
    }

    /// Whether the keyboard belongs to the interface.
    #[must_use]
    pub fn has_keyboard(&self) -> bool {
        self.context.memory(|memory| memory.focused().is_some())
    }

    /// Gives the keyboard to the page.
    pub fn release_keyboard(&self) {
        self.context.memory_mut(|memory| {
            if let Some(id) = memory.focused() {
                memory.surrender_focus(id);
            }
        });
    }
}

impl std::fmt::Debug for Ui {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ui").field("page", &self.page_pixels).finish_non_exhaustive()
    }
}

/// The page area in device pixels: the window's width, and no row that the interface draws on.
fn page_pixels(page: egui::Rect, (width, height): (u32, u32), scale: f32) -> Rect {
    let top = ((page.top() * scale).round().max(0.0) as u32).min(height);
    let bottom = ((page.bottom() * scale).round().max(0.0) as u32).clamp(top, height);
    Rect { x: 0, y: top, width, height: bottom - top }
}

/// The smallest rectangle of device pixels around all that egui draws over the page.
fn overlay(shapes: &[egui::epaint::ClippedShape], page: egui::Rect, pixels: Rect, scale: f32) -> Rect {
    let over = shapes.iter().map(|clipped| clipped.shape.visual_bounding_rect().intersect(clipped.clip_rect));
    let over = over.map(|rect| rect.intersect(page)).filter(egui::Rect::is_positive);
    // One pixel more, for the soft edges.
    let over = over.fold(egui::Rect::NOTHING, egui::Rect::union).expand(1.0 / scale).intersect(page);
    if !over.is_positive() {
        return Rect::default();
    }
    let (left, top) = ((over.left() * scale).floor() as u32, (over.top() * scale).floor() as u32);
    let (right, bottom) = ((over.right() * scale).ceil() as u32, (over.bottom() * scale).ceil() as u32);
    intersection(Rect { x: left, y: top, width: right - left, height: bottom - top }, pixels)
}
