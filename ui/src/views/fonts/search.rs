//! The search for fonts that have given characters, on a thread of its own: it opens some hundred files.

use bulkhead_fonts::{FontConfig, font_files, map, rank};
use crossbeam_channel::{Receiver, Sender, unbounded};
use memmap2::Mmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::raw::FileRef;
use skrifa::string::StringId;
use skrifa::{FontRef, MetadataProvider};
use std::path::{Path, PathBuf};

/// A font that has a character that was looked for.
#[derive(Debug)]
pub(super) struct Found {
    /// For egui; no two are the same.
    pub(super) name: String,
    /// The file, mapped for as long as the process lives: egui keeps its fonts.
    pub(super) bytes: &'static [u8],
    /// Which of the file's faces.
    pub(super) index: u32,
}

/// A thread that searches, until this is dropped.
pub(super) struct Search {
    wanted: Sender<Vec<char>>,
    found: Receiver<Vec<Found>>,
    /// Questions without an answer yet.
    open: usize,
}

impl Search {
    pub(super) fn start() -> Self {
        let (wanted, questions) = unbounded::<Vec<char>>();
        let (answers, found) = unbounded();
        let search = move || {
            let mut faces = Faces::of_this_machine();
            for characters in questions {
                if answers.send(faces.covering(characters)).is_err() {
                    break;
                }
            }
        };
        if let Err(error) = std::thread::Builder::new().name("fonts".to_owned()).spawn(search) {
            tracing::warn!(%error, "no thread to look for fonts");
        }
        Self { wanted, found, open: 0 }
    }

    /// Looks for fonts with these characters.
    pub(super) fn look_for(&mut self, characters: Vec<char>) {
        // Without a thread there is no answer, and boxes stay boxes.
        self.open += usize::from(self.wanted.send(characters).is_ok());
    }

    /// What was found since this was last called.
    pub(super) fn take(&mut self) -> Vec<Found> {
        let answers: Vec<_> = self.found.try_iter().collect();
        self.open = self.open.saturating_sub(answers.len());
        answers.into_iter().flatten().collect()
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.open > 0
    }
}

/// A face of a font file.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Face {
    /// Whether it is another one than the upright regular one.
    is_styled: bool,
    rank: u8,
    family: String,
    path: PathBuf,
    index: u32,
}

/// The faces of this machine, the best first.
struct Faces(Vec<Face>);

impl Faces {
    fn of_this_machine() -> Self {
        let files = font_files(&FontConfig::of_this_machine().directories);
        let mut faces: Vec<_> = files.into_iter().flat_map(|path| faces_of(&path)).collect();
        faces.sort();
        tracing::debug!(faces = faces.len(), "looking for characters in the fonts of this machine");
        Self(faces)
    }

    /// Fonts that together have as many of these characters as any have. None is found twice: egui has it then.
    fn covering(&mut self, mut characters: Vec<char>) -> Vec<Found> {
        let mut found = Vec::new();
        self.0.retain(|face| {
            let file = (!characters.is_empty()).then(|| map(&face.path).ok()).flatten();
            let Some((file, before)) = file.zip(Some(characters.len())) else { return true };
            let Ok(font) = FontRef::from_index(&file, face.index) else { return true };
            characters.retain(|character| !draws(&font, *character));
            if characters.len() == before {
                return true;
            }
            let name = format!("{} {}", face.path.display(), face.index);
            let bytes: &'static Mmap = Box::leak(Box::new(file));
            found.push(Found { name, bytes, index: face.index });
            false
        });
        found
    }
}

fn faces_of(path: &Path) -> Vec<Face> {
    let Ok(file) = map(path) else { return Vec::new() };
    let Ok(fonts) = FileRef::new(&file) else { return Vec::new() };
    let face = |(index, font): (u32, FontRef<'_>)| {
        let attributes = font.attributes();
        let regular = (attributes.weight, attributes.style, attributes.stretch)
            == (Default::default(), Default::default(), Default::default());
        let family = font.localized_strings(StringId::FAMILY_NAME).english_or_first();
        let family = family.map(|name| name.to_string()).unwrap_or_default();
        Face { is_styled: !regular, rank: rank(&family), family, path: path.to_owned(), index }
    };
    (0..).zip(fonts.fonts().filter_map(Result::ok)).map(face).collect()
}

/// Whether the font has an outline for the character: a picture is not drawn by egui.
fn draws(font: &FontRef<'_>, character: char) -> bool {
    let outline = font.charmap().map(character).and_then(|glyph| font.outline_glyphs().get(glyph));
    let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
    let mut strokes = Strokes::default();
    outline.is_some_and(|outline| outline.draw(settings, &mut strokes).is_ok()) && strokes.any
}

/// Whether anything is drawn.
#[derive(Default)]
struct Strokes {
    any: bool,
}

impl OutlinePen for Strokes {
    fn move_to(&mut self, _: f32, _: f32) {}

    fn line_to(&mut self, _: f32, _: f32) {
        self.any = true;
    }

    fn quad_to(&mut self, _: f32, _: f32, _: f32, _: f32) {
        self.any = true;
    }

    fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, _: f32) {
        self.any = true;
    }

    fn close(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_font_of_this_machine_is_found_for_what_it_has_and_none_for_what_nobody_has() {
        let mut faces = Faces::of_this_machine();
        if faces.0.is_empty() {
            return eprintln!("not tried: there are no fonts here");
        }
        let found = faces.covering(vec!['a']);
        assert_eq!(found.len(), 1);
        let font = FontRef::from_index(found[0].bytes, found[0].index).unwrap();
        assert!(draws(&font, 'a'));
        assert!(faces.covering(vec!['a']).iter().all(|again| again.name != found[0].name));
        // Never a character: Unicode keeps it free.
        assert!(faces.covering(vec!['\u{fdd0}']).is_empty());
    }
}
