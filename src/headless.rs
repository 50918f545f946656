//! `--headless`: a picture of a page, or of the whole window around it, without a display.

use crate::cli::Cli;
use anyhow::{Context, bail};
use bulkhead_broker::browser::{Browser, PageArea};
use bulkhead_broker::internal_pages::START_URL;
use bulkhead_shared::ids::TabId;
use bulkhead_ui::headless::{Headless, LoadError, encode_png};
use bulkhead_ui::views::Ui;
use std::path::Path;
use url::Url;

/// Loads the page and writes the pictures that the flags ask for: what there is of it, also where it failed.
pub(crate) fn screenshot(arguments: &Cli) -> anyhow::Result<()> {
    let url = arguments.urls.first().cloned().map_or_else(|| Url::parse(START_URL), Ok)?;
    let mut headless = Headless::start_with(arguments.isolation(), arguments.area(), crate::providers::providers())?;
    let done = load_and_write(&mut headless, url, arguments);
    headless.shutdown();
    done
}

fn load_and_write(headless: &mut Headless, url: Url, arguments: &Cli) -> anyhow::Result<()> {
    if arguments.hide_scrollbars {
        headless.browser.hide_scroll_bars();
    }
    let tab = headless.browser.open_tab(url, true);
    let loaded = headless.wait_loaded(tab, arguments.timeout()).and_then(|()| go_on(headless, tab, arguments));
    if let Some(path) = &arguments.screenshot {
        match headless.page() {
            Some((pixels, area)) => write(path, pixels, area)?,
            None if loaded.is_ok() => bail!("the page was not painted"),
            None => {}
        }
    }
    if let Some(path) = &arguments.screenshot_window {
        let window = arguments.area();
        let mut ui = Ui::new(headless.processes().clone());
        let pixels = headless.window(&mut ui, window.width, window.height);
        write(path, &pixels, window)?;
    }
    Ok(loaded?)
}

/// Lets a page that has loaded go on: it may be animated, or go to another one by itself.
fn go_on(headless: &mut Headless, tab: TabId, arguments: &Cli) -> Result<(), LoadError> {
    let is_dead = |browser: &Browser| browser.tab(tab).is_none_or(|tab| tab.death().is_some());
    headless.wait(arguments.going_on(), is_dead);
    headless.wait_loaded(tab, arguments.timeout())
}

/// Writes a picture; on failure says which.
pub(crate) fn write(path: &Path, pixels: &[u32], size: PageArea) -> anyhow::Result<()> {
    let picture =
        encode_png(pixels, size.width, size.height).with_context(|| format!("cannot draw {}", path.display()))?;
    Ok(bulkhead_destination::write(path, &picture)?)
}
