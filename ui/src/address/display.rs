//! A URL as a person may safely read it.
//!
//! Contract:
//! - what is shown, typed again, leads to the same URL (less a user name and password, which are never shown);
//! - percent-encoded UTF-8 is decoded, but for characters that deceive: invisible ones, ones that change the direction
//!   of what follows, spaces, look-alikes of a URL's own delimiters, and padlocks ([`DECEPTIVE`]). ASCII stays encoded;
//! - a label of an international domain name is shown in its script only if it is all of one script of a short list
//!   ([`super::scripts`]), else in Punycode.
//!
//! Chromium's rules (`components/url_formatter`) are the model; this is a stricter subset, without data about popular
//! domains.

use super::scripts;
use percent_encoding::percent_decode_str;
use std::fmt::Write;
use std::ops::RangeInclusive;
use url::{Position, Url};

/// For the address bar.
#[must_use]
pub fn display(url: &Url) -> String {
    let (before, after) = parts(url);
    before + &after
}

/// For the status bar: at most `limit` characters, with an ellipsis where something is left out.
///
/// The host is what a person judges a link by: the path gives way first, and of a longer host the end is kept.
#[must_use]
pub fn elided(url: &Url, limit: usize) -> String {
    let (before, after) = parts(url);
    let (host_length, path_length) = (before.chars().count(), after.chars().count());
    if host_length + path_length <= limit {
        return before + &after;
    }
    let limit = limit.saturating_sub(1);
    if host_length >= limit {
        let kept: String = before.chars().skip(host_length.saturating_sub(limit)).collect();
        return if host_length == limit { kept + "…" } else { format!("…{kept}") };
    }
    let room = limit - host_length;
    let head: String = after.chars().take(room - room / 2).collect();
    let tail: String = after.chars().skip(path_length - room / 2).collect();
    format!("{before}{head}…{tail}")
}

/// What says where a URL leads (scheme, host, port), and the rest.
fn parts(url: &Url) -> (String, String) {
    let mut before = url[..Position::AfterScheme].to_owned();
    before.push(':');
    if url.has_authority() {
        before.push_str("//");
        before.push_str(&host(url));
        if let Some(port) = url.port() {
            // Writing to a `String` cannot fail.
            let _ = write!(before, ":{port}");
        }
    }
    (before, decode(&url[Position::BeforePath..]))
}

fn host(url: &Url) -> String {
    match url.host() {
        Some(url::Host::Domain(name)) => scripts::domain(name),
        Some(host) => host.to_string(),
        None => String::new(),
    }
}

/// Decodes what is safe to read of percent-encoded text.
fn decode(encoded: &str) -> String {
    let mut shown = String::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some(at) = rest.find('%') {
        let (plain, escaped) = rest.split_at(at);
        shown.push_str(plain);
        let run = escaped.len() - strip_triplets(escaped).len();
        if run == 0 {
            // A bare percent sign.
            shown.push('%');
            rest = escaped.get(1..).unwrap_or_default();
        } else {
            decode_run(escaped.get(..run).unwrap_or_default(), &mut shown);
            rest = escaped.get(run..).unwrap_or_default();
        }
    }
    shown.push_str(rest);
    shown
}

/// What follows the triplets (`%C3%A4`) that `text` begins with.
fn strip_triplets(mut text: &str) -> &str {
    while let [b'%', high, low, ..] = text.as_bytes() {
        if !high.is_ascii_hexdigit() || !low.is_ascii_hexdigit() {
            break;
        }
        text = text.get(3..).unwrap_or_default();
    }
    text
}

/// Decodes a run of triplets, character by character.
fn decode_run(run: &str, shown: &mut String) {
    let bytes: Vec<u8> = percent_decode_str(run).collect();
    let mut triplets = run;
    for chunk in bytes.utf8_chunks() {
        let good = chunk.valid().chars().map(|c| (c.len_utf8(), Some(c).filter(|&c| !c.is_ascii() && !deceives(c))));
        let bad = (chunk.invalid().len(), None);
        for (length, character) in good.chain([bad]) {
            let (encoded, rest) = triplets.split_at_checked(3 * length).unwrap_or((triplets, ""));
            match character {
                Some(character) => shown.push(character),
                None => shown.push_str(encoded),
            }
            triplets = rest;
        }
    }
}

/// Whether a character stays encoded.
fn deceives(c: char) -> bool {
    c.is_control() || c.is_whitespace() || DECEPTIVE.iter().any(|(range, _)| range.contains(&c))
}

