//! What every page has around it: the head with the style sheet, the bar, the foot.

use super::html::Escaped;

/// The style sheet, also served as `bulkhead://assets/style.css`.
pub(super) const STYLE: &str = include_str!("../../assets/style.css");

/// The logo, for use within HTML.
pub(super) const LOGO: &str = include_str!("../../assets/logo.svg");

/// A whole page. `title` is escaped here, `main` is HTML.
pub(super) fn page(title: &str, main: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n\
         <div class=\"bar\"><div class=\"bar-inner\">\
         <a class=\"home\" href=\"bulkhead://start\">{LOGO}<span>Bulkhead</span></a>\
         <a href=\"bulkhead://processes\">Processes</a>\
         <a href=\"bulkhead://sandbox\">Sandbox</a>\
         <a href=\"bulkhead://lab\">Lab</a>\
         <a href=\"bulkhead://version\">Version</a>\
         <a href=\"bulkhead://about\">All pages</a>\
         </div></div>\n<main>\n{main}\n</main>\n\
         <div class=\"foot\">Bulkhead {version}. This page was made by the broker and drawn by a renderer.</div>\n\
         </body>\n</html>\n",
        title = Escaped(title),
        version = env!("CARGO_PKG_VERSION"),
    )
}
