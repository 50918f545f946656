//! Answers everything that needs no network: `file:`, `data:`, `bulkhead:`, `about:blank`.

use super::file;
use super::{FetchError, FetchRequest, Fetched, Fetcher, Quota, data, mime};
use crate::internal_pages::{InternalPages, Named};
use crate::policy::{Destination, FileRule, SharedPlaces, Site};
use std::path::PathBuf;
use std::sync::Arc;
use url::Url;

/// The fetcher of the broker itself.
#[derive(Debug)]
pub struct LocalFetcher {
    places: SharedPlaces,
    pages: Arc<dyn InternalPages>,
}

impl LocalFetcher {
    /// `pages` answers for `bulkhead:`.
    #[must_use]
    pub fn new(pages: Arc<dyn InternalPages>) -> Self {
        Self::with_homes(&home_directories(), pages)
    }

    /// With these home directories instead of the user's own.
    pub(super) fn with_homes(homes: &[PathBuf], pages: Arc<dyn InternalPages>) -> Self {
        Self { places: file::shared_places(homes), pages }
    }

    fn document(&self, url: &Url, files: &FileRule, quota: &Quota) -> Result<Fetched, FetchError> {
        // TOUR fetch 4
        match url.scheme() {
            "file" => {
                let opened = file::open(&file_path(url)?, files)?;
                let site = Site::Files(opened.document_root(&self.places));
                let (body, mime) = opened.into_document(quota)?;
                Ok(Fetched::new(body, &mime, url, site))
            }
            "data" => {
                let (bytes, mime) = data::decode(url)?;
                let mime = mime::shown(&mime).ok_or(FetchError::Unsupported { mime })?;
                Fetched::from_bytes(&bytes, mime, url, Site::Opaque)
            }
            "about" if url.path() == "blank" => Fetched::from_bytes(b"", "text/html", url, Site::Opaque),
            "bulkhead" => self.internal(url, Site::Internal),
            "http" | "https" => Err(FetchError::NoNetwork),
            _ => Err(FetchError::UnknownScheme),
        }
    }

    fn subresource(url: &Url, files: &FileRule, quota: &Quota) -> Result<Fetched, FetchError> {
        match url.scheme() {
            "file" => {
                let (body, reservation, mime) = file::open(&file_path(url)?, files)?.into_subresource(quota)?;
                Ok(Fetched { reservation, ..Fetched::new(body, &mime, url, Site::Opaque) })
            }
            "data" => {
                let (bytes, mime) = data::decode(url)?;
                Fetched::from_bytes(&bytes, &mime, url, Site::Opaque)
            }
            "http" | "https" => Err(FetchError::NoNetwork),
            _ => Err(FetchError::UnknownScheme),
        }
    }

    fn internal(&self, url: &Url, site: Site) -> Result<Fetched, FetchError> {
        if matches!(self.pages.find(url), Some(Named::Command(_))) {
            return Err(FetchError::DebugCommand);
        }
        let made = self.pages.content(url).ok_or(FetchError::NoSuchPage)?;
        Fetched::from_bytes(made.text.as_bytes(), made.mime, url, site)
    }
}

impl Fetcher for LocalFetcher {
    fn fetch(&self, request: &FetchRequest) -> Result<Fetched, FetchError> {
        let FetchRequest { permit, quota } = request;
        match (permit.destination(), permit.url().scheme()) {
            (Destination::Document, _) => self.document(permit.url(), permit.files(), quota),
            (Destination::Subresource, "bulkhead") => self.internal(permit.url(), Site::Opaque),
            (Destination::Subresource, _) => Self::subresource(permit.url(), permit.files(), quota),
        }
    }
}

/// The user's home directory, as the environment says and as the user database says.
fn home_directories() -> Vec<PathBuf> {
    let database = nix::unistd::User::from_uid(nix::unistd::Uid::current()).ok().flatten().map(|user| user.dir);
    std::env::home_dir().into_iter().chain(database).filter(|home| home.is_absolute()).collect()
}

fn file_path(url: &Url) -> Result<PathBuf, FetchError> {
    if url.host().is_some_and(|host| host.to_string() != "localhost") {
        return Err(FetchError::RemoteFile);
    }
    url.to_file_path().map_err(|()| FetchError::BadPath)
}
