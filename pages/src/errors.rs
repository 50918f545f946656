//! Error pages: what happened, why, what to do now, and Reload.
//!
//! An error page belongs to the site of the browser's own pages, whatever its address: it is the broker's own text, and
//! everything from outside in it is escaped.

use super::frame::{LOGO, page};
use super::words::Words;
use bulkhead_broker::fetch::FetchError;
use bulkhead_broker::internal_pages::Failure;
use maud::html;

/// Whether the same could end better on another day.
fn may_pass(failure: &Failure<'_>) -> bool {
    !matches!(
        failure,
        Failure::Refused(_)
            | Failure::Address(_)
            | Failure::Fetch(
                FetchError::Refused(_) | FetchError::BadDataUrl | FetchError::DebugCommand | FetchError::UnknownScheme
            )
    )
}

/// The page that says so. `address` is the URL, or what the user typed.
#[must_use]
pub fn error_page(address: &str, failure: &Failure<'_>) -> String {
    let Words { title, explanation, hint } = Words::from(failure);
    let main = html! {
        div class="failure" {
            (LOGO)
            h1 { (title) }
            div class="address" { (address) }
            p { (explanation) }
            p class="soft" { (hint) }
            div class="actions" {
                @if may_pass(failure) {
                    // An empty `href` is the document's own address. Never the address itself: it might be one that this page, with
                    // its rights, must not lead to.
                    a class="button first" href="" { "Reload" }
                }
                a class="button" href="bulkhead://start" { "Start page" }
            }
        }
    };
    page(title, &main)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulkhead_broker::browser::AddressError;
    use bulkhead_broker::policy::Refusal;

    #[test]
    fn an_address_and_a_type_from_outside_stay_text() {
        let error = FetchError::Unsupported { mime: "<img src=x>".to_owned() };
        let html = error_page("file:///<script>alert(\"1\")</script>", &Failure::Fetch(&error));
        assert!(!html.contains("<script") && !html.contains("<img"));
        assert!(html.contains("file:///&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"));
        assert!(html.contains("&lt;img src=x&gt;"));
    }

    #[test]
    fn reload_is_offered_where_it_could_help() {
        assert!(error_page("file:///x", &Failure::Fetch(&FetchError::NotFound)).contains("Reload"));
        assert!(!error_page("javascript:x", &Failure::Refused(Refusal::Javascript)).contains("Reload"));
    }

    #[test]
    fn what_is_not_an_address_is_told_that_nobody_was_asked() {
        let html = error_page("what is ipc?", &Failure::Address(AddressError::NotAnAddress));
        assert!(html.contains("No search engine is built in"));
    }
}
