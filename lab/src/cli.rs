//! The command line: `lab` lists, `lab NAME` runs one.

use crate::bench::{self, Options};
use crate::error::{Error, Result};
use crate::link::{self, ALL, Waits};
use crate::narrate::{line, note, title};
use crate::rpc::wire::Procedure;
use crate::serve::Address;
use crate::supervise::supervise;
use crate::{
    check, chrome, eventfd, fifo, futex, memfd, mqueue, pidfd, pipe, quiz, rpc, serve, shell, shm, signal, socket,
    splice, uring, vmread,
};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// `lab`, with a mechanism or without one.
#[derive(Clone, Debug, Args)]
pub struct Lab {
    #[command(subcommand)]
    command: Option<Command>,
}

/// What the lab can do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// A pipe between parent and child; end of file and SIGPIPE
    Pipe,
    /// How a shell builds a pipeline, step by step
    Shell {
        /// Such as "ls | wc -l", of any length
        pipeline: String,
    },
    /// A pipe with a name, for processes that are no relatives
    Fifo {
        /// Nothing for the demonstration
        #[command(subcommand)]
        part: Option<Fifo>,
    },
    /// Shared memory: writer and reader; then with synchronisation
    Shm {
        /// Nothing for the demonstration
        #[command(subcommand)]
        part: Option<Shm>,
    },
    /// Unix, TCP and UDP sockets; descriptors and credentials
    Socket {
        /// Nothing for the demonstration
        #[command(subcommand)]
        part: Option<Socket>,
    },
    /// POSIX message queue with priorities
    Mqueue {
        /// Nothing for the demonstration
        #[command(subcommand)]
        part: Option<Mqueue>,
    },
    /// Remote procedure calls: stubs, marshalling, registry, time-out, at most once
    Rpc {
        /// Nothing for the demonstration
        #[command(subcommand)]
        part: Option<Rpc>,
    },
    /// Signals, standard and real-time
    Signal,
    /// A counter in the kernel that can be waited for
    Eventfd,
    /// Memory without a name, sealed
    Memfd,
    /// A descriptor that is a process
    Pidfd,
    /// Sleeping on a word of shared memory
    Futex,
    /// vmsplice, splice and tee: pages move, bytes are not copied
    #[command(alias = "vmsplice")]
    Splice,
    /// Reading another process's memory
    #[command(name = "process_vm_readv", alias = "process-vm-readv")]
    ProcessVmReadv,
    /// Messages from ring to ring
    #[command(name = "io_uring", alias = "io-uring")]
    IoUring,
    /// 100 MB for two processes, half each, by every mechanism
    Quiz {
        /// How often each answer is measured
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=1000))]
        rounds: u16,
        /// One answer only
        #[arg(long)]
        only: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Write quiz.json and quiz.svg into this directory
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Latency and throughput of every link, against the machine's limits
    Bench {
        /// A glance: seconds, and noisier
        #[arg(long)]
        quick: bool,
        /// Rounds over all cells
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1000))]
        rounds: Option<u16>,
        /// This link only; may be given several times
        #[arg(long)]
        only: Vec<String>,
        /// As JSON, not as tables
        #[arg(long, conflicts_with = "csv")]
        json: bool,
        /// As CSV, not as tables
        #[arg(long)]
        csv: bool,
        /// Write bench.json, bench.csv and the plots into this directory
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// The mechanisms as a running browser uses them, with pids and descriptors
    Chrome {
        /// The root of a tree of processes; the running Bulkhead's broker if none
        pid: Option<i32>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// The conformance test that all links share
    Check {
        /// One mechanism; all of them if none
        name: Option<String>,
    },
}

/// The two terminals of a FIFO.
#[derive(Clone, Debug, Subcommand)]
pub enum Fifo {
    /// Writes what is typed into the FIFO
    Produce {
        /// Where the FIFO is, or is to be
        path: PathBuf,
        /// Seconds to wait for a reader
        #[arg(long, default_value_t = 60.0, value_parser = seconds)]
        timeout: f32,
    },
    /// Prints what comes out of the FIFO
    Consume {
        /// Where the FIFO is, or is to be
        path: PathBuf,
        /// Seconds to wait for a writer
        #[arg(long, default_value_t = 60.0, value_parser = seconds)]
        timeout: f32,
    },
}

