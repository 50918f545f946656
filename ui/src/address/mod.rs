//! Addresses: what a person types becomes a URL, and a URL becomes what a person reads ([`display()`]).
//!
//! What is typed is, by the first row that fits:
//!
//! | typed | becomes |
//! |---|---|
//! | on the command line, the name of an existing file | its `file:` URL |
//! | `/x`, `./x`, `../x`, `~`, `~/x` | a `file:` URL |
//! | `bulkhead:x`, `bulkhead://x` | the internal page |
//! | `about:x`, `chrome://x`, where the browser has a page or a command of that name | the same |
//! | `x`, the name of a page of the browser's | that page |
//! | `localhost:8000/x`, `192.0.2.1`, `[::1]:80`, `host:8000` | `http:` |
//! | `scheme:…` | itself; policy refuses schemes that it does not know |
//! | `example.org/x`, `münchen.example` | `https:` |
//!
//! Everything else is no address. No search engine is built in: what was meant as a question is never sent to anybody.
//!
//! A path with a `#` in it is the name of a file or, where there is no such file, has a fragment (`x.html#part`). Which, whoever loads
//! it finds out: nothing here waits for a disk, save for the command line's.

mod display;
mod own;
mod scripts;

pub use display::{display, elided};

use bulkhead_broker::browser::{AddressError, NotAnAddress, Tab, Typed};
use bulkhead_broker::internal_pages::PageNames;
use bulkhead_shared::limits::URL_BYTES;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use url::Url;

/// What relative paths are relative to.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The working directory, absolute.
    pub directory: PathBuf,
    /// What `~` means.
    pub home: Option<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self { directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")), home: std::env::home_dir() }
    }
}

/// The URL of what was typed into the address bar; `pages` are those that have names of their own.
///
/// # Errors
/// See [`AddressError`].
pub fn typed(text: &str, surroundings: &Surroundings, pages: &dyn PageNames) -> Result<Typed, AddressError> {
    let text = tidy(text)?;
    let typed = match path(&text, surroundings)? {
        Some(typed) => typed,
        None => own::page(&text, pages).map_or_else(|| absolute(&text), Ok)?.into(),
    };
    if typed.url.as_str().len() > URL_BYTES { Err(AddressError::TooLong) } else { Ok(typed) }
}

/// The same, of this process's user, with the text where it is no address: what [`bulkhead_broker::browser::Browser::navigate_typed`]
/// takes.
///
/// # Errors
/// See [`NotAnAddress`].
pub fn read(text: &str) -> Result<Typed, NotAnAddress> {
    typed(text, &Surroundings::of_process(), &bulkhead_pages::Names)
        .map_err(|error| NotAnAddress { text: text.to_owned(), error })
}

/// What the address bar shows: where the tab is or is to go, or what was typed instead of an address.
#[must_use]
pub fn shown(tab: &Tab) -> String {
    match tab.typed() {
        Some(typed) => typed.to_owned(),
        None => tab.url().map(display).unwrap_or_default(),
    }
}

/// The title to show: the document's, else its address, else "New tab".
#[must_use]
pub fn title(tab: &Tab) -> String {
    match tab.document_title() {
        Some(title) => title.to_owned(),
        None if tab.url().is_none() => "New tab".to_owned(),
        None => shown(tab),
    }
}

/// The URL of an argument of the command line.
///
/// # Errors
/// See [`AddressError`].
pub fn argument(text: &str, surroundings: &Surroundings, pages: &dyn PageNames) -> Result<Url, AddressError> {
    let relative = surroundings.directory.join(text);
    if !text.is_empty() && text.len() <= URL_BYTES && relative.exists() {
        return file_url(&relative, None);
    }
    let Typed { url, otherwise } = typed(text, surroundings, pages)?;
    let is_there = |url: &Url| url.to_file_path().is_ok_and(|path| path.exists());
    Ok(otherwise.filter(|other| !is_there(&url) && is_there(other)).unwrap_or(url))
}

/// Without the spaces around it and the line breaks and tabs that come with pasted text, as the URL Standard strips
/// them.
fn tidy(text: &str) -> Result<String, AddressError> {
    if text.len() > URL_BYTES {
        return Err(AddressError::TooLong);
    }
    let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control()).replace(['\n', '\r', '\t'], "");
    if text.is_empty() { Err(AddressError::Empty) } else { Ok(text) }
}

