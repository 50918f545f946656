//! The tab strip: for each tab its state, its title, the pid of its process, and a button that closes it.

use super::command::Command;
use super::icons::{self, Icon};
use super::theme::{Palette, TAB_STRIP};
use super::{button, text};
use crate::address;
use bulkhead_broker::browser::{Activity, Browser, Tab};
use bulkhead_shared::ids::TabId;
use egui::accesskit::Role;
use egui::scroll_area::ScrollBarVisibility;
use egui::{CornerRadius, Id, PointerButton, Rect, ScrollArea, Sense, WidgetInfo, WidgetType, pos2, vec2};
use std::time::Duration;

/// Widths of a tab, in points. In between, all tabs share the strip's width; below, the strip scrolls.
const NARROWEST: f32 = 84.0;
const WIDEST: f32 = 240.0;
/// From this width on there is room for the pid, and for a close button on tabs that are neither active nor pointed at.
const WITH_PID: f32 = 148.0;
const WITH_CLOSE: f32 = 112.0;
const NEW_TAB_BUTTON: f32 = 36.0;
/// Fifteen pictures a second are enough for a spinner.
const SPINNER_PERIOD: Duration = Duration::from_millis(66);

/// What the tab strip remembers.
#[derive(Debug, Default)]
pub(super) struct TabStrip {
    /// The tab that was last brought into view.
    in_view: Option<(TabId, usize)>,
}

impl TabStrip {
    pub(super) fn show(&mut self, ui: &mut egui::Ui, browser: &Browser, commands: &mut Vec<Command>) {
        let palette = Palette::current(ui);
        let frame = egui::Frame::new().fill(palette.strip);
        let panel = egui::Panel::top("tab strip").exact_size(TAB_STRIP).resizable(false).show_separator_line(false);
        panel.frame(frame).show_inside(ui, |ui| {
            ui.spacing_mut().item_spacing = egui::Vec2::ZERO;
            ui.horizontal(|ui| {
                ui.add_space(6.0);
                self.tabs(ui, browser, commands);
                let (rect, _) = ui.allocate_exact_size(vec2(NEW_TAB_BUTTON, TAB_STRIP), Sense::hover());
                let rect = Rect::from_center_size(rect.center(), vec2(28.0, 28.0));
                if button::at(ui, rect, Id::new("new tab"), Icon::NewTab, "New tab (Ctrl+T)", true).clicked() {
                    commands.push(Command::NewTab);
                }
            });
        });
    }

    fn tabs(&mut self, ui: &mut egui::Ui, browser: &Browser, commands: &mut Vec<Command>) {
        let tabs = browser.tabs();
        let room = (ui.available_width() - NEW_TAB_BUTTON).max(0.0);
        let width = tab_width(room, tabs.len());
        let active = browser.active().map(|tab| tab.id);
        let in_view = active.map(|active| (active, tabs.len()));
        let moved = self.in_view != in_view;
        self.in_view = in_view;
        ScrollArea::horizontal()
            .id_salt("tabs")
            .scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden)
            .max_width((width * tabs.len() as f32).min(room))
            .animated(false)
            .show(ui, |ui| {
                wheel_scrolls_sideways(ui);
                ui.horizontal(|ui| {
                    for (index, tab) in tabs.iter().enumerate() {
                        let is_active = active == Some(tab.id);
                        let next_is_active = tabs.get(index + 1).is_some_and(|next| active == Some(next.id));
                        let rect = one(ui, tab, width, is_active, !is_active && !next_is_active, commands);
                        if is_active && moved {
                            ui.scroll_to_rect(rect, None);
                        }
                    }
                });
            });
    }
}

/// A vertical wheel over the strip scrolls it sideways, as there is nothing to scroll vertically.
fn wheel_scrolls_sideways(ui: &egui::Ui) {
    if ui.rect_contains_pointer(ui.clip_rect()) {
        let delta = ui.input(|input| input.smooth_scroll_delta().y);
        if delta != 0.0 {
            ui.scroll_with_delta(vec2(delta, 0.0));
        }
    }
}

/// The width of each of `count` tabs in `room`: whole points.
fn tab_width(room: f32, count: usize) -> f32 {
    (room / count.max(1) as f32).clamp(NARROWEST, WIDEST).floor()
}

