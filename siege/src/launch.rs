//! How an attempt gets into a confined process, and what is seen of it from outside.

use super::{Attempt, Kept, Outcome, Targets, raw};
use bulkhead_sandbox::violation::{self, RECORD_BYTES, Violation};
use bulkhead_sandbox::{Entered, Fork, ForkError, Layers, Minimum, Plan, Policy, Report, fork};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::wait::WaitStatus;
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

/// Puts attempts into confined processes. The crate's own forks them. A program whose processes answer later, as a
/// browser's renderers do, has them call [`Attempt::perform`] and hands what it saw to [`super::judge::judge`].
pub trait Launcher {
    /// The descriptors that such a process holds.
    fn kept(&self) -> Kept;

    /// Lets one process, confined by these layers, make one attempt.
    ///
    /// # Errors
    /// See [`LaunchError`].
    fn launch(&mut self, attempt: &Attempt, targets: &Targets, layers: Layers) -> Result<Seen, LaunchError>;
}

/// What was seen of an attempt from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The layers that were really on.
    pub on: Layers,
    /// What the process said, if it could.
    pub said: Option<Said>,
    /// How it ended. `None`: it did not, in time, and was killed.
    pub end: Option<WaitStatus>,
}

/// What a process says of its attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// What came of it.
    Outcome(Outcome),
    /// The filter trapped it.
    Violation(Violation),
}

/// Why an attempt was not made.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// There is no process.
    #[error(transparent)]
    Fork(#[from] ForkError),
    /// The process ended before it was confined.
    #[error("the process ended before its attempt: {0:?}")]
    Early(Option<WaitStatus>),
    /// What a system call says.
    #[error("{0}")]
    System(#[from] io::Error),
}

/// An attempt takes milliseconds; this is for a loaded machine.
const DEADLINE: Duration = Duration::from_secs(20);

const CONFINED: u8 = 1;
const OUTCOME: u8 = 2;
const VIOLATION: u8 = 3;
/// Tag, padding, and 64 bytes of content.
const SAID_BYTES: usize = 8 + violation::PLAIN_BYTES;

/// Forks the sacrificial processes off the calling one, which must have one thread.
#[derive(Debug)]
pub struct ForkLauncher {
    surface: OwnedFd,
    body: OwnedFd,
    plans: HashMap<Layers, Plan>,
}

impl ForkLauncher {
    /// # Errors
    /// What `memfd_create(2)` says.
    pub fn new() -> io::Result<Self> {
        let shape = SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SEAL;
        Ok(Self { surface: sealed(shape)?, body: sealed(shape | SealFlag::F_SEAL_WRITE)?, plans: HashMap::new() })
    }

    fn plan(&mut self, layers: Layers) -> Result<Plan, ForkError> {
        if let Some(plan) = self.plans.get(&layers) {
            return Ok(plan.clone());
        }
        let plan = Plan::find(layers)?;
        self.plans.insert(layers, plan.clone());
        Ok(plan)
    }

    /// In the child.
    fn attack(
        &self,
        attempt: &Attempt,
        targets: &Targets,
        layers: Layers,
        entered: Entered,
        pipe: io::PipeWriter,
    ) -> io::Result<()> {
        if targets.leaked.directory >= 0 {
            // By descriptor: nobody gets there by a path, and this process may be nobody already.
            raw::sys!(SYS_fchdir, targets.leaked.directory)?;
        }
        violation::report_to(pipe.as_fd(), encode_violation)?;
        let keep = [pipe.as_fd(), self.surface.as_fd(), self.body.as_fd()];
        let policy = Policy { layers, keep: &keep, minimum: Minimum::Nothing, ..Policy::renderer() };
        let report = bulkhead_sandbox::confine(&policy, entered).unwrap_or_else(|refused| refused.report);
        // In one piece each, so that a process that dies in between leaves no half.
        (&pipe).write_all(&confined(&report))?;
        let outcome = (attempt.perform)(targets);
        (&pipe).write_all(&record(OUTCOME, outcome.code().cast_unsigned()))
    }
}

impl Launcher for ForkLauncher {
    fn kept(&self) -> Kept {
        Kept { surface: self.surface.as_raw_fd(), body: self.body.as_raw_fd() }
    }

    fn launch(&mut self, attempt: &Attempt, targets: &Targets, layers: Layers) -> Result<Seen, LaunchError> {
        let plan = self.plan(layers)?;
        let (reader, writer) = io::pipe()?;
        match fork(&plan)? {
            Fork::Child(entered) => {
                let done = self.attack(attempt, targets, layers, entered, writer);
                bulkhead_sandbox::exit_now(i32::from(done.is_err()))
            }
            Fork::Parent(child) => {
                drop(writer);
                let said = read_until_end(reader, child.as_fd())?;
                let ended = ends(child.as_fd())?;
                if !ended {
                    child.kill().map_err(io::Error::from)?;
                }
                let status = child.wait().map_err(io::Error::from)?;
                let end = ended.then_some(status);
                let (on, said) = decode(&said).ok_or(LaunchError::Early(end))?;
                Ok(Seen { on, said, end })
            }
        }
    }
}

fn sealed(seals: SealFlag) -> io::Result<OwnedFd> {
    let memory = memfd_create(c"bulkhead-attack", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)?;
    nix::unistd::ftruncate(&memory, 4096)?;
    fcntl(&memory, FcntlArg::F_ADD_SEALS(seals))?;
    Ok(memory)
}

/// Reads until the pipe's end, the process's end, or the deadline.
fn read_until_end(mut pipe: io::PipeReader, process: impl AsFd) -> io::Result<Vec<u8>> {
    let deadline = Instant::now() + DEADLINE;
    let mut said = Vec::new();
    let mut buffer = [0; 2 * SAID_BYTES];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        let mut events =
            [PollFd::new(pipe.as_fd(), PollFlags::POLLIN), PollFd::new(process.as_fd(), PollFlags::POLLIN)];
        match poll(&mut events, timeout) {
            Ok(0) => return Ok(said),
            Err(Errno::EINTR) => continue,
            result => result?,
        };
        // What the process wrote before its end is in the pipe: that first. Its children may hold the pipe open for
        // longer. It may have written and ended after poll looked at the pipe, and before poll looked at the process.
        if !events[0].any().unwrap_or(false) && !is_readable(&pipe)? {
            return Ok(said);
        }
        match pipe.read(&mut buffer)? {
            0 => return Ok(said),
            length => said.extend_from_slice(buffer.get(..length).unwrap_or_default()),
        }
    }
}

