//! Colours and measures, for dark and for light.
//!
//! All measures are whole points, so that edges fall on pixels at scale 1 and 2. Nothing is animated but the loading
//! spinner: an idle window is never repainted.

use egui::epaint::AlphaFromCoverage;
use egui::{Color32, CornerRadius, FontFamily, FontId, Shadow, Stroke, TextStyle, Theme, Visuals};

/// Height of the tab strip, in points.
pub(super) const TAB_STRIP: f32 = 38.0;
/// Height of the toolbar, in points.
pub(super) const TOOLBAR: f32 = 42.0;
/// Height of a notice, in points.
pub(super) const NOTICE: f32 = 44.0;
/// Height of the status bar, in points.
pub(super) const STATUS_BAR: f32 = 24.0;

/// The colours of one theme, by what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Palette {
    /// Behind the tabs.
    pub(super) strip: Color32,
    /// The active tab, the toolbar, the status bar.
    pub(super) bar: Color32,
    /// The address field.
    pub(super) field: Color32,
    /// Lines between parts.
    pub(super) line: Color32,
    /// Under the pointer.
    pub(super) hover: Color32,
    /// Text.
    pub(super) text: Color32,
    /// Text of less weight.
    pub(super) dim: Color32,
    /// What is selected or busy.
    pub(super) accent: Color32,
    /// What is broken.
    pub(super) danger: Color32,
    /// What needs a decision.
    pub(super) warning: Color32,
    /// Behind a notice.
    pub(super) notice: Color32,
    /// The page area before there is a page.
    pub(super) page: Color32,
}

const LIGHT: Palette = Palette {
    strip: Color32::from_rgb(0xdc, 0xe2, 0xe9),
    bar: Color32::from_rgb(0xf8, 0xf9, 0xfb),
    field: Color32::from_rgb(0xe9, 0xed, 0xf2),
    line: Color32::from_rgb(0xcd, 0xd4, 0xdc),
    hover: Color32::from_rgb(0xe2, 0xe7, 0xed),
    text: Color32::from_rgb(0x1b, 0x22, 0x2b),
    dim: Color32::from_rgb(0x62, 0x6d, 0x7a),
    accent: Color32::from_rgb(0x1d, 0x63, 0xb0),
    danger: Color32::from_rgb(0xbf, 0x32, 0x2a),
    warning: Color32::from_rgb(0x9a, 0x64, 0x0a),
    notice: Color32::from_rgb(0xff, 0xf3, 0xd6),
    page: Color32::WHITE,
};

const DARK: Palette = Palette {
    strip: Color32::from_rgb(0x12, 0x16, 0x1b),
    bar: Color32::from_rgb(0x20, 0x26, 0x2e),
    field: Color32::from_rgb(0x14, 0x19, 0x1f),
    line: Color32::from_rgb(0x35, 0x3e, 0x49),
    hover: Color32::from_rgb(0x2d, 0x35, 0x3f),
    text: Color32::from_rgb(0xe6, 0xea, 0xef),
    dim: Color32::from_rgb(0x96, 0xa2, 0xaf),
    accent: Color32::from_rgb(0x6c, 0xb0, 0xf5),
    danger: Color32::from_rgb(0xff, 0x7b, 0x72),
    warning: Color32::from_rgb(0xe8, 0xb8, 0x4b),
    notice: Color32::from_rgb(0x3a, 0x31, 0x1c),
    page: Color32::from_rgb(0x1b, 0x1f, 0x24),
};

impl Palette {
    /// The one for dark, or for light.
    pub(super) fn of(dark: bool) -> Self {
        if dark { DARK } else { LIGHT }
    }

    /// The one in use.
    pub(super) fn current(ui: &egui::Ui) -> Self {
        Self::of(ui.visuals().dark_mode)
    }
}

/// A font of the interface.
pub(super) fn font(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// Installs both themes; which of them is used follows the system, and is light where the system says nothing.
pub(super) fn install(ctx: &egui::Context) {
    ctx.options_mut(|options| options.fallback_theme = Theme::Light);
    for theme in [Theme::Light, Theme::Dark] {
        ctx.style_mut_of(theme, |style| {
            style.text_styles = [
                (TextStyle::Small, font(12.0)),
                (TextStyle::Body, font(14.0)),
                (TextStyle::Button, font(14.0)),
                (TextStyle::Heading, font(22.0)),
                (TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace)),
            ]
            .into();
            style.animation_time = 0.0;
            style.spacing.scroll.fade.strength = 0.0;
            style.interaction.selectable_labels = false;
            style.spacing.item_spacing = egui::vec2(8.0, 6.0);
            style.spacing.button_padding = egui::vec2(14.0, 5.0);
            style.spacing.interact_size.y = 28.0;
            style.visuals = visuals(theme);
        });
    }
}

fn visuals(theme: Theme) -> Visuals {
    let palette = Palette::of(theme == Theme::Dark);
    let mut visuals = theme.default_visuals();
    visuals.panel_fill = palette.bar;
    visuals.window_fill = palette.bar;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.window_shadow = Shadow { offset: [0, 6], blur: 20, spread: 0, color: Color32::from_black_alpha(60) };
    visuals.popup_shadow = Shadow { offset: [0, 3], blur: 8, spread: 0, color: Color32::from_black_alpha(50) };
    visuals.menu_corner_radius = CornerRadius::same(6);
    visuals.extreme_bg_color = palette.field;
    visuals.faint_bg_color = palette.field;
    visuals.selection.bg_fill = palette.accent.gamma_multiply(if visuals.dark_mode { 0.45 } else { 0.3 });
    visuals.selection.stroke = Stroke::new(1.0, palette.text);
    visuals.weak_text_color = Some(palette.dim);
    visuals.hyperlink_color = palette.accent;
    visuals.warn_fg_color = palette.warning;
    visuals.error_fg_color = palette.danger;
    // Full stops and thin strokes cover a part of a pixel each; with their bare share of the colour, they are pale in small text.
    visuals.text_options.alpha_from_coverage = AlphaFromCoverage::TwoCoverageMinusCoverageSq;
    visuals.text_cursor.blink = false;
    visuals.text_cursor.stroke = Stroke::new(1.0, palette.text);
    let widgets = &mut visuals.widgets;
    for widget in [&mut widgets.noninteractive, &mut widgets.inactive, &mut widgets.hovered, &mut widgets.active] {
        widget.corner_radius = CornerRadius::same(6);
        widget.fg_stroke = Stroke::new(1.0, palette.text);
        widget.bg_stroke = Stroke::new(1.0, palette.line);
        widget.expansion = 0.0;
    }
    for (widget, fill) in [
        (&mut widgets.inactive, palette.field),
        (&mut widgets.hovered, palette.hover),
        (&mut widgets.active, palette.line),
        (&mut widgets.open, palette.hover),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
    }
    visuals
}
