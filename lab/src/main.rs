//! The program `bulkhead-lab`, which `bulkhead lab` starts.

use bulkhead_lab::Lab;
use clap::Parser;
use nix::sys::signal::{SigHandler, SigSet, Signal, signal};
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "bulkhead-lab",
    about = "Run and measure every IPC mechanism of an operating-systems lecture",
    version
)]
struct Arguments {
    #[command(flatten)]
    lab: Lab,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Err(errno) = reset_signals() {
        eprintln!("lab: signals keep the state that they had: {errno}");
    }
    bulkhead_lab::run(arguments.lab)
}

/// Undoes what a launcher may have left: with `SIGCHLD` ignored, the kernel keeps no exit code; a blocked signal ends nothing.
#[expect(unsafe_code, reason = "signal(3) may install a handler")]
fn reset_signals() -> nix::Result<()> {
    // SAFETY: the default action is no handler, so no code runs in a signal's context.
    unsafe { signal(Signal::SIGCHLD, SigHandler::SigDfl)? };
    SigSet::all().thread_unblock()
}
