//! Answers everything that needs no network: `file:`, `data:`, `bulkhead:`, `about:blank`.

use super::file;
use super::{FetchError, FetchRequest, Fetched, Fetcher, Quota, data, mime};
use crate::pages::{self, Content, LivePage, NoProviders, ProcessRow, Providers};
use crate::policy::{Destination, FileRule, SharedPlaces, Site};
use crate::sandbox_board::SandboxBoard;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use url::Url;

/// What `bulkhead://processes` shows, as of now.
type Processes = dyn Fn() -> Vec<ProcessRow> + Send + Sync;

/// The fetcher of the broker itself.
pub struct LocalFetcher {
    places: SharedPlaces,
    processes: Box<Processes>,
    board: SandboxBoard,
    providers: Arc<dyn Providers>,
}

impl LocalFetcher {
    /// `processes` is called on a worker thread, once for each showing of `bulkhead://processes`; `board` is what the pages
    /// about the sandbox show.
    #[must_use]
    pub fn new(processes: impl Fn() -> Vec<ProcessRow> + Send + Sync + 'static, board: SandboxBoard) -> Self {
        Self::with_homes(&home_directories(), processes, board)
    }

    /// With these home directories instead of the user's own.
    pub(super) fn with_homes(
        homes: &[PathBuf],
        processes: impl Fn() -> Vec<ProcessRow> + Send + Sync + 'static,
        board: SandboxBoard,
    ) -> Self {
        let providers = Arc::new(NoProviders);
        Self { places: file::shared_places(homes), processes: Box::new(processes), board, providers }
    }

    /// With what else the broker's own pages are to show.
    #[must_use]
    pub fn with_providers(self, providers: Arc<dyn Providers>) -> Self {
        Self { providers, ..self }
    }

    fn document(&self, url: &Url, files: &FileRule, quota: &Quota) -> Result<Fetched, FetchError> {
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
        if pages::debug_fault(url).is_some() {
            return Err(FetchError::DebugCommand);
        }
        let entry = pages::find(url).ok_or(FetchError::NoSuchPage)?;
        match entry.content {
            Content::Static(text) => Fetched::from_bytes(text.as_bytes(), entry.mime, url, site),
            Content::Made(make) => Fetched::from_bytes(make(url).as_bytes(), entry.mime, url, site),
            Content::Live(page) => {
                let html = match page {
                    LivePage::Processes => pages::processes(&(self.processes)()),
                    LivePage::Sandbox => pages::sandbox(&self.board.state(), &(self.processes)()),
                    LivePage::Attack => pages::attack(&self.board.state()),
                };
                Fetched::from_bytes(html.as_bytes(), entry.mime, url, site)
            }
            Content::Lab => {
                let html = pages::lab(&self.providers.lab());
                Fetched::from_bytes(html.as_bytes(), entry.mime, url, site)
            }
        }
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

impl fmt::Debug for LocalFetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalFetcher").finish_non_exhaustive()
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
