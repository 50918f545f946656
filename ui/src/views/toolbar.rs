//! The toolbar: back, forward, reload or stop, the address bar, the process table.

use super::address_bar::AddressBar;
use super::button;
use super::command::Command;
use super::icons::Icon;
use super::theme::{Palette, TOOLBAR};
use bulkhead_broker::browser::{Activity, Browser, Tab};
use egui::{Align, Layout, Margin, Rect, Sense, vec2};

pub(super) fn show(ui: &mut egui::Ui, browser: &Browser, address: &mut AddressBar, commands: &mut Vec<Command>) {
    let palette = Palette::current(ui);
    let frame = egui::Frame::new().fill(palette.bar).inner_margin(Margin::symmetric(8, 0));
    let panel = egui::Panel::top("toolbar").exact_size(TOOLBAR).resizable(false).show_separator_line(false);
    let bar = panel.frame(frame).show_inside(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(2.0, 0.0);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let tab = browser.active();
            for (icon, label, enabled, command) in navigation(tab) {
                if button::next(ui, icon, label, enabled).clicked() {
                    commands.push(command);
                }
            }
            ui.add_space(6.0);
            let width = (ui.available_width() - 40.0).max(40.0);
            let (field, _) = ui.allocate_exact_size(vec2(width, 30.0), Sense::hover());
            address.show(ui, field, tab, commands);
            ui.add_space(6.0);
            if button::next(ui, Icon::Processes, "Processes (Shift+Esc)", true).clicked() {
                commands.push(Command::ProcessTable);
            }
        });
    });
    let edge = bar.response.rect;
    let line = Rect::from_min_max(egui::pos2(edge.left(), edge.bottom() - 1.0), edge.max);
    ui.painter().rect_filled(line, 0, palette.line);
}

fn navigation(tab: Option<&Tab>) -> [(Icon, &'static str, bool, Command); 3] {
    let back = tab.is_some_and(|tab| tab.history.can_go_back());
    let forward = tab.is_some_and(|tab| tab.history.can_go_forward());
    let last = match tab.map(Tab::activity) {
        Some(Activity::Loading) => (Icon::Close, "Stop (Esc)", true, Command::Stop),
        _ => (Icon::Reload, "Reload (F5)", tab.is_some_and(|tab| tab.url().is_some()), Command::Reload),
    };
    [
        (Icon::Back, "Back (Alt+Left)", back, Command::Back),
        (Icon::Forward, "Forward (Alt+Right)", forward, Command::Forward),
        last,
    ]
}
