//! The process table: an own little window over the page, as in Chrome.

use super::command::Command;
use super::text;
use super::theme::{Palette, font};
use crate::process_table::{ProcessTable, Watcher};
use bulkhead_pages::{ProcessKind, ProcessRow};
use bulkhead_shared::ids::TabId;
use egui::{Align, Color32, Id, Key, Layout, Rect, RichText, ScrollArea, Sense, Window, pos2, vec2};
use std::time::{Duration, Instant};

const PERIOD: Duration = Duration::from_secs(1);
/// Figures that were asked for are usually there after this.
const SOON: Duration = Duration::from_millis(20);
const ROW: f32 = 30.0;
/// Widths of the columns pid, kind, state, memory, CPU and the button; the title has the rest.
const PID: f32 = 64.0;
const KIND: f32 = 72.0;
const STATE: f32 = 96.0;
const MEMORY: f32 = 84.0;
const CPU: f32 = 60.0;
const END: f32 = 112.0;

/// The window, open or not.
#[derive(Debug)]
pub(super) struct ProcessWindow {
    table: ProcessTable,
    open: bool,
    /// What reads the figures, while it is open.
    watcher: Option<Watcher>,
    rows: Vec<ProcessRow>,
    /// When figures were last asked for.
    asked: Option<Instant>,
}

impl ProcessWindow {
    pub(super) fn new(table: ProcessTable) -> Self {
        Self { table, open: false, watcher: None, rows: Vec::new(), asked: None }
    }

    pub(super) fn toggle(&mut self) {
        self.open = !self.open;
        // What was remembered is of another time.
        (self.watcher, self.asked) = (None, None);
    }

    /// Shows it, where it is open; has `/proc` read once a second, and not at all where it is not.
    pub(super) fn show(&mut self, ui: &egui::Ui, page: Rect, commands: &mut Vec<Command>) {
        if !self.open {
            return;
        }
        ui.request_repaint_after(self.refresh());
        let size = vec2((page.width() - 40.0).min(760.0), (page.height() - 80.0).min(320.0));
        let mut open = true;
        Window::new(RichText::new("Processes").font(font(15.0)))
            .id(Id::new("process table"))
            .open(&mut open)
            .collapsible(false)
            .default_size(size)
            .default_pos(pos2(page.center().x - size.x / 2.0, page.top() + 24.0).round())
            .constrain_to(page)
            .show(ui.ctx(), |ui| contents(ui, &self.rows, commands));
        let escape = ui.memory(|memory| memory.focused().is_some()) && ui.input(|input| input.key_pressed(Key::Escape));
        if !open || (escape && !ui.ctx().text_edit_focused()) {
            self.open = false;
        }
    }
}

impl ProcessWindow {
    /// Takes figures that have come, and asks for others where that is due. Returns when to look again.
    fn refresh(&mut self) -> Duration {
        if self.watcher.is_none() {
            self.watcher = self.table.watch().inspect_err(|error| tracing::error!(%error, "no process table")).ok();
        }
        let Some(watcher) = &mut self.watcher else { return PERIOD };
        let due = self.asked.map_or(Duration::ZERO, |then| PERIOD.saturating_sub(then.elapsed()));
        if due.is_zero() {
            watcher.ask();
            self.asked = Some(Instant::now());
        }
        if let Some(rows) = watcher.take() {
            self.rows = rows;
        }
        if watcher.waits() { SOON } else { due }
    }
}

fn contents(ui: &mut egui::Ui, rows: &[ProcessRow], commands: &mut Vec<Command>) {
    let palette = Palette::current(ui);
    ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
    line(ui, None, |cells| {
        cells.right("Pid", palette.dim, PID);
        cells.left("Process", palette.dim, KIND);
        cells.rest("Page", palette.dim);
        cells.left("State", palette.dim, STATE);
        cells.right("Memory", palette.dim, MEMORY);
        cells.right("CPU", palette.dim, CPU);
        None
    });
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for (index, row) in rows.iter().enumerate() {
            let fill = (index % 2 == 0).then_some(palette.field);
            let end = line(ui, fill, |cells| {
                let state = if row.state == "unresponsive" { palette.warning } else { palette.text };
                cells.right(&row.pid.to_string(), palette.text, PID);
                cells.left(row.kind.name(), palette.text, KIND);
                cells.rest(&row.title, palette.text);
                cells.left(&row.state, state, STATE);
                cells.right(&mebibytes(row.memory), palette.text, MEMORY);
                cells.right(&format!("{:.1} %", row.cpu), palette.text, CPU);
                row.tab.filter(|_| row.kind == ProcessKind::Renderer)
            });
            commands.extend(end.map(Command::EndProcess));
        }
    });
}

/// The cells of one line, each taking its part of what is left.
struct Cells<'a> {
    ui: &'a egui::Ui,
    room: Rect,
    text: String,
}

impl Cells<'_> {
    const GAP: f32 = 14.0;

    fn take(&mut self, width: f32, words: &str) -> Rect {
        let cell = Rect::from_min_size(self.room.min, vec2(width, self.room.height()));
        self.room.min.x += width + Self::GAP;
        self.text.push_str(words);
        self.text.push(' ');
        cell
    }

    fn left(&mut self, words: &str, colour: Color32, width: f32) {
        let cell = self.take(width, words);
        text::paint_left(self.ui, cell, text::line(self.ui, words, 13.0, colour, width));
    }

    fn right(&mut self, words: &str, colour: Color32, width: f32) {
        let cell = self.take(width, words);
        text::paint_right(self.ui, cell, text::line(self.ui, words, 13.0, colour, width));
    }

    /// All the width that the columns after this one leave.
    fn rest(&mut self, words: &str, colour: Color32) {
        let after = STATE + MEMORY + CPU + 3.0 * Self::GAP + END;
        self.left(words, colour, (self.room.width() - after).max(40.0));
    }
}

/// One line. `fill` returns the tab whose process a button at the end of it ends; that tab comes back where it was clicked.
fn line(
    ui: &mut egui::Ui,
    colour: Option<Color32>,
    fill: impl FnOnce(&mut Cells<'_>) -> Option<TabId>,
) -> Option<TabId> {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    if let Some(colour) = colour {
        ui.painter().rect_filled(rect, 4, colour);
    }
    let mut cells = Cells { ui, room: rect.shrink2(vec2(8.0, 0.0)), text: String::new() };
    let target = fill(&mut cells);
    let words = cells.text;
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, words.trim()));
    let target = target?;
    let end = Rect::from_min_max(pos2(rect.right() - END, rect.top()), rect.right_bottom()).shrink2(vec2(4.0, 3.0));
    let builder = egui::UiBuilder::new().max_rect(end).layout(Layout::right_to_left(Align::Center));
    ui.new_child(builder).small_button("End process").clicked().then_some(target)
}

/// With one digit: a tab is a few mebibytes.
fn mebibytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) >> 20;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}
