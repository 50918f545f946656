//! `bulkhead lab`: starts the lab, which is a program of its own, in place of this process.
//!
//! The lab links what a browser's broker is better without: shared-memory middleware that spins, `io_uring`, message queues.

use anyhow::{Context, bail};
use std::env;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

/// The lab's program: beside this one, or in a directory of PATH.
const PROGRAM: &str = "bulkhead-lab";

/// Run and measure every IPC mechanism of an operating-systems lecture
#[derive(Clone, Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Lab {
    /// What the lab is to do; without, it lists what there is
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    arguments: Vec<OsString>,
}

impl Lab {
    /// Becomes the lab. Returns only where that cannot be.
    pub(crate) fn exec(&self) -> anyhow::Result<()> {
        let Some(program) = find() else {
            bail!(
                "{PROGRAM} is neither beside this program nor in PATH; to build it, which takes a minute or two: \
                 cargo build --release -p bulkhead-lab"
            );
        };
        let error = Command::new(&program).args(&self.arguments).exec();
        Err(error).with_context(|| format!("cannot start {}", program.display()))
    }
}

fn find() -> Option<PathBuf> {
    let beside = env::current_exe().ok().and_then(|this| Some(this.parent()?.join(PROGRAM)));
    let path = env::var_os("PATH").unwrap_or_default();
    // An empty part of PATH would mean the working directory, which may be anybody's.
    let in_path =
        env::split_paths(&path).filter(|directory| directory.is_absolute()).map(|directory| directory.join(PROGRAM));
    beside.into_iter().chain(in_path).find(|program| program.is_file())
}
