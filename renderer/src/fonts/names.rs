//! Which families stand behind the names that pages use: generic families, and names of fonts that are not installed but have
//! a twin of the same widths.

use super::{EMBEDDED_MONO, EMBEDDED_SANS, FontConfig};
use parley::fontique::{Collection, FontInfoOverride, GenericFamily, SourceKind};

/// For each generic family: the families that Chromium's default settings name for it on Linux (with their twins), the name
/// that fontconfig knows it by, and the embedded family.
const GENERIC: &[(GenericFamily, &[&str], &str, &str)] = &[
    (GenericFamily::Serif, TIMES, "serif", EMBEDDED_SANS),
    (GenericFamily::SansSerif, ARIAL, "sans-serif", EMBEDDED_SANS),
    (GenericFamily::Monospace, &[], "monospace", EMBEDDED_MONO),
    (GenericFamily::Cursive, &["Comic Sans MS", "Comic Neue"], "cursive", EMBEDDED_SANS),
    (GenericFamily::Fantasy, &["Impact"], "fantasy", EMBEDDED_SANS),
    (GenericFamily::SystemUi, &[], "sans-serif", EMBEDDED_SANS),
    (GenericFamily::UiSansSerif, &[], "sans-serif", EMBEDDED_SANS),
    (GenericFamily::UiSerif, &[], "serif", EMBEDDED_SANS),
    (GenericFamily::UiMonospace, &[], "monospace", EMBEDDED_MONO),
    (GenericFamily::UiRounded, &[], "sans-serif", EMBEDDED_SANS),
    (GenericFamily::Emoji, &["Noto Color Emoji"], "emoji", EMBEDDED_SANS),
    (GenericFamily::Math, &["Latin Modern Math", "STIX Two Math", "DejaVu Math TeX Gyre"], "math", EMBEDDED_SANS),
];

const TIMES: &[&str] = &["Times New Roman", "Liberation Serif", "Tinos", "Nimbus Roman", "FreeSerif"];
const ARIAL: &[&str] = &["Arial", "Liberation Sans", "Arimo", "Nimbus Sans", "FreeSans"];
const COURIER: &[&str] = &["Courier New", "Liberation Mono", "Cousine", "Nimbus Mono PS", "FreeMono"];

/// Names whose fonts cost money, and the families that were drawn to the same widths (fontconfig's `30-metric-aliases.conf`).
const METRIC_TWINS: &[(&str, &[&str])] = &[
    ("Times New Roman", TIMES),
    ("Times", TIMES),
    ("Arial", ARIAL),
    ("Helvetica", ARIAL),
    ("Courier New", COURIER),
    ("Courier", COURIER),
    ("Calibri", &["Carlito"]),
    ("Cambria", &["Caladea"]),
    ("Georgia", &["Gelasio"]),
    ("Arial Narrow", &["Liberation Sans Narrow"]),
    ("Palatino Linotype", &["P052"]),
    ("Palatino", &["P052"]),
];

/// The families with the same widths as this one.
pub(super) fn twins(name: &str) -> &'static [&'static str] {
    METRIC_TWINS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or(&[], |(_, twins)| twins)
}

/// Lets each generic family mean the best of its families that is installed.
pub(super) fn set_generic_families(collection: &mut Collection, config: &FontConfig) {
    for (generic, first, fontconfig, embedded) in GENERIC {
        let names = first.iter().copied().chain(config.families(fontconfig)).chain([*embedded]);
        // One alone: what it lacks is for the script's fallbacks to find, emoji for one.
        let id = names.filter_map(|name| collection.family_id(name)).next();
        collection.set_generic_families(*generic, id.into_iter());
    }
}

/// Registers the twins under the names of those fonts that are not installed.
pub(super) fn add_metric_aliases(collection: &mut Collection) {
    for (name, twins) in METRIC_TWINS {
        if collection.family_id(name).is_some() {
            continue;
        }
        let Some(twin) = twins.iter().find_map(|twin| collection.family_by_name(twin)) else { continue };
        let mut blobs: Vec<_> = Vec::new();
        for font in twin.fonts() {
            if let SourceKind::Memory(blob) = font.source().kind()
                && !blobs.iter().any(|known: &parley::fontique::Blob<u8>| known.id() == blob.id())
            {
                blobs.push(blob.clone());
            }
        }
        for blob in blobs {
            let under = FontInfoOverride { family_name: Some(name), ..FontInfoOverride::default() };
            collection.register_fonts(blob, Some(under));
        }
    }
}
