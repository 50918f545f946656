//! What confinement takes, layer by layer: medians over many processes.

use super::{Outcome, confined_report};
use bulkhead_sandbox::profile::renderer::RENDERER;
use bulkhead_sandbox::seccomp::Filters;
use bulkhead_sandbox::{Arch, Layers, Name, Plan, Policy};
use serde_json::json;
use std::process::ExitCode;
use std::time::Instant;

const RUNS: usize = 201;

/// What is promised for one renderer.
const LIMIT_MICROSECONDS: u64 = 3000;

/// Stands for a warm engine: memory that the fork has to take along.
const ZYGOTE_BYTES: usize = 24 << 20;

pub(super) fn measure(as_json: bool) -> Outcome {
    let memory = vec![1_u8; ZYGOTE_BYTES];
    let began = Instant::now();
    let plan = Plan::find(Layers::ALL)?;
    let found = began.elapsed();
    let began = Instant::now();
    let filters = Filters::compile(&RENDERER, Arch::THIS)?;
    let compiled = began.elapsed();

    let policy = Policy { filters: Some(&filters), ..Policy::renderer() };
    let no_plan = Plan::find(Layers::NONE)?;
    let bare = Policy { layers: Layers::NONE, ..policy };
    let mut plain = Vec::new();
    let mut total = Vec::new();
    let mut layers = vec![Vec::new(); Name::ALL.len()];
    for _ in 0..RUNS {
        plain.push(confined_report(&bare, &no_plan, false)?.0.microseconds);
        let (report, _) = confined_report(&policy, &plan, false)?;
        total.push(report.microseconds);
        for (sink, layer) in layers.iter_mut().zip(&report.layers) {
            sink.push(layer.microseconds);
        }
    }
    drop(memory);

    let (plain, total) = (median(&mut plain), median(&mut total));
    let rows: Vec<_> = Name::ALL.into_iter().zip(layers.iter_mut().map(|times| median(times))).collect();
    if as_json {
        let layers: Vec<_> = rows.iter().map(|(name, median)| json!({ "name": name, "median": median })).collect();
        println!("{}", json!({ "unit": "us", "n": RUNS, "plain_fork": plain, "total": total, "layers": layers }));
    } else {
        println!("microseconds, medians of {RUNS} processes forked off one of {} MiB", ZYGOTE_BYTES >> 20);
        println!("{:<34}{:>7}   once for all processes", "finding out what is granted", found.as_micros());
        println!("{:<34}{:>7}   once for all processes", "compiling the filters", compiled.as_micros());
        println!("{:<34}{plain:>7}", "a plain fork");
        for (name, median) in &rows {
            let note = if *name == Name::UserNamespace { " (with the fork, all namespaces)" } else { "" };
            println!("{:<34}{median:>7}{note}", name.as_str());
        }
        println!("{:<34}{total:>7}", "fork and confinement, all in all");
        println!("{:<34}{:>7}   at most {LIMIT_MICROSECONDS}", "confinement alone", total.saturating_sub(plain));
    }
    Ok(if total.saturating_sub(plain) <= LIMIT_MICROSECONDS { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn median(values: &mut [u64]) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}
