//! What a file is: by its extension, and by its first bytes where the extension says too little.
//!
//! A subset of the WHATWG MIME Sniffing Standard: markup is guessed from content only where the name says nothing; what
//! looks like text is shown as text; what has bytes that no text has is binary.

use super::FetchError;
use std::path::Path;

/// How much of a file is looked at: the standard's resource header.
pub const HEAD_BYTES: u64 = 1445;

/// Types that renderers show as they are: markup, and images that the engine has decoders for. Other text is shown as
/// `text/plain`.
const SHOWN: &[&str] = &[
    "text/html",
    "application/xhtml+xml",
    "text/plain",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
];

/// First bytes that tell a type.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"\x7fELF", "application/x-elf"),
];

/// Tags that make a text HTML where they come first (MIME Sniffing, section 7.1). A space or `>` has to follow.
const HTML_TAGS: &[&[u8]] = &[
    b"<!doctype html",
    b"<html",
    b"<head",
    b"<script",
    b"<iframe",
    b"<h1",
    b"<div",
    b"<font",
    b"<table",
    b"<a",
    b"<style",
    b"<title",
    b"<b",
    b"<body",
    b"<br",
    b"<p",
];

/// The type under which a renderer shows this one; `None` if it does not.
#[must_use]
pub fn shown(mime: &str) -> Option<&'static str> {
    if let Some(known) = SHOWN.iter().find(|known| **known == mime) {
        return Some(known);
    }
    is_text(mime).then_some("text/plain")
}

fn is_text(mime: &str) -> bool {
    mime.starts_with("text/")
        || matches!(mime, "application/json" | "application/javascript" | "application/xml" | "application/x-sh")
        || mime.ends_with("+json")
        || mime.ends_with("+xml")
}

/// The type under which the file at `path`, which begins with `head`, is shown.
///
/// # Errors
/// [`FetchError::Unsupported`] for a binary file of a type that is not shown.
pub fn of_document(path: &Path, head: &[u8]) -> Result<&'static str, FetchError> {
    let by_name = mime_guess::from_path(path).first_raw();
    match by_name.and_then(shown) {
        // Markup and images are what their names say: the engine finds out about the rest.
        Some(mime) if mime != "text/plain" => return Ok(mime),
        // A text that is none is not shown as one.
        Some(_) if is_binary(head) => return Err(unsupported("application/octet-stream")),
        Some(mime) => return Ok(mime),
        None => {}
    }
    // A name that says nothing, or something that is not shown: `.ts` is a video to most tables, and a program to most
    // people.
    let by_content = sniff(head, by_name.is_none());
    shown(by_content).ok_or_else(|| unsupported(by_name.unwrap_or(by_content)))
}

/// The type of a file that is part of a page.
#[must_use]
pub fn of_subresource(path: &Path) -> String {
    mime_guess::from_path(path).first_raw().unwrap_or("application/octet-stream").to_owned()
}

fn unsupported(mime: &str) -> FetchError {
    FetchError::Unsupported { mime: mime.to_owned() }
}

fn sniff(head: &[u8], may_be_html: bool) -> &'static str {
    if may_be_html && is_html(head) {
        return "text/html";
    }
    if head.starts_with(b"RIFF") && head.get(8..14) == Some(b"WEBPVP") {
        return "image/webp";
    }
    if let Some((_, mime)) = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature)) {
        return mime;
    }
    if is_binary(head) { "application/octet-stream" } else { "text/plain" }
}

fn is_html(head: &[u8]) -> bool {
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    start.starts_with(b"<!--")
        || HTML_TAGS.iter().any(|tag| {
            start.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag))
                && matches!(start.get(tag.len()), Some(b' ' | b'>'))
        })
}

