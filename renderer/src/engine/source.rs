//! A document as it comes from the broker, and the HTML that shows it: types that are not HTML are wrapped in some.

use super::pieces;
use super::text::{decode_html, decode_plain};
use crate::images;
use bytes::Bytes;
use std::borrow::Cow;
use std::fmt::Write;

/// A document to show.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Its address.
    pub(crate) url: String,
    /// Its type.
    pub(crate) mime: String,
    /// Its body.
    pub(crate) bytes: Bytes,
    /// Where to scroll to first, in CSS pixels.
    pub(crate) scroll: Option<(f32, f32)>,
}

/// What the engine parses.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Markup<'a> {
    Html(Cow<'a, str>),
    Xml(Cow<'a, str>),
}

/// How a type is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Html,
    Xhtml,
    Svg,
    Image,
    Text,
    Other,
}

impl Source {
    /// The document itself as a sub-resource, where its page embeds it.
    pub(crate) fn own_body(&self) -> Option<(String, Bytes)> {
        matches!(self.kind(), Kind::Svg | Kind::Image).then(|| (self.resource_url(), self.bytes.clone()))
    }

    /// The text of a document that is too long to be laid out as a whole, as UTF-8. Its markup is a page without it.
    pub(super) fn long_text(&self) -> Option<Bytes> {
        if self.kind() != Kind::Text || self.bytes.len() < pieces::LONG {
            return None;
        }
        let text = match decode_plain(&self.bytes) {
            // What is UTF-8 already stays where it is.
            Cow::Borrowed(text) => self.bytes.slice_ref(text.as_bytes()),
            Cow::Owned(text) => Bytes::from(text),
        };
        Some(text)
    }

    /// What to parse.
    pub(super) fn markup(&self) -> Markup<'_> {
        match self.kind() {
            Kind::Html => Markup::Html(decode_html(&self.bytes)),
            Kind::Xhtml => Markup::Xml(decode_html(&self.bytes)),
            Kind::Text if self.bytes.len() >= pieces::LONG => Markup::Html(text_page(&self.name(), None).into()),
            Kind::Text => Markup::Html(text_page(&self.name(), Some(&decode_plain(&self.bytes))).into()),
            // What a drawing leaves open is white, as on a page that embeds it.
            Kind::Svg => Markup::Html(image_page(&self.name(), &self.resource_url(), "white").into()),
            Kind::Image => Markup::Html(self.raster_page().into()),
            Kind::Other => Markup::Html(
                message_page(&self.name(), &format!("A document of the type {} cannot be shown.", self.mime)).into(),
            ),
        }
    }

    fn raster_page(&self) -> String {
        let name = self.name();
        if let Err(error) = images::check_size(&self.bytes) {
            return message_page(&name, &format!("This is {error} to be shown."));
        }
        match images::dimensions(&self.bytes) {
            Some((width, height)) if images::decodes(&self.bytes) => {
                image_page(&format!("{name} ({width}×{height})"), &self.resource_url(), "#0e0e0e")
            }
            _ => message_page(&name, "This image cannot be decoded: it is damaged, or of an unknown format."),
        }
    }

    fn kind(&self) -> Kind {
        let (class, kind) = self.mime.split_once('/').unwrap_or((&self.mime, ""));
        match (class, kind) {
            ("text", "html") => Kind::Html,
            ("application", "xhtml+xml") => Kind::Xhtml,
            ("image", "svg+xml") => Kind::Svg,
            ("image", _) => Kind::Image,
            ("text", _)
            | (
                "application",
                "json" | "xml" | "javascript" | "ecmascript" | "toml" | "yaml" | "x-yaml" | "x-sh" | "sql",
            ) => Kind::Text,
            ("application", kind) if kind.ends_with("+json") || kind.ends_with("+xml") => Kind::Text,
            _ => Kind::Other,
        }
    }

    /// The address without its fragment, as the engine will ask for it.
    fn resource_url(&self) -> String {
        let mut url = super::base_url(&self.url);
        url.set_fragment(None);
        url.into()
    }

    /// What the tab is called where the document has no title: the last part of its path.
    fn name(&self) -> String {
        let url = super::base_url(&self.url);
        let last = url.path_segments().and_then(|mut parts| parts.next_back().map(str::to_owned)).unwrap_or_default();
        let name = percent_encoding::percent_decode_str(&last).decode_utf8_lossy().into_owned();
        if name.is_empty() { url.to_string() } else { name }
    }
}