/// The two terminals of shared memory.
#[derive(Clone, Debug, Subcommand)]
pub enum Shm {
    /// Makes an object and writes a text into it
    Write {
        /// A slash and a name
        name: String,
        /// What to write
        text: String,
    },
    /// Prints what is in an object
    Read {
        /// A slash and a name
        name: String,
    },
    /// Removes an object
    Unlink {
        /// A slash and a name
        name: String,
    },
}

/// The two terminals of a socket.
#[derive(Clone, Debug, Subcommand)]
pub enum Socket {
    /// Greets clients
    Serve {
        /// unix:PATH, tcp:PORT or udp:PORT
        address: Address,
        /// How many clients
        #[arg(long, default_value_t = 1)]
        clients: u32,
        /// Seconds to wait for each
        #[arg(long, default_value_t = 60.0, value_parser = seconds)]
        timeout: f32,
    },
    /// Prints what a server says
    Connect {
        /// unix:PATH, tcp:PORT or udp:PORT
        address: Address,
        /// Seconds to wait for it
        #[arg(long, default_value_t = 10.0, value_parser = seconds)]
        timeout: f32,
    },
}

/// The two terminals of a message queue.
#[derive(Clone, Debug, Subcommand)]
pub enum Mqueue {
    /// Puts a message into a queue
    Send {
        /// A slash and a name
        name: String,
        /// The message
        text: String,
        /// The higher, the sooner
        #[arg(long, default_value_t = 0)]
        priority: u32,
    },
    /// Takes a message out of a queue
    Receive {
        /// A slash and a name
        name: String,
        /// Seconds to wait for one
        #[arg(long, default_value_t = 10.0, value_parser = seconds)]
        timeout: f32,
    },
    /// Removes a queue
    Unlink {
        /// A slash and a name
        name: String,
    },
}

/// The three terminals of a remote procedure call.
#[derive(Clone, Debug, Subcommand)]
pub enum Rpc {
    /// Knows which service is at which port
    Registry {
        /// Its own port
        #[arg(long, default_value_t = 7111)]
        port: u16,
        /// Seconds to wait for a call
        #[arg(long, default_value_t = 3600.0, value_parser = seconds)]
        timeout: f32,
    },
    /// Serves the bank: add, divide, deposit
    Serve {
        /// The name to register
        #[arg(default_value = "bank")]
        name: String,
        /// The registry's port
        #[arg(long, default_value_t = 7111)]
        port: u16,
        /// Seconds to wait for a call
        #[arg(long, default_value_t = 3600.0, value_parser = seconds)]
        timeout: f32,
    },
    /// Calls the bank
    Call {
        /// The registry's port
        #[arg(long, default_value_t = 7111)]
        port: u16,
        /// The name of the service
        #[arg(long, default_value = "bank")]
        name: String,
        /// What to call
        #[command(subcommand)]
        procedure: Remote,
    },
}

/// A procedure of the bank.
#[derive(Clone, Debug, Subcommand)]
pub enum Remote {
    /// The sum
    #[command(allow_negative_numbers = true)]
    Add {
        /// One number
        a: i32,
        /// Another number
        b: i32,
    },
    /// The quotient
    #[command(allow_negative_numbers = true)]
    Divide {
        /// A number
        a: i32,
        /// Its divisor
        b: i32,
    },
    /// Puts an amount on an account; the new balance
    #[command(allow_negative_numbers = true)]
    Deposit {
        /// The account
        account: String,
        /// The amount
        amount: i32,
    },
}

fn seconds(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("a number of seconds from 0 to 86400".into()),
    }
}

/// Runs the command in a process of its own; prints what went wrong in one line.
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
            Command::Bench { quick, rounds, only, json, csv, out } => {
                let mut options = if quick { Options::quick() } else { Options::full() };
                options.rounds = rounds.map_or(options.rounds, usize::from);
                run_bench(&Options { only, ..options }, json, csv, out.as_deref())
            }
            Command::Chrome { pid, json } => {
                let description = chrome::describe(pid.map_or_else(chrome::find_broker, Ok)?)?;
                if json { print_json(&description) } else { Ok(line(&description.to_string())) }
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
    if json { print_json(&quiz) } else { Ok(quiz.print()) }
}

fn run_bench(options: &Options, json: bool, csv: bool, out: Option<&Path>) -> Result<()> {
    let report = bench::run(options)?;
    let files = out.map(|directory| bench::report::save(&report, directory)).transpose()?;
    match (json, csv) {
        (true, _) => print_json(&report)?,
        (_, true) => line(&report.csv()),
        _ => {
            report.print();
            files.iter().flatten().for_each(|file| note(format!("wrote {}", file.display())));
        }
    }
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
