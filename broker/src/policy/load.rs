//! The one question of loading: may this initiator have that URL, as a document or as a part of one?
//!
//! [`Request::permit`] answers it, before anything is opened. A [`Permit`] can be made in no other way, and nothing is
//! fetched without one ([`crate::fetch::FetchRequest`]), so a caller cannot forget to ask.
//!
//! A document, for
//!
//! | initiator | `bulkhead:` | `file:` | `data:` | `about:blank`, `http:`, `https:` |
//! |---|---|---|---|---|
//! | the user | yes | [`FileRule::Chosen`] | yes | yes |
//! | a page of [`Site::Internal`] | yes | after a click | no | yes |
//! | a page of [`Site::Files`] | no | [`FileRule::Document`] | no | yes |
//! | a page of [`Site::Web`] or [`Site::Opaque`] | no | no | no | yes |
//!
//! A part of a document, for a page of
//!
//! | site | `data:` | `bulkhead://assets/…` | `file:` | `http:`, `https:` |
//! |---|---|---|---|---|
//! | [`Site::Internal`] | yes | yes | no | no |
//! | [`Site::Files`] | yes | no | [`FileRule::Part`] | no |
//! | [`Site::Opaque`] | yes | no | no | no |
//! | [`Site::Web`] | yes | no | no | yes |
//!
//! A file may not load from the network: it may hold, or stand beside, what nobody else is to learn of.

use super::{FileRule, Refusal, Site};
use url::Url;

/// Who asks. The answer to a question depends on nothing else of the past, so an initiator that is kept (in the history, for
/// "reload" and "back") gets the same answer again.
#[derive(Clone, Debug)]
pub enum Initiator {
    /// The user, in the address bar, on the command line, or with a bookmark.
    User,
    /// A page. Its renderer may be compromised and no user near.
    Page {
        /// The site that the broker recorded for it.
        site: Site,
        /// Whether the user has just clicked or pressed a key in it, and nothing else has come of that.
        activated: bool,
    },
}

impl Initiator {
    /// Whether it is the user.
    #[must_use]
    pub fn is_user(&self) -> bool {
        matches!(self, Self::User)
    }
}

/// What a URL is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To be shown in a tab.
    Document,
    /// To be a part of a page: a style sheet, an image, a font.
    Subresource,
}

/// The question.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub initiator: &'a Initiator,
    /// For what.
    pub url: &'a Url,
    /// What for.
    pub destination: Destination,
}

/// The answer "yes": the URL, and what is still to be kept to while it is opened. Only [`Request::permit`] makes one.
#[derive(Clone, Debug)]
pub struct Permit {
    url: Url,
    destination: Destination,
    files: FileRule,
    initiator: Initiator,
}

impl Permit {
    /// What may be loaded.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// What for.
    #[must_use]
    pub fn destination(&self) -> Destination {
        self.destination
    }

    /// Who asked.
    #[must_use]
    pub fn initiator(&self) -> &Initiator {
        &self.initiator
    }

    /// Which files it may turn out to be.
    #[must_use]
    pub fn files(&self) -> &FileRule {
        &self.files
    }
}