/// Colours for a dark window.
const DARK: &str = "@media(prefers-color-scheme:dark){html{background:#121212;color:#e8e8e8}}";

/// A page of text, or one to be filled with [`super::pieces`].
fn text_page(title: &str, text: Option<&str>) -> String {
    // The first line break in a `pre` is dropped by the parser; this one is spent on it.
    format!(
        "<!DOCTYPE html><title>{}</title><style>{DARK}\
         pre{{font-size:13px;white-space:pre-wrap;overflow-wrap:anywhere;{}}}</style>{}",
        escape(title),
        if text.is_some() { "" } else { "margin:0" },
        text.map_or_else(String::new, |text| format!("<pre>\n{}</pre>", escape(text))),
    )
}

fn image_page(title: &str, url: &str, ground: &str) -> String {
    format!(
        "<!DOCTYPE html><title>{}</title><style>html,body{{height:100%;margin:0;background:{ground}}}\
         body{{display:flex}}img{{margin:auto;max-width:100%;max-height:100%}}</style><img src=\"{}\">",
        escape(title),
        escape(url)
    )
}

fn message_page(title: &str, message: &str) -> String {
    format!(
        "<!DOCTYPE html><title>{0}</title><style>{DARK}\
         body{{font-family:system-ui,sans-serif;max-width:40em;margin:4em auto;padding:0 1em}}</style>\
         <h1>{0}</h1><p>{1}",
        escape(title),
        escape(message)
    )
}

/// Text as HTML. NUL, which HTML cannot express, is shown as U+FFFD.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 16);
    for part in text.split_inclusive(['&', '<', '>', '"', '\0']) {
        let special = part.chars().next_back().filter(|c| "&<>\"\0".contains(*c));
        let plain = special.map_or(part, |special| &part[..part.len() - special.len_utf8()]);
        escaped.push_str(plain);
        match special {
            Some('\0') => escaped.push('\u{fffd}'),
            Some(special) => write!(escaped, "&#{};", u32::from(special)).expect("a String takes all that is written"),
            None => {}
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(url: &str, mime: &str, bytes: &'static [u8]) -> Source {
        Source { url: url.to_owned(), mime: mime.to_owned(), bytes: Bytes::from_static(bytes), scroll: None }
    }

    fn html(source: &Source) -> String {
        match source.markup() {
            Markup::Html(html) => html.into_owned(),
            Markup::Xml(xml) => panic!("XML: {xml}"),
        }
    }

    #[test]
    fn text_is_shown_as_it_is_written() {
        let page = html(&source("file:///a/x%20y.rs", "text/x-rust", b"\n&a<b>\"\0\""));
        assert!(page.contains("<title>x y.rs</title>"), "{page}");
        assert!(page.ends_with("<pre>\n\n&#38;a&#60;b&#62;&#34;\u{fffd}&#34;</pre>"), "{page}");
    }

    #[test]
    fn an_image_embeds_its_own_body() {
        let svg = source("file:///a/b.svg#c", "image/svg+xml", b"<svg/>");
        assert_eq!(svg.own_body().unwrap().0, "file:///a/b.svg");
        assert!(html(&svg).contains("<img src=\"file:///a/b.svg\">"));
        assert!(source("file:///a", "text/html", b"").own_body().is_none());
    }

    #[test]
    fn what_cannot_be_shown_is_said() {
        assert!(html(&source("file:///a.png", "image/png", b"no image")).contains("cannot be decoded"));
        assert!(html(&source("file:///a.bin", "application/octet-stream", b"")).contains("application/octet-stream"));
    }

    #[test]
    fn markup_is_left_as_it_is() {
        assert_eq!(source("file:///a", "text/html", b"<p>").markup(), Markup::Html("<p>".into()));
        assert_eq!(source("file:///a", "application/xhtml+xml", b"<p/>").markup(), Markup::Xml("<p/>".into()));
    }

    #[test]
    fn an_address_that_is_none_is_no_reason_to_fail() {
        assert!(html(&source("http://[", "text/plain", b"hello")).contains("hello"));
    }
}
