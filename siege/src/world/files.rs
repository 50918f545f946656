//! Files to attack, in a directory that nobody else gets to.
//!
//! | path | who may what | why |
//! |---|---|---|
//! | the private directory | its maker everything, others nothing | nobody gets past it by a path |
//! | `open/` | all everything, sticky | attempts start in it, as `nobody` where root makes them |
//! | `open/fixed/` | its maker everything, others read | nobody can replace what attempts run or write to as root |
//!
//! Contract:
//! - everything is made by descriptor, exclusively, and complete before it is opened to others;
//! - what is set-user-id is so for a user who owns nothing: whoever ran it would gain nothing;
//! - whether anything was changed is seen through descriptors that were there from the start.

use crate::program::{self, POWERLESS};
use bulkhead_sandbox::entries::for_each_name;
use bulkhead_sandbox::namespaces::NOBODY;
use bulkhead_sandbox::private::Directory;
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{FchmodatFlags, Mode, fchmod, fchmodat, fstat, mkdirat};
use nix::sys::statvfs::{FsFlags, fstatvfs};
use nix::unistd::{Uid, UnlinkatFlags, fchown, geteuid, unlinkat};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

const TEXT: &[u8] = b"this is secret";

const FIXED: &str = "fixed";
const LEAKED: &str = "leaked";
const SOCKET: &str = "socket";

/// The directory, as a process that starts in it sees it.
#[derive(Debug)]
pub(super) struct Files {
    path: PathBuf,
    open: OwnedFd,
    fixed: OwnedFd,
    /// In `open`.
    doomed: Held,
    /// In `fixed`.
    held: Vec<Held>,
    leaked: File,
    socket: Option<UnixListener>,
}

/// A file that is not to change.
#[derive(Debug)]
struct Held {
    name: &'static str,
    file: File,
    content: Vec<u8>,
    mode: u32,
}

/// Why there is no program to run.
pub(super) type Refused = String;

impl Files {
    /// Makes them.
    pub(super) fn create(directory: &Directory) -> io::Result<Self> {
        let open = make_directory(directory.as_fd(), "open")?;
        let fixed = make_directory(open.as_fd(), FIXED)?;
        let leaked = new_file(fixed.as_fd(), LEAKED, OFlag::O_WRONLY | OFlag::O_APPEND)?;
        let held = vec![
            make(fixed.as_fd(), "secret", TEXT, 0o644, None)?,
            make(fixed.as_fd(), "writable", TEXT, 0o666, None)?,
            make(fixed.as_fd(), "program", &program::succeed(), 0o755, None)?,
        ];
        let nobody = geteuid().is_root().then_some(NOBODY);
        let doomed = make(open.as_fd(), "doomed", TEXT, 0o666, nobody)?;
        let path = directory.path().join("open");
        // Now that all is there.
        fchmod(&fixed, Mode::from_bits_retain(0o755))?;
        fchmod(&open, Mode::from_bits_retain(0o1777))?;
        Ok(Self { path, open, fixed, doomed, held, leaked, socket: None })
    }

    /// Makes a program that runs as another user, whoever runs it.
    pub(super) fn add_set_user_id_program(&mut self) -> Result<(), Refused> {
        if !geteuid().is_root() {
            return Err("only root can make one".to_owned());
        }
        let made = make(self.fixed.as_fd(), "set-user-id", &program::am_i_powerless(), 0o4755, Some(POWERLESS));
        self.held.push(made.map_err(|error| error.to_string())?);
        Ok(())
    }

    /// Whether the programs among them can be run at all.
    pub(super) fn can_be_run(&self) -> Result<(), Refused> {
        match fstatvfs(&self.fixed) {
            Ok(stat) if stat.flags().contains(FsFlags::ST_NOEXEC) => {
                Err(format!("the file system of {} is mounted noexec", self.path.display()))
            }
            _ => Ok(()),
        }
    }

    /// Makes a socket that listens.
    pub(super) fn add_socket(&mut self) -> io::Result<()> {
        // A path of any length, by descriptor: bind(2) has no other way.
        let listener = UnixListener::bind(format!("/proc/self/fd/{}/{SOCKET}", self.fixed.as_raw_fd()))?;
        // From here on it is there, whatever comes of the rest.
        let listener = self.socket.insert(listener);
        listener.set_nonblocking(true)?;
        // Nobody but its maker could have put a link there.
        Ok(fchmodat(&self.fixed, SOCKET, Mode::from_bits_retain(0o777), FchmodatFlags::FollowSymlink)?)
    }

