//! Numbers as counter styles write them (CSS Counter Styles 3, section 6), for lists and for generated content.

use ::style::counter_style::{CounterStyle, Symbol};

/// A number, or the sign that is there in place of one, in a counter style.
pub(super) fn write(style: &CounterStyle, value: i32) -> String {
    match style {
        CounterStyle::None => String::new(),
        CounterStyle::Name(name) => match &*name.0 {
            "disc" => "•".to_owned(),
            "circle" => "◦".to_owned(),
            "square" => "▪".to_owned(),
            "disclosure-open" => "▾".to_owned(),
            "disclosure-closed" => "▸".to_owned(),
            name => number(name, i64::from(value)),
        },
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

/// A number in a style of this name; in decimal digits where the style cannot write it.
pub(super) fn number(style: &str, value: i64) -> String {
    const GREEK: &str = "αβγδεζηθικλμνξοπρστυφχψω";
    const HIRAGANA: &str =
        "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわゐゑをん";
    const KATAKANA: &str =
        "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヰヱヲン";
    const LATIN: &str = "abcdefghijklmnopqrstuvwxyz";
    let written = match style {
        "lower-alpha" | "lower-latin" => alphabetic(LATIN, value),
        "upper-alpha" | "upper-latin" => alphabetic(LATIN, value).map(|text| text.to_ascii_uppercase()),
        "lower-greek" => alphabetic(GREEK, value),
        "hiragana" => alphabetic(HIRAGANA, value),
        "katakana" => alphabetic(KATAKANA, value),
        "lower-roman" => roman(value),
        "upper-roman" => roman(value).map(|text| text.to_ascii_uppercase()),
        "armenian" | "upper-armenian" => additive(0x531, value),
        "lower-armenian" => additive(0x561, value),
        "georgian" => georgian(value),
        "decimal-leading-zero" => {
            Some(if value < 0 { format!("-{:02}", value.unsigned_abs()) } else { format!("{value:02}") })
        }
        other => zero_of(other).map(|zero| digits(zero, value)),
    };
    written.unwrap_or_else(|| value.to_string())
}

/// The digit zero of the styles that differ from `decimal` in their digits only.
fn zero_of(style: &str) -> Option<u32> {
    Some(match style {
        "arabic-indic" => 0x660,
        "bengali" => 0x9e6,
        "cambodian" | "khmer" => 0x17e0,
        "devanagari" => 0x966,
        "gujarati" => 0xae6,
        "gurmukhi" => 0xa66,
        "kannada" => 0xce6,
        "lao" => 0xed0,
        "malayalam" => 0xd66,
        "mongolian" => 0x1810,
        "myanmar" => 0x1040,
        "oriya" => 0xb66,
        "persian" => 0x6f0,
        "tamil" => 0xbe6,
        "telugu" => 0xc66,
        "thai" => 0xe50,
        "tibetan" => 0xf20,
        _ => return None,
    })
}

fn digits(zero: u32, value: i64) -> String {
    let translate =
        |character: char| character.to_digit(10).and_then(|digit| char::from_u32(zero + digit)).unwrap_or(character);
    value.to_string().chars().map(translate).collect()
}

fn alphabetic(letters: &str, value: i64) -> Option<String> {
    let letters: Vec<char> = letters.chars().collect();
    let mut rest = usize::try_from(value).ok().filter(|rest| *rest > 0)?;
    let mut text = Vec::new();
    while rest > 0 {
        rest -= 1;
        text.push(letters[rest % letters.len()]);
        rest /= letters.len();
    }
    Some(text.into_iter().rev().collect())
}

fn roman(value: i64) -> Option<String> {
    const PARTS: [(i64, &str); 13] = [
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
    let mut rest = Some(value).filter(|value| (1..4000).contains(value))?;
    let mut text = String::new();
    for (number, letters) in PARTS {
        while rest >= number {
            text.push_str(letters);
            rest -= number;
        }
    }
    Some(text)
}

/// Armenian: 36 letters from `first` on, nine for each power of ten.
fn additive(first: u32, value: i64) -> Option<String> {
    Some(value).filter(|value| (1..10_000).contains(value))?;
    let letter = |power: u32| {
        let digit = u32::try_from(value / 10_i64.pow(power) % 10).ok()?;
        if digit == 0 { None } else { char::from_u32(first + power * 9 + digit - 1) }
    };
    Some((0..4).rev().filter_map(letter).collect())
}

fn georgian(value: i64) -> Option<String> {
    const LETTERS: [&str; 4] = ["აბგდევზჱთ", "იკლმნჲოპჟ", "რსტჳფქღყშ", "ჩცძწჭხჴჯჰ"];
    Some(value).filter(|value| (1..10_000).contains(value))?;
    let letter = |power: usize| {
        let digit = usize::try_from(value / 10_i64.pow(power as u32) % 10).ok()?;
        LETTERS[power].chars().nth(digit.checked_sub(1)?)
    };
    Some((0..4).rev().filter_map(letter).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_their_style_says() {
        for (style, value, expected) in [
            ("decimal", -3, "-3"),
            ("decimal-leading-zero", 12, "12"),
            ("lower-alpha", 26, "z"),
            ("upper-latin", 28, "AB"),
            ("lower-greek", 25, "αα"),
            ("upper-roman", 4, "IV"),
            ("georgian", 1994, "ჩშჟდ"),
        ] {
            assert_eq!(number(style, value), expected, "{style}");
        }
    }

    #[test]
    fn what_a_style_cannot_write_is_decimal() {
        for (style, value, expected) in
            [("lower-roman", 0, "0"), ("lower-roman", 4000, "4000"), ("lower-alpha", 0, "0"), ("unheard-of", 5, "5")]
        {
            assert_eq!(number(style, value), expected, "{style}");
        }
    }
}
