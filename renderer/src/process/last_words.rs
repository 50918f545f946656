//! Last words: the record that a dying renderer writes to its control pipe, from a signal handler or a panic hook.
//!
//! Contract:
//! - the handler is async-signal-safe (signal-safety(7)): it works on its own stack, writes one record that it has encoded
//!   there, and ends the process;
//! - a stack that is full is told apart from a stray pointer by the faulting address;
//! - an abort for want of memory is told as that: `handle_alloc_error` ends in `abort(3)`, and `errno` says why;
//! - nothing returns: not the handler, not the hook. No panic unwinds, so none passes an entry point.

use super::{exit, limits};
use bulkhead_shared::control::{Cause, Up};
use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

/// The signals that end a process by its own doing.
const FATAL: [Signal; 7] =
    [Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGILL, Signal::SIGFPE, Signal::SIGABRT, Signal::SIGTRAP, Signal::SIGSYS];

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
        let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
        die(Cause::Panic, 0, 0, format!("{message}{place}").as_bytes(), exit::PANIC)
    }));
    set_alternate_stack();
    for signal in FATAL {
        set_handler(signal);
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

#[expect(unsafe_code, reason = "a signal handler may only do what signal-safety(7) allows")]
fn set_handler(signal: Signal) {
    // SA_RESETHAND: a second fault, in the handler, takes the default action instead of calling it again.
    let flags = SaFlags::SA_SIGINFO | SaFlags::SA_ONSTACK | SaFlags::SA_RESETHAND;
    let action = SigAction::new(SigHandler::SigAction(on_fatal_signal), flags, SigSet::empty());
    // SAFETY: the handler calls `write`, `sigprocmask`, `raise` and `_exit`, reads `errno` and loads atomics: no lock, no
    // allocation.
    let _ = unsafe { sigaction(signal, &action) };
}

#[expect(unsafe_code, reason = "the kernel hands a raw pointer to what it knows of the signal")]
extern "C" fn on_fatal_signal(signal: i32, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: SA_SIGINFO is set, so the kernel has put a siginfo_t there.
    let info = unsafe { &*info };
    // SAFETY: the address field is present for the memory faults; for others, a number is read that means nothing, and is
    // replaced below. Every bit pattern is a valid address.
    let address = unsafe { info.si_addr() } as usize;
    let record = match signal {
        libc::SIGSYS => Up::last_words(Cause::Seccomp, system_call(info), 0, b""),
        libc::SIGABRT if memory_is_exhausted() => Up::last_words(Cause::OutOfMemory, signal, 0, b""),
        libc::SIGSEGV | libc::SIGBUS if in_stack(address) => {
            Up::last_words(Cause::StackOverflow, signal, address as u64, b"")
        }
        libc::SIGABRT | libc::SIGTRAP => Up::last_words(Cause::Signal, signal, 0, b""),
        _ => Up::last_words(Cause::Signal, signal, address as u64, b""),
    };
    write(&record);
    // SAFETY: raise and sigprocmask are async-signal-safe. SA_RESETHAND has restored the default action; the signal is
    // blocked while its handler runs, so it is unblocked first.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, signal);
        libc::sigprocmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut());
        libc::raise(signal);
    }
    // The first process of a PID namespace outlives signals that it sends to itself (pid_namespaces(7)).
    exit::now(128 + signal)
}

/// The number of the refused system call: `si_syscall` (sigaction(2)), which the `libc` crate does not name.
#[expect(unsafe_code, reason = "a field of a C union, by its offset")]
fn system_call(info: &libc::siginfo_t) -> i32 {
    // SAFETY: in the kernel's siginfo of a 64-bit machine, `_sigsys` is a pointer at offset 16 and then the number at 24;
    // siginfo_t is 128 bytes long, so the read is within it, and aligned.
    unsafe { (&raw const *info).cast::<i32>().add(6).read() }
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
