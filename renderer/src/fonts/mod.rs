//! Fonts: found and mapped by the zygote, so that a renderer never opens a file.
//!
//! Contract:
//! - every outline font in the directories that fontconfig's configuration names is registered under its own names, its file
//!   mapped once for all processes;
//! - the generic families and the metric-compatible names resolve as they do in Chromium with the same fontconfig;
//! - for each script there is a list of families that have it;
//! - a family is embedded, so that text is shown where no font is installed.

mod config;
mod fallback;
mod files;
mod names;

pub(crate) use config::FontConfig;

use parley::FontContext;
use parley::fontique::{Blob, Collection, CollectionOptions, SourceCache};
use std::path::Path;
use std::sync::Arc;

/// The fonts of this machine, ready for any number of documents.
#[derive(Clone)]
pub(crate) struct Fonts {
    /// For the engine; cloned for each document, which may add fonts of its own.
    pub(crate) context: FontContext,
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
        for path in files::font_files(&config.directories) {
            faces += register_file(&mut collection, &path);
        }
        register_embedded(&mut collection);
        // The engine's own, for list markers.
        collection.register_fonts(Blob::new(Arc::new(blitz_dom::BULLET_FONT)), None);
        names::set_generic_families(&mut collection, config);
        names::add_metric_aliases(&mut collection);
        fallback::set_script_fallbacks(&mut collection);
        Self { context: FontContext { collection, source_cache: SourceCache::new_shared() }, faces }
    }
}

/// For machines without any font: family and file. See `assets/fonts/README.md`.
const EMBEDDED: &[(&str, &[u8])] = &[
    (EMBEDDED_SANS, include_bytes!("../../../assets/fonts/DejaVuSans.ttf")),
    (EMBEDDED_SANS, include_bytes!("../../../assets/fonts/DejaVuSans-Bold.ttf")),
    (EMBEDDED_SANS, include_bytes!("../../../assets/fonts/DejaVuSans-Oblique.ttf")),
    (EMBEDDED_MONO, include_bytes!("../../../assets/fonts/DejaVuSansMono.ttf")),
];

const EMBEDDED_SANS: &str = "DejaVu Sans";
const EMBEDDED_MONO: &str = "DejaVu Sans Mono";

/// Registers those embedded families that this machine does not have in full.
fn register_embedded(collection: &mut Collection) {
    let missing: Vec<_> = EMBEDDED.iter().filter(|(family, _)| collection.family_id(family).is_none()).collect();
    for (_, file) in missing {
        collection.register_fonts(Blob::new(Arc::new(*file)), None);
    }
}

fn register_file(collection: &mut Collection, path: &Path) -> u32 {
    match files::map(path) {
        Ok(mapped) => {
            let families = collection.register_fonts(Blob::new(Arc::new(mapped)), None);
            families.iter().map(|(_, fonts)| u32::try_from(fonts.len()).unwrap_or(0)).sum()
        }
        Err(error) => {
            tracing::debug!(path = %path.display(), %error, "a font file cannot be mapped");
            0
        }
    }
}
