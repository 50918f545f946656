//! The lab alone: what `bulkhead lab` runs, without the browser.

use bulkhead_lab::Lab;
use clap::Parser;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "lab", about = "Every mechanism of inter-process communication, runnable and measured", version)]
struct Arguments {
    #[command(flatten)]
    lab: Lab,
}

fn main() -> ExitCode {
    bulkhead_lab::run(Arguments::parse().lab)
}
