//! What the user has to be told or asked: a page that does not answer, an act in a page that has no consequence, a zygote that is lost, a sandbox that is off.

use super::command::Command;
use super::icons::{self, Icon};
use super::text;
use super::theme::{NOTICE, Palette};
use bulkhead_broker::browser::{Activity, Browser, Tab, Zygote};
use egui::{Align, Button, Layout, Rect, Sense, UiBuilder, pos2, vec2};
use std::time::{Duration, Instant};

/// At the top of the page area, over the page: its size is not to change for it. Returns where it is.
pub(super) fn over_page(ui: &mut egui::Ui, page: Rect, tab: &Tab, commands: &mut Vec<Command>) -> Option<Rect> {
    let rect = Rect::from_min_max(page.min, pos2(page.right(), (page.top() + NOTICE).min(page.bottom())));
    if tab.activity() == Activity::Unresponsive {
        unresponsive(ui, rect, tab, commands);
    } else if let Some(notice) = &tab.page.notice {
        bar(ui, rect, &notice.to_string(), |ui| {
            if ui.add(Button::new("Close")).clicked() {
                commands.push(Command::DismissNotice(tab.id));
            }
        });
    } else {
        return None;
    }
    Some(rect)
}

fn unresponsive(ui: &mut egui::Ui, rect: Rect, tab: &Tab, commands: &mut Vec<Command>) {
    let process = tab.pid().map(|pid| format!(" (process {pid})")).unwrap_or_default();
    let message = format!("This page does not answer{process}. Other tabs are not affected.");
    bar(ui, rect, &message, |ui| {
        if ui.add(Button::new("End process")).clicked() {
            commands.push(Command::EndProcess(tab.id));
        }
        if ui.add(Button::new("Wait")).clicked() {
            commands.push(Command::Wait(tab.id));
        }
    });
}

/// What the user is told in passing: at the foot of the page area, for some seconds.
#[derive(Debug, Default)]
pub(super) struct Message(Option<(&'static str, Instant)>);

impl Message {
    /// How long it is there to read.
    const SHOWN: Duration = Duration::from_secs(6);

    pub(super) fn say(&mut self, message: &'static str) {
        self.0 = Some((message, Instant::now() + Self::SHOWN));
    }

    /// Returns where it is.
    pub(super) fn show(&mut self, ui: &mut egui::Ui, page: Rect) -> Option<Rect> {
        let (message, until) = self.0?;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            self.0 = None;
            return None;
        }
        ui.ctx().request_repaint_after(left);
        let rect = Rect::from_min_max(pos2(page.left(), (page.bottom() - NOTICE).max(page.top())), page.max);
        bar(ui, rect, message, |_| {});
        Some(rect)
    }
}

/// Below the toolbar, above the page: it stays.
pub(super) fn zygote(ui: &mut egui::Ui, browser: &Browser) {
    let message = match browser.zygote() {
        _ if browser.failure().is_some() => return,
        Zygote::Starting | Zygote::Warm { .. } => return,
        Zygote::Gone { why, pause } if pause.is_zero() => {
            format!("The zygote, the parent of all pages' processes, is gone: {why}. Another is being started.")
        }
        Zygote::Gone { why, pause } => {
            format!(
                "The zygote, the parent of all pages' processes, is gone again: {why}. Another is started after {pause:?}."
            )
        }
        Zygote::Lost(why) => format!("The zygote is lost: {why}. No new renderer can start; start Bulkhead again."),
    };
    lasting(ui, "zygote notice", &message);
}

/// Below the toolbar, above the page: nothing goes on any more.
pub(super) fn failure(ui: &mut egui::Ui, browser: &Browser) {
    if let Some(why) = browser.failure() {
        let message = format!("The browser has failed: {why}. Nothing works any more; start Bulkhead again.");
        lasting(ui, "failure notice", &message);
    }
}

/// Below the toolbar, above the page, for as long as the browser runs without a sandbox. There is no button to close it.
pub(super) fn no_sandbox(ui: &mut egui::Ui, browser: &Browser) {
    if !browser.confines() {
        lasting(ui, "no sandbox notice", NO_SANDBOX);
    }
}

const NO_SANDBOX: &str = "--no-sandbox: a page that breaks into its process can read your files and use your network. Open only what you trust.";

fn lasting(ui: &mut egui::Ui, id: &'static str, message: &str) {
    let panel = egui::Panel::top(id).exact_size(NOTICE).resizable(false).show_separator_line(false);
    panel.frame(egui::Frame::NONE).show_inside(ui, |ui| {
        bar(ui, ui.max_rect(), message, |_| {});
    });
}

fn bar(ui: &mut egui::Ui, rect: Rect, message: &str, buttons: impl FnOnce(&mut egui::Ui)) {
    let palette = Palette::current(ui);
    ui.painter().rect_filled(rect, 0, palette.notice);
    let edge = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 1.0), rect.max);
    ui.painter().rect_filled(edge, 0, palette.line);
    let inner = rect.shrink2(vec2(12.0, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center)), |ui| {
        ui.set_clip_rect(rect);
        buttons(ui);
        let room = ui.available_rect_before_wrap();
        let icon = Rect::from_center_size(pos2(room.left() + 10.0, room.center().y), vec2(16.0, 16.0));
        icons::paint(ui.painter(), icon, Icon::Warning, palette.warning);
        let room = Rect::from_min_max(pos2(icon.right() + 10.0, room.top()), room.max);
        text::paint_left(ui, room, text::line(ui, message, 14.0, palette.text, room.width()));
        let response = ui.interact(room, ui.id().with("message"), Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, message));
    });
}
