//! One line of text in a given width.

use super::theme::font;
use super::{bidi, joining};
use egui::emath::GuiRounding;
use egui::text::{LayoutJob, TextWrapping};
use egui::{Color32, Galley, Pos2, Rect, Stroke, TextFormat};
use std::sync::Arc;

/// Lays out one line, with an ellipsis where it does not fit. Line breaks and other control characters become spaces:
/// titles are strangers' texts.
pub(super) fn line(ui: &egui::Ui, text: &str, size: f32, colour: Color32, width: f32) -> Arc<Galley> {
    // What is longer is not seen anyway, and need not be laid out.
    const LONGEST: usize = 512;
    let text = text.chars().filter(|character| !selects_variation(*character)).take(LONGEST);
    let text: String = text.map(|character| if character.is_control() { ' ' } else { character }).collect();
    let lay_out = |text: String, width: f32| {
        let mut job = LayoutJob::single_section(text, TextFormat::simple(font(size), colour));
        job.wrap = TextWrapping::truncate_at_width(width);
        job.break_on_newline = false;
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    let galley = lay_out(text, width.max(0.0));
    if galley.text().is_ascii() {
        return galley;
    }
    // The end that is left out is the one that is read last, whichever side that is on.
    let read: String = galley.rows.iter().flat_map(|row| &row.glyphs).map(|glyph| glyph.chr).collect();
    let joined = joining::join(&read);
    // Until a font is found for the letters themselves, there is none for their forms either.
    let has_forms = read == joined || ui.fonts_mut(|fonts| fonts.has_glyphs(&font(size), &joined));
    let seen = bidi::visual(if has_forms { &joined } else { &read });
    if *seen == read { galley } else { lay_out(seen.into_owned(), f32::INFINITY) }
}

/// Whether the character only says which picture of the one before it is meant: egui has one of each.
fn selects_variation(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// One short line that is struck out: it was so once.
pub(super) fn struck(ui: &egui::Ui, text: &str, size: f32, colour: Color32) -> Arc<Galley> {
    let strikethrough = Stroke::new(1.0, colour);
    let format = TextFormat { strikethrough, ..TextFormat::simple(font(size), colour) };
    ui.fonts_mut(|fonts| fonts.layout_job(LayoutJob::single_section(text.to_owned(), format)))
}

/// Paints a line at the left of `rect`, in the middle of its height.
pub(super) fn paint_left(ui: &egui::Ui, rect: Rect, galley: Arc<Galley>) {
    let y = rect.center().y - galley.size().y / 2.0;
    let corner = Pos2::new(rect.left(), y).round_to_pixels(ui.pixels_per_point());
    ui.painter().galley(corner, galley, Color32::PLACEHOLDER);
}

/// The same at its right.
pub(super) fn paint_right(ui: &egui::Ui, rect: Rect, galley: Arc<Galley>) {
    let left = rect.right() - galley.size().x;
    paint_left(ui, Rect::from_min_max(Pos2::new(left, rect.top()), rect.max), galley);
}
