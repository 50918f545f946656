//! The demo pages. They are files that can be opened as such, too: what they load, they name relative to themselves.
//! `bulkhead://demo/form.html` is the one that is not the same for everybody: it shows what was sent to it.

use maud::html;
use url::Url;

const FORM: &str = include_str!("../../assets/demo/form.html");

/// The page as it is served: what it loads, internal pages have below `bulkhead://assets/`.
pub(super) fn served(page: &str) -> String {
    page.replace("\"../", "\"bulkhead://assets/").replace("\"demo.css\"", "\"bulkhead://assets/demo.css\"")
}

/// The form, with the fields in the URL's query above it.
pub(super) fn form(url: &Url) -> String {
    let sent = html! {
        @if url.query().is_some() {
            h2 { "What arrived" }
            table {
                @for (name, value) in url.query_pairs() {
                    tr { td class="mono" { (name) } td { (value) } }
                }
            }
            h2 { "Once more" }
        }
    };
    served(FORM).replace("<!--sent-->", &sent.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_loads_from_beside_it_the_page_loads_from_the_assets() {
        let page = served("<link href=\"../style.css\"><link href=\"demo.css\"><p>../ demo.css");
        let expected =
            "<link href=\"bulkhead://assets/style.css\"><link href=\"bulkhead://assets/demo.css\"><p>../ demo.css";
        assert_eq!(page, expected);
    }

    #[test]
    fn what_was_sent_is_shown_as_text() {
        let html = form(&Url::parse("bulkhead://demo/form.html?name=%3Cb%3EAda%3C%2Fb%3E&a+b=1+2").unwrap());
        assert!(html.contains("<td class=\"mono\">name</td><td>&lt;b&gt;Ada&lt;/b&gt;</td>"));
        assert!(html.contains("<td class=\"mono\">a b</td><td>1 2</td>"));
        assert!(!form(&Url::parse("bulkhead://demo/form.html").unwrap()).contains("What arrived"));
    }
}
