//! The crash page: what a tab shows when its process is dead. The broker draws it; there is nobody else left to do so.

use super::command::Command;
use super::theme::{Palette, font};
use bulkhead_broker::browser::{Browser, Tab};
use bulkhead_broker::death::Death;
use egui::{Button, CornerRadius, Rect, RichText, ScrollArea, Sense, Stroke, StrokeKind, UiBuilder, pos2, vec2};

const WIDTH: f32 = 520.0;

/// Fills the page area, where the tab's process is dead.
pub(super) fn show(ui: &mut egui::Ui, page: Rect, browser: &Browser, tab: &Tab, commands: &mut Vec<Command>) {
    // TOUR crash 9
    let Some(death) = tab.death() else { return };
    let palette = Palette::current(ui);
    ui.painter().rect_filled(page, 0, palette.bar);
    ui.scope_builder(UiBuilder::new().max_rect(page), |ui| {
        ui.set_clip_rect(page);
        ScrollArea::vertical().id_salt(("crash page", tab.id)).auto_shrink(false).show(ui, |ui| {
            let width = WIDTH.min(ui.available_width() - 32.0).max(120.0);
            let side = ((ui.available_width() - width) / 2.0).floor().max(0.0);
            ui.add_space((page.height() * 0.14).floor().clamp(12.0, 140.0));
            ui.horizontal(|ui| {
                ui.add_space(side);
                ui.vertical(|ui| {
                    ui.set_width(width);
                    contents(ui, browser, tab, death, &palette, commands);
                });
            });
        });
    });
}

fn contents(
    ui: &mut egui::Ui,
    browser: &Browser,
    tab: &Tab,
    death: &Death,
    palette: &Palette,
    commands: &mut Vec<Command>,
) {
    hull(ui, browser, palette);
    ui.add_space(22.0);
    let heading = match death {
        Death::EndedByUser => "This tab was ended",
        Death::NotStarted(_) | Death::Unconfined(_) | Death::BrowserFailed => "This tab has no process",
        _ => "This tab has crashed",
    };
    ui.label(RichText::new(heading).font(font(22.0)).color(palette.text));
    ui.add_space(4.0);
    ui.label(RichText::new(death.to_string()).color(palette.text));
    ui.add_space(12.0);
    if let Some(pid) = tab.pid() {
        // Who is ended by the user may need a moment to be gone.
        let fate = if matches!(death, Death::EndedByUser) { "killed" } else { "gone" };
        fact(ui, palette, "Process", &format!("{pid}, {fate}"));
    }
    if !matches!(death, Death::NotStarted(_) | Death::Unconfined(_)) {
        fact(ui, palette, "Lost", "form input that was not sent; what the page kept in memory");
        fact(ui, palette, "Kept", "the address, the way back and forward, the scroll position");
    }
    fact(ui, palette, "Other tabs", &others(browser));
    ui.add_space(18.0);
    let label = RichText::new("Reload").color(palette.bar);
    let button = Button::new(label).fill(palette.accent).stroke(Stroke::NONE);
    if ui.add_sized(vec2(96.0, 32.0), button).clicked() {
        commands.push(Command::Reload);
    }
    ui.add_space(24.0);
}

fn others(browser: &Browser) -> String {
    let alive = browser.tabs().iter().filter(|tab| tab.death().is_none()).count();
    let dead = browser.tabs().len().saturating_sub(alive + 1);
    let alive = match alive {
        0 => "none alive; the browser itself is not affected".to_owned(),
        1 => "one, unharmed".to_owned(),
        count => format!("{count}, unharmed"),
    };
    if dead == 0 { alive } else { format!("{alive} ({dead} more without a process)") }
}

fn fact(ui: &mut egui::Ui, palette: &Palette, name: &str, value: &str) {
    const NAME: f32 = 88.0;
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(NAME, 18.0), Sense::hover());
        ui.painter().text(rect.left_top(), egui::Align2::LEFT_TOP, name, font(13.0), palette.dim);
        ui.add(egui::Label::new(RichText::new(value).font(font(13.0)).color(palette.text)).wrap());
    });
}

/// The ship: a compartment for each tab, the dead ones flooded.
fn hull(ui: &mut egui::Ui, browser: &Browser, palette: &Palette) {
    const MOST: usize = 12;
    const SIDE: f32 = 26.0;
    const GAP: f32 = 4.0;
    let tabs = browser.tabs();
    // The compartments around the one on display, where there are too many to draw.
    let here = tabs.iter().position(|tab| Some(tab.id) == browser.active().map(|tab| tab.id)).unwrap_or_default();
    let first = here.saturating_sub(MOST / 2).min(tabs.len().saturating_sub(MOST));
    let shown = tabs.iter().skip(first).take(MOST);
    let count = shown.len() as f32;
    let (rect, _) = ui.allocate_exact_size(vec2(count * (SIDE + GAP) + GAP, SIDE + 2.0 * GAP), Sense::hover());
    let radius = CornerRadius { nw: 3, ne: 3, sw: 12, se: 12 };
    ui.painter().rect_stroke(rect, radius, (1.5, palette.dim), StrokeKind::Inside);
    for (index, tab) in shown.enumerate() {
        let left = rect.left() + GAP + index as f32 * (SIDE + GAP);
        let cell = Rect::from_min_size(pos2(left, rect.top() + GAP), vec2(SIDE, SIDE));
        let inner = |outer: bool| if outer { 9 } else { 2 };
        let corners = CornerRadius { nw: 2, ne: 2, sw: inner(index == 0), se: inner(index + 1 == count as usize) };
        let fill = if tab.death().is_some() { palette.danger } else { palette.hover };
        ui.painter().rect_filled(cell, corners, fill);
    }
}
