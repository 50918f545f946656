//! The machine's limits: a wake from one process to another, a memcpy of one frame.

use super::figure::Figure;
use anyhow::Context;
use nix::sys::eventfd::EventFd;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::time::Instant;

/// A bare `eventfd` wake between two processes: half of a round trip.
#[expect(unsafe_code, reason = "fork(2)")]
pub(super) fn eventfd_wake(rounds: usize) -> anyhow::Result<Figure> {
    const WARM_UP: usize = 100;
    let (there, back) = (EventFd::new()?, EventFd::new()?);
    // SAFETY: the child makes system calls only (read, write, _exit): whatever lock another thread holds, it needs none.
    match unsafe { fork() }.context("fork")? {
        ForkResult::Child => {
            for _ in 0..WARM_UP + rounds {
                if there.read().and_then(|_| back.write(1)).is_err() {
                    break;
                }
            }
            // SAFETY: _exit ends the process; nothing of the parent's runs in it (no atexit handlers, no destructors).
            unsafe { libc::_exit(0) }
        }
        ForkResult::Parent { child } => {
            let mut samples = Vec::with_capacity(rounds);
            for round in 0..WARM_UP + rounds {
                let began = Instant::now();
                there.write(1)?;
                back.read()?;
                if round >= WARM_UP {
                    samples.push(began.elapsed().as_secs_f64() * 1e3 / 2.0);
                }
            }
            waitpid(child, None)?;
            Ok(Figure::new("eventfd_wake", "ms", samples))
        }
    }
}

/// One memcpy of a frame of 1920 by 1080 pixels.
pub(super) fn memcpy_1080p(rounds: usize) -> Figure {
    let source = vec![0x5a_u8; 1920 * 1080 * 4];
    let mut target = vec![0_u8; source.len()];
    let samples = (0..rounds).map(|_| {
        let began = Instant::now();
        target.copy_from_slice(std::hint::black_box(&source));
        std::hint::black_box(&target);
        began.elapsed().as_secs_f64() * 1e3
    });
    Figure::new("memcpy_1080p", "ms", samples.collect())
}
