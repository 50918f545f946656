//! Last words: the record that a dying renderer writes to its control pipe, from a signal handler or a panic hook.
//!
//! Contract:
//! - the handler is async-signal-safe (signal-safety(7)): it works on its own stack, writes one record that it has encoded
//!   there, and ends the process;
//! - a stack that is full is told apart from a stray pointer by the faulting address;
//! - an abort for want of memory is told as that: `handle_alloc_error` ends in `abort(3)`, and `errno` says why;
//! - what breaks the sandbox's profile is told by the sandbox's own handler, in words that are put here;
//! - the process ends by the signal itself where it can, so that its wait status tells the same, else with 128 and the signal's
//!   number as exit code; no panic unwinds, so none passes an entry point;
//! - it can be ended by `kill PID` as any process can.

use super::{exit, limits};
use bulkhead_sandbox::violation::{self, Violation};
use bulkhead_shared::control::{Cause, RECORD_BYTES, Up};
use bulkhead_shared::place::Place;
use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

/// The signals that end a process by its own doing.
const FATAL: [Signal; 6] =
    [Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGILL, Signal::SIGFPE, Signal::SIGABRT, Signal::SIGTRAP];

/// The signals that ask a process to end. They have to be handled: those that are not never reach the first process of a PID
/// namespace (pid_namespaces(7)). One that the launcher ignores stays ignored: `nohup` means all processes.
const ASKING: [Signal; 4] = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP, Signal::SIGQUIT];

/// Enough for the handler's record and for the frame that the kernel pushes (AVX-512 state takes some 3 KiB).
const STACK_BYTES: usize = 64 * 1024;

/// Below the limit of a stack, the kernel keeps this much clear of other mappings (`stack_guard_gap`, 256 pages).
const GUARD_BYTES: usize = 1 << 20;

static CONTROL: AtomicI32 = AtomicI32::new(-1);
static STACK_TOP: AtomicUsize = AtomicUsize::new(0);

/// Installs the handlers and the hook; from here on, this process ends with last words on `control`, which has to stay open.
/// Called on the main thread's stack.
pub(crate) fn install(control: BorrowedFd<'_>) {
    CONTROL.store(control.as_raw_fd(), Ordering::Relaxed);
    let here = 0_u8;
    STACK_TOP.store((&raw const here).expose_provenance(), Ordering::Relaxed);
    std::panic::set_hook(Box::new(|info| {
        let message = info.payload_as_str().unwrap_or("a panic without a message");
        let place = info.location().map(|at| format!(" at {}", Place::from(at))).unwrap_or_default();
        die(Cause::Panic, 0, 0, format!("{message}{place}").as_bytes(), exit::PANIC)
    }));
    set_alternate_stack();
    FATAL.into_iter().for_each(|signal| _ = set_handler(signal));
    for signal in ASKING {
        if let Ok(before) = set_handler(signal)
            && matches!(before.handler(), SigHandler::SigIgn)
        {
            let _ = set_action(signal, &before);
        }
    }
}

/// Writes last words, and ends. Async-signal-safe.
pub(crate) fn die(cause: Cause, number: i32, address: u64, text: &[u8], code: i32) -> ! {
    write(&Up::last_words(cause, number, address, text));
    exit::now(code)
}

#[expect(unsafe_code, reason = "write(2) by number: a signal handler borrows nothing")]
fn write(record: &[u8]) {
    // SAFETY: pointer and length are those of a live slice; a bad descriptor is an error that nobody is left to hear.
    let _ = unsafe { libc::write(CONTROL.load(Ordering::Relaxed), record.as_ptr().cast(), record.len()) };
}

#[expect(unsafe_code, reason = "sigaltstack(2) takes a raw pointer")]
fn set_alternate_stack() {
    // A stack that is full cannot run its own handler. Leaked: it serves until the process ends.
    let memory: &'static mut [u8] = vec![0; STACK_BYTES].leak();
    let stack = libc::stack_t { ss_sp: memory.as_mut_ptr().cast(), ss_flags: 0, ss_size: memory.len() };
    // SAFETY: the memory is live for ever and used by nothing else; the old stack is not asked for.
    unsafe {
        libc::sigaltstack(&raw const stack, std::ptr::null_mut());
    }
}

/// Returns the action before.
fn set_handler(signal: Signal) -> nix::Result<SigAction> {
    // SA_RESETHAND: a second fault, in the handler, takes the default action instead of calling it again.
    let flags = SaFlags::SA_SIGINFO | SaFlags::SA_ONSTACK | SaFlags::SA_RESETHAND;
    set_action(signal, &SigAction::new(SigHandler::SigAction(on_fatal_signal), flags, SigSet::empty()))
}

