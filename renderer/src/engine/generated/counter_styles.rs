//! Numbers as counter styles write them (CSS Counter Styles 3, section 6).

use ::style::counter_style::{CounterStyle, Symbol};

const ROMAN: [(i32, &str); 13] = [
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
];
const LATIN: &str = "abcdefghijklmnopqrstuvwxyz";
const GREEK: &str = "αβγδεζηθικλμνξοπρστυφχψω";

/// A number in a counter style.
pub(super) fn write(style: &CounterStyle, value: i32) -> String {
    match style {
        CounterStyle::None => String::new(),
        CounterStyle::Name(name) => named(&name.0, value),
        CounterStyle::String(string) => string.to_string(),
        CounterStyle::Symbols { symbols, .. } => {
            let count = i32::try_from(symbols.0.len()).unwrap_or(i32::MAX).max(1);
            let at = value.saturating_sub(1).rem_euclid(count) as usize;
            match symbols.0.get(at) {
                Some(Symbol::String(string)) => string.to_string(),
                Some(Symbol::Ident(ident)) => ident.0.to_string(),
                None => value.to_string(),
            }
        }
    }
}

fn named(name: &str, value: i32) -> String {
    let written = match name {
        "decimal-leading-zero" => {
            Some(if value < 0 { format!("-{:02}", value.unsigned_abs()) } else { format!("{value:02}") })
        }
        "lower-roman" => roman(value),
        "upper-roman" => roman(value).map(|roman| roman.to_uppercase()),
        "lower-alpha" | "lower-latin" => letters(LATIN, value),
        "upper-alpha" | "upper-latin" => letters(LATIN, value).map(|letters| letters.to_uppercase()),
        "lower-greek" => letters(GREEK, value),
        "disc" => Some("•".to_owned()),
        "circle" => Some("◦".to_owned()),
        "square" => Some("▪".to_owned()),
        "disclosure-open" => Some("▾".to_owned()),
        "disclosure-closed" => Some("▸".to_owned()),
        _ => None,
    };
    written.unwrap_or_else(|| value.to_string())
}

fn roman(value: i32) -> Option<String> {
    if !(1..=3999).contains(&value) {
        return None;
    }
    let (mut rest, mut roman) = (value, String::new());
    for (weight, digits) in ROMAN {
        while rest >= weight {
            roman.push_str(digits);
            rest -= weight;
        }
    }
    Some(roman)
}

fn letters(alphabet: &str, value: i32) -> Option<String> {
    let alphabet: Vec<char> = alphabet.chars().collect();
    let mut rest = usize::try_from(value).ok().filter(|value| *value > 0)?;
    let mut letters = Vec::new();
    while rest > 0 {
        rest -= 1;
        letters.push(alphabet[rest % alphabet.len()]);
        rest /= alphabet.len();
    }
    Some(letters.into_iter().rev().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_their_style_says() {
        assert_eq!(named("decimal", -3), "-3");
        assert_eq!(
            (named("decimal-leading-zero", 7), named("decimal-leading-zero", 12)),
            ("07".to_owned(), "12".to_owned())
        );
        assert_eq!((named("lower-roman", 1994), named("upper-roman", 4)), ("mcmxciv".to_owned(), "IV".to_owned()));
        assert_eq!((named("lower-alpha", 26), named("upper-latin", 28)), ("z".to_owned(), "AB".to_owned()));
        assert_eq!(named("lower-greek", 25), "αα");
    }

    #[test]
    fn what_a_style_cannot_write_is_decimal() {
        assert_eq!((named("lower-roman", 0), named("lower-roman", 4000)), ("0".to_owned(), "4000".to_owned()));
        assert_eq!((named("lower-alpha", 0), named("unheard-of", 5)), ("0".to_owned(), "5".to_owned()));
    }
}