impl Request<'_> {
    /// Answers the question.
    ///
    /// # Errors
    /// The rule that says no.
    pub fn permit(&self) -> Result<Permit, Refusal> {
        // TOUR fetch 2
        let files = match self.destination {
            Destination::Document => self.document()?,
            Destination::Subresource => self.subresource()?,
        };
        let (url, initiator) = (self.url.clone(), self.initiator.clone());
        Ok(Permit { url, destination: self.destination, files, initiator })
    }

    fn document(&self) -> Result<FileRule, Refusal> {
        let refuse = |refusal| match self.initiator {
            Initiator::User => Ok(FileRule::None),
            Initiator::Page { .. } => Err(refusal),
        };
        match (self.url.scheme(), self.initiator) {
            ("http" | "https", _) => Ok(FileRule::None),
            ("about", _) if self.url.path() == "blank" => Ok(FileRule::None),
            // bulkhead://crash and its like are among them: no page may end its own process in the user's name.
            ("bulkhead", Initiator::Page { site: Site::Internal, .. }) => Ok(FileRule::None),
            ("bulkhead", _) => refuse(Refusal::InternalPage),
            ("file", Initiator::User) => Ok(FileRule::Chosen),
            ("file", Initiator::Page { site: Site::Files(root), activated }) => {
                Ok(FileRule::Document { root: root.clone(), activated: *activated })
            }
            ("file", Initiator::Page { site: Site::Internal, activated: true }) => Ok(FileRule::Chosen),
            ("file", Initiator::Page { site: Site::Internal, .. }) => Err(Refusal::NotClicked),
            ("file", Initiator::Page { .. }) => Err(Refusal::FileFromPage),
            ("data", _) => refuse(Refusal::DataFromPage),
            ("javascript", _) => Err(Refusal::Javascript),
            _ => Err(Refusal::UnknownScheme),
        }
    }

    fn subresource(&self) -> Result<FileRule, Refusal> {
        // The user wants documents; a part of one is wanted by a page.
        let Initiator::Page { site, .. } = self.initiator else { return Err(Refusal::SchemeForSite) };
        match (self.url.scheme(), site) {
            ("data", _) => Ok(FileRule::None),
            ("bulkhead", Site::Internal) if self.url.host_str() == Some("assets") => Ok(FileRule::None),
            ("file", Site::Files(root)) => Ok(FileRule::Part(root.clone())),
            ("http" | "https", Site::Web { .. }) => Ok(FileRule::None),
            ("bulkhead" | "file" | "http" | "https", _) => Err(Refusal::SchemeForSite),
            ("javascript", _) => Err(Refusal::Javascript),
            _ => Err(Refusal::UnknownScheme),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{DocumentRoot, SharedPlaces};
    use std::path::Path;

    fn answer(initiator: &Initiator, url: &str, destination: Destination) -> Result<FileRule, Refusal> {
        let url = Url::parse(url).unwrap();
        Request { initiator, url: &url, destination }.permit().map(|permit| permit.files)
    }

    fn files() -> DocumentRoot {
        DocumentRoot::of(Path::new("/docs/x/page.html"), &SharedPlaces::new(&[], Path::to_owned), |_| false)
    }

    fn web() -> Site {
        Site::of(&Url::parse("https://example.org/").unwrap()).unwrap()
    }

    #[test]
    fn documents() {
        use Refusal::{DataFromPage, FileFromPage, InternalPage, Javascript, NotClicked, UnknownScheme};
        let page = |site: Site, activated| Initiator::Page { site, activated };
        let initiators = [
            Initiator::User,
            page(Site::Internal, false),
            page(Site::Internal, true),
            page(Site::Files(files()), false),
            page(Site::Files(files()), true),
            page(web(), true),
            page(Site::Opaque, true),
        ];
        let rule = |activated| Ok(FileRule::Document { root: files(), activated });
        let yes = || Ok(FileRule::None);
        let no = |refusal| move || Err(refusal);
        // To this URL, from: the user, an internal page, one with a click, a file, one with a click, a web page, an opaque page.
        for (url, row) in [
            ("https://example.org/", std::array::from_fn(|_| yes())),
            ("http://example.org/", std::array::from_fn(|_| yes())),
            ("about:blank", std::array::from_fn(|_| yes())),
            ("about:blank#x", std::array::from_fn(|_| yes())),
            (
                "file:///etc/passwd",
                [
                    Ok(FileRule::Chosen),
                    Err(NotClicked),
                    Ok(FileRule::Chosen),
                    rule(false),
                    rule(true),
                    Err(FileFromPage),
                    Err(FileFromPage),
                ],
            ),
            ("bulkhead://start", std::array::from_fn(|n| if n < 3 { yes() } else { no(InternalPage)() })),
            ("bulkhead://kill", std::array::from_fn(|n| if n < 3 { yes() } else { no(InternalPage)() })),
            ("data:text/html,x", std::array::from_fn(|n| if n == 0 { yes() } else { no(DataFromPage)() })),
            ("javascript:x", std::array::from_fn(|_| no(Javascript)())),
            ("about:config", std::array::from_fn(|_| no(UnknownScheme)())),
            ("mailto:ada@example.org", std::array::from_fn(|_| no(UnknownScheme)())),
            ("blob:https://a/b", std::array::from_fn(|_| no(UnknownScheme)())),
            ("view-source:file:///x", std::array::from_fn(|_| no(UnknownScheme)())),
        ] {
            for (initiator, expected) in initiators.iter().zip(row) {
                assert_eq!(answer(initiator, url, Destination::Document), expected, "{initiator:?} to {url}");
            }
        }
    }

    #[test]
    fn parts_of_documents() {
        let sites = [Site::Internal, Site::Files(files()), Site::Opaque, web()];
        let (yes, no) = (Ok(FileRule::None), Err(Refusal::SchemeForSite));
        let (javascript, unknown) = (Err(Refusal::Javascript), Err(Refusal::UnknownScheme));
        let part = || Ok(FileRule::Part(files()));
        // This URL, for: an internal page, a file, an opaque page, a web page.
        for (url, row) in [
            ("data:,x", [yes.clone(), yes.clone(), yes.clone(), yes.clone()]),
            ("bulkhead://assets/x.css", [yes.clone(), no.clone(), no.clone(), no.clone()]),
            ("bulkhead://processes", [no.clone(), no.clone(), no.clone(), no.clone()]),
            ("bulkhead://crash", [no.clone(), no.clone(), no.clone(), no.clone()]),
            ("file:///docs/x/y.css", [no.clone(), part(), no.clone(), no.clone()]),
            ("file:///home/ada/.ssh/id", [no.clone(), part(), no.clone(), no.clone()]),
            ("https://example.org/x.css", [no.clone(), no.clone(), no.clone(), yes.clone()]),
            ("http://other.example/x.css", [no.clone(), no.clone(), no.clone(), yes.clone()]),
            ("javascript:x", [javascript.clone(), javascript.clone(), javascript.clone(), javascript]),
            ("ftp://example.org/x", [unknown.clone(), unknown.clone(), unknown.clone(), unknown.clone()]),
            ("about:blank", [unknown.clone(), unknown.clone(), unknown.clone(), unknown]),
        ] {
            for (site, expected) in sites.iter().zip(row) {
                let initiator = Initiator::Page { site: site.clone(), activated: true };
                assert_eq!(answer(&initiator, url, Destination::Subresource), expected, "{site:?} loads {url}");
            }
            assert!(answer(&Initiator::User, url, Destination::Subresource).is_err());
        }
    }
}
