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
use std::path::PathBuf;
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
        for font in EMBEDDED {
            collection.register_fonts(Blob::new(Arc::new(*font)), None);
        }
        // The engine's own, for list markers.
        collection.register_fonts(Blob::new(Arc::new(blitz_dom::BULLET_FONT)), None);
        names::set_generic_families(&mut collection, config);
        names::add_metric_aliases(&mut collection);
        fallback::set_script_fallbacks(&mut collection);
        Self { context: FontContext { collection, source_cache: SourceCache::new_shared() }, faces }
    }
}

/// For machines without any font. See `assets/fonts/README.md`.
const EMBEDDED: &[&[u8]] = &[];

/// The name of the embedded family.
pub(crate) const EMBEDDED_SANS: &str = "DejaVu Sans";
pub(crate) const EMBEDDED_SERIF: &str = "DejaVu Serif";
pub(crate) const EMBEDDED_MONO: &str = "DejaVu Sans Mono";

fn register_file(collection: &mut Collection, path: &PathBuf) -> u32 {
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
