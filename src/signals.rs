//! The signals that ask a browser to end: Ctrl+C (`SIGINT`), a terminal that is closed (`SIGHUP`), a session that ends (`SIGTERM`).
//!
//! Contract:
//! - first the processes of pages are ended and what was changed outside of this process is put back, then this process ends by the
//!   very signal, so that whoever started it sees that, as of any program: a shell says 128 and its number;
//! - it ends whatever its main thread is doing, and within a bounded time; at once, if it is asked a second time;
//! - a signal that the launcher had ignored stays ignored: `nohup` means it.
//!
//! A thread of its own waits for them, and all others block them. A handler would interrupt whatever thread it hits.

use bulkhead_broker::io;
use bulkhead_shared::limits::{KILL, SHUTDOWN};
use nix::sys::signal::{SigSet, Signal, raise};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const ENDING: [Signal; 3] = [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM];

/// The renderers are asked, then killed; then the zygote is.
const PATIENCE: Duration = Duration::from_secs(2 * SHUTDOWN.as_secs() + 2 * KILL.as_secs() + 1);

/// Whether one of them has come.
static CAME: AtomicBool = AtomicBool::new(false);

/// Waits for them from now on. To be called before any other thread is started. Where it cannot be done, they end the process at once.
pub(crate) fn watch() {
    let signals: SigSet = ENDING.into_iter().filter(|signal| !is_ignored(*signal)).collect();
    let watching = signals.thread_block().map_err(std::io::Error::from).and_then(|()| {
        let thread = std::thread::Builder::new().name("signals".to_owned());
        thread.spawn(move || wait(signals)).inspect_err(|_| _ = signals.thread_unblock())
    });
    if let Err(error) = watching {
        tracing::warn!(%error, "no thread waits for the signals that ask the browser to end");
    }
}

fn wait(signals: SigSet) {
    let Ok(signal) = signals.wait() else { return };
    CAME.store(true, Ordering::SeqCst);
    // The next one ends the process without further ado.
    let _ = signals.thread_unblock();
    io::end_all(PATIENCE);
    let _ = raise(signal);
}

/// Where one of them has come, what the main thread has to say is no news, and its exit code not the process's: waits for the end.
pub(crate) fn leave_the_end_to_them() {
    while CAME.load(Ordering::SeqCst) || is_pending() {
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

/// Whether the thread is about to take one.
#[expect(unsafe_code, reason = "nix has no wrapper for sigpending(2)")]
fn is_pending() -> bool {
    let mut pending = std::mem::MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: the set outlives the call, which writes it or fails.
    let asked = unsafe { libc::sigpending(pending.as_mut_ptr()) };
    // SAFETY: the set was written.
    asked == 0
        && ENDING.iter().any(|signal| unsafe { libc::sigismember(pending.as_ptr(), *signal as libc::c_int) } == 1)
}

#[expect(unsafe_code, reason = "nix knows no way to ask without changing it")]
fn is_ignored(signal: Signal) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: without a new action none is installed; the old one is written to a structure that outlives the call.
    let asked = unsafe { libc::sigaction(signal as libc::c_int, std::ptr::null(), action.as_mut_ptr()) };
    // SAFETY: all zeroes are a value of each of its fields, and where the call succeeded, it has written them.
    asked == 0 && unsafe { action.assume_init() }.sa_sigaction == libc::SIG_IGN
}
