//! `bulkhead sandbox`: what confines the renderers of this browser on this machine, and whether it holds.
//!
//! It starts the browser itself, without a window: broker, zygote, and a renderer for each attempt. What is reported was seen
//! in them, not in the library's own test processes; only which layer stands *behind* which is found out there, since no real
//! renderer can be had with a layer less.
//!
//! | file | job |
//! |---|---|
//! | `mod.rs` | has it all done |
//! | `findings.rs` | what was found, and whether that is good |
//! | `shown.rs` | for people, and as JSON |

mod findings;
mod shown;

use crate::output::{self, say};
use anyhow::{Context, bail};
use bulkhead_broker::browser::{Isolation, PageArea, Tab};
use bulkhead_broker::internal_pages::START_URL;
use bulkhead_broker::sandbox_board::Progress;
use bulkhead_sandbox::outside::look_at;
use bulkhead_siege::suite::{Depth, Suite};
use bulkhead_siege::{ForkLauncher, World};
use bulkhead_ui::headless::Headless;
use findings::{Behind, Findings};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nix::unistd::Pid;
use std::process::ExitCode;
use std::time::Duration;
use url::Url;

const PATIENCE: Duration = Duration::from_secs(30);

/// All attempts together; on two cores they take a second or two.
const SIEGE: Duration = Duration::from_secs(300);

const AREA: PageArea = PageArea { width: 640, height: 480, scale: 1.0, dark: false };

/// Show what confines a page's process here, and try everything to break out of one
///
/// Exit code 0 only where every layer is on and every attempt was stopped.
#[derive(Debug, clap::Args)]
pub(crate) struct Sandbox {
    /// Print JSON
    ///
    /// It has `"layers":[{"name","on","evidence"}]`, `"syscalls":{"always":[],"conditional":[]}` and
    /// `"attempts":[{"name","stopped","by":[layers]}]`.
    #[arg(long)]
    json: bool,

    /// Without a sandbox, to see that the attempts do work
    #[arg(long)]
    no_sandbox: bool,
}

impl Sandbox {
    /// Runs everything and prints what was found.
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(ProgressStyle::with_template("{bar:32} {pos}/{len} {msg}")?);
        // First, while there is one thread: this forks.
        let behind = if self.no_sandbox { Behind::default() } else { behind(&bar)? };
        crate::signals::watch();
        let findings = self.find(&bar, behind)?;
        bar.finish_and_clear();
        if self.json {
            say!("{}", shown::json(&findings))?;
        } else {
            output::print(shown::text(&findings))?;
        }
        Ok(if findings.are_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn find(&self, bar: &ProgressBar, behind: Behind) -> anyhow::Result<Findings> {
        let isolation = Isolation { sandbox: !self.no_sandbox, ..crate::cli::confining() };
        let mut headless = Headless::start(isolation, AREA)?;
        let tab = headless.browser.open_tab(Url::parse(START_URL)?, true);
        headless.wait_loaded(tab, PATIENCE)?;
        let pid = headless.browser.tab(tab).and_then(Tab::pid).context("a loaded tab has a process")?;
        let report = headless.browser.sandbox().cloned().context("the renderer has reported")?;
        let bounds = headless.browser.memory().clone();
        let sights = look_at(Pid::from_raw(pid)).with_context(|| format!("cannot look at /proc/{pid}, a renderer"))?;

        bar.set_message("attempts in real renderers");
        headless.browser.begin_siege();
        let over = headless.wait(SIEGE, |browser| {
            let (made, total) = browser.siege().map_or((0, 0), |siege| (siege.tried.len(), siege.total));
            bar.set_length(total as u64);
            bar.set_position(made as u64);
            !browser.siege().is_some_and(|siege| siege.is_under_way())
        });
        let siege = headless.browser.siege();
        let unharmed = headless.browser.tab(tab).is_some_and(|tab| tab.death().is_none());
        headless.shutdown();
        match siege {
            Some(Progress { tried, .. }) if over => {
                Ok(Findings { report, bounds, sights, tried, behind, unharmed, confined: !self.no_sandbox })
            }
            _ => bail!("the attempts do not come to an end"),
        }
    }
}

/// Which layers stop each attempt one after the other, as the one before is taken away; in the library's own processes.
fn behind(bar: &ProgressBar) -> anyhow::Result<Behind> {
    bar.set_message("which layer stands behind which");
    let launcher = ForkLauncher::new().context("cannot make what an attacker holds: memfd_create(2)")?;
    let mut suite = Suite::new(launcher, World::create());
    let tried =
        suite.run(Depth::ToTheEnd, |_| bar.inc(1)).context("cannot find out which layer stands behind which")?;
    Ok(tried.iter().map(|tried| (tried.attempt.name, tried.layers())).collect())
}
