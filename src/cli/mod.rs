//! The command line. Flags have Chromium's names where Chromium has one.
//!
//! Contract:
//! - a flag does what it says in the mode that was asked for (a window, `--headless`, a subcommand), or it is refused there;
//!   none is taken and then ignored;
//! - what is refused is told in one line, with exit code 2.

mod chromium;
mod values;

use bulkhead_broker::browser::{Isolation, PageArea};
use bulkhead_broker::memory::Budget;
use bulkhead_ui::window::Look;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::process;
use std::time::Duration;
use url::Url;
use values::{mebibytes, milliseconds, scale, seconds, size, url};

/// As programs say that they were called wrongly.
const WRONG_USAGE: i32 = 2;

/// The page's size in a picture, in logical pixels.
const PICTURE: (u32, u32) = (1280, 720);

/// The flags that mean something with `--headless` alone, by the names of their fields.
const HEADLESS_ALONE: [&str; 5] =
    ["screenshot", "screenshot_window", "hide_scrollbars", "timeout", "virtual_time_budget"];

/// A multi-process, sandboxed web browser small enough to read.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    /// Pages to open, each in a tab: URLs, or paths of files
    #[arg(value_name = "URL", value_parser = url)]
    pub(crate) urls: Vec<Url>,

    /// Run without a window; Chromium's values mean the same here
    #[arg(long, value_name = "new|old", num_args = 0..=1, require_equals = true, default_missing_value = "new")]
    headless: Option<Headless>,

    /// With --headless: write a picture of the page, once it has loaded with its sub-resources; - is standard output
    #[arg(
        long, value_name = "FILE",
        num_args = 0..=1, require_equals = true, default_missing_value = "screenshot.png"
    )]
    pub(crate) screenshot: Option<PathBuf>,

    /// With --headless: write a picture of the whole browser window; - is standard output
    #[arg(
        long, value_name = "FILE",
        num_args = 0..=1, require_equals = true, default_missing_value = "window.png"
    )]
    pub(crate) screenshot_window: Option<PathBuf>,

    /// With --headless: draw pages without scrollbars
    #[arg(long)]
    pub(crate) hide_scrollbars: bool,

    /// With --headless: give up after so many seconds (Chromium counts milliseconds; 500ms is understood) [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,

    /// With --headless: let the page go on for so many milliseconds, real ones, between its loading and the picture
    #[arg(long, value_name = "MILLISECONDS", value_parser = milliseconds)]
    virtual_time_budget: Option<Duration>,

    /// Size of the window, or with --headless of the page (of the window with --screenshot-window), in logical pixels [default:
    /// what fits the screen, or 1280,720]
    #[arg(long, value_name = "W,H", value_parser = size)]
    window_size: Option<(u32, u32)>,

    /// Device pixels for one logical pixel [default: the screen's, or 1]
    #[arg(long, value_name = "FACTOR", value_parser = scale)]
    force_device_scale_factor: Option<f32>,

    /// Have pages and browser in dark colours, whatever the system prefers
    #[arg(long)]
    force_dark_mode: bool,

    /// Do not confine renderers: a page that exploits the engine then has all that you have
    #[arg(long)]
    pub(crate) no_sandbox: bool,

    /// Memory that a tab may use before it is ended, in MiB, below the kernel's limit of 1024 [default: 512, or a quarter of the
    /// machine's]
    #[arg(long, value_name = "MIB", value_parser = mebibytes)]
    pub(crate) tab_memory: Option<u64>,

    /// Which process to be; for the browser's own use
    #[arg(long = "type", hide = true, value_enum)]
    pub(crate) process_type: Option<ProcessType>,

    /// With --type=siege: find out as well which layer stands behind which
    #[arg(long, hide = true)]
    pub(crate) in_depth: bool,

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
    Lab(crate::lab::Lab),
    Demo(crate::demo::Demo),
    Sandbox(crate::sandbox::Sandbox),
}

/// What this process is, if not the one that the user has started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ProcessType {
    /// The parent of renderers.
    Zygote,
    /// The attack suite, which starts a browser for itself.
    Siege,
    /// The zygote of that: the parent of hostile renderers.
    SiegeZygote,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Headless {
    New,
    Old,
}

