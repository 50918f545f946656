//! The forms that Arabic letters take beside one another. egui draws each character by itself; Unicode has these forms as characters
//! of their own, for such programs (Arabic Presentation Forms A and B), and most fonts for Arabic have them.
//!
//! Contract: the text is in the order of reading; marks between two letters do not part them.

use unicode_bidi::{BidiClass, bidi_class};

/// A letter; its form where it stands alone, which the others follow (at the end, at the beginning, in the middle of a group); and
/// how many forms it has: with two, it joins the letter before it, with four, the one after it, too.
const LETTERS: &[(char, u32, u32)] = &[
    ('\u{621}', 0xfe80, 1),
    ('\u{622}', 0xfe81, 2),
    ('\u{623}', 0xfe83, 2),
    ('\u{624}', 0xfe85, 2),
    ('\u{625}', 0xfe87, 2),
    ('\u{626}', 0xfe89, 4),
    ('\u{627}', 0xfe8d, 2),
    ('\u{628}', 0xfe8f, 4),
    ('\u{629}', 0xfe93, 2),
    ('\u{62a}', 0xfe95, 4),
    ('\u{62b}', 0xfe99, 4),
    ('\u{62c}', 0xfe9d, 4),
    ('\u{62d}', 0xfea1, 4),
    ('\u{62e}', 0xfea5, 4),
    ('\u{62f}', 0xfea9, 2),
    ('\u{630}', 0xfeab, 2),
    ('\u{631}', 0xfead, 2),
    ('\u{632}', 0xfeaf, 2),
    ('\u{633}', 0xfeb1, 4),
    ('\u{634}', 0xfeb5, 4),
    ('\u{635}', 0xfeb9, 4),
    ('\u{636}', 0xfebd, 4),
    ('\u{637}', 0xfec1, 4),
    ('\u{638}', 0xfec5, 4),
    ('\u{639}', 0xfec9, 4),
    ('\u{63a}', 0xfecd, 4),
    ('\u{641}', 0xfed1, 4),
    ('\u{642}', 0xfed5, 4),
    ('\u{643}', 0xfed9, 4),
    ('\u{644}', 0xfedd, 4),
    ('\u{645}', 0xfee1, 4),
    ('\u{646}', 0xfee5, 4),
    ('\u{647}', 0xfee9, 4),
    ('\u{648}', 0xfeed, 2),
    ('\u{649}', 0xfeef, 2),
    ('\u{64a}', 0xfef1, 4),
    // Persian and Urdu.
    ('\u{679}', 0xfb66, 4),
    ('\u{67e}', 0xfb56, 4),
    ('\u{686}', 0xfb7a, 4),
    ('\u{688}', 0xfb88, 2),
    ('\u{691}', 0xfb8c, 2),
    ('\u{698}', 0xfb8a, 2),
    ('\u{6a9}', 0xfb8e, 4),
    ('\u{6af}', 0xfb92, 4),
    ('\u{6ba}', 0xfb9e, 2),
    ('\u{6be}', 0xfbaa, 4),
    ('\u{6c1}', 0xfba6, 4),
    ('\u{6cc}', 0xfbfc, 4),
    ('\u{6d2}', 0xfbae, 2),
];

const LAM: char = '\u{644}';

/// Lam and one of these are one sign, alone and at the end of a group.
const LAM_ALEF: &[(char, u32)] = &[('\u{622}', 0xfef5), ('\u{623}', 0xfef7), ('\u{625}', 0xfef9), ('\u{627}', 0xfefb)];

/// Joins on both sides, and has one form.
const TATWEEL: char = '\u{640}';

/// The text with its letters in the forms that they have beside one another.
pub(super) fn join(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut joined = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let before = characters.iter().take(at).rev().find(|other| !is_mark(**other));
        let from_before = before.is_some_and(|before| forms(*before) == 4) && forms(character) >= 2;
        let ligature = characters.get(at + 1).filter(|_| character == LAM);
        let ligature = ligature.and_then(|next| LAM_ALEF.iter().find(|(alef, _)| alef == next));
        let form = match (ligature, letter(character)) {
            (Some((_, alone)), _) => Some(alone + u32::from(from_before)),
            (None, Some((_, alone, forms))) => {
                let after = characters.iter().skip(at + 1).find(|other| !is_mark(**other));
                let to_after = *forms == 4 && after.is_some_and(|after| self::forms(*after) >= 2);
                Some(alone + u32::from(from_before) + 2 * u32::from(to_after))
            }
            (None, None) => None,
        };
        joined.push(form.and_then(char::from_u32).unwrap_or(character));
        at += 1 + usize::from(ligature.is_some());
    }
    joined
}

fn letter(character: char) -> Option<&'static (char, u32, u32)> {
    LETTERS.iter().find(|(letter, ..)| *letter == character)
}

/// On how many sides it joins, as the number of forms.
fn forms(character: char) -> u32 {
    if character == TATWEEL { 4 } else { letter(character).map_or(0, |(.., forms)| *forms) }
}

fn is_mark(character: char) -> bool {
    bidi_class(character) == BidiClass::NSM
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_the_form_of_their_place() {
        // "salam": seen at the beginning; lam and alef as one sign, at the end of the group; mim alone.
        assert_eq!(join("\u{633}\u{644}\u{627}\u{645}"), "\u{feb3}\u{fefc}\u{fee1}");
        // "bayt": at the beginning, in the middle, at the end.
        assert_eq!(join("\u{628}\u{64a}\u{62a}"), "\u{fe91}\u{fef4}\u{fe96}");
        // "dar": none of these joins the next.
        assert_eq!(join("\u{62f}\u{627}\u{631}"), "\u{fea9}\u{fe8d}\u{fead}");
        // A mark stays where it is, and parts nothing.
        assert_eq!(join("\u{628}\u{64e}\u{628}"), "\u{fe91}\u{64e}\u{fe90}");
        assert_eq!(join("\u{628} \u{628}"), "\u{fe8f} \u{fe8f}");
        assert_eq!(join("\u{628}\u{640}"), "\u{fe91}\u{640}");
    }

    #[test]
    fn what_is_not_arabic_stays_as_it_is() {
        for text in ["", "plain", "\u{5d0}\u{5d1}"] {
            assert_eq!(join(text), text);
        }
    }

    #[test]
    fn the_table_is_in_order_and_no_form_belongs_to_two_letters() {
        let mut forms: Vec<u32> = LETTERS.iter().flat_map(|(_, alone, forms)| *alone..alone + forms).collect();
        let count = forms.len();
        forms.sort_unstable();
        forms.dedup();
        assert_eq!(forms.len(), count);
        assert!(LETTERS.is_sorted_by_key(|(letter, ..)| letter));
    }
}
