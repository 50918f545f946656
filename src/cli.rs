//! The command line. Flags have Chromium's names where Chromium has one.

use bulkhead_broker::address::{self, Surroundings};
use bulkhead_broker::browser::{Isolation, PageArea};
use bulkhead_broker::memory::Budget;
use clap::{CommandFactory, Parser, Subcommand};
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// A multi-process, sandboxed web browser small enough to read.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    /// Pages to open, each in a tab: URLs, or paths of files
    #[arg(value_name = "URL", value_parser = url)]
    pub(crate) urls: Vec<Url>,

    /// Run without a window
    #[arg(long)]
    pub(crate) headless: bool,

    /// With --headless: write a picture of the page, once it has loaded with its sub-resources
    #[arg(
        long, value_name = "FILE", requires = "headless",
        num_args = 0..=1, require_equals = true, default_missing_value = "screenshot.png"
    )]
    pub(crate) screenshot: Option<PathBuf>,

    /// With --headless: write a picture of the whole browser window
    #[arg(
        long, value_name = "FILE", requires = "headless",
        num_args = 0..=1, require_equals = true, default_missing_value = "window.png"
    )]
    pub(crate) screenshot_window: Option<PathBuf>,

    /// Size of the page (of the window with --screenshot-window), in logical pixels
    #[arg(long, value_name = "W,H", default_value = "1280,720", value_parser = size)]
    pub(crate) window_size: (u32, u32),

    /// Device pixels for one logical pixel
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = scale)]
    pub(crate) force_device_scale_factor: f32,

    /// Have pages and browser in dark colours, whatever the system prefers
    #[arg(long)]
    pub(crate) force_dark_mode: bool,

    /// With --headless: give up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) timeout: Duration,

    /// Do not confine renderers: a page that exploits the engine then has all that you have
    #[arg(long)]
    pub(crate) no_sandbox: bool,

    /// Memory that a tab may use before it is ended, in MiB, below the kernel's limit of 1024 [default: 512, or a quarter of the
    /// machine's]
    #[arg(long, value_name = "MIB", value_parser = mebibytes)]
    pub(crate) tab_memory: Option<u64>,

    /// Which process to be; for the browser's own use
    #[arg(long = "type", hide = true, value_enum)]
    process_type: Option<ProcessType>,

    #[arg(long, hide = true, default_value_t = 3)]
    pub(crate) zygote_socket: RawFd,

    #[arg(long, hide = true, default_value_t = 4)]
    pub(crate) bootstrap: RawFd,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Things to do other than browse.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Bench(crate::bench::Bench),
    /// Run and measure every IPC mechanism of an operating-systems lecture
    Lab(bulkhead_lab::Lab),
    Demo(crate::demo::Demo),
    Sandbox(crate::sandbox::Sandbox),
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ProcessType {
    Zygote,
}

impl Cli {
    /// The command line, or exit code 2 with the reason on standard error.
    pub(crate) fn read() -> Self {
        let arguments = Self::parse();
        if arguments.headless && arguments.urls.len() > 1 {
            let message = "--headless takes one URL";
            Self::command().error(clap::error::ErrorKind::TooManyValues, message).exit();
        }
        arguments
    }

    /// The page area that the flags ask for.
    pub(crate) fn area(&self) -> PageArea {
        let scale = self.force_device_scale_factor;
        let device = |logical: u32| (logical as f32 * scale).round() as u32;
        let (width, height) = self.window_size;
        PageArea { width: device(width), height: device(height), scale, dark: self.force_dark_mode }
    }

    /// How the flags have pages kept apart.
    pub(crate) fn isolation(&self) -> Isolation {
        let confining = confining();
        let memory = self.tab_memory.map_or(confining.memory, |bytes| confining.memory.with_tab(bytes));
        Isolation { sandbox: !self.no_sandbox, memory, ..confining }
    }

    /// Whether the broker has started this process as its zygote.
    pub(crate) fn is_zygote(&self) -> bool {
        matches!(self.process_type, Some(ProcessType::Zygote))
    }
}

/// By processes of this program, confined, and bounded as befits the machine.
pub(crate) fn confining() -> Isolation {
    Isolation { executable: PathBuf::from("/proc/self/exe"), sandbox: true, memory: Budget::of_this_machine() }
}

fn url(text: &str) -> Result<Url, address::AddressError> {
    address::argument(text, &Surroundings::of_process())
}

fn mebibytes(text: &str) -> Result<u64, String> {
    let bytes = text.parse::<u64>().ok().filter(|size| *size > 0).and_then(|size| size.checked_mul(1 << 20));
    bytes.ok_or_else(|| "expected a number of MiB above 0".to_owned())
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let parse = |side: &str| side.trim().parse().ok().filter(|side| (1..=16_384).contains(side));
    text.split_once([',', 'x'])
        .and_then(|(width, height)| Some((parse(width)?, parse(height)?)))
        .ok_or_else(|| "expected WIDTH,HEIGHT, each from 1 to 16384".to_owned())
}

fn scale(text: &str) -> Result<f32, String> {
    text.parse().ok().filter(|scale| (0.25..=8.0).contains(scale)).ok_or_else(|| "expected 0.25 to 8".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds: &f64| *seconds > 0.0 && *seconds <= 86_400.0);
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "expected a number of seconds above 0".to_owned())
}
