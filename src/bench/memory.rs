//! Memory per tab and in all, and CPU when nothing happens.

use super::figure::Figure;
use super::{PATIENCE, Run, WINDOW, proc};
use anyhow::{Context, bail};
use bulkhead_broker::browser::{Tab, Zygote};
use bulkhead_shared::limits::MEMORY_STIR;
use bulkhead_ui::headless::Headless;
use std::time::{Duration, Instant};
use url::Url;

const SMALL: &str =
    "data:text/html,<title>small</title><h1>A small page</h1><p>With a <a href='/'>link</a> and little else.";

/// Opens small pages until there are `count` tabs.
fn fill(headless: &mut Headless, count: usize) -> anyhow::Result<()> {
    while headless.browser.tabs().len() < count {
        super::open(headless, &Url::parse(SMALL)?)?;
    }
    Ok(())
}

fn renderers(headless: &Headless) -> Vec<i32> {
    headless.browser.tabs().iter().filter_map(Tab::pid).collect()
}

/// Every process of the browser.
fn all(headless: &Headless) -> anyhow::Result<Vec<i32>> {
    let Zygote::Warm { pid, .. } = headless.browser.zygote() else { bail!("the zygote is not there") };
    let mut pids = renderers(headless);
    pids.extend([*pid, std::process::id().cast_signed()]);
    Ok(pids)
}

/// Private memory of a tab with a small page, without its surface (hidden tabs have none), and of all together.
pub(super) fn tabs(run: &Run) -> anyhow::Result<Vec<Figure>> {
    let mut headless = run.browser(WINDOW)?;
    let mut figures = Vec::new();
    for count in [1, 10, 30] {
        fill(&mut headless, count)?;
        let memory = all(&headless)?.into_iter().map(proc::memory).collect::<anyhow::Result<Option<Vec<_>>>>()?;
        let Some(memory) = memory else {
            headless.shutdown();
            run.bar.println("memory is left out: only root may look at confined processes");
            return Ok(Vec::new());
        };
        let total: u64 = memory.iter().map(|memory| memory.proportional).sum();
        figures.push(Figure::new(format!("pss_total.{count}_tabs"), "MB", vec![total as f64 / 1e6]));
    }
    let front = headless.browser.active().and_then(Tab::pid).context("a tab is in front")?;
    let hidden = renderers(&headless).into_iter().filter(|pid| *pid != front);
    let memory = hidden.map(proc::memory).collect::<anyhow::Result<Option<Vec<_>>>>()?.unwrap_or_default();
    let private = memory.iter().map(|memory| memory.private as f64 / 1e6).collect();
    figures.insert(0, Figure::new("private_bytes_per_tab", "MB", private));
    headless.shutdown();
    Ok(figures)
}

/// CPU of all processes together while nothing happens, with twenty tabs.
pub(super) fn idle(run: &Run) -> anyhow::Result<Vec<Figure>> {
    const TABS: usize = 20;
    let mut headless = run.browser(WINDOW)?;
    fill(&mut headless, TABS)?;
    // Until the last page has nothing to do any more, and none counts as working: what works has its memory looked at often.
    headless.wait(2 * MEMORY_STIR, |_| false);
    let pids = all(&headless)?;
    let span = if run.quick { Duration::from_secs(2) } else { PATIENCE.min(Duration::from_secs(10)) };
    let (others, own) = pids.split_at(pids.len() - 1);
    let sum = |pids: &[i32]| pids.iter().map(|pid| proc::cpu(*pid)).sum::<anyhow::Result<u64>>();
    // This process is the broker, too: it is asked about itself last before and first after, so that asking about the others
    // does not count.
    let before = sum(others)? + sum(own)?;
    let began = Instant::now();
    headless.wait(span, |_| false);
    let elapsed = began.elapsed();
    let after = sum(own)? + sum(others)?;
    headless.shutdown();
    let percent = after.saturating_sub(before) as f64 / elapsed.as_nanos() as f64 * 100.0;
    Ok(vec![Figure::new("idle_cpu", "%", vec![percent])])
}