fn path(text: &str, surroundings: &Surroundings) -> Result<Option<Typed>, AddressError> {
    let first = text.split('/').next().unwrap_or_default();
    let below = |base: &Path| {
        let rest = text.get(first.len()..).unwrap_or_default().trim_start_matches('/');
        base.join(rest)
    };
    let path = match first {
        "" => PathBuf::from(text),
        "." | ".." => surroundings.directory.join(text),
        "~" => below(surroundings.home.as_deref().ok_or(AddressError::NoHome)?),
        _ => return Ok(None),
    };
    let parts = path.to_str().and_then(|path| path.split_once('#'));
    let otherwise = parts.map(|(before, fragment)| file_url(Path::new(before), Some(fragment))).transpose()?;
    Ok(Some(Typed { url: file_url(&path, None)?, otherwise }))
}

fn file_url(path: &Path, fragment: Option<&str>) -> Result<Url, AddressError> {
    let url = Url::from_file_path(path).map_err(|()| AddressError::NotAnAddress)?;
    // Once more through the parser, which resolves `..`.
    let mut url = Url::parse(url.as_str())?;
    url.set_fragment(fragment);
    Ok(url)
}

fn absolute(text: &str) -> Result<Url, AddressError> {
    if let Some((scheme, rest)) = split_scheme(text) {
        if scheme.eq_ignore_ascii_case("bulkhead") {
            return Ok(own::url(rest)?);
        }
        if !is_port(rest) {
            return Ok(Url::parse(text)?);
        }
    }
    let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
    // `bank.example@evil.example`: whoever means the part before the @ is deceived by the part after it.
    if authority.contains('@') || authority.contains(char::is_whitespace) {
        return Err(AddressError::NotAnAddress);
    }
    let bracketed = authority.starts_with('[');
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let (_, last) = host.trim_end_matches('.').rsplit_once('.').unwrap_or_default();
    let scheme = if bracketed || host.parse::<Ipv4Addr>().is_ok() || is_localhost(host) {
        "http"
    } else if last.chars().any(char::is_alphabetic) {
        "https"
    } else if port.is_some() && !host.is_empty() && !host.contains('.') {
        "http"
    } else {
        return Err(AddressError::NotAnAddress);
    };
    Ok(Url::parse(&format!("{scheme}://{text}"))?)
}

/// The scheme and what follows the colon.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let mut letters = scheme.chars();
    let valid = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    valid.then_some((scheme, rest))
}

