//! SVG images, before the engine sees them: text is made outlines, and references to other files are dropped.
//!
//! The engine would open a file for either: a font's, or the one that is referred to (`usvg` resolves `<image>` that way, and
//! takes no word from the page's address). Here it is the same `usvg`, with the fonts that the zygote has mapped, and without
//! files.

use crate::fonts::SvgFonts;
use bytes::Bytes;
use std::sync::Arc;
use usvg::fontdb::{Database, Family, ID, Query, Stretch, Style, Weight};
use usvg::roxmltree::{Document, ParsingOptions};
use usvg::{Font, FontFamily, FontResolver, FontStretch, FontStyle, ImageHrefResolver, Options, Tree, WriteOptions};

/// An SVG image as the engine may have it: what has neither text nor references stays as it is, and so does what is no SVG.
pub(crate) fn prepare(bytes: Bytes, fonts: &SvgFonts) -> Bytes {
    let unpacked = bytes.starts_with(&[0x1f, 0x8b]).then(|| usvg::decompress_svgz(&bytes).ok()).flatten();
    let source = unpacked.as_deref().unwrap_or(&bytes);
    if !contains(source, b"svg") || !needs_work(source) {
        return bytes;
    }
    match flatten(source, fonts) {
        Ok(flat) => Bytes::from(flat.document),
        Err(Refused::NoSvg) => bytes,
        Err(Refused::Damaged) => Bytes::new(),
    }
}

/// Whether it has text or references.
pub(crate) fn needs_work(source: &[u8]) -> bool {
    contains(source, b"<text") || contains(source, b"<image") || contains(source, b"<feImage")
}

/// An image in outlines.
pub(crate) struct Flat {
    /// The whole image.
    pub(crate) document: String,
    /// What is within its root element.
    pub(crate) content: String,
    /// The root element's `viewBox`.
    pub(crate) view_box: String,
}

/// Why there is no image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is something else.
    NoSvg,
    /// It is an SVG image that cannot be shown.
    Damaged,
}

