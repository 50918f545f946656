//! The sandbox on the command line: what it achieves on this machine, and what it costs.

mod cost;

use bulkhead_sandbox::outside::{Sight, look_at};
use bulkhead_sandbox::profile::net::NET;
use bulkhead_sandbox::profile::page;
use bulkhead_sandbox::profile::renderer::RENDERER;
use bulkhead_sandbox::{Arch, Fork, Minimum, Plan, Policy, Report, confine, exit_now, fork};
use serde_json::json;
use std::error::Error;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;

const USAGE: &str = "usage: bulkhead-sandbox COMMAND
  report [--json]            what each layer achieves on this machine; exit code 1 if one is missing
  cost [--json]              what confinement takes, layer by layer
  profile [renderer|net] [--html]   the system calls of a profile, as a page";

type Outcome = Result<ExitCode, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["report"] => report(false),
        ["report", "--json"] => report(true),
        ["cost"] => cost::measure(false),
        ["cost", "--json"] => cost::measure(true),
        ["profile", rest @ ..] => profile(rest),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    result.unwrap_or_else(|error| {
        eprintln!("bulkhead-sandbox: {error}");
        ExitCode::FAILURE
    })
}

/// What a confined process reports of itself, and what is seen of it meanwhile.
fn confined_report(policy: &Policy<'_>, plan: &Plan, look: bool) -> Result<(Report, Vec<Sight>), Box<dyn Error>> {
    let (mut reader, writer) = io::pipe()?;
    let (mut hold, go) = io::pipe()?;
    match fork(plan)? {
        Fork::Child(entered) => {
            drop(go);
            let keep = [writer.as_fd(), hold.as_fd()];
            let policy = Policy { keep: &keep, minimum: Minimum::Nothing, ..*policy };
            let report = confine(&policy, entered).unwrap_or_else(|refused| refused.report);
            let sent = serde_json::to_vec(&report).map_err(io::Error::from).and_then(|text| (&writer).write_all(&text));
            drop(writer);
            // Until the other end is closed.
            let held = hold.read(&mut [0]);
            exit_now(i32::from(sent.is_err() || held.is_err()))
        }
        Fork::Parent(child) => {
            drop((writer, hold));
            let mut text = Vec::new();
            reader.read_to_end(&mut text)?;
            let sights = if look { look_at(child.pid())? } else { Vec::new() };
            drop(go);
            let end = child.wait()?;
            let report = serde_json::from_slice(&text);
            report
                .map(|report| (report, sights))
                .map_err(|error| format!("the process ended with {end:?}: {error}").into())
        }
    }
}

fn report(as_json: bool) -> Outcome {
    let policy = Policy::renderer();
    let (report, sights) = confined_report(&policy, &Plan::find(policy.layers)?, true)?;
    if as_json {
        let syscalls = json!({
            "always": RENDERER.always(Arch::THIS).collect::<Vec<_>>(),
            "conditional": RENDERER.conditional(Arch::THIS).collect::<Vec<_>>(),
        });
        let Report { layers, microseconds } = &report;
        let all = json!({ "layers": layers, "outside": sights, "microseconds": microseconds, "syscalls": syscalls });
        println!("{all}");
    } else {
        println!("{report}\nseen from outside:");
        for Sight { layer, holds, evidence } in &sights {
            println!("{layer:<18} {:<8} {evidence}", if *holds { "on" } else { "OFF" });
        }
    }
    let complete = report.missing().next().is_none() && sights.iter().all(|sight| sight.holds);
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn profile(arguments: &[&str]) -> Outcome {
    let profile = if arguments.contains(&"net") { &NET } else { &RENDERER };
    let text = if arguments.contains(&"--html") { page::html(profile) } else { page::markdown(profile) };
    io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
