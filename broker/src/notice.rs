//! What a page's user is told where an act of theirs has no consequence: a line over the page, which stays as it is. What was
//! filled into a form is not lost.
//!
//! A page may cause such a line at any time. Its words are the browser's own; of the page's it has no more than the scheme of an
//! address.

use crate::policy::Refusal;
use std::fmt;
use url::Url;

/// Why nothing happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// An address of a scheme that nothing here handles.
    UnknownScheme(String),
    /// A script.
    Script,
    /// A form that is to be sent by POST to this URL.
    PostForm(Url),
    /// An address longer than [`bulkhead_shared::limits::URL_BYTES`].
    LongAddress,
    /// An address that is none.
    BadAddress,
    /// A field that asks for files.
    FileChoice,
}

impl Notice {
    /// What a page's wish to navigate comes to where this browser has no such places: the page stays. `None` where there is such
    /// a place, whether the page may lead there or not.
    #[must_use]
    pub fn instead_of(refusal: Refusal, url: &Url) -> Option<Self> {
        match refusal {
            Refusal::UnknownScheme => Some(Self::UnknownScheme(url.scheme().to_owned())),
            Refusal::Javascript => Some(Self::Script),
            Refusal::InternalPage
            | Refusal::FileFromPage
            | Refusal::NotClicked
            | Refusal::DataFromPage
            | Refusal::SchemeForSite
            | Refusal::OutsideRoot
            | Refusal::Hidden
            | Refusal::NotAPage
            | Refusal::NoData
            | Refusal::NotPageMaterial => None,
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownScheme(scheme) => {
                /// Nobody reads more of a name that a page made up.
                const SHOWN: usize = 24;
                let more = if scheme.len() > SHOWN { "…" } else { "" };
                let scheme: String = scheme.chars().take(SHOWN).collect();
                write!(f, "Nothing here handles {scheme}{more}: addresses, and no other program is started for a page.")
            }
            Self::Script => f.write_str("This is a script (javascript:), and scripts are not run."),
            Self::PostForm(url) => {
                f.write_str("This form cannot be sent: ")?;
                match url.scheme() {
                    "http" | "https" => {
                        f.write_str("POST needs the network, and this build has no network process yet.")
                    }
                    "file" => f.write_str("it is sent by POST, and a file takes nothing."),
                    "bulkhead" => {
                        f.write_str("it is sent by POST, and the browser's own pages take only what an address holds.")
                    }
                    _ => f.write_str("it is sent by POST, and nobody there takes it."),
                }
            }
            Self::LongAddress => f.write_str("This cannot be sent: its address would be longer than 32 KiB."),
            Self::BadAddress => f.write_str("This leads nowhere: its address is malformed."),
            Self::FileChoice => f.write_str("Files cannot be chosen: this browser gives none of yours to a page."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_names_the_scheme_and_no_more_of_what_a_page_says() {
        let url = Url::parse("mailto:ada@example.org?subject=x").unwrap();
        let notice = Notice::instead_of(Refusal::UnknownScheme, &url).unwrap().to_string();
        assert!(notice.contains("mailto:") && !notice.contains("ada"), "{notice}");
        let long = Url::parse(&format!("{}:x", "a".repeat(5000))).unwrap();
        let notice = Notice::instead_of(Refusal::UnknownScheme, &long).unwrap().to_string();
        assert!(notice.len() < 200, "{notice}");
        assert_eq!(Notice::instead_of(Refusal::FileFromPage, &url), None);
    }

    #[test]
    fn a_form_that_cannot_be_sent_is_told_why() {
        for (url, reason) in [("https://a/", "network"), ("file:///a", "a file"), ("bulkhead://start", "own pages")] {
            let notice = Notice::PostForm(Url::parse(url).unwrap()).to_string();
            assert!(notice.starts_with("This form cannot be sent: ") && notice.contains(reason), "{notice}");
        }
    }
}
