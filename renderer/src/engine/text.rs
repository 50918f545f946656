//! From bytes to text: which encoding a document is in.
//!
//! In the order of the HTML standard (section 13.2.3, "The input byte stream"), less what needs HTTP headers: a byte order
//! mark, then a `<meta>` element in the first 1024 bytes, then UTF-8 where the bytes are that, else windows-1252.

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// How far a declaration is looked for.
const PRESCAN_BYTES: usize = 1024;

/// The text of an HTML document.
pub(crate) fn decode_html(bytes: &[u8]) -> Cow<'_, str> {
    decode(bytes, declared(&bytes[..bytes.len().min(PRESCAN_BYTES)]))
}

/// The text of a document that declares nothing about itself.
pub(crate) fn decode_plain(bytes: &[u8]) -> Cow<'_, str> {
    decode(bytes, None)
}

/// A style sheet as UTF-8, which is all that the engine takes.
pub(crate) fn to_utf8_bytes(bytes: Bytes) -> Bytes {
    if bytes.starts_with(b"\xef\xbb\xbf") || std::str::from_utf8(&bytes).is_err() {
        return Bytes::from(decode_plain(&bytes).into_owned());
    }
    bytes
}

fn decode<'a>(bytes: &'a [u8], declared: Option<&'static Encoding>) -> Cow<'a, str> {
    let encoding = match declared {
        // A document whose declaration could be read as ASCII is not in UTF-16: the standard says UTF-8 then.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => UTF_8,
        Some(encoding) => encoding,
        None if std::str::from_utf8(bytes).is_ok() => UTF_8,
        None => WINDOWS_1252,
    };
    // Gives a byte order mark precedence, and replaces what is malformed.
    encoding.decode(bytes).0
}

/// The encoding that `<meta charset=...>` or `<meta ... content="text/html; charset=...">` names.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let head = head.to_ascii_lowercase();
    let mut rest = &head[..];
    while let Some(at) = find(rest, b"<meta") {
        let tag = &rest[at..];
        let end = tag.iter().position(|byte| *byte == b'>').unwrap_or(tag.len());
        if let Some(encoding) = charset(&tag[..end]) {
            return Some(encoding);
        }
        rest = &tag[end..];
    }
    None
}

fn charset(tag: &[u8]) -> Option<&'static Encoding> {
    let value = &tag[find(tag, b"charset")? + b"charset".len()..];
    let value = value.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    let end = value.iter().position(|byte| b"\"' ;/>".contains(byte)).unwrap_or(value.len());
    Encoding::for_label(&value[..end])
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_encoding_is_used() {
        assert_eq!(decode_html(b"<meta charset=iso-8859-2>\xb3"), "<meta charset=iso-8859-2>\u{142}");
        let long = b"<META http-equiv=Content-Type content='text/html; charset=koi8-r'>\xc1";
        assert!(decode_html(long).ends_with('\u{430}'));
    }

    #[test]
    fn a_byte_order_mark_outweighs_a_declaration_and_is_no_text() {
        assert_eq!(decode_html(b"\xef\xbb\xbf\xc3\xa9"), "é");
        assert_eq!(decode_html(b"\xff\xfea\0"), "a");
    }

    #[test]
    fn without_a_declaration_utf8_is_told_from_latin() {
        assert_eq!(decode_html("é".as_bytes()), "é");
        assert_eq!(decode_html(b"\xe9"), "é");
        assert_eq!(decode_plain(b"\x80"), "\u{20ac}");
    }

    #[test]
    fn a_declaration_that_names_nothing_known_is_passed_over() {
        assert_eq!(
            decode_html(b"<meta charset><meta charset=none><meta charset='utf-8'>\xe9").chars().last(),
            Some('\u{fffd}')
        );
    }

    #[test]
    fn a_style_sheet_in_latin_is_made_utf8() {
        assert_eq!(
            to_utf8_bytes(Bytes::from_static(b"a::after { content: '\xe9' }")),
            "a::after { content: 'é' }".as_bytes()
        );
    }
}
