//! The executable: the command line, and which process this is.
//!
//! Bulkhead is one program that becomes each of its processes, as Chromium is: without `--type` it is the broker; the
//! broker starts it again with `--type=zygote`; the zygote's forks are the renderers. The attack suite is two of its processes, too.
#![deny(clippy::print_stdout, reason = "it panics where nobody reads on; see output.rs")]

mod bench;
mod cli;
mod demo;
mod headless;
mod inherited;
mod lab;
mod logging;
mod output;
mod panics;
mod providers;
mod sandbox;
mod siege;
mod signals;

use bulkhead_broker::internal_pages::START_URL;
use bulkhead_destination::WriteError;
use bulkhead_renderer::{Confined, Life, ZygoteArgs};
use bulkhead_ui::process_table::ProcessTable;
use bulkhead_ui::window::{self, WindowConfig, WindowError};
use cli::{Cli, Command, ProcessType};
use nix::sys::signal::Signal;
use output::{OutputError, say};
use std::process::ExitCode;
use url::Url;

/// What a shell says of a program that was ended since nobody read its output: 128 and the signal's number.
const ENDED_BY_SIGPIPE: u8 = 128 + Signal::SIGPIPE as u8;

fn main() -> ExitCode {
    inherited::settle();
    panics::report_in_plain_words();
    let arguments = Cli::read();
    let process = arguments.process_type;
    if matches!(process, Some(ProcessType::Zygote | ProcessType::SiegeZygote)) {
        logging::zygote();
    } else {
        logging::broker();
    }
    if process.is_none() {
        if arguments.no_sandbox {
            eprintln!(
                "bulkhead: --no-sandbox: pages are not confined. One that breaks into its process has all that you have."
            );
        }
        inherited::remark();
    }
    if arguments.starts_browser() {
        signals::watch();
    }
    let result = match &arguments.command {
        _ if process == Some(ProcessType::Zygote) => zygote(&arguments, Confined::show_pages),
        _ if process == Some(ProcessType::SiegeZygote) => siege::zygote(&arguments),
        _ if process == Some(ProcessType::Siege) => siege::run(&arguments),
        Some(Command::Bench(bench)) => bench.run(),
        Some(Command::Demo(demo)) => demo.run(),
        Some(Command::Lab(lab)) => lab.exec(),
        Some(Command::Sandbox(sandbox)) => return finish(sandbox.run()),
        None if arguments.is_headless() => headless::screenshot(&arguments),
        None => window(&arguments),
    };
    finish(result.map(|()| ExitCode::SUCCESS))
}

fn finish(result: anyhow::Result<ExitCode>) -> ExitCode {
    signals::leave_the_end_to_them();
    result.unwrap_or_else(|error| {
        let unread = matches!(error.downcast_ref(), Some(OutputError::Closed))
            || matches!(error.downcast_ref(), Some(WriteError::Closed));
        if unread {
            return ExitCode::from(ENDED_BY_SIGPIPE);
        }
        eprintln!("bulkhead: {}", with_causes(&error));
        ExitCode::FAILURE
    })
}

/// An error with what led to it, each cause once: some errors say their cause themselves.
fn with_causes(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Is the zygote of a browser; what it forks does `life`.
fn zygote(arguments: &Cli, life: Life) -> anyhow::Result<()> {
    let links =
        ZygoteArgs { socket: arguments.zygote_socket, bootstrap: arguments.bootstrap, sandbox: !arguments.no_sandbox };
    Ok(bulkhead_renderer::zygote_main(links, life)?)
}

/// Opens the window. Without a display, a plain start shows isolation in pictures instead, so that the main job runs anywhere;
/// whoever asks for a page is told how to have a picture of it.
fn window(arguments: &Cli) -> anyhow::Result<()> {
    let urls = match arguments.urls.as_slice() {
        [] => vec![Url::parse(START_URL)?],
        urls => urls.to_vec(),
    };
    let config = WindowConfig {
        isolation: arguments.isolation(),
        urls,
        processes: ProcessTable::default(),
        providers: providers::providers(),
        look: arguments.look(),
    };
    let is_plain_start = std::env::args_os().len() <= 1;
    match window::run(config) {
        Err(WindowError::NoDisplay(why)) if is_plain_start => {
            say!("bulkhead: no display ({why}), so here is the show of isolation; see also --headless --screenshot.")?;
            demo::without_display()
        }
        Err(WindowError::NoDisplay(why)) => {
            anyhow::bail!(
                "there is no display for a window ({why}); for a picture of a page: bulkhead --headless --screenshot=page.png PAGE"
            )
        }
        result => result.map_err(|error| anyhow::anyhow!("{error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;
    use bulkhead_broker::browser::StartError;

    #[test]
    fn a_cause_that_an_error_says_itself_is_said_once() {
        let error = anyhow::Error::from(StartError::Thread(std::io::Error::from_raw_os_error(11)));
        assert_eq!(with_causes(&error).matches("temporarily unavailable").count(), 1);
        let error = Err::<(), _>(error).context("opening a page").unwrap_err();
        assert!(with_causes(&error).starts_with("opening a page: cannot start a thread: "));
    }
}
