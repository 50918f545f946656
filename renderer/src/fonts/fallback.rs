//! Which families have the characters of a script, for text in a font that lacks them.

use bulkhead_fonts::rank;
use parley::fontique::{
    Collection, FamilyId, FamilyInfo, FontStyle, FontWeight, GenericFamily, Script, ScriptExt, SourceKind,
};

/// Families tried for each script. A text that none of them has is shown as boxes.
const PER_SCRIPT: usize = 3;

/// Tried for every script at last: they have what belongs to no script, such as arrows and dingbats.
const SYMBOLS: &[&str] =
    &["DejaVu Sans", "Noto Sans Symbols", "Noto Sans Symbols2", "Noto Sans Symbols 2", "Noto Sans Math", "Symbola"];

/// Scripts of text that says of itself in which script it is only in part: punctuation, symbols, digits.
const SHARED_SCRIPTS: [&[u8; 4]; 4] = [b"Zyyy", b"Zinh", b"Zsym", b"Zmth"];

/// Gives each script its families.
pub(super) fn set_script_fallbacks(collection: &mut Collection) {
    let symbols: Vec<FamilyId> = SYMBOLS.iter().filter_map(|name| collection.family_id(name)).collect();
    let ids: Vec<FamilyId> = collection.family_ids().collect();
    let mut families: Vec<FamilyInfo> = ids.into_iter().filter_map(|id| collection.family(id)).collect();
    // Text in a font that does not exist is shown in the standard one, as everywhere.
    let standard: Option<FamilyId> = collection.generic_families(GenericFamily::Serif).next();
    families.sort_by_cached_key(|family| (rank(family.name()), family.name().to_owned()));
    for (script, sample) in Script::all_samples() {
        let covering = families.iter().filter(|family| covers(family, sample)).map(FamilyInfo::id).take(PER_SCRIPT);
        let standard = standard.filter(|id| families.iter().any(|family| family.id() == *id && covers(family, sample)));
        let covering = standard.into_iter().chain(covering);
        let list: Vec<_> = covering.chain(symbols.iter().copied()).collect();
        collection.set_fallbacks(*script, list.into_iter());
    }
    for script in SHARED_SCRIPTS {
        collection.set_fallbacks(Script::from_bytes(*script), standard.into_iter().chain(symbols.iter().copied()));
    }
}

/// Whether the upright regular face has at least half of the characters: samples hold some that were added late.
fn covers(family: &FamilyInfo, sample: &str) -> bool {
    let Some(font) = family.match_font(Default::default(), FontStyle::Normal, FontWeight::NORMAL, false) else {
        return false;
    };
    let SourceKind::Memory(blob) = font.source().kind() else { return false };
    let Some(charmap) = font.charmap_index().charmap(blob.as_ref()) else { return false };
    let (mut present, mut all) = (0, 0);
    for character in sample.chars() {
        all += 1;
        present += usize::from(charmap.map(character).is_some_and(|glyph| glyph != 0));
    }
    all > 0 && present * 2 >= all
}
