//! Fonts: found and mapped by the zygote, so that a renderer never opens a file.
//!
//! Contract:
//! - every outline font in the directories that fontconfig's configuration names is registered under its own names, its file
//!   mapped once for all processes;
//! - the generic families and the metric-compatible names resolve as they do in Chromium with the same fontconfig;
//! - for each script there is a list of families that have it;
//! - a family is embedded, so that text is shown where no font is installed.

mod fallback;
mod names;
mod svg;

pub(crate) use bulkhead_fonts::FontConfig;
pub(crate) use svg::{SvgFonts, without_system_fonts};

use bulkhead_fonts::{font_files, map};
use parley::FontContext;
use parley::fontique::{Blob, Collection, CollectionOptions, SourceCache};
use std::sync::Arc;

/// The fonts of this machine, ready for any number of documents.
#[derive(Clone)]
pub(crate) struct Fonts {
    /// For the engine; cloned for each document, which may add fonts of its own.
    pub(crate) context: FontContext,
    /// For text in SVG images.
    pub(crate) svg: Arc<SvgFonts>,
    /// How many faces were found on this machine.
    pub(crate) faces: u32,
}

impl Fonts {
    /// Finds and maps the fonts of this machine.
    pub(crate) fn of_this_machine() -> Self {
        Self::load(&FontConfig::of_this_machine())
    }

    /// Finds and maps the fonts in these directories.
    pub(crate) fn load(config: &FontConfig) -> Self {
        let options = CollectionOptions { shared: false, system_fonts: false };
        let mut collection = Collection::new(options);
        let mut faces = 0;
        let mut files = Vec::new();
        for path in font_files(&config.directories) {
            match map(&path) {
                Ok(mapped) => {
                    let file: FontFile = Arc::new(mapped);
                    faces += register(&mut collection, &file);
                    files.push(file);
                }
                Err(error) => tracing::debug!(path = %path.display(), %error, "a font file cannot be mapped"),
            }
        }
        register_embedded(&mut collection, &mut files);
        names::set_generic_families(&mut collection, config);
        names::add_metric_aliases(&mut collection);
        fallback::set_script_fallbacks(&mut collection);
        // After the fallbacks: neither is to stand in for any other font. The second is the engine's own, for list markers.
        collection.register_fonts(Blob::new(Arc::new(PASSWORD)), None);
        collection.register_fonts(Blob::new(Arc::new(blitz_dom::BULLET_FONT)), None);
        let svg = Arc::new(SvgFonts::new(files, &mut collection));
        Self { context: FontContext { collection, source_cache: SourceCache::new_shared() }, svg, faces }
    }
}

/// For machines without any font: family and file. See `assets/fonts/README.md`.
const EMBEDDED: &[(&str, &[u8])] = &[
    (EMBEDDED_SANS, include_bytes!("../../../assets/fonts/DejaVuSans.ttf")),
    (EMBEDDED_SANS, include_bytes!("../../../assets/fonts/DejaVuSans-Bold.ttf")),
    (EMBEDDED_SANS, include_bytes!("../../../assets/fonts/DejaVuSans-Oblique.ttf")),
    (EMBEDDED_MONO, include_bytes!("../../../assets/fonts/DejaVuSansMono.ttf")),
];

/// Shows every character as a bullet.
const PASSWORD: &[u8] = include_bytes!("../../../assets/fonts/Password.ttf");

const EMBEDDED_SANS: &str = "DejaVu Sans";
const EMBEDDED_MONO: &str = "DejaVu Sans Mono";

/// The bytes of a font file.
type FontFile = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Registers those embedded families that this machine does not have in full.
fn register_embedded(collection: &mut Collection, files: &mut Vec<FontFile>) {
    let missing: Vec<_> = EMBEDDED.iter().filter(|(family, _)| collection.family_id(family).is_none()).collect();
    for (_, bytes) in missing {
        let file: FontFile = Arc::new(*bytes);
        register(collection, &file);
        files.push(file);
    }
}

/// Registers a file's faces under their own names. Returns how many there are.
fn register(collection: &mut Collection, file: &FontFile) -> u32 {
    let families = collection.register_fonts(Blob::new(Arc::clone(file)), None);
    families.iter().map(|(_, fonts)| u32::try_from(fonts.len()).unwrap_or(0)).sum()
}