/// Characters that stay encoded, each row with its reason. Controls and white space are among them without a row.
const DECEPTIVE: &[(RangeInclusive<char>, &str)] = &[
    ('\u{ad}'..='\u{ad}', "soft hyphen: invisible"),
    ('\u{300}'..='\u{36f}', "combining marks: drawn over the character before, which may be a delimiter"),
    ('\u{61c}'..='\u{61c}', "changes direction"),
    ('\u{115f}'..='\u{1160}', "Hangul fillers: invisible"),
    ('\u{17b4}'..='\u{17b5}', "invisible"),
    ('\u{180b}'..='\u{180f}', "invisible"),
    ('\u{200b}'..='\u{200f}', "invisible, or changes direction"),
    ('\u{202a}'..='\u{202e}', "changes direction"),
    ('\u{2044}'..='\u{2044}', "looks like a slash"),
    ('\u{2060}'..='\u{206f}', "invisible, or changes direction"),
    ('\u{2215}'..='\u{2215}', "looks like a slash"),
    ('\u{2571}'..='\u{2571}', "looks like a slash"),
    ('\u{2800}'..='\u{2800}', "blank Braille pattern: invisible"),
    ('\u{29f8}'..='\u{29f8}', "looks like a slash"),
    ('\u{3164}'..='\u{3164}', "Hangul filler: invisible"),
    ('\u{e000}'..='\u{f8ff}', "private use: looks like anything"),
    ('\u{fe00}'..='\u{fe0f}', "variation selectors: invisible"),
    ('\u{fe20}'..='\u{fe2f}', "combining half marks"),
    ('\u{feff}'..='\u{feff}', "byte order mark: invisible"),
    ('\u{ff03}'..='\u{ff03}', "looks like #"),
    ('\u{ff0e}'..='\u{ff0f}', "look like . and /"),
    ('\u{ff1a}'..='\u{ff1a}', "looks like :"),
    ('\u{ff1f}'..='\u{ff1f}', "looks like ?"),
    ('\u{ffa0}'..='\u{ffa0}', "Hangul filler: invisible"),
    ('\u{fff0}'..='\u{ffff}', "no characters, or replacements of one"),
    ('\u{1bca0}'..='\u{1bca3}', "shorthand controls: invisible"),
    ('\u{1d173}'..='\u{1d17a}', "musical controls: invisible"),
    ('\u{1f50f}'..='\u{1f513}', "padlocks and keys, as if the browser vouched for the site"),
    ('\u{e0000}'..='\u{10ffff}', "tags, further selectors and private use"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> String {
        let url = Url::parse(url).unwrap();
        let shown = display(&url);
        assert_eq!(Url::parse(&shown).unwrap().as_str().to_lowercase(), url.as_str().to_lowercase(), "typed again");
        shown
    }

    #[test]
    fn what_is_shown_reads_well_and_leads_back() {
        for (url, expected) in [
            ("https://example.org/stra%C3%9Fe?q=gr%C3%BCn#k%C3%A4se", "https://example.org/straße?q=grün#käse"),
            ("file:///tmp/%E6%97%A5%E6%9C%AC%20x.html", "file:///tmp/日本%20x.html"),
            ("https://example.org:8443/", "https://example.org:8443/"),
            ("http://[::1]:80/", "http://[::1]/"),
            ("bulkhead://start", "bulkhead://start"),
            ("about:blank", "about:blank"),
            ("data:text/html,%E2%9C%93", "data:text/html,✓"),
            ("https://example.org/100%/%zz/%C3", "https://example.org/100%/%zz/%C3"),
        ] {
            assert_eq!(shown(url), expected);
        }
    }

    #[test]
    fn what_deceives_stays_encoded() {
        for url in [
            "https://example.org/%E2%80%AEgpj.exe",          // right-to-left override
            "https://example.org/a%E2%80%8Bb",               // zero-width space
            "https://example.org/%0A%00%20%7F%C2%A0%C2%85",  // controls and spaces
            "https://example.org/%E2%88%95%EF%BC%8Fevil",    // slashes that are none
            "https://example.org/%F0%9F%94%92secure",        // a padlock
            "https://example.org/%2F%3F%23%25",              // delimiters
            "https://example.org/%CC%B8",                    // a stroke over the slash before
            "https://example.org/%ED%A0%80%F4%90%80%80%FFx", // no UTF-8
        ] {
            assert_eq!(shown(url), url);
        }
        assert_eq!(shown("https://example.org/%C3%A4%E2%80%AE%C3%A4%FF"), "https://example.org/ä%E2%80%AEä%FF");
    }

    #[test]
    fn a_user_name_that_looks_like_a_host_is_not_shown() {
        let url = Url::parse("https://bank.example:x@evil.example/").unwrap();
        assert_eq!(display(&url), "https://evil.example/");
    }

    #[test]
    fn a_long_address_keeps_its_host() {
        let url = Url::parse("https://example.org/a/very/long/path/to/a/page.html").unwrap();
        assert_eq!(elided(&url, 100), display(&url));
        assert_eq!(elided(&url, 30), "https://example.org/a/ve….html");
        assert_eq!(elided(&url, 20), "https://example.org…");
        let url = Url::parse("https://bank.example.login.session.evil.example/x").unwrap();
        assert_eq!(elided(&url, 13), "…evil.example");
        assert_eq!(elided(&url, 0), "…");
        for limit in 1..60 {
            assert!(elided(&url, limit).chars().count() <= limit);
        }
    }
}
