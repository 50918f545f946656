//! `--headless`: a picture of a page, or of the whole window around it, without a display.

use crate::cli::Cli;
use anyhow::{Context, bail};
use bulkhead_broker::fetch::LocalFetcher;
use bulkhead_broker::headless::{Headless, write_png};
use bulkhead_broker::pages;
use std::path::PathBuf;
use std::sync::Arc;
use url::Url;

/// This program, to become the zygote.
pub(crate) const EXECUTABLE: &str = "/proc/self/exe";

/// Loads the page and writes the pictures that the flags ask for.
pub(crate) fn screenshot(arguments: &Cli) -> anyhow::Result<()> {
    let url = match arguments.urls.as_slice() {
        [] => Url::parse(pages::START_URL)?,
        [url] => url.clone(),
        _ => bail!("--headless takes one URL"),
    };
    let area = arguments.area();
    let fetcher = Arc::new(LocalFetcher::new(Vec::new));
    let mut headless = Headless::start(PathBuf::from(EXECUTABLE), fetcher, area)?;
    let tab = headless.browser.open_tab(url, true);
    let loaded = headless.wait_loaded(tab, arguments.timeout);
    if let Some(path) = &arguments.screenshot {
        match headless.page() {
            Some((pixels, area)) => write_png(path, pixels, area.width, area.height)
                .with_context(|| format!("cannot write {}", path.display()))?,
            None if loaded.is_ok() => bail!("the page was not painted"),
            None => {}
        }
    }
    headless.shutdown();
    Ok(loaded?)
}
