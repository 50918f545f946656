//! What would outlive its maker: queues, a semaphore, a directory. A process of its own makes the first and removes them all, as
//! soon as its maker asks for it or is gone, whatever it died of.
//!
//! Contract:
//! - it is in a session of its own and blocks every signal that can be blocked, so that what ends its maker's process group does
//!   not end it;
//! - it notices its maker's end by a pidfd, not by the end of a pipe, which others may hold;
//! - after the fork, it makes system calls only: its maker may have threads;
//! - should it be killed too, the next run removes what is left, by the [`Record`] in the directory.

use super::record::Record;
use crate::raw::{self, Ipc, sys};
use bulkhead_sandbox::private::{Directory, unguessable};
use bulkhead_sandbox::{Child, fork_helper};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use nix::sys::stat::{Mode, fchmod};
use nix::unistd::{Uid, fchown};
use std::ffi::{CStr, CString};
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

/// How the names of POSIX queues begin.
const PREFIX: &str = "bulkhead-attack-";

/// The process, as its maker holds it.
#[derive(Debug)]
pub(super) struct Keeper {
    process: Child,
    /// A byte here has it clear up.
    order: PipeWriter,
    made: Made,
    queue: CString,
}

/// What it has made: identifiers, or negative error numbers.
#[derive(Clone, Copy, Debug)]
struct Made {
    queue: i32,
    semaphore: i32,
    posix_queue: i32,
}

const REPORT_BYTES: usize = 12;

impl Keeper {
    /// Starts it. It clears the directory up, too.
    pub(super) fn start(directory: Option<&Directory>, owner: Option<u32>) -> io::Result<Self> {
        let name = CString::new(format!("{PREFIX}{}", unguessable()))?;
        let (mut report, their_report) = io::pipe()?;
        let (their_order, order) = io::pipe()?;
        let ends = Ends { report: their_report, order: their_order, maker: raw::pidfd_of_self()? };
        let process = fork_helper(|| keep(&ends, directory, &name, owner))?;
        drop(ends);
        let mut keeper = Self { process, order, made: Made::NOTHING, queue: name };
        keeper.made = Made::read(&mut report)?;
        if let Some(directory) = directory {
            keeper.record().write(directory.as_fd())?;
        }
        Ok(keeper)
    }

    /// The System V queue.
    pub(super) fn queue(&self) -> Result<i32, Errno> {
        made(self.made.queue)
    }

    /// The System V semaphore.
    pub(super) fn semaphore(&self) -> Result<i32, Errno> {
        made(self.made.semaphore)
    }

    /// The name of the POSIX queue.
    pub(super) fn posix_queue(&self) -> Result<String, Errno> {
        made(self.made.posix_queue).map(|_| self.queue.to_string_lossy().into_owned())
    }

    fn record(&self) -> Record {
        Record { queue: self.queue().ok(), semaphore: self.semaphore().ok(), posix_queue: self.posix_queue().ok() }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // That it cannot hear this means that it has ended.
        let _ = self.order.write_all(&[0]);
        let _ = self.process.wait();
    }
}

impl Made {
    const NOTHING: Self = Self { queue: -1, semaphore: -1, posix_queue: -1 };

    fn read(report: &mut PipeReader) -> io::Result<Self> {
        let mut bytes = [0; REPORT_BYTES];
        report.read_exact(&mut bytes)?;
        let ([a, b, c], _) = bytes.as_chunks::<4>() else { return Err(io::ErrorKind::InvalidData.into()) };
        Ok(Self {
            queue: i32::from_ne_bytes(*a),
            semaphore: i32::from_ne_bytes(*b),
            posix_queue: i32::from_ne_bytes(*c),
        })
    }

    fn bytes(self) -> [u8; REPORT_BYTES] {
        let mut bytes = [0; REPORT_BYTES];
        for (to, from) in bytes
            .iter_mut()
            .zip([self.queue, self.semaphore, self.posix_queue].iter().flat_map(|number| number.to_ne_bytes()))
        {
            *to = from;
        }
        bytes
    }
}

fn made(number: i32) -> Result<i32, Errno> {
    if number >= 0 { Ok(number) } else { Err(Errno::from_raw(number.saturating_neg())) }
}

/// Its ends of the pipes, and the process that it watches.
struct Ends {
    report: PipeWriter,
    order: PipeReader,
    maker: OwnedFd,
}

