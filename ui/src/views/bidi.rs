//! The order in which the letters of a line are seen: from right to left in Hebrew and Arabic. egui lays out from left to right.
//!
//! Contract:
//! - the line is one paragraph, whose direction is that of its first letter (Unicode Standard Annex 9, rules P2 and P3);
//! - characters that override directions are left out: in a title, they only deceive.

use std::borrow::Cow;
use unicode_bidi::{BidiClass, BidiInfo, bidi_class};

/// The line as it is seen, from the left.
pub(super) fn visual(line: &str) -> Cow<'_, str> {
    if line.is_ascii() {
        return Cow::Borrowed(line);
    }
    let plain: String = line.chars().filter(|character| !overrides(*character)).collect();
    let info = BidiInfo::new(&plain, None);
    let [paragraph] = info.paragraphs.as_slice() else { return Cow::Owned(plain) };
    let (levels, runs) = info.visual_runs(paragraph, paragraph.range.clone());
    let mut seen = String::with_capacity(plain.len());
    for run in runs {
        let is_turned = levels.get(run.start).is_some_and(|level| level.is_rtl());
        let text = plain.get(run).unwrap_or_default();
        if is_turned { turn(text, &mut seen) } else { seen.push_str(text) }
    }
    Cow::Owned(seen)
}

/// Appends the run in the other order, each letter with the marks that belong to it, and brackets the other way round.
fn turn(run: &str, seen: &mut String) {
    let mut rest = run;
    while let Some((at, _)) = rest.char_indices().rev().find(|(_, c)| bidi_class(*c) != BidiClass::NSM) {
        let (before, letter) = rest.split_at(at);
        seen.extend(letter.chars().map(mirrored));
        rest = before;
    }
    seen.push_str(rest);
}

/// The character that looks like this one in a mirror, of those that stand in titles.
fn mirrored(character: char) -> char {
    const PAIRS: [(char, char); 6] =
        [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>'), ('\u{ab}', '\u{bb}'), ('\u{2039}', '\u{203a}')];
    let other = PAIRS.iter().find_map(|(left, right)| match character {
        _ if character == *left => Some(*right),
        _ if character == *right => Some(*left),
        _ => None,
    });
    other.unwrap_or(character)
}

/// Embeddings, overrides and isolates.
fn overrides(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_from_right_to_left_are_turned_round_and_numbers_in_them_are_not() {
        assert_eq!(visual("plain"), "plain");
        assert_eq!(visual("größer"), "größer");
        assert_eq!(visual("\u{5d0}\u{5d1}\u{5d2}"), "\u{5d2}\u{5d1}\u{5d0}");
        assert_eq!(visual("see \u{5d0}\u{5d1} 42"), "see 42 \u{5d1}\u{5d0}");
        assert_eq!(visual("\u{5d0}\u{5d1} (x) 42"), "42 (x) \u{5d1}\u{5d0}");
        assert_eq!(visual("\u{5d0}\u{5b0}\u{5d1}"), "\u{5d1}\u{5d0}\u{5b0}", "a mark stays behind its letter");
    }

    #[test]
    fn nothing_can_be_made_to_read_backwards() {
        assert_eq!(visual("\u{202e}gpj.exe"), "gpj.exe");
        assert_eq!(visual("a\u{2067}b\u{2069}c"), "abc");
    }
}
