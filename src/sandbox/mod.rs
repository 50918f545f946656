//! `bulkhead sandbox`: what confines the renderers of this browser on this machine, and whether it holds.
//!
//! It starts the attack suite ([`bulkhead_siege`]), which starts a browser for itself, without a window: broker, zygote, and a
//! renderer for each attempt. What is reported was seen in them, not in the library's own test processes; only which layer stands
//! *behind* which is found out there, since no real renderer can be had with a layer less.
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
use bulkhead_siege::process::{Launch, Siege};
use bulkhead_siege::report::Line;
use findings::{Behind, Findings};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::process::ExitCode;

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

    /// Print the protocol alone: who says what, in which phase, how often, under which caps
    #[arg(long, conflicts_with_all = ["json", "no_sandbox"])]
    protocol: bool,

    /// Without a sandbox, to see that the attempts do work
    #[arg(long)]
    no_sandbox: bool,
}

impl Sandbox {
    /// Runs everything and prints what was found.
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        if self.protocol {
            output::print(bulkhead_shared::protocol::table())?;
            return Ok(ExitCode::SUCCESS);
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(ProgressStyle::with_template("{bar:32} {pos}/{len} {msg}")?);
        let findings = self.find(&bar)?;
        bar.finish_and_clear();
        if self.json {
            say!("{}", shown::json(&findings))?;
        } else {
            output::print(shown::text(&findings))?;
        }
        Ok(if findings.are_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn find(&self, bar: &ProgressBar) -> anyhow::Result<Findings> {
        let confined = !self.no_sandbox;
        let program = crate::cli::confining().executable;
        let report = Siege::default().start(&Launch { program, confined, in_depth: confined })?;
        let (mut behind, mut about, mut tried) = (Behind::default(), None, Vec::new());
        for line in report {
            match line.context("the attempts did not come to an end")? {
                Line::Begins { attempts, in_depth } => {
                    bar.set_length((attempts + in_depth) as u64);
                    bar.set_message("which layer stands behind which");
                }
                Line::InDepth { name, layers } => {
                    behind.insert(name, layers);
                    bar.inc(1);
                }
                Line::Confined { report, sights, bounds } => {
                    about = Some((report, sights, bounds));
                    bar.set_message("attempts in real renderers");
                }
                Line::Tried(one) => {
                    tried.push(one);
                    bar.inc(1);
                }
                Line::Ends(sum) => {
                    let (report, sights, bounds) = about.context("it says nothing of what confines renderers")?;
                    return Ok(Findings { report, bounds, sights, tried, behind, sum, confined });
                }
                Line::Fails(why) => bail!(why),
            }
        }
        bail!("the attempts did not come to an end")
    }
}
