//! The FIFO: a pipe with a name, for processes that are no relatives.
//!
//! fifo(7). The name is a file; the bytes never reach a disk. `open(2)` blocks until the other side has opened it too.

use crate::deadline::{after, interruptible};
use crate::error::{Call, Error, Result};
use crate::fork::{Peer, fork};
use crate::link::{Link, Side};
use crate::names::Name;
use crate::narrate::{Narrator, note, title};
use crate::stream::Stream;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::{Mode, SFlag, stat};
use nix::unistd::mkfifo;
use std::fs::File;
use std::io::{BufRead, Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

const PRODUCER: Narrator = Narrator::new("producer");
const CONSUMER: Narrator = Narrator::new("consumer");
/// How long the two of the demonstration wait for one another.
const PATIENCE: Duration = Duration::from_secs(10);

/// The lecture's producer and consumer, who know the path only.
///
/// # Errors
/// What a call says.
pub fn demo() -> Result<()> {
    title("fifo: a producer and a consumer who only share a path");
    let name = Name::path();
    let path = name.as_path();
    fork(&[], || make(PRODUCER, path).map(keep))?.join()?;
    note("The maker has ended, and the FIFO is still there:");
    let producer = fork(&[], || produce(path, PATIENCE, &b"a line of text\nand another\n"[..]))?;
    let consumer = fork(&[], || consume(path, PATIENCE))?;
    producer.join()?;
    consumer.join()?;
    note(format!("In two terminals: lab fifo consume {0}   and   lab fifo produce {0}", "/tmp/my-fifo"));
    Ok(())
}

/// `lab fifo produce PATH`: what is typed goes into the FIFO, line by line.
///
/// # Errors
/// [`Error::Input`] for a path that is no FIFO; [`Error::Deadline`] when nobody opens it for reading.
pub fn produce(path: &Path, limit: Duration, mut lines: impl BufRead) -> Result<()> {
    let made = make(PRODUCER, path)?;
    PRODUCER.says("open(O_WRONLY) ... blocks until somebody opens it for reading");
    let mut fifo = File::from(open_end(path, OFlag::O_WRONLY, after(limit, || alone(path, "reader")))?);
    keep(made);
    let mut line = String::new();
    while lines.read_line(&mut line).call("read(2)")? > 0 {
        fifo.write_all(line.as_bytes()).call("write(2)")?;
        PRODUCER.says(format!("write({line:?}): {} bytes", line.len()));
        line.clear();
    }
    PRODUCER.says("close(): the reader sees the end of file");
    Ok(())
}

/// `lab fifo consume PATH`: what comes out of the FIFO, until its end.
///
/// # Errors
/// [`Error::Input`] for a path that is no FIFO; [`Error::Deadline`] when nobody opens it for writing.
pub fn consume(path: &Path, limit: Duration) -> Result<()> {
    let made = make(CONSUMER, path)?;
    CONSUMER.says("open(O_RDONLY) ... blocks until somebody opens it for writing");
    let mut fifo = File::from(open_end(path, OFlag::O_RDONLY, after(limit, || alone(path, "writer")))?);
    keep(made);
    let mut buffer = [0; 4096];
    loop {
        match fifo.read(&mut buffer).call("read(2)")? {
            0 => break CONSUMER.says("read() -> 0: end of file, the last writer has closed"),
            count => CONSUMER.says(format!("read() -> {count}: {:?}", String::from_utf8_lossy(&buffer[..count]))),
        }
    }
    Ok(())
}

fn alone(path: &Path, missing: &str) -> String {
    format!("{} has no {missing}; start one in another terminal, or wait longer with --timeout", path.display())
}

/// Makes the FIFO unless there is one. The [`Name`] that it returns removes what was made here, if it is dropped.
fn make(who: Narrator, path: &Path) -> Result<Option<Name>> {
    match mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR) {
        Ok(()) => {
            who.says(format!("mkfifo({})", path.display()));
            Ok(Some(Name::given_path(path)))
        }
        Err(Errno::EEXIST) => {
            let mode = stat(path).call(format!("stat({})", path.display()))?.st_mode;
            if SFlag::from_bits_truncate(mode) & SFlag::S_IFMT != SFlag::S_IFIFO {
                return Err(Error::Input(format!("{} exists and is not a FIFO", path.display())));
            }
            Ok(None)
        }
        Err(errno) => Err(errno).call(format!("mkfifo({})", path.display())),
    }
}

/// Leaves a FIFO that was made here: it is to outlive its maker.
fn keep(made: Option<Name>) {
    made.into_iter().for_each(Name::keep);
}

/// `open(2)`, which blocks until the other end is open, or `give_up` ends it.
fn open_end(path: &Path, mode: OFlag, give_up: impl FnMut() -> Result<()>) -> Result<OwnedFd> {
    let call = format!("open({})", path.display());
    interruptible(&call, || open(path, mode | OFlag::O_CLOEXEC, Mode::empty()), give_up)
}

/// A FIFO in each direction. The names are gone as soon as both sides have opened them.
///
/// # Errors
/// What `mkfifo(3)` says.
pub fn link() -> Result<Link> {
    let names = [Name::path(), Name::path()];
    for name in &names {
        mkfifo(name.as_path(), Mode::S_IRUSR | Mode::S_IWUSR).call("mkfifo(3)")?;
    }
    let [down, up] = names.each_ref().map(|name| name.as_path().to_owned());
    Ok(Link {
        // Both sides open in the same order, or each would wait for the other for ever.
        child: Side::new(&[], move |peer: Peer| {
            let input = open_end(&down, OFlag::O_RDONLY, || peer.still_there())?;
            Ok(Stream::new(input, open_end(&up, OFlag::O_WRONLY, || peer.still_there())?))
        }),
        parent: Side::new(&[], move |peer: Peer| {
            let [down, up] = names;
            let output = open_end(down.as_path(), OFlag::O_WRONLY, || peer.still_there())?;
            Ok(Stream::new(open_end(up.as_path(), OFlag::O_RDONLY, || peer.still_there())?, output))
        }),
    })
}
