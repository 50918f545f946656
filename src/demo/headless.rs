//! The show without a display: the same browser, with pictures of its window.

use super::pictures::Pictures;
use crate::output::{OutputError, say};
use anyhow::{Context, bail, ensure};
use bulkhead_broker::browser::{PageArea, Tab};
use bulkhead_shared::ids::TabId;
use bulkhead_ui::headless::Headless;
use bulkhead_ui::views::Ui;
use std::time::Duration;
use url::Url;

const PATIENCE: Duration = Duration::from_secs(30);

const WINDOW: PageArea = PageArea { width: 1280, height: 800, scale: 1.0, dark: false };

/// The browser on stage.
struct Stage<'a> {
    headless: Headless,
    ui: Ui,
    pictures: &'a Pictures,
}

/// Runs the show. Also where it breaks off, since a picture cannot be written or nobody reads
/// on, no process is left when this returns.
pub(super) fn run(pictures: &Pictures) -> anyhow::Result<()> {
    let headless = Headless::start(crate::cli::confining(), WINDOW)?;
    let ui = Ui::new(headless.processes().clone());
    let mut stage = Stage { headless, ui, pictures };
    let played = stage.play();
    stage.headless.shutdown();
    played?;
    Ok(say!("\nThe browser has ended; no process is left.")?)
}

impl Stage<'_> {
    fn play(&mut self) -> anyhow::Result<()> {
        say!("The broker, this process, opens four tabs. Its zygote forks a renderer process for each.")?;
        let victim = self.open(super::PAGES[0])?;
        let others = super::PAGES[1..].iter().map(|page| self.open(page)).collect::<anyhow::Result<Vec<_>>>()?;
        self.headless.browser.select(victim);
        self.table()?;
        self.picture("bulkhead-1-before.png")?;

        let pid = self.headless.browser.tab(victim).and_then(Tab::pid).context("the tab has a process")?;
        say!("\nNow somebody kills the first tab's process: kill -9 {pid}")?;
        super::kill(pid)?;
        self.wait(victim, |tab| tab.death().is_some())?;
        let death = self.headless.browser.tab(victim).and_then(Tab::death).map(ToString::to_string);
        say!("The broker noticed. The tab says: {}", death.unwrap_or_default())?;
        self.table()?;
        self.picture("bulkhead-2-killed.png")?;

        say!("\nThe others are asked to paint:")?;
        for other in others {
            self.headless.browser.select(other);
            self.wait(other, |tab| tab.front.is_some())?;
            let tab = self.headless.browser.tab(other).context("the tab is there")?;
            say!("  {} has painted: \"{}\", process {}", tab.id, tab.title(), tab.pid().unwrap_or_default())?;
        }

        say!("\nReload brings the page back, in a new process: the history is the broker's.")?;
        self.headless.browser.select(victim);
        self.headless.browser.reload(victim);
        self.headless.wait_loaded(victim, PATIENCE)?;
        self.table()?;
        self.picture("bulkhead-3-reloaded.png")
    }

    fn open(&mut self, page: &str) -> anyhow::Result<TabId> {
        let tab = self.headless.browser.open_tab(Url::parse(page)?, true);
        self.headless.wait_loaded(tab, PATIENCE).with_context(|| format!("opening {page}"))?;
        Ok(tab)
    }

    fn wait(&mut self, id: TabId, mut done: impl FnMut(&Tab) -> bool) -> anyhow::Result<()> {
        let came = self.headless.wait(PATIENCE, |browser| browser.tab(id).is_some_and(&mut done));
        if came { Ok(()) } else { bail!("{id} does not answer") }
    }

    fn table(&self) -> Result<(), OutputError> {
        super::print_table(&self.headless.processes().rows())
    }

    fn picture(&mut self, name: &str) -> anyhow::Result<()> {
        let pixels = self.headless.window(&mut self.ui, WINDOW.width, WINDOW.height);
        ensure!(pixels.iter().any(|pixel| *pixel != pixels[0]), "the picture is blank");
        let path = self.pictures.add(name, &pixels, WINDOW)?;
        Ok(say!("  (picture: {})", path.display())?)
    }
}
