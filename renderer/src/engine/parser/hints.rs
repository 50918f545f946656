//! What attributes mean to the style (HTML standard, section 15, "presentational hints"), where the engine does not know.
//!
//! A value becomes a custom property of the element, which `additions.css` uses; so that the page's own style sheets still
//! decide. Names begin with `--bulkhead-`.

use blitz_dom::{LocalName, QualName, local_name, ns};
use html5ever::Attribute;
use html5ever::tendril::StrTendril;
use std::fmt::Write;

/// An attribute without a namespace.
pub(super) fn attribute(name: LocalName, value: &str) -> Attribute {
    Attribute { name: QualName::new(None, ns!(), name), value: StrTendril::from_slice(value) }
}

/// Adds what the attributes of a new element mean.
pub(super) fn add(name: &QualName, attributes: &mut Vec<Attribute>) {
    if name.ns != ns!(html) {
        return;
    }
    let mut style = String::new();
    match &*name.local {
        "table" => {
            settle_table_alignment(attributes);
            length(&mut style, attributes, "cellpadding");
            length(&mut style, attributes, "cellspacing");
            if let Some(border) = value(attributes, "border") {
                declare(&mut style, "border", format_args!("{}px", integer(border).unwrap_or(1)));
            }
            colour(&mut style, attributes, "bordercolor");
        }
        "input" => {
            number(&mut style, attributes, "size");
            settle_kind(&mut style, attributes);
        }
        "textarea" => {
            number(&mut style, attributes, "cols");
            number(&mut style, attributes, "rows");
        }
        "select" => number(&mut style, attributes, "size"),
        "progress" => progress(&mut style, attributes),
        "meter" => meter(&mut style, attributes),
        "body" => {
            for name in ["text", "link", "alink"] {
                colour(&mut style, attributes, name);
            }
        }
        "font" => {
            colour(&mut style, attributes, "color");
            if let Some(size) = value(attributes, "size").and_then(font_size) {
                declare(&mut style, "font-size", size);
            }
            if let Some(face) = value(attributes, "face").filter(|face| is_family(face)) {
                declare(&mut style, "face", face);
            }
        }
        "hr" => {
            length(&mut style, attributes, "size");
            colour(&mut style, attributes, "color");
        }
        _ => {}
    }
    if matches!(&*name.local, "body" | "table" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th") {
        settle_background(attributes);
    }
    if let Some(align) = attributes.iter_mut().find(|attribute| attribute.name.local == local_name!("align")) {
        align.value = StrTendril::from_slice(match &*align.value.to_ascii_lowercase() {
            "middle" => "center",
            lower => lower,
        });
    }
    prepend(attributes, &style);
}

fn value<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a str> {
    attributes
        .iter()
        .find(|attribute| attribute.name.ns == ns!() && &*attribute.name.local == name)
        .map(|found| &*found.value)
}

/// The "rules for parsing non-negative integers": what follows the digits does not count.
fn integer(text: &str) -> Option<u32> {
    let text = text.trim_ascii_start();
    let text = text.strip_prefix('+').unwrap_or(text);
    let digits = text.len() - text.trim_start_matches(|character: char| character.is_ascii_digit()).len();
    text[..digits].parse::<u32>().ok().map(|number| number.min(10_000))
}

/// The "rules for parsing a legacy font size".
fn font_size(text: &str) -> Option<&'static str> {
    const SIZES: [&str; 7] = ["x-small", "small", "medium", "large", "x-large", "xx-large", "xxx-large"];
    let text = text.trim_ascii_start();
    let number = i64::from(integer(text.trim_start_matches(['+', '-']))?);
    let size = match text.as_bytes().first()? {
        b'+' => 3 + number,
        b'-' => 3 - number,
        _ => number,
    };
    SIZES.get(usize::try_from(size.clamp(1, 7) - 1).ok()?).copied()
}

/// Whether it is a list of families, and nothing that would end a declaration.
fn is_family(text: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | ',');
    !text.trim().is_empty() && text.chars().all(is_part)
}

fn float(attributes: &[Attribute], name: &str) -> Option<f64> {
    value(attributes, name)?.trim().parse::<f64>().ok().filter(|number| number.is_finite())
}

fn declare(style: &mut String, name: &str, value: impl std::fmt::Display) {
    // Writing to a `String` cannot fail.
    let _ = write!(style, "--bulkhead-{name}:{value};");
}

fn length(style: &mut String, attributes: &[Attribute], name: &str) {
    if let Some(number) = value(attributes, name).and_then(integer) {
        declare(style, name, format_args!("{number}px"));
    }
}

fn number(style: &mut String, attributes: &[Attribute], name: &str) {
    if let Some(number) = value(attributes, name).and_then(integer).filter(|number| *number > 0) {
        declare(style, name, number);
    }
}

fn colour(style: &mut String, attributes: &[Attribute], name: &str) {
    if let Some(colour) = value(attributes, name).and_then(legacy_colour) {
        declare(style, name, colour);
    }
}

