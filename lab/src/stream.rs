//! What all streams of bytes have in common: pipe, FIFO, Unix stream socket, TCP connection.
//!
//! `write(2)` may take fewer bytes than it is given, `read(2)` may give fewer than it is asked for: both go in a loop. No
//! byte after the last writer has closed is the end of file; no reader is EPIPE.

use crate::error::{Call, Result};
use crate::link::Endpoint;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;

/// A duplex stream out of two descriptors, or the same one twice.
#[derive(Debug)]
pub struct Stream {
    input: File,
    output: File,
}

impl Stream {
    /// Reads from `input`, writes to `output`.
    #[must_use]
    pub fn new(input: OwnedFd, output: OwnedFd) -> Self {
        Self { input: input.into(), output: output.into() }
    }
}

impl Endpoint for Stream {
    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.output.write_all(bytes).call("write(2)")
    }

    fn recv(&mut self, buffer: &mut [u8]) -> Result<()> {
        // read_exact reports the end of file as UnexpectedEof, which `call` knows as the peer's end.
        self.input.read_exact(buffer).call("read(2)")
    }
}