/// One tab. Returns where it is.
fn one(ui: &mut egui::Ui, tab: &Tab, width: f32, active: bool, separator: bool, commands: &mut Vec<Command>) -> Rect {
    let palette = Palette::current(ui);
    let (slot, _) = ui.allocate_exact_size(vec2(width, TAB_STRIP), Sense::hover());
    let rect = Rect::from_min_max(pos2(slot.left(), slot.top() + 5.0), slot.max);
    let id = Id::new(("tab", tab.id));
    let response = ui.interact(rect, id, Sense::click());
    let title = address::title(tab);
    let state = state_name(tab.activity());
    let label = [Some(title.clone()), state.map(str::to_owned), process(tab)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ");
    response.widget_info(|| WidgetInfo::selected(WidgetType::SelectableLabel, true, active, &label));
    ui.accesskit_node_builder(id, |node| node.set_role(Role::Tab));

    background(ui, rect, active, &response, separator);
    let mut room = rect;
    let mut closes = response.clicked_by(PointerButton::Middle);
    if active || width >= WITH_CLOSE || response.contains_pointer() {
        let close = Rect::from_center_size(pos2(rect.right() - 16.0, rect.center().y), vec2(20.0, 20.0));
        let button = button::at(ui, close, id.with("close"), Icon::Close, "Close tab (Ctrl+W)", true);
        closes |= button.clicked() || button.clicked_by(PointerButton::Middle);
        room.max.x = close.left();
    }
    contents(ui, room, tab, &title, width, active);
    if closes {
        commands.push(Command::CloseTab(tab.id));
    } else if response.clicked() {
        commands.push(Command::Select(tab.id));
    }
    response.on_hover_ui(|ui| tooltip(ui, tab, &palette));
    slot
}

fn background(ui: &egui::Ui, rect: Rect, active: bool, response: &egui::Response, separator: bool) {
    let palette = Palette::current(ui);
    let radius = CornerRadius { nw: 8, ne: 8, sw: 0, se: 0 };
    if active {
        ui.painter().rect_filled(rect, radius, palette.bar);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect.shrink2(vec2(2.0, 3.0)), CornerRadius::same(6), palette.hover);
    } else if separator {
        let x = rect.right() - 1.0;
        let line = Rect::from_min_max(pos2(x, rect.top() + 9.0), pos2(x + 1.0, rect.bottom() - 9.0));
        ui.painter().rect_filled(line, CornerRadius::ZERO, palette.line);
    }
    if response.has_focus() {
        let stroke = (1.0, palette.accent);
        ui.painter().rect_stroke(rect.shrink(2.0), CornerRadius::same(6), stroke, egui::StrokeKind::Inside);
    }
}

/// State, title and pid, left of the close button.
fn contents(ui: &egui::Ui, rect: Rect, tab: &Tab, title: &str, width: f32, active: bool) {
    let palette = Palette::current(ui);
    let icon = Rect::from_center_size(pos2(rect.left() + 18.0, rect.center().y), vec2(16.0, 16.0));
    match tab.activity() {
        Activity::Loading => {
            let time = ui.input(|input| input.time);
            icons::paint_spinner(ui.painter(), icon, time, palette.line, palette.accent);
            ui.request_repaint_after(SPINNER_PERIOD);
        }
        Activity::Unresponsive => icons::paint(ui.painter(), icon, Icon::Warning, palette.warning),
        Activity::Crashed => icons::paint(ui.painter(), icon, Icon::Breach, palette.danger),
        Activity::Idle => {
            let colour = if active { palette.accent } else { palette.dim };
            icons::paint(ui.painter(), icon, Icon::Compartment, colour);
        }
    }
    let mut room = Rect::from_min_max(pos2(icon.right() + 7.0, rect.top()), pos2(rect.right() - 4.0, rect.bottom()));
    if let Some(pid) = tab.pid().filter(|_| width >= WITH_PID) {
        let galley = match tab.death() {
            None => text::line(ui, &pid.to_string(), 11.0, palette.dim, 60.0),
            Some(_) => text::struck(ui, &pid.to_string(), 11.0, palette.dim),
        };
        let taken = galley.size().x + 8.0;
        text::paint_right(ui, room, galley);
        room.max.x -= taken;
    }
    let colour = if active { palette.text } else { palette.text.lerp_to_gamma(palette.dim, 0.4) };
    text::paint_left(ui, room, text::line(ui, title, 13.0, colour, room.width()));
}

fn tooltip(ui: &mut egui::Ui, tab: &Tab, palette: &Palette) {
    const WIDTH: f32 = 360.0;
    ui.set_max_width(WIDTH);
    ui.label(text::line(ui, &address::title(tab), 14.0, palette.text, WIDTH));
    if let Some(url) = tab.url().filter(|_| tab.typed().is_none()) {
        ui.label(text::line(ui, &crate::address::elided(url, 200), 12.0, palette.dim, WIDTH));
    }
    let mut facts = vec![tab.id.to_string()];
    facts.extend(process(tab));
    match tab.death() {
        Some(death) => facts.push(death.short()),
        None => facts.extend(state_name(tab.activity()).map(str::to_owned)),
    }
    ui.label(text::line(ui, &facts.join(" \u{b7} "), 12.0, palette.dim, WIDTH));
}

/// Which process serves the tab, or did.
fn process(tab: &Tab) -> Option<String> {
    let gone = if tab.death().is_some() { ", gone" } else { "" };
    tab.pid().map(|pid| format!("process {pid}{gone}"))
}

/// How a state reads; nothing where there is nothing to report.
pub(super) fn state_name(activity: Activity) -> Option<&'static str> {
    match activity {
        Activity::Idle => None,
        Activity::Loading => Some("loading"),
        Activity::Unresponsive => Some("unresponsive"),
        Activity::Crashed => Some("crashed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_share_the_strip_until_they_are_as_narrow_as_can_be() {
        assert_eq!(tab_width(1000.0, 0), WIDEST);
        assert_eq!(tab_width(1000.0, 3), WIDEST);
        assert_eq!(tab_width(1000.0, 7), 142.0);
        assert_eq!(tab_width(1000.0, 30), NARROWEST);
        assert_eq!(tab_width(0.0, 1), NARROWEST);
    }
}
