//! The command line: `lab` lists, `lab NAME` runs one.

mod arguments;

use crate::bench::report::Tables;
use crate::bench::{self, Options, Report};
use crate::error::{Error, Result};
use crate::link::{self, ALL, Waits};
use crate::narrate::{line, note, title};
use crate::rpc::wire::Procedure;
use crate::supervise::supervise;
use crate::{
    check, chrome, eventfd, fifo, futex, memfd, mqueue, pidfd, pipe, quiz, rpc, serve, shell, shm, signal, socket,
    splice, uring, vmread,
};
pub use arguments::{Command, Lab};
use arguments::{Fifo, Mqueue, Remote, Rpc, Shm, Socket};
use bulkhead_lab_report::last;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Runs the command in a process of its own; prints what went wrong in one line. To be called before any thread is started,
/// since it forks.
#[must_use]
pub fn run(lab: Lab) -> ExitCode {
    match supervise(limit(&lab), || perform(lab)) {
        Ok(code) => code.into(),
        Err(error) => {
            eprintln!("lab: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How long a command may take at most. Those that wait for a user have limits of their own.
fn limit(lab: &Lab) -> Option<Duration> {
    let minutes = match &lab.command {
        None | Some(Command::Shell { .. }) => return None,
        Some(Command::Fifo { part: Some(_) } | Command::Socket { part: Some(_) }) => return None,
        Some(Command::Mqueue { part: Some(_) } | Command::Rpc { part: Some(_) }) => return None,
        Some(Command::Check { name: None } | Command::Quiz { .. }) => 10,
        Some(Command::Bench { rounds: Some(_), .. }) => return None,
        Some(Command::Bench { .. }) => 30,
        Some(_) => 1,
    };
    Some(Duration::from_secs(60 * minutes))
}

fn perform(lab: Lab) -> Result<()> {
    match lab.command {
        None => {
            list();
            Ok(())
        }
        Some(command) => match command {
            Command::Pipe => pipe::demo(),
            Command::Shell { pipeline } => shell::run(&pipeline),
            Command::Fifo { part } => run_fifo(part),
            Command::Shm { part } => match part {
                None => shm::demo(),
                Some(Shm::Write { name, text }) => shm::write(&name, &text),
                Some(Shm::Read { name }) => shm::read(&name),
                Some(Shm::Unlink { name }) => shm::unlink(&name),
            },
            Command::Socket { part } => match part {
                None => socket::demo(),
                Some(Socket::Serve { address, clients, timeout }) => serve::serve(&address, clients, duration(timeout)),
                Some(Socket::Connect { address, timeout }) => serve::connect(&address, duration(timeout)),
            },
            Command::Mqueue { part } => match part {
                None => mqueue::demo(),
                Some(Mqueue::Send { name, text, priority }) => mqueue::send(&name, &text, priority),
                Some(Mqueue::Receive { name, timeout }) => mqueue::receive(&name, duration(timeout)),
                Some(Mqueue::Unlink { name }) => mqueue::unlink(&name),
            },
            Command::Rpc { part } => run_rpc(part),
            Command::Signal => signal::demo(),
            Command::Eventfd => eventfd::demo(),
            Command::Memfd => memfd::demo(),
            Command::Pidfd => pidfd::demo(),
            Command::Futex => futex::demo(),
            Command::Splice => splice::demo(),
            Command::ProcessVmReadv => vmread::demo(),
            Command::IoUring => uring::demo(),
            Command::Quiz { rounds, only, json, out } => run_quiz(rounds.into(), only.as_deref(), json, out.as_deref()),
            Command::Bench { quick, rounds, only, json, csv, from, no_save, out } => {
                let mut options = if quick { Options::quick() } else { Options::full() };
                if let Some(rounds) = rounds {
                    (options.rounds, options.limit) = (rounds.into(), Duration::MAX);
                }
                let report = match from {
                    Some(path) => bench::report::load(&path)?,
                    None => {
                        let report = bench::run(&Options { only, ..options })?;
                        if !no_save {
                            keep(&report);
                        }
                        report
                    }
                };
                show_bench(&report, json, csv, out.as_deref())
            }
            Command::Chrome { pid, json } => {
                let description = chrome::describe(pid.map_or_else(chrome::find_broker, Ok)?)?;
                show(json, &description, || line(&description.to_string()))
            }
            Command::Check { name } => run_check(name.as_deref()),
        },
    }
}

fn duration(seconds: f32) -> Duration {
    Duration::from_secs_f32(seconds)
}

fn run_fifo(part: Option<Fifo>) -> Result<()> {
    match part {
        None => fifo::demo(),
        Some(Fifo::Produce { path, timeout }) => fifo::produce(&path, duration(timeout), std::io::stdin().lock()),
        Some(Fifo::Consume { path, timeout }) => fifo::consume(&path, duration(timeout)),
    }
}

fn run_rpc(part: Option<Rpc>) -> Result<()> {
    match part {
        None => rpc::demo(),
        Some(Rpc::Registry { port, timeout }) => rpc::run_registry(port, duration(timeout)),
        Some(Rpc::Serve { name, port, timeout }) => rpc::run_server(port, &name, duration(timeout)),
        Some(Rpc::Call { port, name, procedure }) => {
            let procedure = match procedure {
                Remote::Add { a, b } => Procedure::Add(a, b),
                Remote::Divide { a, b } => Procedure::Divide(a, b),
                Remote::Deposit { account, amount } => Procedure::Deposit(account, amount),
            };
            rpc::run_call(port, &name, procedure)
        }
    }
}

fn run_check(name: Option<&str>) -> Result<()> {
    let chosen = match name {
        Some(name) => std::slice::from_ref(link::by_name(name)?),
        None => ALL,
    };
    let mut broken = Vec::new();
    for mechanism in chosen {
        title(mechanism.name);
        match check::conformance(mechanism) {
            Ok(promises) => promises.iter().for_each(note),
            Err(error @ Error::Unavailable { .. }) if name.is_none() => note(format!("skipped: {error}")),
            Err(error) => {
                note(format!("broken: {error}"));
                broken.push(mechanism.name);
            }
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(Error::Broken(format!("broken: {}", broken.join(", ")))) }
}

fn run_quiz(rounds: usize, only: Option<&str>, json: bool, out: Option<&Path>) -> Result<()> {
    let quiz = quiz::run(rounds, only)?;
    if let Some(directory) = out {
        quiz.save(directory)?;
    }
    show(json, &quiz, || quiz.print())
}

/// Keeps a run for the browser to show. Where that cannot be, the run is worth no less.
fn keep(report: &Report) {
    let Some(path) = last::path() else { return };
    if let Err(error) = last::save(report, &path) {
        eprintln!("lab: not kept for bulkhead://lab: {error}");
    }
}

fn show_bench(report: &Report, json: bool, csv: bool, out: Option<&Path>) -> Result<()> {
    let files = out.map(|directory| bench::report::save(report, directory)).transpose()?;
    match (json, csv) {
        (true, _) => print_json(report)?,
        (_, true) => line(&Tables(report).csv()),
        _ => {
            Tables(report).print();
            files.iter().flatten().for_each(|file| note(format!("wrote {}", file.display())));
        }
    }
    Ok(())
}

/// As JSON, or as text.
fn show(json: bool, value: &impl serde::Serialize, text: impl FnOnce()) -> Result<()> {
    if json {
        return print_json(value);
    }
    text();
    Ok(())
}

fn print_json(value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Error::Broken(error.to_string()))?;
    line(&format!("{text}\n"));
    Ok(())
}

/// What there is.
const CATALOGUE: &[(&str, &str)] = &[
    ("pipe", "parent and child; end of file, SIGPIPE"),
    ("shell \"ls | wc -l\"", "how a shell builds a pipeline"),
    ("fifo", "a pipe with a name; also: fifo produce PATH, fifo consume PATH"),
    ("shm", "shared memory, torn and synchronised; also: shm write, read, unlink NAME"),
    ("socket", "Unix, TCP, UDP, descriptors, credentials; also: socket serve, connect ADDRESS"),
    ("mqueue", "messages with priorities; also: mqueue send, receive, unlink NAME"),
    ("rpc", "stubs, marshalling, registry, time-out, at most once; also: rpc registry, serve, call"),
    ("signal", "standard and real-time signals"),
    ("eventfd", "a counter that can be waited for"),
    ("memfd", "memory without a name, and seals"),
    ("pidfd", "a descriptor that is a process"),
    ("futex", "sleeping on a word of shared memory"),
    ("splice", "vmsplice, splice, tee: no copies"),
    ("process_vm_readv", "reading another process's memory"),
    ("io_uring", "messages from ring to ring"),
    ("quiz", "100 MB for two processes, half each, by every mechanism"),
    ("bench [--quick]", "latency and throughput of every link; --json, --csv, --out DIRECTORY for plots"),
    ("chrome [PID]", "which mechanisms a running browser's processes share"),
    ("check [NAME]", "the conformance test that all links share"),
];

fn list() {
    title("lab NAME runs one:");
    for (name, text) in CATALOGUE {
        note(format!("{name:<22}{text}"));
    }
    title("links that check, quiz and bench know:");
    for mechanism in ALL {
        let waits = match mechanism.waits {
            Waits::Asleep => "asleep",
            Waits::Spinning => "spinning",
            Waits::Both => "spinning, then asleep",
        };
        line(&format!("  {:<18}{} copies, waits {waits}; {}\n", mechanism.name, mechanism.copies, mechanism.calls));
    }
}
