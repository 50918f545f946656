//! A button that shows an icon.

use super::icons::{self, Icon};
use super::theme::Palette;
use egui::{CornerRadius, Id, Rect, Response, Sense, StrokeKind, WidgetInfo, WidgetType};

/// Puts the button at `rect`. `label` is its tooltip, and its name for assistive technology.
pub(super) fn at(ui: &egui::Ui, rect: Rect, id: Id, icon: Icon, label: &str, enabled: bool) -> Response {
    let palette = Palette::current(ui);
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, id, sense);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, enabled, label));
    let radius = CornerRadius::same(6);
    if enabled && (response.hovered() || response.has_focus()) {
        let fill = if response.is_pointer_button_down_on() { palette.line } else { palette.hover };
        ui.painter().rect_filled(rect, radius, fill);
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect, radius, (1.0, palette.accent), StrokeKind::Inside);
    }
    let colour = match enabled {
        true if response.hovered() => palette.text,
        true => palette.dim.lerp_to_gamma(palette.text, 0.5),
        false => palette.dim.gamma_multiply(0.45),
    };
    icons::paint(ui.painter(), rect, icon, colour);
    response.on_hover_text(label)
}

/// Puts the button where the next widget goes.
pub(super) fn next(ui: &mut egui::Ui, icon: Icon, label: &str, enabled: bool) -> Response {
    let (rect, _) = ui.allocate_exact_size(egui::vec2(30.0, 30.0), Sense::hover());
    at(ui, rect, ui.id().with(("icon button", label)), icon, label, enabled)
}
