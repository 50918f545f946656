//! The table of the internal site: every name that `bulkhead:` has something to show for. A name that is not in it
//! reaches nothing; debug commands ([`super::DEBUG_PAGES`]) have a table of their own.

use super::{demo, start};
use bulkhead_broker::internal_pages::LivePage;
use url::Url;

/// Where a page's bytes come from.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// Built in.
    Static(&'static str),
    /// Made when it is asked for, under this URL.
    Made(fn(&Url) -> String),
    /// Made from what the broker knows at that moment.
    Live(LivePage),
    /// Made from the last run of the lab, see [`super::Providers`].
    Lab,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// `bulkhead://NAME`.
    pub name: &'static str,
    /// The type.
    pub mime: &'static str,
    /// What a list of pages calls it.
    pub title: &'static str,
    /// One sentence about it, without the full stop.
    pub about: &'static str,
    /// The bytes.
    pub content: Content,
}

macro_rules! asset {
    ($path:literal) => {
        Content::Static(include_str!(concat!("../../assets/", $path)))
    };
}

macro_rules! demo {
    ($path:literal) => {
        Content::Made(|_| demo::served(include_str!(concat!("../../assets/demo/", $path))))
    };
}

/// The table. Pages first, then what they load.
pub const SITE: &[Entry] = &[
    html("start", "Start", "How this browser is built, and how to break a part of it", Content::Made(start::start)),
    html("processes", "Processes", "The processes that run now, and what they use", Content::Live(LivePage::Processes)),
    html(
        "sandbox",
        "Sandbox",
        "What confines a page's process on this machine, layer by layer",
        Content::Live(LivePage::Sandbox),
    ),
    html(
        "attack",
        "Attack",
        "Every attempt to break out of a page's process, made while you watch",
        Content::Live(LivePage::Attack),
    ),
    html(
        "lab",
        "The IPC lab",
        "The ways in which processes talk to one another, where this browser uses each, and how fast they are",
        Content::Lab,
    ),
    html("version", "Version", "What runs, and where", Content::Made(start::version)),
    html("about", "All pages", "This list", Content::Made(start::about)),
    html("demo/typography.html", "Typography", "Text in many sizes, weights and scripts", demo!("typography.html")),
    html("demo/form.html", "A form", "Fields to type into, and what becomes of them", Content::Made(demo::form)),
    html(
        "demo/layout.html",
        "Layout and motion",
        "Grid, flexbox, hover, and animations without end",
        demo!("layout.html"),
    ),
    html("demo/svg.html", "Vector graphics", "SVG in the page, and from files", demo!("svg.html")),
    html(
        "demo/long.html",
        "Every door of the kernel",
        "A long page: three hundred system calls, a line each",
        demo!("long.html"),
    ),
    Entry { name: "assets/demo.css", mime: "text/css", title: "", about: "", content: asset!("demo/demo.css") },
    Entry { name: "assets/style.css", mime: "text/css", title: "", about: "", content: asset!("style.css") },
    Entry { name: "assets/logo.svg", mime: "image/svg+xml", title: "", about: "", content: asset!("logo.svg") },
];

const fn html(name: &'static str, title: &'static str, about: &'static str, content: Content) -> Entry {
    Entry { name, mime: "text/html", title, about, content }
}

/// The row that this URL names. Query and fragment do not count.
#[must_use]
pub fn find(url: &Url) -> Option<&'static Entry> {
    let name = name(url)?;
    SITE.iter().find(|entry| entry.name == name)
}

/// The name in `bulkhead://name`, which may have a path.
pub(super) fn name(url: &Url) -> Option<String> {
    if url.scheme() != "bulkhead" {
        return None;
    }
    let host = url.host_str()?;
    match url.path() {
        "" | "/" => Some(host.to_owned()),
        path => Some(format!("{host}{path}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulkhead_broker::sandbox_board::State;

    #[test]
    fn each_name_is_found_and_no_other() {
        for entry in SITE {
            let url = Url::parse(&format!("bulkhead://{}?query#fragment", entry.name)).unwrap();
            assert_eq!(find(&url).map(|found| found.name), Some(entry.name));
        }
        for url in
            ["bulkhead://nothing", "bulkhead://start/x", "bulkhead:start", "https://start/", "bulkhead://demo/../start"]
        {
            assert!(find(&Url::parse(url).unwrap()).is_none(), "{url}");
        }
    }

    #[test]
    fn no_link_of_an_internal_page_leads_nowhere() {
        for entry in SITE.iter().filter(|entry| entry.mime == "text/html") {
            let page = match entry.content {
                Content::Static(page) => page.to_owned(),
                Content::Made(make) => make(&Url::parse(&format!("bulkhead://{}", entry.name)).unwrap()),
                Content::Live(LivePage::Processes) => crate::processes(&[]),
                Content::Live(LivePage::Sandbox) => crate::sandbox(&State::default(), &[]),
                Content::Live(LivePage::Attack) => crate::attack(None),
                Content::Lab => crate::lab(&Ok(None)),
            };
            for link in page.split("href=\"").skip(1).chain(page.split("src=\"").skip(1)) {
                let link = link.split('"').next().unwrap();
                if let Some(id) = link.strip_prefix('#') {
                    assert!(page.contains(&format!("id=\"{id}\"")), "{}: {link}", entry.name);
                    continue;
                }
                let url = Url::parse(&format!("bulkhead://{}", entry.name)).and_then(|base| base.join(link)).unwrap();
                let is_debug = crate::debug_fault(&url).is_some();
                assert!(is_debug || find(&url).is_some(), "{}: {link}", entry.name);
            }
        }
    }
}
