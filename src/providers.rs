//! What the browser's own pages show of the other crates, which the broker does not know.

use crate::cli;
use bulkhead_lab_report::{Machine, Report, ReportError, last, plot};
use bulkhead_pages::{self as pages, AttackRun, LabRun};
use bulkhead_siege::page;
use std::sync::Arc;

/// All that this executable knows.
#[derive(Debug)]
struct Providers;

impl pages::Providers for Providers {
    fn lab(&self) -> Result<Option<LabRun>, String> {
        let Some(path) = last::path() else { return Ok(None) };
        let report = last::load(&path).map_err(|error| error.to_string())?;
        report.map(run).transpose().map_err(|error| error.to_string())
    }

    fn attack(&self, run: AttackRun, confines: bool) -> Box<dyn Send> {
        page::show(cli::confining().executable, run, confines)
    }
}

/// For the browser, with a window or without.
pub(crate) fn providers() -> Arc<dyn pages::Providers> {
    Arc::new(Providers)
}

fn run(report: Report) -> Result<LabRun, ReportError> {
    let Machine { processor, processors, kernel, load } = &report.machine;
    let plots = plot::plots(&report)?.into_iter().map(|(_, svg)| svg).collect();
    Ok(LabRun {
        machine: format!("{processor}, {processors} processors, Linux {kernel}"),
        extent: format!("{} rounds in {:.0} s, at a load average of {load:.1}", report.rounds, report.seconds),
        plots,
    })
}
