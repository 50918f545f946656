//! Fonts for text in SVG images.
//!
//! The engine reads SVG with `usvg`, which has font tables of its own and opens a font's file when it draws a letter of it. A
//! renderer opens no file, so those tables are left empty ([`without_system_fonts`]), and text is made outlines before the
//! engine sees it, with the fonts that are mapped already (`crate::svg`).

use super::{FontFile, names};
use parley::fontique::{Collection, GenericFamily};
use std::env;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::sync::{Arc, OnceLock};
use usvg::fontdb::{Database, Source};

/// A configuration that leads to no font. Without any directory in it, the usual ones would be searched.
const NO_FONTS: &str = "<fontconfig><dir>/nonexistent</dir></fontconfig>";

/// The generic families of CSS that `usvg` does not know (CSS Fonts 4, section 2.1.3).
const OTHERS: &[(&str, GenericFamily)] = &[
    ("emoji", GenericFamily::Emoji),
    ("math", GenericFamily::Math),
    ("system-ui", GenericFamily::SystemUi),
    ("ui-monospace", GenericFamily::UiMonospace),
    ("ui-rounded", GenericFamily::UiRounded),
    ("ui-sans-serif", GenericFamily::UiSansSerif),
    ("ui-serif", GenericFamily::UiSerif),
];

/// The mapped fonts, for `usvg`.
#[derive(Default)]
pub(crate) struct SvgFonts {
    files: Vec<FontFile>,
    serif: String,
    sans_serif: String,
    monospace: String,
    cursive: String,
    fantasy: String,
    /// Generic families of CSS that `usvg` takes for names, and what they mean.
    others: Vec<(&'static str, String)>,
    /// Made when the first text is met: most pages have none.
    database: OnceLock<Arc<Database>>,
}

impl SvgFonts {
    pub(super) fn new(files: Vec<FontFile>, collection: &mut Collection) -> Self {
        let mut name = |generic| {
            let id = collection.generic_families(generic).next();
            id.and_then(|id| collection.family_name(id)).unwrap_or_default().to_owned()
        };
        Self {
            files,
            serif: name(GenericFamily::Serif),
            sans_serif: name(GenericFamily::SansSerif),
            monospace: name(GenericFamily::Monospace),
            cursive: name(GenericFamily::Cursive),
            fantasy: name(GenericFamily::Fantasy),
            others: OTHERS.iter().map(|(generic, family)| (*generic, name(*family))).collect(),
            database: OnceLock::new(),
        }
    }

    /// The family for text that names none.
    pub(crate) fn standard(&self) -> &str {
        &self.serif
    }

    /// The tables that `usvg` selects fonts from.
    pub(crate) fn database(&self) -> Arc<Database> {
        Arc::clone(self.database.get_or_init(|| Arc::new(self.build())))
    }

    /// The families to try for one that a document names: itself, and its twins; or what it means, where it is a generic one.
    pub(crate) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let generic = self.others.iter().find(|(generic, _)| generic.eq_ignore_ascii_case(name));
        let name = generic.map_or(name, |(_, family)| family);
        std::iter::once(name).chain(names::twins(name).iter().copied())
    }

    fn build(&self) -> Database {
        let mut database = Database::new();
        for file in &self.files {
            database.load_font_source(Source::Binary(Arc::clone(file)));
        }
        database.set_serif_family(&self.serif);
        database.set_sans_serif_family(&self.sans_serif);
        database.set_monospace_family(&self.monospace);
        database.set_cursive_family(&self.cursive);
        database.set_fantasy_family(&self.fantasy);
        database
    }
}

/// Runs `first_svg` such that the engine's own font tables, which it fills when it meets its first SVG image, stay empty. To be
/// called once, in the zygote.
#[expect(unsafe_code, reason = "the tables are filled from where an environment variable says")]
pub(crate) fn without_system_fonts<R>(first_svg: impl FnOnce() -> R) -> std::io::Result<R> {
    const VARIABLE: &str = "FONTCONFIG_FILE";
    let flags = nix::sys::memfd::MFdFlags::MFD_CLOEXEC;
    let mut file = std::fs::File::from(nix::sys::memfd::memfd_create(c"bulkhead-no-fonts", flags)?);
    file.write_all(NO_FONTS.as_bytes())?;
    let before = env::var_os(VARIABLE);
    // SAFETY: the zygote has one thread (its contract, which a test checks), so nobody reads the environment meanwhile.
    unsafe { env::set_var(VARIABLE, format!("/proc/self/fd/{}", file.as_raw_fd())) };
    let result = first_svg();
    // SAFETY: as above.
    unsafe {
        match before {
            Some(value) => env::set_var(VARIABLE, value),
            None => env::remove_var(VARIABLE),
        }
    }
    Ok(result)
}