/// The engine understands `bgcolor` in hexadecimal only.
fn settle_background(attributes: &mut [Attribute]) {
    if let Some(background) = attributes.iter_mut().find(|attribute| attribute.name.local == local_name!("bgcolor"))
        && let Some(colour) = legacy_colour(&background.value)
    {
        background.value = StrTendril::from_slice(&colour);
    }
}

/// Of a table, `align` moves the box; the engine would take it for the alignment of its text.
fn settle_table_alignment(attributes: &mut [Attribute]) {
    for attribute in attributes {
        if attribute.name.local == local_name!("align") {
            attribute.name.local = LocalName::from("bulkhead-align");
            attribute.value = StrTendril::from_slice(&attribute.value.to_ascii_lowercase());
        }
    }
}

/// Kinds of `<input>` that the engine knows as text at most.
fn settle_kind(style: &mut String, attributes: &mut Vec<Attribute>) {
    const DATES: [&str; 5] = ["date", "time", "month", "week", "datetime-local"];
    let kind = value(attributes, "type").unwrap_or_default().to_ascii_lowercase();
    if kind == "number" || DATES.contains(&&*kind) {
        attributes.push(attribute(LocalName::from("bulkhead-type"), &kind));
    }
    match &*kind {
        "color" => {
            let simple = |colour: &&str| {
                colour.len() == 7 && colour.starts_with('#') && colour[1..].bytes().all(|byte| byte.is_ascii_hexdigit())
            };
            let colour =
                value(attributes, "value").map(str::trim).filter(simple).unwrap_or("#000000").to_ascii_lowercase();
            declare(style, "color", &colour);
            set(attributes, local_name!("value"), &colour);
        }
        "range" => {
            let (low, high) = (float(attributes, "min").unwrap_or(0.0), float(attributes, "max").unwrap_or(100.0));
            let high = high.max(low);
            let at = float(attributes, "value").unwrap_or(low + (high - low) / 2.0).clamp(low, high);
            declare(style, "fraction", percent(at, low, high));
            set(attributes, local_name!("value"), &at.to_string());
        }
        _ => {}
    }
}

/// What an empty field shows. A field for a date says how one is typed.
pub(super) fn placeholder(name: &QualName, attributes: &[Attribute]) -> Option<String> {
    let is_field = name.ns == ns!(html) && matches!(&*name.local, "input" | "textarea");
    let text = match value(attributes, "bulkhead-type").filter(|_| is_field) {
        Some("date") => "yyyy-mm-dd",
        Some("time") => "hh:mm",
        Some("datetime-local") => "yyyy-mm-dd hh:mm",
        Some("month") => "yyyy-mm",
        Some("week") => "yyyy-Wnn",
        _ => value(attributes, "placeholder").filter(|_| is_field)?,
    };
    let one_line = || text.replace(['\n', '\r'], "");
    let text = if &*name.local == "input" { one_line() } else { text.to_owned() };
    (!text.is_empty()).then_some(text)
}

/// Whether an element is a field that asks for files.
pub(super) fn is_file_field(name: &QualName, attributes: &[Attribute]) -> bool {
    let kind = || value(attributes, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("file"));
    name.ns == ns!(html) && &*name.local == "input" && kind()
}

/// What a group of options is called.
pub(super) fn group_label(name: &QualName, attributes: &[Attribute]) -> Option<String> {
    let label = value(attributes, "label").filter(|_| name.ns == ns!(html) && &*name.local == "optgroup")?;
    Some(label.to_owned())
}

fn set(attributes: &mut Vec<Attribute>, name: LocalName, value: &str) {
    attributes.retain(|attribute| attribute.name.local != name);
    attributes.push(attribute(name, value));
}