/// Makes outlines of all text.
pub(crate) fn flatten(source: &[u8], fonts: &SvgFonts) -> Result<Flat, Refused> {
    let text = std::str::from_utf8(source).map_err(|_| Refused::NoSvg)?;
    let parsing = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let xml = Document::parse_with_options(text, parsing).map_err(|_| Refused::NoSvg)?;
    let root = xml.root_element();
    if root.tag_name().name() != "svg" {
        return Err(Refused::NoSvg);
    }
    let options = Options {
        fontdb: fonts.database(),
        font_family: fonts.standard().to_owned(),
        font_resolver: FontResolver {
            select_font: Box::new(|font, database| select(font, database, fonts)),
            select_fallback: FontResolver::default_fallback_selector(),
        },
        image_href_resolver: ImageHrefResolver {
            resolve_data: ImageHrefResolver::default_data_resolver(),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let tree = Tree::from_xmltree(&xml, &options).map_err(|_| Refused::Damaged)?;
    let written = tree.to_string(&WriteOptions::default());
    let content = written.split_once("<svg").and_then(|(_, rest)| rest.split_once('>')).ok_or(Refused::Damaged)?.1;
    // Of an image without content, the root element is written as one tag.
    let content = content.rsplit_once("</svg>").map_or("", |(content, _)| content).to_owned();
    let view_box = format!("0 0 {} {}", tree.size().width(), tree.size().height());
    // The image's size on the page is what its root element declares, or does not declare.
    let declared: String = ["width", "height"]
        .into_iter()
        .filter_map(|name| Some(format!(" {name}=\"{}\"", root.attribute(name).filter(|value| is_length(value))?)))
        .collect();
    let document = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
         viewBox=\"{view_box}\"{declared}>{content}</svg>"
    );
    Ok(Flat { document, content, view_box })
}

/// Whether a value can stand in an attribute as it is: a number, and a unit perhaps.
fn is_length(value: &str) -> bool {
    value.chars().all(|character| character.is_ascii_alphanumeric() || ".+-% ".contains(character))
}

/// Selects a face as a page's text would get it.
fn select(font: &Font, database: &mut Arc<Database>, fonts: &SvgFonts) -> Option<ID> {
    let mut families = Vec::new();
    for family in font.families() {
        match family {
            FontFamily::Serif => families.push(Family::Serif),
            FontFamily::SansSerif => families.push(Family::SansSerif),
            FontFamily::Cursive => families.push(Family::Cursive),
            FontFamily::Fantasy => families.push(Family::Fantasy),
            FontFamily::Monospace => families.push(Family::Monospace),
            FontFamily::Named(name) => families.extend(fonts.named(name).map(Family::Name)),
        }
    }
    families.push(Family::Serif);
    database.query(&Query {
        families: &families,
        weight: Weight(font.weight()),
        stretch: match font.stretch() {
            FontStretch::UltraCondensed => Stretch::UltraCondensed,
            FontStretch::ExtraCondensed => Stretch::ExtraCondensed,
            FontStretch::Condensed => Stretch::Condensed,
            FontStretch::SemiCondensed => Stretch::SemiCondensed,
            FontStretch::Normal => Stretch::Normal,
            FontStretch::SemiExpanded => Stretch::SemiExpanded,
            FontStretch::Expanded => Stretch::Expanded,
            FontStretch::ExtraExpanded => Stretch::ExtraExpanded,
            FontStretch::UltraExpanded => Stretch::UltraExpanded,
        },
        style: match font.style() {
            FontStyle::Normal => Style::Normal,
            FontStyle::Italic => Style::Italic,
            FontStyle::Oblique => Style::Oblique,
        },
    })
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack, needle).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fonts::{FontConfig, Fonts};

    const TEXT: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg' width='50%' viewBox='10 0 200 100'>\
        <text x='20' y='50' font-family='Verdana, sans-serif'>text</text></svg>";

    fn prepared(source: &'static [u8]) -> String {
        let fonts = Fonts::load(&FontConfig::default());
        String::from_utf8(prepare(Bytes::from_static(source), &fonts.svg).to_vec()).unwrap()
    }

    #[test]
    fn text_becomes_outlines_and_the_size_stays_as_declared() {
        let flat = prepared(TEXT);
        assert!(flat.contains("<path") && !flat.contains("<text"), "{flat}");
        assert!(flat.contains("viewBox=\"0 0 100 50\" width=\"50%\">"), "{flat}");
        assert!(Tree::from_data(flat.as_bytes(), &Options::default()).is_ok());
    }

    #[test]
    fn a_generic_family_of_css_is_what_it_is_for_the_page() {
        let generic = prepared(
            b"<svg xmlns='http://www.w3.org/2000/svg'><text y='9' font-family='ui-monospace'>text</text></svg>",
        );
        let named = prepared(
            b"<svg xmlns='http://www.w3.org/2000/svg'><text y='9' font-family='DejaVu Sans Mono'>text</text></svg>",
        );
        let unknown =
            prepared(b"<svg xmlns='http://www.w3.org/2000/svg'><text y='9' font-family='unknown'>text</text></svg>");
        assert_eq!(generic, named);
        assert_ne!(generic, unknown);
    }

    #[test]
    fn no_file_is_read_for_a_reference() {
        let flat = prepared(
            b"<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'>\
            <image xlink:href='/etc/passwd' width='10' height='10'/><rect width='9' height='9'/></svg>",
        );
        assert!(flat.contains("<path") && !flat.contains("<image"), "{flat}");
    }

    #[test]
    fn what_needs_no_work_is_not_touched() {
        for source in
            [&b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h9'/></svg>"[..], b"no <text>", b"<svg><text"]
        {
            assert_eq!(prepared(source).as_bytes(), source);
        }
    }
}