/// Whether there is a byte that no text has (MIME Sniffing, section 3: "binary data byte"), and no byte order mark.
fn is_binary(head: &[u8]) -> bool {
    if head.starts_with(b"\xfe\xff") || head.starts_with(b"\xff\xfe") {
        return false;
    }
    head.iter().any(|byte| matches!(byte, 0x00..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(name: &str, head: &[u8]) -> Result<&'static str, String> {
        of_document(Path::new(name), head).map_err(|error| match error {
            FetchError::Unsupported { mime } => mime,
            other => panic!("{other}"),
        })
    }

    fn unsupported<T>(mime: &str) -> Result<T, String> {
        Err(mime.to_owned())
    }

    #[test]
    fn the_name_decides_about_markup_and_images() {
        for (name, mime) in [
            ("a.html", "text/html"),
            ("a.HTM", "text/html"),
            ("a.xhtml", "application/xhtml+xml"),
            ("a.svg", "image/svg+xml"),
            ("a.png", "image/png"),
            ("a.jpeg", "image/jpeg"),
            ("a.gif", "image/gif"),
            ("a.webp", "image/webp"),
        ] {
            assert_eq!(document(name, b"\0\x01 whatever"), Ok(mime), "{name}");
        }
    }

    #[test]
    fn source_code_is_shown_as_text_and_never_as_a_page() {
        for name in [
            "a.rs",
            "a.c",
            "a.py",
            "a.sh",
            "a.js",
            "a.json",
            "a.toml",
            "a.md",
            "a.css",
            "a.xml",
            "a.ts",
            "a.txt",
            "a.unheard-of",
        ] {
            let page = b"<html>";
            let expected = if name == "a.unheard-of" { "text/html" } else { "text/plain" };
            assert_eq!(document(name, page), Ok(expected), "{name}");
        }
    }

    #[test]
    fn a_text_that_is_none_is_not_shown() {
        assert_eq!(document("a.txt", b"abc\0def"), unsupported("application/octet-stream"));
        assert_eq!(document("a.rs", b"\x7fELF\x02\x01\x01\0"), unsupported("application/octet-stream"));
        assert_eq!(document("a.txt", b"\xff\xfea\0b\0"), Ok("text/plain"), "UTF-16 with its mark");
        assert_eq!(document("a.txt", b"gr\xfcn \x1b[32m\t\r\n\x0c"), Ok("text/plain"), "Latin-1, a terminal's colours");
    }

    #[test]
    fn content_decides_where_the_name_says_nothing() {
        for (head, mime) in [
            (&b""[..], "text/plain"),
            (b"all: build\n", "text/plain"),
            (b"BMW", "text/plain"),
            (b"\xef\xbb\xbf \n<!DOCTYPE HTML>", "text/html"),
            (b"<html>", "text/html"),
            (b"<body class=x>", "text/html"),
            (b"<!-- x -->", "text/html"),
            (b"<article>", "text/plain"),
            (b"<bold", "text/plain"),
            (b"<b", "text/plain"),
            (b"\x89PNG\r\n\x1a\n\0", "image/png"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"GIF89a\x01", "image/gif"),
            (b"RIFF\x01\x02\x03\x04WEBPVP8 ", "image/webp"),
        ] {
            assert_eq!(document("Makefile", head), Ok(mime), "{}", head.escape_ascii());
        }
        assert_eq!(document("a.out", b"\x7fELF\x02"), unsupported("application/x-elf"));
        assert_eq!(document("paper", b"%PDF-1.7\n"), unsupported("application/pdf"));
        assert_eq!(document("noise", b"\x01\x02"), unsupported("application/octet-stream"));
    }

    #[test]
    fn what_is_not_shown_is_named() {
        assert_eq!(document("a.pdf", b"%PDF-1.7\n"), unsupported("application/pdf"));
        assert_eq!(document("a.zip", b"PK\x03\x04"), unsupported("application/zip"));
        assert_eq!(document("a.mp4", b"\0\0\0\x18ftyp"), unsupported("video/mp4"));
        assert_eq!(document("a.avif", b"\0\0\0\x18ftypavif"), unsupported("image/avif"));
    }
}