fn percent(at: f64, low: f64, high: f64) -> String {
    let fraction = if high > low { ((at - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
    format!("{}%", fraction * 100.0)
}

fn progress(style: &mut String, attributes: &[Attribute]) {
    if let Some(at) = float(attributes, "value") {
        let most = float(attributes, "max").filter(|most| *most > 0.0).unwrap_or(1.0);
        declare(style, "fraction", percent(at, 0.0, most));
    }
}

/// How far a gauge is filled, and in which colour: it depends on whether the value lies in the part of the range that the optimum
/// is in.
fn meter(style: &mut String, attributes: &[Attribute]) {
    let least = float(attributes, "min").unwrap_or(0.0);
    let most = float(attributes, "max").unwrap_or(1.0).max(least);
    let at = float(attributes, "value").unwrap_or(0.0).clamp(least, most);
    let low = float(attributes, "low").unwrap_or(least).clamp(least, most);
    let high = float(attributes, "high").unwrap_or(most).clamp(low, most);
    let optimum = float(attributes, "optimum").unwrap_or(least + (most - least) / 2.0).clamp(least, most);
    let part = |number: f64| if number < low { 0_i8 } else { 1 + i8::from(number > high) };
    let distance = (part(at) - part(optimum)).abs();
    declare(style, "fraction", percent(at, least, most));
    declare(style, "level", ["#107c10", "#ffb900", "#d83b01"][usize::from(distance.unsigned_abs())]);
}

/// Puts declarations before those of the element's own, which they do not touch.
fn prepend(attributes: &mut Vec<Attribute>, declarations: &str) {
    if declarations.is_empty() {
        return;
    }
    match attributes.iter_mut().find(|attribute| attribute.name.local == local_name!("style")) {
        Some(style) => style.value = StrTendril::from_slice(&format!("{declarations}{}", &*style.value)),
        None => attributes.push(attribute(local_name!("style"), declarations)),
    }
}

/// The "rules for parsing a legacy color value", as `#rrggbb`.
fn legacy_colour(text: &str) -> Option<String> {
    let text = text.trim_ascii();
    if text.is_empty() || text.eq_ignore_ascii_case("transparent") {
        return None;
    }
    if let Ok(named) = text.parse::<peniko::color::DynamicColor>()
        && text.bytes().all(|byte| byte.is_ascii_alphabetic())
    {
        let [red, green, blue, _] = named.to_alpha_color::<peniko::color::Srgb>().to_rgba8().to_u8_array();
        return Some(format!("#{red:02x}{green:02x}{blue:02x}"));
    }
    let digits: Vec<char> = text.strip_prefix('#').unwrap_or(text).chars().take(128).collect();
    if let ([red, green, blue], true) = (&digits[..], text.starts_with('#'))
        && digits.iter().all(char::is_ascii_hexdigit)
    {
        return Some(format!("#{red}{red}{green}{green}{blue}{blue}").to_ascii_lowercase());
    }
    // Whatever it is, it is three numbers: what is no digit counts as zero, and of each third its first two that matter.
    let mut digits: Vec<char> =
        digits.into_iter().map(|digit| if digit.is_ascii_hexdigit() { digit } else { '0' }).collect();
    while digits.is_empty() || !digits.len().is_multiple_of(3) {
        digits.push('0');
    }
    let mut thirds: Vec<&[char]> = digits.chunks(digits.len() / 3).collect();
    if thirds[0].len() > 8 {
        thirds.iter_mut().for_each(|third| *third = &third[third.len() - 8..]);
    }
    while thirds[0].len() > 2 && thirds.iter().all(|third| third[0] == '0') {
        thirds.iter_mut().for_each(|third| *third = &third[1..]);
    }
    let colour: String = thirds
        .iter()
        .map(|third| match third[..] {
            [one] => format!("0{one}"),
            [one, two, ..] => format!("{one}{two}"),
            [] => "00".to_owned(),
        })
        .collect();
    Some(format!("#{}", colour.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_the_standard_says() {
        for (text, expected) in [
            ("silver", Some("#c0c0c0")),
            ("LIME", Some("#00ff00")),
            ("#FFF", Some("#ffffff")),
            ("ff0000", Some("#ff0000")),
            ("#ff00001", Some("#ff0010")),
            ("chucknorris", Some("#c00000")),
            ("", None),
            ("transparent", None),
        ] {
            assert_eq!(legacy_colour(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn numbers_end_where_their_digits_do() {
        assert_eq!(integer(" 12px"), Some(12));
        assert_eq!((integer("5%"), integer("x"), integer("-1"), integer("")), (Some(5), None, None, None));
    }

    #[test]
    fn sizes_of_fonts_are_absolute_or_relative_to_the_third() {
        assert_eq!(
            (font_size("6"), font_size("+1"), font_size("-9")),
            (Some("xx-large"), Some("large"), Some("x-small"))
        );
        assert_eq!((font_size("0"), font_size("x"), font_size("")), (Some("x-small"), None, None));
    }

    #[test]
    fn declarations_come_before_the_elements_own() {
        let mut attributes =
            vec![attribute(local_name!("style"), "color:red"), attribute(local_name!("cellpadding"), "4")];
        add(&QualName::new(None, ns!(html), local_name!("table")), &mut attributes);
        assert_eq!(value(&attributes, "style"), Some("--bulkhead-cellpadding:4px;color:red"));
    }

    #[test]
    fn a_gauge_is_green_where_its_optimum_is() {
        let level = |attributes: &[(&str, &str)]| {
            let mut all = attributes.iter().map(|(name, value)| attribute(LocalName::from(*name), value)).collect();
            add(&QualName::new(None, ns!(html), local_name!("meter")), &mut all);
            value(&all, "style").unwrap().to_owned()
        };
        assert!(level(&[("value", "0.5")]).contains("fraction:50%;--bulkhead-level:#107c10"));
        assert!(level(&[("value", "0.1"), ("low", "0.3"), ("high", "0.8"), ("optimum", "0.9")]).contains("#d83b01"));
        assert!(level(&[("value", "0.5"), ("low", "0.3"), ("high", "0.8"), ("optimum", "0.9")]).contains("#ffb900"));
    }
}