/// The process's whole life.
fn keep(ends: &Ends, directory: Option<&Directory>, name: &CStr, owner: Option<u32>) {
    let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), None);
    let _ = nix::unistd::setsid();
    let _ = nix::sys::prctl::set_name(c"bh-keeper");
    close_others(ends, directory);
    let (queue, semaphore, posix_queue) = (queue(owner), semaphore(owner), posix_queue(name, owner));
    let number = |result: Result<usize, Errno>| result.map_or_else(|errno| -(errno as i32), |id| id as i32);
    let made =
        Made { queue: number(queue), semaphore: number(semaphore), posix_queue: number(posix_queue.map(|()| 0)) };
    // Who does not read this is gone.
    let _ = nix::unistd::write(&ends.report, &made.bytes());
    wait(ends.order.as_fd(), ends.maker.as_fd());
    let _ = queue.map(|id| sys!(SYS_msgctl, id, libc::IPC_RMID, 0_usize));
    let _ = semaphore.map(|id| sys!(SYS_semctl, id, 0_i32, libc::IPC_RMID));
    if posix_queue.is_ok() {
        let _ = unlink_queue(name);
    }
    directory.iter().for_each(|directory| directory.remove());
}

/// Waits for an order or for the maker's end.
fn wait(order: BorrowedFd<'_>, maker: BorrowedFd<'_>) {
    let mut events = [PollFd::new(order, PollFlags::POLLIN), PollFd::new(maker, PollFlags::POLLIN)];
    while poll(&mut events, PollTimeout::NONE) == Err(Errno::EINTR) {}
}

/// What the maker holds is not kept open for it.
fn close_others(ends: &Ends, directory: Option<&Directory>) {
    let mut kept: [RawFd; 5] = [ends.report.as_raw_fd(), ends.order.as_raw_fd(), ends.maker.as_raw_fd(), -1, -1];
    if let Some(directory) = directory {
        let [place, opened] = directory.descriptors();
        (kept[3], kept[4]) = (place.as_raw_fd(), opened.as_raw_fd());
    }
    kept.sort_unstable();
    let mut first = 0;
    for kept in kept.into_iter().filter_map(|fd| u32::try_from(fd).ok()) {
        if kept > first {
            let _ = raw::close_range(first, kept - 1);
        }
        first = kept + 1;
    }
    let _ = raw::close_range(first, u32::MAX);
}

fn queue(owner: Option<u32>) -> Result<usize, Errno> {
    let id = sys!(SYS_msgget, libc::IPC_PRIVATE, libc::IPC_CREAT | 0o600)?;
    if let Err(errno) = raw::give_away(Ipc::Queue, id, owner) {
        let _ = sys!(SYS_msgctl, id, libc::IPC_RMID, 0_usize);
        return Err(errno);
    }
    Ok(id)
}

fn semaphore(owner: Option<u32>) -> Result<usize, Errno> {
    let id = sys!(SYS_semget, libc::IPC_PRIVATE, 1_i32, libc::IPC_CREAT | 0o600)?;
    if let Err(errno) = raw::give_away(Ipc::Semaphore, id, owner) {
        let _ = sys!(SYS_semctl, id, 0_i32, libc::IPC_RMID);
        return Err(errno);
    }
    Ok(id)
}

/// As small as can be: what a user's queues may hold together is limited (`RLIMIT_MSGQUEUE`).
fn posix_queue(name: &CStr, owner: Option<u32>) -> Result<(), Errno> {
    let flags = libc::O_CREAT | libc::O_EXCL | libc::O_RDWR | libc::O_CLOEXEC;
    // struct mq_attr (mq_getattr(3)): flags, most messages, bytes of one, and how many there are.
    let attributes = [0_u64, 1, 8, 0, 0, 0, 0, 0];
    let number = sys!(SYS_mq_open, *name, flags, 0o600_u32, attributes[..])?;
    let queue = raw::own(number as RawFd);
    // What was asked for at its making was cut by the umask.
    let mut given = fchmod(&queue, Mode::S_IRUSR | Mode::S_IWUSR);
    if owner.is_some() {
        given = given.and_then(|()| fchown(&queue, owner.map(Uid::from_raw), None));
    }
    if given.is_err() {
        let _ = unlink_queue(name);
    }
    given
}

/// Removes a POSIX queue. The kernel's names have no slash: the C library takes it off (mq_open(3)).
pub(super) fn unlink_queue(name: &CStr) -> Result<(), Errno> {
    sys!(SYS_mq_unlink, *name).map(drop)
}