/// Whether what follows a colon is a port: digits up to the end or to the path.
fn is_port(rest: &str) -> bool {
    let port = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_localhost(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulkhead_pages::Names;

    fn surroundings(directory: &Path) -> Surroundings {
        Surroundings { directory: directory.to_owned(), home: Some(PathBuf::from("/home/ada")) }
    }

    fn is(text: &str) -> Result<String, AddressError> {
        typed(text, &surroundings(Path::new("/work/dir")), &Names).map(|typed| typed.url.into())
    }

    #[test]
    fn what_is_typed_becomes_a_url() {
        for (text, url) in [
            ("https://example.org", "https://example.org/"),
            ("  HTTP://Example.ORG/a b ", "http://example.org/a%20b"),
            ("https://exam\nple.org", "https://example.org/"),
            ("file:///etc/hosts", "file:///etc/hosts"),
            ("about:blank", "about:blank"),
            ("data:text/html,<p>x", "data:text/html,<p>x"),
            ("bulkhead://start", "bulkhead://start"),
            ("bulkhead:start", "bulkhead://start"),
            ("Bulkhead:///Crash", "bulkhead://crash"),
            ("bulkhead://demo/form.html?a#b", "bulkhead://demo/form.html?a#b"),
            ("processes", "bulkhead://processes"),
            (" Lab ", "bulkhead://lab"),
            ("demo/form.html?a#b", "bulkhead://demo/form.html?a#b"),
            ("about:processes", "bulkhead://processes"),
            ("about:about", "bulkhead://about"),
            ("about:Version", "bulkhead://version"),
            ("about://sandbox/", "bulkhead://sandbox/"),
            ("chrome://version", "bulkhead://version"),
            ("chrome:version", "bulkhead://version"),
            ("Chrome://Version/", "bulkhead://version/"),
            ("chrome://crash", "bulkhead://crash"),
            ("chrome://newtab", "bulkhead://start"),
            ("chrome://chrome-urls", "bulkhead://about"),
            ("chrome://process-internals", "bulkhead://processes"),
            ("/etc/hosts", "file:///etc/hosts"),
            ("//etc/hosts", "file:///etc/hosts"),
            ("/", "file:///"),
            ("/a b/ü#1.html", "file:///a%20b/%C3%BC%231.html"),
            ("./x.html", "file:///work/dir/x.html"),
            ("../x.html", "file:///work/x.html"),
            (".", "file:///work/dir"),
            ("..", "file:///work/"),
            ("~", "file:///home/ada"),
            ("~/x", "file:///home/ada/x"),
            ("~//etc/passwd", "file:///home/ada/etc/passwd"),
            ("example.org", "https://example.org/"),
            ("example.org:8443/x?y#z", "https://example.org:8443/x?y#z"),
            ("münchen.example/ä", "https://xn--mnchen-3ya.example/%C3%A4"),
            ("localhost", "http://localhost/"),
            ("localhost:8000/x", "http://localhost:8000/x"),
            ("app.localhost:8000", "http://app.localhost:8000/"),
            ("192.0.2.1/x", "http://192.0.2.1/x"),
            ("[::1]:8000", "http://[::1]:8000/"),
            ("[::1]", "http://[::1]/"),
            ("printer:631", "http://printer:631/"),
            // Known to be unknown: policy refuses these with a page of its own.
            ("javascript:alert(1)", "javascript:alert(1)"),
            ("mailto:ada@example.org", "mailto:ada@example.org"),
            ("about:config", "about:config"),
            ("chrome://settings", "chrome://settings"),
        ] {
            assert_eq!(is(text).as_deref(), Ok(url), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_sent_to_nobody() {
        for text in [
            "what is ipc?",
            "ipc",
            // A command, which nobody gives by a mere word.
            "crash",
            "3.14",
            "1.2.3",
            "a@b.example",
            "bank.example@evil.example/",
            "C++ & Rust",
            "?",
            "#x",
            "~ada",
            "example .org",
            "...",
        ] {
            assert_eq!(is(text), Err(AddressError::NotAnAddress), "{text}");
        }
        assert_eq!(is(" \n\t "), Err(AddressError::Empty));
        assert!(matches!(is("https://"), Err(AddressError::Malformed(_))));
        assert!(matches!(is("example.org:99999"), Err(AddressError::Malformed(_))));
        let nobody = Surroundings { directory: PathBuf::from("/"), home: None };
        assert_eq!(typed("~/x", &nobody, &Names), Err(AddressError::NoHome));
    }

    #[test]
    fn an_address_over_the_cap_is_refused_also_if_it_only_grows_over_it() {
        assert_eq!(is(&format!("https://example.org/{}", "a".repeat(URL_BYTES))), Err(AddressError::TooLong));
        assert_eq!(is(&format!("https://example.org/{}", "ä".repeat(URL_BYTES / 4))), Err(AddressError::TooLong));
        assert!(is(&format!("https://example.org/{}", "a".repeat(URL_BYTES / 2))).is_ok());
    }

    #[test]
    fn files_are_found_by_name_on_the_command_line_and_with_fragments() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["page.html", "a#b.html", "example.org"] {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        let here = surroundings(directory.path());
        let base = Url::from_directory_path(directory.path()).unwrap();
        let below = |name: &str| Ok(base.join(name).unwrap());
        assert_eq!(argument("page.html", &here, &Names), below("page.html"));
        assert_eq!(argument("a#b.html", &here, &Names), below("a%23b.html"));
        assert_eq!(argument("example.org", &here, &Names), below("example.org"));
        assert_eq!(typed("example.org", &here, &Names).unwrap().url.as_str(), "https://example.org/");
        assert_eq!(argument("./page.html#part", &here, &Names), below("page.html#part"));
        assert_eq!(argument("./a#b.html", &here, &Names), below("a%23b.html"));
        let both = Typed { url: base.join("a%23b.html").unwrap(), otherwise: base.join("a#b.html").ok() };
        assert_eq!(typed("./a#b.html", &here, &Names), Ok(both), "whoever loads it finds out which");
        assert_eq!(argument("missing words", &here, &Names), Err(AddressError::NotAnAddress));
        assert_eq!(argument("", &here, &Names), Err(AddressError::Empty));
    }
}
