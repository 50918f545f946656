//! Calls that block and take no time limit, such as `open(2)` of a FIFO: a timer's signal interrupts them.

use crate::error::{Call, Error, Result};
use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigEvent, SigHandler, SigSet, SigevNotify, Signal, sigaction};
use nix::sys::timer::{Expiration, Timer, TimerSetTimeFlags};
use nix::time::ClockId;
use std::time::{Duration, Instant};

/// How often a blocked call is interrupted to look whether it still makes sense.
const TICK: Duration = Duration::from_millis(20);

/// Makes `call` until it does something other than being interrupted; before each further attempt, `give_up` may end it.
///
/// # Errors
/// What `give_up` or `call` says.
#[expect(unsafe_code, reason = "sigaction(2)")]
pub fn interruptible<T>(
    name: &str,
    mut call: impl FnMut() -> nix::Result<T>,
    mut give_up: impl FnMut() -> Result<()>,
) -> Result<T> {
    extern "C" fn nothing(_: libc::c_int) {}
    // Without SA_RESTART: the blocked call is to return EINTR.
    let action = SigAction::new(SigHandler::Handler(nothing), SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does nothing, which is safe in any context.
    let before = unsafe { sigaction(Signal::SIGALRM, &action) }.call("sigaction(2)")?;
    let notify = SigevNotify::SigevSignal { signal: Signal::SIGALRM, si_value: 0 };
    let mut timer = Timer::new(ClockId::CLOCK_MONOTONIC, SigEvent::new(notify)).call("timer_create(2)")?;
    timer.set(Expiration::Interval(TICK.into()), TimerSetTimeFlags::empty()).call("timer_settime(2)")?;
    let result = loop {
        match call() {
            Err(Errno::EINTR) => match give_up() {
                Ok(()) => {}
                Err(error) => break Err(error),
            },
            result => break result.call(name),
        }
    };
    drop(timer);
    // SAFETY: it was the action before, so that it is one that this process could have.
    unsafe { sigaction(Signal::SIGALRM, &before) }.call("sigaction(2)")?;
    result
}

/// A limit for [`interruptible`]: gives up after `limit`, with `why`.
pub fn after(limit: Duration, why: impl Fn() -> String) -> impl FnMut() -> Result<()> {
    let start = Instant::now();
    move || {
        if start.elapsed() < limit { Ok(()) } else { Err(Error::Deadline { after: limit, why: why() }) }
    }
}
