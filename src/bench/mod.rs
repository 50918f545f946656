//! `bulkhead bench`: what the architecture costs, over the real processes, without a window.
//!
//! Each figure is the median of many tries within one run; where the machine itself sets a limit (a wake, a memcpy), that is
//! measured in the same run and stands beside it, because times of two runs on a busy machine do not compare.
//!
//! | file | figures |
//! |---|---|
//! | `tabs.rs` | new tabs, reload after a kill, kill to crash page |
//! | `frames.rs` | a frame's way, its copy, repaint, input |
//! | `memory.rs` | memory per tab and in all, CPU when idle |
//! | `floor.rs` | the machine's limits |
//! | `proc.rs` | what `/proc` says of a process |

mod figure;
mod floor;
mod frames;
mod memory;
mod proc;
mod tabs;

use crate::output::say;
use anyhow::{Context, bail};
use bulkhead_broker::browser::{Browser, PageArea, Tab};
use bulkhead_shared::ids::TabId;
use bulkhead_ui::headless::Headless;
use figure::Figure;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;
use url::Url;

/// How long anything may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// The page area of most figures.
const WINDOW: PageArea = PageArea { width: 1280, height: 720, scale: 1.0, dark: false };

/// Measure what the architecture costs
#[derive(Debug, clap::Args)]
pub(crate) struct Bench {
    /// Print JSON: {"figures":[{"name","unit","n","median","p95","limit":{"name","median"}|null}]}
    #[arg(long)]
    json: bool,

    /// Fewer tries: half a minute instead of a few
    #[arg(long)]
    quick: bool,
}

/// One group of figures: its name, how many tries it makes, and how.
type Group = (&'static str, fn(&Run) -> anyhow::Result<Vec<Figure>>);

const GROUPS: &[Group] = &[
    ("new tab", tabs::new_tab),
    ("new tab, a long page", tabs::new_tab_long),
    ("kill and reload", tabs::kill_and_reload),
    ("a frame's way", frames::hop),
    ("repaint and copy at 1920x1080", frames::full_hd),
    ("input", frames::input),
    ("memory", memory::tabs),
    ("idle", memory::idle),
];

/// One run of the benchmark.
pub(crate) struct Run {
    quick: bool,
    bar: ProgressBar,
}

impl Bench {
    /// Runs all groups and prints the figures.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let bar = ProgressBar::with_draw_target(Some(GROUPS.len() as u64), ProgressDrawTarget::stderr());
        bar.set_style(ProgressStyle::with_template("{bar:32} {pos}/{len} {msg}")?);
        let run = Run { quick: self.quick, bar };
        let mut figures = Vec::new();
        for (name, measure) in GROUPS {
            run.bar.set_message(*name);
            figures.extend(measure(&run).with_context(|| format!("measuring {name}"))?);
            run.bar.inc(1);
        }
        run.bar.finish_and_clear();
        if self.json {
            say!("{:#}", serde_json::json!({ "figures": figures.iter().map(Figure::to_json).collect::<Vec<_>>() }))?;
        } else {
            figures.iter().try_for_each(|figure| say!("{figure}"))?;
        }
        Ok(())
    }
}

impl Run {
    /// How many tries: `full`, or a quarter of it.
    fn tries(&self, full: usize) -> usize {
        if self.quick { full.div_ceil(4) } else { full }
    }

    /// A browser whose zygote is warm.
    fn browser(&self, area: PageArea) -> anyhow::Result<Headless> {
        let mut headless = Headless::start(crate::cli::confining(), area)?;
        let warm = |browser: &Browser| !matches!(browser.zygote(), bulkhead_broker::browser::Zygote::Starting);
        if !headless.wait(PATIENCE, warm) {
            bail!("the zygote does not get warm");
        }
        Ok(headless)
    }
}

/// Opens a page in front and waits until it is complete.
fn open(headless: &mut Headless, url: &Url) -> anyhow::Result<TabId> {
    let tab = headless.browser.open_tab(url.clone(), true);
    headless.wait_loaded(tab, PATIENCE)?;
    Ok(tab)
}

/// Waits for something of a tab.
fn wait_tab(headless: &mut Headless, id: TabId, mut done: impl FnMut(&Tab) -> bool) -> anyhow::Result<()> {
    if !headless.wait(PATIENCE, |browser| browser.tab(id).is_some_and(&mut done)) {
        bail!("{id}: what was waited for did not come");
    }
    Ok(())
}

fn page(name: &str) -> anyhow::Result<Url> {
    Url::parse(&format!("bulkhead://{name}")).context("a page of the browser's own")
}

/// `CLOCK_MONOTONIC` in nanoseconds: comparable between processes, as `Instant` is not.
fn monotonic() -> u64 {
    use nix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::CLOCK_MONOTONIC)
        .map_or(0, |now| now.tv_sec().cast_unsigned() * 1_000_000_000 + now.tv_nsec().cast_unsigned())
}

/// Milliseconds between two such times.
fn milliseconds(from: u64, to: u64) -> f64 {
    to.saturating_sub(from) as f64 / 1e6
}
