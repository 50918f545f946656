//! International domain names: when a label may be shown in its own script.
//!
//! The danger is a name that looks like another: Cyrillic `а` in an otherwise Latin `аpple`. A label is shown in Unicode
//! only if all of its letters belong to one row of [`SCRIPTS`] (with digits and hyphens), and, in Greek and Cyrillic, at
//! least one of them looks like no Latin letter. Everything else, right-to-left scripts among it, is shown in Punycode.
//! What remains: Latin letters with marks (`gõogle`) are shown as they are; telling those from the names that they
//! imitate needs a list of names.

use idna::AsciiDenyList;
use idna::uts46::{Hyphens, Uts46};
use std::ops::RangeInclusive;

/// A script whose labels are shown.
struct Script {
    /// Lower-case letters and marks: names are mapped to lower case before.
    letters: &'static [RangeInclusive<char>],
    /// Letters among them that look like Latin ones, or like a delimiter.
    lookalikes: &'static str,
}

/// The scripts, so far as their letters are easily told from others'.
const SCRIPTS: &[Script] = &[
    // Latin, without the letters that look like plain ones (dotless i, kra, long s, middle dots).
    Script {
        letters: &[
            'a'..='z',
            '\u{df}'..='\u{f6}',
            '\u{f8}'..='\u{130}',
            '\u{132}'..='\u{137}',
            '\u{139}'..='\u{13e}',
            '\u{141}'..='\u{148}',
            '\u{14a}'..='\u{17e}',
        ],
        lookalikes: "",
    },
    Script { letters: &['\u{3ac}'..='\u{3ce}'], lookalikes: "αγικνορτυχωίϊόύϋώ" },
    Script {
        letters: &['\u{430}'..='\u{45f}', '\u{491}'..='\u{491}'], lookalikes: "агекопрсухъьѕіїјћёѐќ"
    },
    // Chinese and Japanese.
    Script {
        letters: &[
            '\u{3005}'..='\u{3005}',
            '\u{3041}'..='\u{3096}',
            '\u{30a1}'..='\u{30fa}',
            '\u{30fc}'..='\u{30fc}',
            '\u{3400}'..='\u{4dbf}',
            '\u{4e00}'..='\u{9fff}',
        ],
        lookalikes: "ノソンニエ一ーロ口丶",
    },
    // Korean.
    Script { letters: &['\u{ac00}'..='\u{d7a3}'], lookalikes: "" },
    Script { letters: &['\u{905}'..='\u{939}', '\u{93e}'..='\u{94d}'], lookalikes: "" },
    Script { letters: &['\u{e01}'..='\u{e3a}', '\u{e40}'..='\u{e4e}'], lookalikes: "" },
];

/// A domain name, from ASCII, as it may be shown.
pub(super) fn domain(ascii: &str) -> String {
    let show = |label: &[char], _: &[char], _: bool| is_told_apart(label);
    let (shown, result) = Uts46::new().to_user_interface(ascii.as_bytes(), AsciiDenyList::URL, Hyphens::Allow, show);
    match result {
        Ok(()) => shown.into_owned(),
        Err(_) => ascii.to_owned(),
    }
}

fn is_told_apart(label: &[char]) -> bool {
    let is_neutral = |c: char| c.is_ascii_digit() || c == '-';
    SCRIPTS.iter().any(|script| {
        let mut letters = label.iter().copied().filter(|&c| !is_neutral(c));
        letters.clone().all(|c| script.letters.iter().any(|range| range.contains(&c)))
            && letters.any(|c| !script.lookalikes.contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From Unicode to ASCII, as the URL parser does, and back to what is shown.
    fn shown(name: &str) -> String {
        domain(&idna::domain_to_ascii(name).unwrap())
    }

    #[test]
    fn names_of_one_script_are_shown_in_it() {
        for name in [
            "münchen.example",
            "россия.example",
            "例え.example",
            "한국.example",
            "ελλάδα.example",
            "example.org",
            "भारत.example",
        ] {
            assert_eq!(shown(name), name);
        }
    }

    #[test]
    fn names_that_look_like_others_are_shown_in_punycode() {
        for (name, why) in [
            ("\u{430}pple.example", "Cyrillic in Latin"),
            ("\u{430}\u{440}\u{440}\u{4cf}\u{435}.example", "all Cyrillic, all look-alikes"),
            ("\u{3bf}\u{3bd}.example", "all Greek, all look-alikes"),
            ("g\u{131}thub.example", "a dotless i"),
            ("a\u{30ce}b.example", "a slash in Katakana"),
            ("\u{5d0}\u{5d1}.example", "right to left"),
        ] {
            assert!(shown(name).starts_with("xn--"), "{why}: {}", shown(name));
        }
    }

    #[test]
    fn each_label_is_judged_by_itself() {
        assert_eq!(shown("münchen.\u{430}pple.example"), format!("münchen.{}.example", "xn--pple-43d"));
    }
}
