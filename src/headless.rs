//! `--headless`: a picture of a page, or of the whole window around it, without a display.

use crate::cli::Cli;
use anyhow::{Context, bail};
use bulkhead_broker::browser::PageArea;
use bulkhead_broker::headless::{Headless, write_png};
use bulkhead_broker::pages;
use bulkhead_broker::ui::Ui;
use std::path::Path;
use url::Url;

/// Loads the page and writes the pictures that the flags ask for: what there is of it, also where it failed.
pub(crate) fn screenshot(arguments: &Cli) -> anyhow::Result<()> {
    let url = arguments.urls.first().cloned().map_or_else(|| Url::parse(pages::START_URL), Ok)?;
    let window = arguments.area();
    let mut headless = Headless::start_with(arguments.isolation(), window, crate::providers::providers())?;
    let tab = headless.browser.open_tab(url, true);
    let loaded = headless.wait_loaded(tab, arguments.timeout);
    if let Some(path) = &arguments.screenshot {
        match headless.page() {
            Some((pixels, area)) => write(path, pixels, area)?,
            None if loaded.is_ok() => bail!("the page was not painted"),
            None => {}
        }
    }
    if let Some(path) = &arguments.screenshot_window {
        let mut ui = Ui::new(headless.processes().clone());
        let pixels = headless.window(&mut ui, window.width, window.height);
        write(path, &pixels, window)?;
    }
    headless.shutdown();
    Ok(loaded?)
}

/// Writes a picture; on failure says which.
pub(crate) fn write(path: &Path, pixels: &[u32], size: PageArea) -> anyhow::Result<()> {
    write_png(path, pixels, size.width, size.height).with_context(|| format!("cannot write {}", path.display()))
}
