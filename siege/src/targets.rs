//! What there is to attack, as an attempt gets to know it: numbers and names.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::os::fd::RawFd;

/// Something that there is to attack. Where the machine does not let it be made, the attempts that need it are not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The directory that an attempt starts in, with its files.
    Files,
    /// A program in it that can be executed.
    Program,
    /// A program in it that is set-user-id.
    SetUserIdProgram,
    /// A listening socket in it.
    SocketFile,
    /// A process.
    Victim,
    /// A TCP listener on 127.0.0.1.
    Tcp,
    /// A TCP listener on ::1.
    Tcp6,
    /// A UDP socket on 127.0.0.1.
    Udp,
    /// An abstract Unix stream listener.
    AbstractStream,
    /// An abstract Unix datagram socket.
    AbstractDatagram,
    /// System V shared memory.
    SysvMemory,
    /// A System V queue.
    SysvQueue,
    /// A System V semaphore.
    SysvSemaphore,
    /// A POSIX queue.
    PosixQueue,
    /// An unconnected socket that was left open.
    LeakedSocket,
    /// A terminal that was left open.
    LeakedTerminal,
    /// A namespace that was left open.
    LeakedNamespace,
}

/// The numbers and names of what there is to attack: all that an attempt gets to know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    /// The path of a directory that everybody who gets there may write to. An attempt starts in it, and names what is in it
    /// without a path: nobody else gets there.
    pub directory: String,
    /// A process, as this PID namespace counts.
    pub victim: ProcessNumber,
    /// Where its memory holds eight bytes to read.
    pub victim_address: u64,
    /// A TCP listener on 127.0.0.1.
    pub tcp: u16,
    /// A TCP listener on ::1.
    pub tcp6: u16,
    /// A UDP socket on 127.0.0.1.
    pub udp: u16,
    /// An abstract Unix stream listener, like that of an X server.
    pub abstract_stream: String,
    /// An abstract Unix datagram socket.
    pub abstract_datagram: String,
    /// The identifiers of System V shared memory, a queue and a semaphore.
    pub sysv: Sysv,
    /// A POSIX queue, whose name nothing else has.
    pub queue: String,
    /// Where the first string of the environment lies, or 0.
    pub environment: u64,
    /// Descriptors that the process should not have.
    pub leaked: Leaked,
    /// Descriptors that it should have, sealed: see [`super::Launcher::kept`].
    pub kept: Kept,
}

/// The number of one process: never 0 or negative, which mean the caller itself, its group, or everybody to kill(2) and its kin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct ProcessNumber(i32);

impl ProcessNumber {
    /// The number.
    #[must_use]
    pub fn get(self) -> i32 {
        self.0
    }
}

impl Default for ProcessNumber {
    /// No process: numbers end at 4,194,304 (`PID_MAX_LIMIT`, proc_sys_kernel(5)).
    fn default() -> Self {
        Self(i32::MAX)
    }
}

/// A number that means no single process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not the number of one process")]
pub struct NotOneProcess(i32);

impl TryFrom<i32> for ProcessNumber {
    type Error = NotOneProcess;

    fn try_from(number: i32) -> Result<Self, NotOneProcess> {
        if number > 0 { Ok(Self(number)) } else { Err(NotOneProcess(number)) }
    }
}

impl From<ProcessNumber> for i32 {
    fn from(number: ProcessNumber) -> Self {
        number.0
    }
}

/// Identifiers of System V objects, or -1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Sysv {
    pub memory: i32,
    pub queue: i32,
    pub semaphore: i32,
}

impl Default for Sysv {
    fn default() -> Self {
        Self { memory: -1, queue: -1, semaphore: -1 }
    }
}

/// Numbers of descriptors that were left open, or -1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Leaked {
    pub file: RawFd,
    pub directory: RawFd,
    pub socket: RawFd,
    pub terminal: RawFd,
    pub namespace: RawFd,
}

impl Default for Leaked {
    fn default() -> Self {
        Self { file: -1, directory: -1, socket: -1, terminal: -1, namespace: -1 }
    }
}

/// Numbers of the descriptors that a renderer holds, or -1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// A `memfd` sealed against growing, shrinking and sealing: pixels.
    pub surface: RawFd,
    /// A `memfd` sealed against everything: fetched bytes.
    pub body: RawFd,
}

impl Default for Kept {
    fn default() -> Self {
        Self { surface: -1, body: -1 }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Files => "directory with files",
            Self::Program => "program to run",
            Self::SetUserIdProgram => "set-user-id program",
            Self::SocketFile => "socket in the file system",
            Self::Victim => "other process",
            Self::Tcp => "TCP listener",
            Self::Tcp6 => "TCP listener on ::1",
            Self::Udp => "UDP socket",
            Self::AbstractStream => "abstract stream socket",
            Self::AbstractDatagram => "abstract datagram socket",
            Self::SysvMemory => "System V shared memory",
            Self::SysvQueue => "System V queue",
            Self::SysvSemaphore => "System V semaphore",
            Self::PosixQueue => "POSIX queue",
            Self::LeakedSocket => "socket that was left open",
            Self::LeakedTerminal => "terminal that was left open",
            Self::LeakedNamespace => "namespace that was left open",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_many_processes_or_the_caller_is_no_process_number() {
        for number in [0, -1, i32::MIN] {
            assert_eq!(ProcessNumber::try_from(number), Err(NotOneProcess(number)));
        }
        assert_eq!(ProcessNumber::try_from(1).map(ProcessNumber::get), Ok(1));
        assert!(ProcessNumber::default().get() > 0);
        assert!(serde_json::from_str::<ProcessNumber>("0").is_err());
    }
}
