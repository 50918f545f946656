//! Fonts for what egui's own lack: titles are in every script.
//!
//! Contract:
//! - nothing is looked for before a character is to be shown that no font has; then a thread looks through the fonts of this
//!   machine, and the interface is drawn again with what it has found;
//! - these are the user's fonts; no font of a page ever comes here;
//! - a page that has titles in all characters there are costs a bounded number of fonts and of searches.
//!
//! egui shapes nothing. Letters of Arabic get their forms by other means (`joining.rs`); vowel signs of Indic scripts stand where
//! they are written, not where they belong; and pictures of emoji in colour are not drawn.

mod search;

use super::theme::font;
use egui::Shape;
use egui::epaint::ClippedShape;
use egui::epaint::text::{FontInsert, FontPriority, InsertFontFamily};
use egui::{FontData, FontFamily};
use search::{Found, Search};
use std::collections::HashSet;
use std::time::Duration;

/// How many fonts are added at most.
const FONTS: usize = 24;

/// How many characters are looked for at most.
const CHARACTERS: usize = 1 << 16;

/// How soon the interface is run again while a search goes on.
const PAUSE: Duration = Duration::from_millis(30);

/// Of the font that is asked; every size has the same characters.
const SIZE: f32 = 14.0;

/// What was looked for, and is.
#[derive(Default)]
pub(super) struct Fonts {
    asked: HashSet<char>,
    added: usize,
    search: Option<Search>,
}

impl Fonts {
    /// Takes over what was found since the last drawing, for the next.
    pub(super) fn add_found(&mut self, context: &egui::Context) {
        let found: Vec<_> = self.search.as_mut().map(Search::take).unwrap_or_default();
        for Found { name, bytes, index } in found {
            if self.added == FONTS {
                return;
            }
            self.added += 1;
            let data = FontData { index, ..FontData::from_static(bytes) };
            let families = [FontFamily::Proportional, FontFamily::Monospace];
            let families = families.map(|family| InsertFontFamily { family, priority: FontPriority::Lowest });
            context.add_font(FontInsert::new(&name, data, families.into()));
        }
    }

    /// Has the characters looked for that were drawn as boxes. Returns when to look for an answer.
    pub(super) fn look_for_missing(&mut self, context: &egui::Context, shapes: &[ClippedShape]) -> Option<Duration> {
        let mut missing = Vec::new();
        if self.added < FONTS {
            shapes.iter().for_each(|clipped| self.collect(context, &clipped.shape, &mut missing));
        }
        if !missing.is_empty() {
            let search = self.search.get_or_insert_with(Search::start);
            search.look_for(missing);
        }
        self.is_searching().then_some(PAUSE)
    }

    /// Whether there may be an answer yet to come.
    pub(super) fn is_searching(&self) -> bool {
        self.search.as_ref().is_some_and(Search::is_under_way)
    }

    fn collect(&mut self, context: &egui::Context, shape: &Shape, missing: &mut Vec<char>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| self.collect(context, shape, missing)),
            Shape::Text(text) if !text.galley.text().is_ascii() => {
                let new = text.galley.text().chars().filter(|character| !character.is_ascii());
                for character in new.take(CHARACTERS.saturating_sub(self.asked.len())) {
                    if self.asked.contains(&character) {
                        continue;
                    }
                    if !context.fonts_mut(|fonts| fonts.has_glyph(&font(SIZE), character)) {
                        self.asked.insert(character);
                        missing.push(character);
                    }
                }
            }
            _ => {}
        }
    }
}
