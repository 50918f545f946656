//! Ending a renderer, and the exit codes that the broker tells apart.

/// The broker is gone, or asked for it.
pub(crate) const DONE: i32 = 0;
/// A Rust panic: the exit code that Rust itself uses.
pub(crate) const PANIC: i32 = 101;
/// No memory left: what a shell shows for a process that the kernel ended with `SIGKILL` for that reason.
pub(crate) const OUT_OF_MEMORY: i32 = 137;
/// The process could not be set up as a renderer.
pub(crate) const SETUP: i32 = 102;

/// Ends the process here and now: no destructor, no `atexit` handler, nothing that may block. Async-signal-safe.
#[expect(unsafe_code, reason = "_exit(2) has no wrapper that promises to be async-signal-safe")]
pub(crate) fn now(code: i32) -> ! {
    // SAFETY: _exit takes any number, touches no memory of this process and does not return.
    unsafe { libc::_exit(code) }
}
