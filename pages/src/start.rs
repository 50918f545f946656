//! `bulkhead://start`, `bulkhead://about` and `bulkhead://version`.

use super::debug::DEBUG_PAGES;
use super::frame::{LOGO, page};
use super::site::SITE;
use maud::{Markup, PreEscaped, html};
use url::Url;

const START: &str = include_str!("../../assets/pages/start.html");

/// The start page: the architecture, and links to try it.
pub(super) fn start(_: &Url) -> String {
    let debug = html! {
        @for row in DEBUG_PAGES {
            (card("card danger", row.name, row.name, row.explanation))
        }
    };
    let demos = html! {
        @for entry in SITE.iter().filter(|entry| entry.name.starts_with("demo/") && entry.mime == "text/html") {
            (card("card", entry.name, entry.title, entry.about))
        }
    };
    let main = START.replace("<!--logo-->", LOGO.0).replace("<!--debug-->", &debug.0).replace("<!--demos-->", &demos.0);
    page("Bulkhead", &PreEscaped(main))
}

fn card(class: &str, name: &str, heading: &str, text: &str) -> Markup {
    html! {
        a class=(class) href={ "bulkhead://" (name) } { b { (heading) } (text) "." }
    }
}

/// All pages.
pub(super) fn about(_: &Url) -> String {
    let main = html! {
        h1 class="top" { "All pages" }
        table {
            tr { th { "Address" } th { "What it is" } }
            @for entry in SITE.iter().filter(|entry| entry.mime == "text/html") {
                (row(entry.name, entry.about))
            }
        }
        h2 { "Debug commands" }
        p class="prose" { "Orders to the process of the tab that is taken there. Only you and these pages can give them." }
        table {
            tr { th { "Address" } th { "What it does" } }
            @for debug in DEBUG_PAGES {
                (row(debug.name, debug.explanation))
            }
        }
    };
    page("All pages", &main)
}

fn row(name: &str, text: &str) -> Markup {
    html! {
        tr { td { a href={ "bulkhead://" (name) } { "bulkhead://" (name) } } td { (text) } }
    }
}

/// What runs, and where.
pub(super) fn version(_: &Url) -> String {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let executable = std::env::current_exe().map_or_else(|_| String::new(), |path| path.display().to_string());
    let arguments: Vec<_> = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let rows = [
        ("Bulkhead", env!("CARGO_PKG_VERSION").to_owned()),
        ("Built for", format!("{} {}", std::env::consts::ARCH, std::env::consts::OS)),
        ("Kernel", format!("Linux {}", kernel.trim())),
        ("Broker’s pid", std::process::id().to_string()),
        ("Executable", executable),
        ("Command line", arguments.join(" ")),
    ];
    let main = html! {
        div class="hero" {
            (LOGO)
            div {
                h1 { "Bulkhead" }
                p class="lead" { "A multi-process, sandboxed web browser small enough to read." }
            }
        }
        table {
            @for (name, value) in rows {
                tr { th { (name) } td class="mono" { (value) } }
            }
        }
        p class="soft small" { "Licensed under MIT or Apache-2.0, at your option." }
    };
    page("Version", &main)
}
