//! The executable: the command line, and which process this is.
//!
//! Bulkhead is one program that becomes each of its processes, as Chromium is: without `--type` it is the broker; the
//! broker starts it again with `--type=zygote`; the zygote's forks are the renderers.

mod bench;
mod cli;
mod headless;

use bulkhead_renderer::ZygoteArgs;
use clap::Parser;
use cli::{Cli, Command};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Cli::parse();
    logging();
    let result = match &arguments.command {
        _ if arguments.is_zygote() => zygote(&arguments),
        Some(Command::Bench(bench)) => bench.run(),
        None if arguments.headless => headless::screenshot(&arguments),
        None => window(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bulkhead: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn zygote(arguments: &Cli) -> anyhow::Result<()> {
    let links = ZygoteArgs { socket: arguments.zygote_socket, bootstrap: arguments.bootstrap };
    Ok(bulkhead_renderer::zygote_main(links)?)
}

fn window(_arguments: &Cli) -> anyhow::Result<()> {
    anyhow::bail!("TODO");
}

/// Warnings and errors to standard error, more with `RUST_LOG` (see `tracing_subscriber::EnvFilter`).
fn logging() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).compact().init();
}
