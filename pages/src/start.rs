//! `bulkhead://start`, `bulkhead://about` and `bulkhead://version`.

use super::debug::DEBUG_PAGES;
use super::frame::{LOGO, page};
use super::html::Escaped;
use super::site::SITE;
use std::fmt::Write;
use url::Url;

const START: &str = include_str!("../../assets/pages/start.html");

/// The start page: the architecture, and links to try it.
pub(super) fn start(_: &Url) -> String {
    let mut debug = String::new();
    for row in DEBUG_PAGES {
        card(&mut debug, "card danger", row.name, row.name, row.explanation);
    }
    let mut demos = String::new();
    for entry in SITE.iter().filter(|entry| entry.name.starts_with("demo/") && entry.mime == "text/html") {
        card(&mut demos, "card", entry.name, entry.title, entry.about);
    }
    let main = START.replace("<!--logo-->", LOGO).replace("<!--debug-->", &debug).replace("<!--demos-->", &demos);
    page("Bulkhead", &main)
}

fn card(html: &mut String, class: &str, name: &str, heading: &str, text: &str) {
    let (name, heading, text) = (Escaped(name), Escaped(heading), Escaped(text));
    // Writing to a `String` cannot fail.
    let _ = writeln!(html, "<a class=\"{class}\" href=\"bulkhead://{name}\"><b>{heading}</b>{text}.</a>");
}

/// All pages.
pub(super) fn about(_: &Url) -> String {
    let mut main =
        String::from("<h1 class=\"top\">All pages</h1>\n<table>\n<tr><th>Address</th><th>What it is</th></tr>\n");
    for entry in SITE.iter().filter(|entry| entry.mime == "text/html") {
        row(&mut main, entry.name, entry.about);
    }
    main.push_str(
        "</table>\n<h2>Debug commands</h2>\n<p class=\"prose\">Orders to the process of the tab that is taken there. \
         Only you and these pages can give them.</p>\n<table>\n<tr><th>Address</th><th>What it does</th></tr>\n",
    );
    for debug in DEBUG_PAGES {
        row(&mut main, debug.name, debug.explanation);
    }
    main.push_str("</table>");
    page("All pages", &main)
}

fn row(html: &mut String, name: &str, text: &str) {
    let (name, text) = (Escaped(name), Escaped(text));
    let _ = writeln!(html, "<tr><td><a href=\"bulkhead://{name}\">bulkhead://{name}</a></td><td>{text}</td></tr>");
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
    let mut main = format!("<div class=\"hero\">{LOGO}<div><h1>Bulkhead</h1>");
    main.push_str(
        "<p class=\"lead\">A multi-process, sandboxed web browser small enough to read.</p></div></div>\n<table>\n",
    );
    for (name, value) in rows {
        let _ = writeln!(main, "<tr><th>{name}</th><td class=\"mono\">{}</td></tr>", Escaped(&value));
    }
    main.push_str("</table>\n<p class=\"soft small\">Licensed under MIT or Apache-2.0, at your option.</p>");
    page("Version", &main)
}
