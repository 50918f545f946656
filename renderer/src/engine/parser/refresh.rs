//! `<meta http-equiv=refresh>`: after how long the document wants to be followed by which.

use std::time::Duration;
use url::Url;

/// The wish of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refresh {
    /// Counted from when the document is complete.
    pub(crate) delay: Duration,
    /// Where to; without, the document is to be loaded again.
    pub(crate) url: Option<Url>,
}

impl Refresh {
    /// Reads the `content` attribute as HTML says: the "shared declarative refresh steps", section 4.2.5.3.
    pub(super) fn parse(content: &str, base: &Url) -> Option<Self> {
        let rest = content.trim_ascii_start();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (seconds, rest) = rest.split_at(digits);
        if seconds.is_empty() && !rest.starts_with('.') {
            return None;
        }
        // More digits than a number has are a wait without end.
        let delay = Duration::from_secs(if seconds.is_empty() { 0 } else { seconds.parse().unwrap_or(u64::MAX) });
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        if rest.is_empty() {
            return Some(Self { delay, url: None });
        }
        if !rest.starts_with(|c: char| c == ';' || c == ',' || c.is_ascii_whitespace()) {
            return None;
        }
        let rest = rest.trim_ascii_start();
        let rest = rest.strip_prefix([';', ',']).unwrap_or(rest).trim_ascii_start();
        if rest.is_empty() {
            return Some(Self { delay, url: None });
        }
        let url = base.join(unquoted(after_name(rest).unwrap_or(rest))).ok()?;
        (url.scheme() != "javascript").then_some(Self { delay, url: Some(url) })
    }
}

/// What comes after `url =`.
fn after_name(text: &str) -> Option<&str> {
    let (name, rest) = text.split_at_checked(3)?;
    let value = name.eq_ignore_ascii_case("url").then(|| rest.trim_ascii_start())?;
    Some(value.strip_prefix('=')?.trim_ascii_start())
}

/// What is within quotes, if there are any.
fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split(quote).next().unwrap_or_default();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(content: &str) -> Option<(u64, Option<String>)> {
        let base = Url::parse("http://a/b/c").unwrap();
        let refresh = Refresh::parse(content, &base)?;
        Some((refresh.delay.as_secs(), refresh.url.map(String::from)))
    }

    #[test]
    fn an_address_is_resolved_and_may_be_quoted() {
        for content in [
            "0;url=d",
            "0; url=d",
            "0;URL='d'",
            " 0 , Url = \"d\" x",
            "0 url=d",
            "0; d",
            "0;d",
            ".5;url=d",
            "0.9; url='d",
        ] {
            assert_eq!(parsed(content), Some((0, Some("http://a/b/d".to_owned()))), "{content}");
        }
        assert_eq!(parsed("3;url=http://x/"), Some((3, Some("http://x/".to_owned()))));
        assert_eq!(parsed("0; urld"), Some((0, Some("http://a/b/urld".to_owned()))));
    }

    #[test]
    fn without_an_address_the_document_is_loaded_again() {
        for content in ["5", "5;", " 5 ; ", "5.9"] {
            assert_eq!(parsed(content), Some((5, None)), "{content}");
        }
        assert_eq!(parsed("99999999999999999999"), Some((u64::MAX, None)));
    }

    #[test]
    fn what_is_no_wish_is_none() {
        for content in ["", ";url=d", "x", "-1;url=d", "0x", "0;url=javascript:alert(1)", "0;url=http://["] {
            assert_eq!(parsed(content), None, "{content}");
        }
    }
}
