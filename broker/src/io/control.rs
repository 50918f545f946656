//! The broker's ends of one renderer's control pipes.
//!
//! Contract: it never blocks. Records are of one length, so a reader that has half of one waits for the rest.

use super::poller::{Poller, Source};
use crate::inbox::Violation;
use bulkhead_shared::control::{Down, RECORD_BYTES, Up};
use bulkhead_shared::ids::RendererId;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{pipe2, read, write};
use std::io;
use std::os::fd::OwnedFd;

/// Two pipes, one each way.
#[derive(Debug)]
pub(super) struct Control {
    reader: OwnedFd,
    writer: OwnedFd,
    /// What has come of a record so far.
    record: Vec<u8>,
}

/// The renderer's ends.
#[derive(Debug)]
pub(super) struct FarControl {
    pub(super) reader: OwnedFd,
    pub(super) writer: OwnedFd,
}

/// What came up.
#[derive(Debug)]
pub(super) enum Heard {
    /// A record.
    Said(Up),
    /// Nothing more for now.
    Nothing,
    /// The renderer has closed it; dying processes do.
    Closed,
}

impl Control {
    /// Makes both pipes.
    pub(super) fn new(renderer: RendererId, poller: &Poller) -> io::Result<(Self, FarControl)> {
        let (reader, far_writer) = pipe2(OFlag::O_CLOEXEC)?;
        let (far_reader, writer) = pipe2(OFlag::O_CLOEXEC)?;
        // Only our ends are non-blocking: a pipe's two ends are two open file descriptions.
        for ours in [&reader, &writer] {
            fcntl(ours, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        }
        poller.add(&reader, Source::Control(renderer))?;
        poller.add_writer(&writer, Source::Control(renderer))?;
        let control = Self { reader, writer, record: Vec::with_capacity(RECORD_BYTES) };
        Ok((control, FarControl { reader: far_reader, writer: far_writer }))
    }

    /// Takes one record.
    pub(super) fn recv(&mut self) -> Result<Heard, Violation> {
        // TOUR crash 2
        let mut buffer = [0; RECORD_BYTES];
        while self.record.len() < RECORD_BYTES {
            let missing = RECORD_BYTES.saturating_sub(self.record.len());
            match read(&self.reader, buffer.get_mut(..missing).unwrap_or_default()) {
                Ok(0) => return Ok(Heard::Closed),
                Ok(count) => self.record.extend(buffer.iter().take(count)),
                Err(Errno::EINTR) => {}
                Err(_) => return Ok(Heard::Nothing),
            }
        }
        let record = <&[u8; RECORD_BYTES]>::try_from(self.record.as_slice()).map_err(|_| Violation::ControlRecord)?;
        let record = Up::decode(record).map_err(|_| Violation::ControlRecord)?;
        self.record.clear();
        Ok(Heard::Said(record))
    }

    /// Tells the renderer something. A pipe that is full of what it has not read is a hang, and is noticed as one.
    pub(super) fn say(&self, what: Down) {
        if let Err(errno) = write(&self.writer, &what.encode()) {
            tracing::debug!(%errno, "a renderer was not told {what:?}");
        }
    }

    /// Waits for it no longer.
    pub(super) fn ignore(&self, poller: &Poller) {
        poller.remove(&self.reader);
        poller.remove(&self.writer);
    }
}
