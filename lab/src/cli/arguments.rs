//! The arguments, as `clap` reads them: an executable embeds [`Lab`] or [`Command`] as they are.

use crate::serve::Address;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `lab`, with a mechanism or without one.
#[derive(Clone, Debug, Args)]
pub struct Lab {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
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
    ///
    /// The run is kept in $XDG_STATE_HOME/bulkhead/lab.json, or ~/.local/state/bulkhead/lab.json, where the browser's page
    /// bulkhead://lab finds it.
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
        /// Show this bench.json of an earlier run, and measure nothing
        #[arg(long)]
        from: Option<PathBuf>,
        /// Do not keep this run as the one that bulkhead://lab shows
        #[arg(long)]
        no_save: bool,
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
