//! A process to attack.

use crate::ProcessNumber;
use crate::raw;
use bulkhead_sandbox::{Child, fork_helper};
use nix::errno::Errno;
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::getppid;
use std::io::{self, IoSliceMut};
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicU64, Ordering};

/// What lies in its memory.
const SECRET: u64 = 0x5ec2_e7c0_ffee_0001;
static SECRET_IN_MEMORY: AtomicU64 = AtomicU64::new(0);

/// A fork of the calling process, which does nothing. It dies with the calling thread, and when this is dropped.
#[derive(Debug)]
pub(super) struct Victim(Child);

impl Victim {
    /// Forks it. It holds nothing of the caller's but the file of this number, which is there to be taken.
    pub(super) fn start(file: RawFd) -> io::Result<Self> {
        let (parent, file) = (nix::unistd::getpid(), u32::try_from(file).ok());
        let victim = Self(fork_helper(|| {
            // Nothing but system calls and atomics: other threads of the caller may have held any lock at the fork.
            let closed = match file {
                Some(file @ 1..) => raw::close_range(0, file - 1).and_then(|()| raw::close_range(file + 1, u32::MAX)),
                _ => raw::close_range(0, u32::MAX),
            };
            let bound = set_pdeathsig(Signal::SIGKILL);
            SECRET_IN_MEMORY.store(SECRET, Ordering::Relaxed);
            // The parent may have ended before it was bound to it.
            while bound.is_ok() && closed.is_ok() && getppid() == parent {
                nix::unistd::pause();
            }
        })?);
        // It is ready when its memory holds the secret.
        while victim.secret() == Some(0) {
            nix::sched::sched_yield()?;
        }
        if victim.is_dead() { Err(io::Error::other("it ended at once")) } else { Ok(victim) }
    }

    /// Its number.
    pub(super) fn number(&self) -> Result<ProcessNumber, io::Error> {
        ProcessNumber::try_from(self.0.pid().as_raw()).map_err(io::Error::other)
    }

    /// Where its memory holds the secret.
    pub(super) fn address() -> u64 {
        SECRET_IN_MEMORY.as_ptr() as u64
    }

    /// Whether it was ended.
    pub(super) fn is_dead(&self) -> bool {
        self.0.has_ended()
    }

    /// Whether its memory was written to, as far as that can be seen.
    pub(super) fn was_written_to(&self) -> bool {
        self.secret().is_some_and(|secret| secret != SECRET)
    }

    /// What its memory holds. `None` where it cannot be read.
    fn secret(&self) -> Option<u64> {
        let mut bytes = [0; 8];
        let remote = RemoteIoVec { base: Self::address() as usize, len: 8 };
        process_vm_readv(self.0.pid(), &mut [IoSliceMut::new(&mut bytes)], &[remote]).ok()?;
        Some(u64::from_ne_bytes(bytes))
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _: Result<_, Errno> = self.0.wait();
    }
}