/// Whether there is something to be read at once, be it the end.
fn is_readable(pipe: &io::PipeReader) -> io::Result<bool> {
    loop {
        match poll(&mut [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO) {
            Err(Errno::EINTR) => {}
            result => return Ok(result? > 0),
        }
    }
}

/// Whether the process ends within the deadline.
fn ends(process: impl AsFd) -> io::Result<bool> {
    let timeout = PollTimeout::try_from(DEADLINE).unwrap_or(PollTimeout::MAX);
    loop {
        match poll(&mut [PollFd::new(process.as_fd(), PollFlags::POLLIN)], timeout) {
            Err(Errno::EINTR) => {}
            result => return Ok(result? > 0),
        }
    }
}

fn record(tag: u8, value: u32) -> [u8; SAID_BYTES] {
    let mut record = [0; SAID_BYTES];
    record[0] = tag;
    record[4..8].copy_from_slice(&value.to_ne_bytes());
    record
}

fn confined(report: &Report) -> [u8; SAID_BYTES] {
    record(CONFINED, report.on().bits())
}

/// An [`violation::Encode`].
fn encode_violation(violation: &Violation, record: &mut [u8; RECORD_BYTES]) -> usize {
    let mut plain = [0; RECORD_BYTES];
    violation.encode_plain(&mut plain);
    record[0] = VIOLATION;
    record[8..SAID_BYTES].copy_from_slice(&plain[..violation::PLAIN_BYTES]);
    SAID_BYTES
}

/// What was on, and what was said. `None` where not even the first is there.
fn decode(said: &[u8]) -> Option<(Layers, Option<Said>)> {
    let (records, _) = said.as_chunks::<SAID_BYTES>();
    let (first, rest) = records.split_first()?;
    let value = |record: &[u8; SAID_BYTES]| u32::from_ne_bytes([record[4], record[5], record[6], record[7]]);
    if first[0] != CONFINED {
        return None;
    }
    // A forked copy may speak first, or last; the first word counts.
    let said = rest.first().and_then(|record| match record[0] {
        OUTCOME => Some(Said::Outcome(Outcome::from_code(value(record).cast_signed()))),
        VIOLATION => Some(Said::Violation(Violation::decode_plain(record.last_chunk()?))),
        _ => None,
    });
    Some((Layers::from_bits(value(first)), said))
}

#[cfg(test)]
mod tests {
    use super::super::Unable;
    use super::*;
    use bulkhead_sandbox::Name;

    #[test]
    fn what_is_said_survives_the_pipe() {
        let head = record(CONFINED, Layers::NONE.with(Name::Landlock).bits());
        for outcome in [Outcome::Attained, Outcome::Failed(Errno::EPERM), Outcome::Unable(Unable::NoTarget)] {
            let said = [head, record(OUTCOME, outcome.code().cast_unsigned())].concat();
            assert_eq!(decode(&said), Some((Layers::NONE.with(Name::Landlock), Some(Said::Outcome(outcome)))));
        }
        assert_eq!(decode(&head), Some((Layers::NONE.with(Name::Landlock), None)));
        assert_eq!(decode(&head[1..]), None);
        assert_eq!(decode(&record(OUTCOME, 0)), None);
    }
}