#[expect(unsafe_code, reason = "a signal handler may only do what signal-safety(7) allows")]
fn set_action(signal: Signal, action: &SigAction) -> nix::Result<SigAction> {
    // SAFETY: the only handler that is ever passed, `on_fatal_signal`, calls `write`, `getpid` and `_exit`, reads `errno` and loads
    // atomics: no lock, no allocation.
    unsafe { sigaction(signal, action) }
}

/// The last words of a process that broke its profile, or aborted: `abort(3)` ends in a system call that no profile allows.
/// Async-signal-safe.
pub(crate) fn encode_violation(violation: &Violation, record: &mut [u8; violation::RECORD_BYTES]) -> usize {
    const _: () = assert!(violation::RECORD_BYTES == RECORD_BYTES, "both take what a pipe takes in one piece");
    *record = if !violation.is_abort() {
        let name = violation.name().unwrap_or("an unknown system call");
        Up::last_words(Cause::Seccomp, violation.number, violation.address, name.as_bytes())
    } else if memory_is_exhausted() {
        Up::last_words(Cause::OutOfMemory, libc::SIGABRT, 0, b"")
    } else {
        Up::last_words(Cause::Signal, libc::SIGABRT, 0, b"")
    };
    RECORD_BYTES
}

#[expect(unsafe_code, reason = "the kernel hands a raw pointer to what it knows of the signal")]
extern "C" fn on_fatal_signal(signal: i32, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // TOUR crash 1
    // SAFETY: SA_SIGINFO is set, so the kernel has put a siginfo_t there.
    let info = unsafe { &*info };
    let is_fault = matches!(signal, libc::SIGSEGV | libc::SIGBUS | libc::SIGILL | libc::SIGFPE) && info.si_code > 0;
    // SAFETY: for the faults that the kernel reports, the address field is filled.
    let address = if is_fault { unsafe { info.si_addr() as usize } } else { 0 };
    let record = match signal {
        libc::SIGABRT if memory_is_exhausted() => Up::last_words(Cause::OutOfMemory, signal, 0, b""),
        libc::SIGSEGV | libc::SIGBUS if in_stack(address) => {
            Up::last_words(Cause::StackOverflow, signal, address as u64, b"")
        }
        _ => Up::last_words(Cause::Signal, signal, address as u64, b""),
    };
    write(&record);
    end_by(signal, info)
}

/// Ends the process by the signal that its handler was called for, where that can be: SA_RESETHAND has restored the default
/// action. Without kill(2) or one of its kind: a sandbox refuses them, and the first process of a PID namespace outlives
/// signals that it sends to itself (pid_namespaces(7)), though not its own faults.
#[expect(unsafe_code, reason = "the sender of a signal is in a C union; and a fault is made")]
fn end_by(signal: i32, info: &libc::siginfo_t) {
    let by_the_kernel = info.si_code > 0;
    match signal {
        // Returning executes the instruction again, which faults again.
        libc::SIGSEGV | libc::SIGBUS | libc::SIGILL | libc::SIGFPE if by_the_kernel => return,
        // SAFETY: with SI_TKILL, which is how abort(3) raises, the sender's field is filled; getpid is async-signal-safe.
        // abort(3) restores the default action when the handler returns, and raises the signal again.
        libc::SIGABRT if info.si_code == libc::SI_TKILL && unsafe { info.si_pid() == libc::getpid() } => return,
        // Sent by another process.
        // SAFETY: there is none, on purpose: page 0 is not mapped, so this raises the signal and writes nothing.
        libc::SIGSEGV => unsafe { std::hint::black_box(std::ptr::null_mut::<u8>()).write_volatile(0) },
        _ => {}
    }
    exit::now(128 + signal)
}

/// Whether this address lies where the main stack may grow to, or in the gap below: mapped stack does not fault.
fn in_stack(address: usize) -> bool {
    let top = STACK_TOP.load(Ordering::Relaxed);
    (top.saturating_sub(limits::STACK as usize + GUARD_BYTES)..top).contains(&address)
}

/// Whether the last library call that failed did so for want of memory. `handle_alloc_error` aborts right after the
/// allocator's failure and makes no call that fails in between; any other abort comes after the event loop's last receive,
/// which left `EAGAIN`.
fn memory_is_exhausted() -> bool {
    Errno::last() == Errno::ENOMEM
}
