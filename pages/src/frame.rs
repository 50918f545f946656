//! What every page has around it: the head with the style sheet, the bar, the foot.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The style sheet, also served as `bulkhead://assets/style.css`.
pub(super) const STYLE: &str = include_str!("../../assets/style.css");

/// The logo, for use within HTML.
pub(super) const LOGO: PreEscaped<&str> = PreEscaped(include_str!("../../assets/logo.svg"));

/// What the bar leads to.
const BAR: [(&str, &str); 5] = [
    ("bulkhead://processes", "Processes"),
    ("bulkhead://sandbox", "Sandbox"),
    ("bulkhead://lab", "Lab"),
    ("bulkhead://version", "Version"),
    ("bulkhead://about", "All pages"),
];

/// A whole page.
pub(super) fn page(title: &str, main: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                div class="bar" {
                    div class="bar-inner" {
                        a class="home" href="bulkhead://start" { (LOGO) span { "Bulkhead" } }
                        @for (address, name) in BAR {
                            a href=(address) { (name) }
                        }
                    }
                }
                main { (main) }
                div class="foot" {
                    "Bulkhead " (env!("CARGO_PKG_VERSION")) ". This page was made by the broker and drawn by a renderer."
                }
            }
        }
    }
    .into_string()
}
