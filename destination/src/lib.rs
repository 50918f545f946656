//! Writes a file that the user has named on a command line.
//!
//! Contract:
//! - `-` is standard output;
//! - a plain file, there already or not, is written whole or not at all, also when the process is killed meanwhile: the bytes
//!   go to a file without a name, which takes the place of the old one when it is complete (`plain`). The new file has the
//!   permissions of the one that it replaces, else those that the umask leaves;
//! - a symbolic link stays, and what it leads to is written. A link or a file that somebody else has put into a directory that
//!   all may write to, such as `/tmp`, is refused, as the kernel does (`fs.protected_symlinks`, `fs.protected_regular`);
//! - a device, a FIFO, a socket and a descriptor of this process (`/dev/stdout`, `/proc/self/fd/3`) are written to, and never
//!   replaced (`target` tells them apart);
//! - a file that may be written, in a directory that may not, is written in place: only then can an interruption leave a part;
//! - an error names the file.
//!
//! All of a file's bytes are in memory before any of them is written, so nothing but the writing itself can fail.

mod descriptor;
mod plain;
mod target;

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use target::Target;

/// The name of standard output.
const STANDARD_OUTPUT: &str = "-";

/// Why the bytes are not where they should be.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Standard output was the destination, and whoever read it has gone away.
    #[error("nobody reads standard output any more")]
    Closed,
    /// Anything else.
    #[error("cannot write {}: {source}", display(path))]
    Failed {
        /// What the user named.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

fn display(path: &Path) -> String {
    if is_standard_output(path) { "standard output".to_owned() } else { path.display().to_string() }
}

/// Whether this is the name of standard output.
#[must_use]
pub fn is_standard_output(path: &Path) -> bool {
    path.as_os_str() == STANDARD_OUTPUT
}

/// Writes `bytes` to what `path` names.
///
/// # Errors
/// Why they are not there; then what was there before still is, unless it had to be written in place.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    if is_standard_output(path) {
        return write_all(&mut io::stdout().lock(), bytes).map_err(|source| match source.kind() {
            ErrorKind::BrokenPipe => WriteError::Closed,
            _ => WriteError::Failed { path: path.to_owned(), source },
        });
    }
    let written = Target::find(path).and_then(|target| match target {
        Target::Plain(place) => plain::write(&place, bytes),
        Target::Stream(mut file) => write_all(&mut file, bytes),
        Target::Socket(path) => write_all(&mut UnixStream::connect(path)?, bytes),
    });
    written.map_err(|source| WriteError::Failed { path: path.to_owned(), source })
}

/// Also where the descriptor does not block, as one may that was inherited.
fn write_all(file: &mut (impl Write + std::os::fd::AsFd), mut bytes: &[u8]) -> io::Result<()> {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                match poll(&mut [PollFd::new(file.as_fd(), PollFlags::POLLOUT)], PollTimeout::NONE) {
                    Ok(_) | Err(nix::errno::Errno::EINTR) => {}
                    Err(errno) => return Err(errno.into()),
                }
            }
            Err(error) => return Err(error),
        }
    }
    file.flush()
}

/// Opens again what a descriptor stands for, where opening by name could meet something else by now.
fn reopen(file: &File, options: &std::fs::OpenOptions) -> io::Result<File> {
    use std::os::fd::AsRawFd;
    options.open(format!("/proc/self/fd/{}", file.as_raw_fd()))
}
