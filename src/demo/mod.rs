//! `bulkhead demo`, the show of isolation: tabs are opened, one is killed, the rest sail on. In the window where there is a
//! display, else headless, narrated on the terminal in both.

mod headless;
mod pictures;
mod window;

use crate::output::{OutputError, say};
use bulkhead_broker::internal_pages::START_URL;
use bulkhead_pages::ProcessRow;
use bulkhead_shared::pidfd::Pidfd;
use bulkhead_ui::window::WindowError;
use nix::unistd::Pid;
use pictures::Pictures;
use std::path::PathBuf;

/// The tabs of the show. The first one's process is killed.
const PAGES: [&str; 4] =
    [START_URL, "bulkhead://demo/typography.html", "bulkhead://demo/form.html", "bulkhead://version"];

/// Show how a tab's process is killed and the rest sail on: in the window, or without a display in pictures
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// Make pictures of the window, in this directory, also where there is a display [default, without a display: a new
    /// directory for temporary files, which is told]
    #[arg(long, value_name = "DIRECTORY")]
    pictures: Option<PathBuf>,

    /// Make pictures also where there is a display
    #[arg(long)]
    headless: bool,
}

impl Demo {
    /// Runs the show.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        if self.headless || self.pictures.is_some() {
            return self.make_pictures();
        }
        match window::run() {
            Err(WindowError::NoDisplay(_)) => self.make_pictures(),
            result => result.map_err(|error| anyhow::anyhow!("{error}")),
        }
    }

    fn make_pictures(&self) -> anyhow::Result<()> {
        headless::run(&Pictures::begin(self.pictures.as_deref())?)
    }
}

/// The show without a display, by a plain start.
pub(crate) fn without_display() -> anyhow::Result<()> {
    Demo { pictures: None, headless: true }.make_pictures()
}

/// `SIGKILL`, as from a terminal.
fn kill(pid: i32) -> nix::Result<()> {
    Pidfd::open(Pid::from_raw(pid))?.signal(libc::SIGKILL)
}

fn print_table(rows: &[ProcessRow]) -> Result<(), OutputError> {
    say!("\n  {:<9} {:>7}  {:<7} {:<12} {:>9}  title", "process", "pid", "tab", "state", "private")?;
    for ProcessRow { kind, pid, tab, title, state, memory, .. } in rows {
        let tab = tab.map_or_else(String::new, |tab| tab.to_string());
        let megabytes = *memory as f64 / 1e6;
        say!("  {:<9} {pid:>7}  {tab:<7} {state:<12} {megabytes:>6.1} MB  {title}", kind.name())?;
    }
    Ok(())
}