impl Cli {
    /// The command line, or exit code 2 with the reason on standard error.
    pub(crate) fn read() -> Self {
        let command = Self::command().after_long_help(chromium::help());
        let is_subcommand = |name: &str| command.find_subcommand(name).is_some();
        let arguments = match chromium::sift(std::env::args_os(), is_subcommand) {
            Ok(arguments) => arguments,
            Err(unsupported) => refuse(&unsupported.to_string()),
        };
        let matches = command.clone().try_get_matches_from(arguments).unwrap_or_else(|error| explain(&error));
        let arguments = Self::from_arg_matches(&matches).unwrap_or_else(|error| explain(&error));
        if let Some(why) = arguments.contradiction(&matches) {
            refuse(&why);
        }
        arguments
    }

    /// Which of the flags do not go together.
    fn contradiction(&self, matches: &ArgMatches) -> Option<String> {
        let given = |name: &&str| matches.value_source(name) == Some(ValueSource::CommandLine);
        if self.is_headless() {
            if self.urls.len() > 1 {
                return Some("--headless takes one URL".to_owned());
            }
            return (self.screenshot.is_some() && self.screenshot == self.screenshot_window)
                .then(|| "--screenshot and --screenshot-window name the same file".to_owned());
        }
        let name = HEADLESS_ALONE.into_iter().find(given)?.replace('_', "-");
        Some(format!("--{name} is for --headless; a window does not take it"))
    }

    /// Whether there is to be no window.
    pub(crate) fn is_headless(&self) -> bool {
        self.headless.is_some()
    }

    /// How long a page may take to load.
    pub(crate) fn timeout(&self) -> Duration {
        const USUAL: Duration = Duration::from_secs(10);
        self.timeout.unwrap_or(USUAL)
    }

    /// How long a page goes on before its picture.
    pub(crate) fn going_on(&self) -> Duration {
        self.virtual_time_budget.unwrap_or_default()
    }

    /// The page area that the flags ask for in a picture.
    pub(crate) fn area(&self) -> PageArea {
        let scale = self.force_device_scale_factor.unwrap_or(1.0);
        let device = |logical: u32| (logical as f32 * scale).round() as u32;
        let (width, height) = self.window_size.unwrap_or(PICTURE);
        PageArea { width: device(width), height: device(height), scale, dark: self.force_dark_mode }
    }

    /// How the flags have the window look.
    pub(crate) fn look(&self) -> Look {
        Look { size: self.window_size, scale: self.force_device_scale_factor, dark: self.force_dark_mode }
    }

    /// How the flags have pages kept apart.
    pub(crate) fn isolation(&self) -> Isolation {
        let confining = confining();
        let memory = self.tab_memory.map_or(confining.memory, |bytes| confining.memory.with_tab(bytes));
        Isolation { sandbox: !self.no_sandbox, memory, ..confining }
    }

    /// Whether this starts a browser at once, for the user. What `sandbox` starts ends with it.
    pub(crate) fn starts_browser(&self) -> bool {
        self.process_type.is_none() && !matches!(self.command, Some(Command::Lab(_) | Command::Sandbox(_)))
    }
}

/// By processes of this program, confined, and bounded as befits the machine.
pub(crate) fn confining() -> Isolation {
    let executable = PathBuf::from("/proc/self/exe");
    Isolation { executable, zygote: "zygote", sandbox: true, memory: Budget::of_this_machine() }
}

/// Refuses the command line.
fn refuse(why: &str) -> ! {
    eprintln!("bulkhead: {why}");
    process::exit(WRONG_USAGE)
}

/// Says what is wrong with the command line, in one line where it is a flag that there is not: what `clap` guesses then, that a
/// file of that name or another flag was meant, leads astray.
fn explain(error: &clap::Error) -> ! {
    match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::UnknownArgument, Some(ContextValue::String(flag))) => {
            refuse(&format!("there is no {flag} here; --help says what there is"))
        }
        _ => error.exit(),
    }
}
