//! Declarations that the engine drops, as custom properties: the cascade computes those as it does any other, and what paints the
//! page asks for them.

use super::sheet::{Changes, end_of_name, skip};
use ::style::Atom;
use ::style::color::AbsoluteColor;
use ::style::context::QuirksMode;
use ::style::parser::ParserContext;
use ::style::properties::ComputedValues;
use ::style::stylesheets::{Origin, UrlExtraData};
use ::style::values::specified::Color;
use cssparser::Parser;
use std::ops::Range;
use std::sync::LazyLock;
use style_traits::ParsingMode;

/// `additions.css` says that it is not inherited.
const BACKGROUND_CLIP: &str = "bulkhead-background-clip";

const TEXT_FILL: &str = "bulkhead-text-fill";

/// The properties, and the custom ones that are declared beside them.
const PROPERTIES: [(&str, &str); 3] = [
    ("background-clip", BACKGROUND_CLIP),
    ("-webkit-background-clip", BACKGROUND_CLIP),
    ("-webkit-text-fill-color", TEXT_FILL),
];

/// Whether a source may have such a declaration; one in capitals is not looked for.
pub(super) fn may_have(css: &str) -> bool {
    css.contains("background-clip") || css.contains("text-fill")
}

/// Finds what is to be added beside a declaration.
pub(super) fn find_changes(css: &str, declaration: Range<usize>, changes: &mut Changes) {
    let Some((begin, custom, colon)) = property(css, &declaration) else { return };
    let value = &css[colon + 1..declaration.end];
    changes.push((begin..begin, format!("--{custom}:{value};")));
}

/// Has a condition of `@supports` ask for what is done here.
pub(super) fn find_changes_in_condition(css: &str, condition: Range<usize>, changes: &mut Changes) {
    if !css[condition.clone()].trim_ascii_start().starts_with("@supports") {
        return;
    }
    let bytes = &css.as_bytes()[..condition.end];
    let mut at = condition.start;
    while at < bytes.len() {
        if bytes[at] == b'('
            && let Some((begin, custom, colon)) = property(css, &(at + 1..condition.end))
        {
            changes.push((begin..colon, format!("--{custom}")));
            at = colon;
        }
        at = skip(bytes, at);
    }
}

/// Of a declaration that is meant: where it begins, its custom property, and where its colon is.
fn property(css: &str, declaration: &Range<usize>) -> Option<(usize, &'static str, usize)> {
    let bytes = &css.as_bytes()[..declaration.end];
    let mut begin = declaration.start;
    while bytes.get(begin).is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'/') {
        begin = skip(bytes, begin);
    }
    let end = end_of_name(bytes, begin);
    let (_, custom) = PROPERTIES.iter().find(|(name, _)| css[begin..end].eq_ignore_ascii_case(name))?;
    let colon = end + bytes[end..].iter().position(|byte| !byte.is_ascii_whitespace())?;
    (bytes[colon] == b':').then_some((begin, *custom, colon))
}

/// Whether an element's background is seen through its text only.
pub(super) fn clips_background_to_text(style: &ComputedValues) -> bool {
    static NAME: LazyLock<Atom> = LazyLock::new(|| Atom::from(BACKGROUND_CLIP));
    let own = &style.custom_properties().non_inherited;
    if own.is_empty() {
        return false;
    }
    let value = own.get(&NAME).and_then(|value| value.as_universal());
    value.is_some_and(|value| value.css_text().trim_ascii().eq_ignore_ascii_case("text"))
}

/// The colour that letters have, where it is not that of the text.
pub(super) fn text_fill(style: &ComputedValues) -> Option<AbsoluteColor> {
    static NAME: LazyLock<Atom> = LazyLock::new(|| Atom::from(TEXT_FILL));
    let all = &style.custom_properties().inherited;
    if all.is_empty() {
        return None;
    }
    let value = all.get(&NAME)?.as_universal()?;
    let url = UrlExtraData::from(url::Url::parse("about:blank").expect("a constant that parses"));
    let context = ParserContext::new(
        Origin::Author,
        &url,
        None,
        ParsingMode::DEFAULT,
        QuirksMode::NoQuirks,
        Default::default(),
        None,
        None,
        Default::default(),
    );
    let color = Color::parse_and_compute(&context, &mut Parser::new(value.css_text().trim_ascii()), None).ok()?;
    Some(color.resolve_to_absolute(&style.clone_color()))
}

#[cfg(test)]
mod tests {
    use super::super::sheet::rewrite;
    use std::borrow::Cow;

    #[test]
    fn what_the_engine_drops_is_a_custom_property_besides() {
        for (css, expected) in [
            ("a{background-clip:text}", "a{--bulkhead-background-clip:text;background-clip:text}"),
            ("background-clip : text", "--bulkhead-background-clip: text;background-clip : text"),
            (
                "a{b:c;/**/ -WEBKIT-background-clip:text!important;d:e}",
                "a{b:c;/**/ --bulkhead-background-clip:text!important;-WEBKIT-background-clip:text!important;d:e}",
            ),
            ("@supports (not (background-clip:text)){}", "@supports (not (--bulkhead-background-clip:text)){}"),
        ] {
            assert_eq!(rewrite(css), expected);
        }
    }

    #[test]
    fn what_only_looks_like_it_is_left_as_it_is() {
        for css in [
            "a{x:background-clip}",
            "a{background-clip}",
            "a{--background-clip:text}",
            "@media (background-clip:text){}",
        ] {
            assert!(matches!(rewrite(css), Cow::Borrowed(_)), "{css}");
        }
    }
}
