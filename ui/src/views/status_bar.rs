//! The status bar: the link under the pointer, else what the tab is doing; the zoom, and how many frames a second come.

use super::text;
use super::theme::{Palette, STATUS_BAR};
use crate::address;
use bulkhead_broker::browser::{Activity, Browser, Shown, Tab};
use bulkhead_broker::events::MissingPart;
use egui::{Margin, Rect, WidgetInfo, WidgetType, pos2};

pub(super) fn show(ui: &mut egui::Ui, browser: &Browser) {
    let palette = Palette::current(ui);
    let frame = egui::Frame::new().fill(palette.bar).inner_margin(Margin::symmetric(10, 0));
    let panel = egui::Panel::bottom("status bar").exact_size(STATUS_BAR).resizable(false).show_separator_line(false);
    let bar = panel.frame(frame).show_inside(ui, |ui| {
        let mut room = ui.max_rect();
        let Some(tab) = browser.active() else { return };
        let right = measures(tab).join("   ");
        if !right.is_empty() {
            let galley = text::line(ui, &right, 12.0, palette.dim, 200.0);
            let taken = galley.size().x + 16.0;
            text::paint_right(ui, room, galley);
            room.max.x -= taken;
        }
        let left = message(tab);
        text::paint_left(ui, room, text::line(ui, &left, 12.0, palette.dim, room.width()));
        let response = ui.interact(ui.max_rect(), ui.id().with("status"), egui::Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, format!("{left} {right}").trim()));
        if let Some(document) = tab.document.as_ref().filter(|document| !document.missing.is_empty()) {
            response.on_hover_ui(|ui| missing(ui, document, &palette));
        }
    });
    let edge = bar.response.rect;
    let line = Rect::from_min_max(edge.min, pos2(edge.right(), edge.top() + 1.0));
    ui.painter().rect_filled(line, 0, palette.line);
}

/// The first of the parts that could not be loaded, each with the reason.
fn missing(ui: &mut egui::Ui, document: &Shown, palette: &Palette) {
    const WIDTH: f32 = 560.0;
    const LONGEST: usize = 160;
    ui.set_max_width(WIDTH);
    for MissingPart { url, why } in &document.missing {
        ui.label(text::line(ui, &address::elided(url, LONGEST), 13.0, palette.text, WIDTH));
        ui.label(text::line(ui, why, 12.0, palette.dim, WIDTH));
    }
    let more = document.loaded.unwrap_or(0).saturating_sub(u32::try_from(document.missing.len()).unwrap_or(u32::MAX));
    if more > 0 {
        ui.label(text::line(ui, &format!("and {more} more"), 12.0, palette.dim, WIDTH));
    }
}

fn message(tab: &Tab) -> String {
    const LONGEST: usize = 300;
    if let Some(link) = &tab.page.hover {
        return address::elided(link, LONGEST);
    }
    match (tab.activity(), &tab.pending) {
        (Activity::Loading, Some(pending)) => format!("Waiting for {}", address::elided(&pending.url, LONGEST)),
        (Activity::Loading, None) => "Loading\u{2026}".to_owned(),
        _ => match tab.document.as_ref().and_then(|document| document.loaded) {
            None | Some(0) => String::new(),
            Some(1) => "One part of this page could not be loaded".to_owned(),
            Some(missing) => format!("{missing} parts of this page could not be loaded"),
        },
    }
}

fn measures(tab: &Tab) -> Vec<String> {
    let zoom = (tab.zoom * 100.0).round();
    let frames = tab.frame_rate();
    let zoom = (zoom != 100.0).then(|| format!("Zoom {zoom}\u{a0}%"));
    [rate(frames), zoom].into_iter().flatten().collect()
}

/// A page that moves has a rate of frames. One that drew now and then had no need to draw more often.
fn rate(frames: usize) -> Option<String> {
    const MOVING: usize = 15;
    match frames {
        0 | 1 => None,
        2..MOVING => Some(format!("{frames}\u{a0}frames in the last second")),
        _ => Some(format!("{frames}\u{a0}fps")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_had_nothing_to_draw_does_not_read_as_slow() {
        assert_eq!(rate(1), None);
        assert_eq!(rate(2).as_deref(), Some("2\u{a0}frames in the last second"));
        assert_eq!(rate(60).as_deref(), Some("60\u{a0}fps"));
    }
}