    /// The path of the directory that attempts start in.
    pub(super) fn path(&self) -> String {
        self.path.display().to_string()
    }

    /// That directory.
    pub(super) fn directory(&self) -> BorrowedFd<'_> {
        self.open.as_fd()
    }

    /// An empty file, to be written to through this descriptor.
    pub(super) fn leaked(&self) -> &File {
        &self.leaked
    }

    /// Whether somebody has connected to the socket.
    pub(super) fn was_connected_to(&self) -> bool {
        self.socket.as_ref().is_some_and(|socket| socket.accept().is_ok())
    }

    /// Whether anything is other than it was made.
    pub(super) fn were_changed(&self) -> bool {
        let mut fixed: BTreeSet<_> = self.held.iter().map(|held| held.name).collect();
        fixed.insert(LEAKED);
        fixed.extend(self.socket.as_ref().map(|_| SOCKET));
        let same = self.held.iter().chain([&self.doomed]).all(Held::is_unchanged)
            && fstat(&self.leaked).is_ok_and(|stat| stat.st_size == 0)
            && is_listed(self.open.as_fd(), &[FIXED, self.doomed.name].into())
            && is_listed(self.fixed.as_fd(), &fixed);
        !same
    }
}

impl Held {
    fn is_unchanged(&self) -> bool {
        let mut now = vec![0; self.content.len()];
        let Ok(stat) = fstat(&self.file) else { return false };
        let shape = (stat.st_mode & 0o7777, stat.st_nlink, usize::try_from(stat.st_size));
        shape == (self.mode, 1, Ok(self.content.len()))
            && self.file.read_exact_at(&mut now, 0).is_ok()
            && now == self.content
    }
}

/// Whether a directory holds these and nothing else.
fn is_listed(directory: BorrowedFd<'_>, expected: &BTreeSet<&str>) -> bool {
    let (mut found, mut surplus) = (0, 0);
    let listed = for_each_name(directory, |name| match name.to_str() {
        Ok(name) if expected.contains(name) => found += 1,
        _ => surplus += 1,
    });
    listed.is_ok() && (found, surplus) == (expected.len(), 0)
}

fn make_directory(parent: BorrowedFd<'_>, name: &str) -> Result<OwnedFd, Errno> {
    mkdirat(parent, name, Mode::S_IRWXU)?;
    let flags = OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    openat(parent, name, flags, Mode::empty())
}

fn new_file(directory: BorrowedFd<'_>, name: &str, access: OFlag) -> Result<File, Errno> {
    let flags = access | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    openat(directory, name, flags, Mode::S_IRUSR | Mode::S_IWUSR).map(File::from)
}

/// Makes a file, or leaves none behind.
fn make(
    directory: BorrowedFd<'_>,
    name: &'static str,
    content: &[u8],
    mode: u32,
    owner: Option<u32>,
) -> io::Result<Held> {
    let made = new_file(directory, name, OFlag::O_WRONLY)?;
    let held = finish(made, directory, name, content, mode, owner);
    if held.is_err() {
        let _ = unlinkat(directory, name, UnlinkatFlags::NoRemoveDir);
    }
    held
}

/// Fills a file, gives it away perhaps, and opens it to others last.
fn finish(
    mut made: File,
    directory: BorrowedFd<'_>,
    name: &'static str,
    content: &[u8],
    mode: u32,
    owner: Option<u32>,
) -> io::Result<Held> {
    made.write_all(content)?;
    if let Some(owner) = owner {
        fchown(&made, Some(Uid::from_raw(owner)), None)?;
    }
    fchmod(&made, Mode::from_bits_retain(mode))?;
    // What is open for writing cannot be executed (execve(2), ETXTBSY): from here on it is held for reading.
    let file =
        File::from(openat(directory, name, OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC, Mode::empty())?);
    let held = Held { name, file, content: content.to_vec(), mode };
    // A file system may know no modes, or no owners.
    if held.is_unchanged() { Ok(held) } else { Err(io::Error::other("it is not as it was made")) }
}
