//! A violation has a name: the handler of `SIGSYS` says what was called, and then the process dies of it.
//!
//! Contract:
//! - the handler neither allocates nor locks, and works on its stack alone (signal-safety(7));
//! - the process always dies, PID 1 of its namespace or not: a second violation, made while `SIGSYS` is blocked, makes the kernel
//!   restore the default action and end the process with `SIGSYS`, even where signals of the namespace's own cannot;
//! - the profile keeps `rt_sigaction(SIGSYS)` out of reach, so the handler stays. A process that is compromised may lie in its last
//!   words, so they are for display; that it died by `SIGSYS` is the kernel's word;
//! - `abort(3)`'s `tgkill` is told apart: see [`Violation::is_abort`].

#![expect(unsafe_code, reason = "a signal handler, and the registers that it is handed")]

use crate::syscalls::Arch;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

/// Bytes that a record of last words may have: what a pipe takes in one piece is at least as much.
pub const RECORD_BYTES: usize = 512;

/// Puts a violation into bytes, and says how many. It runs in a signal handler: no allocation, no lock, no panic.
pub type Encode = fn(&Violation, &mut [u8; RECORD_BYTES]) -> usize;

/// A system call that the filter trapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Violation {
    /// The system call's number, on [`Violation::arch`].
    pub number: i32,
    /// `AUDIT_ARCH_*` of the entry that was used.
    pub arch: u32,
    /// Where the call was made.
    pub address: u64,
    /// Its arguments.
    pub arguments: [u64; 6],
}

/// Where last words go: a descriptor, and the function that puts them.
static REPORT_TO: AtomicI32 = AtomicI32::new(-1);
static ENCODE: AtomicUsize = AtomicUsize::new(0);

/// The system call that is made to die of: no profile may allow it, and with these arguments it does nothing.
const NEVER_ALLOWED: libc::c_long = libc::SYS_seccomp;

/// What remains to exit with, should there be no filter at all: as a shell reports death by `SIGSYS`.
const EXIT_SIGSYS: i32 = 128 + libc::SIGSYS;

/// Installs the handler for this process. The descriptor must stay open and in the list of those that are kept.
///
/// # Errors
/// What `sigaction(2)` says.
pub fn report_to(descriptor: BorrowedFd<'_>, encode: Encode) -> nix::Result<()> {
    REPORT_TO.store(descriptor.as_raw_fd(), Ordering::Relaxed);
    ENCODE.store(encode as usize, Ordering::Release);
    let flags = SaFlags::SA_SIGINFO | SaFlags::SA_ONSTACK;
    let action = SigAction::new(SigHandler::SigAction(handle), flags, SigSet::all());
    // SAFETY: `handle` is async-signal-safe: it reads atomics and its arguments, writes to its stack, and makes system calls.
    unsafe { sigaction(Signal::SIGSYS, &action) }.map(drop)
}

extern "C" fn handle(_: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    /// `siginfo_t` as the kernel fills it for SIGSYS (asm-generic/siginfo.h).
    #[repr(C)]
    struct SysInfo {
        signal: i32,
        errno: i32,
        code: i32,
        call_address: u64,
        number: i32,
        arch: u32,
    }
    const SYS_SECCOMP: i32 = 1;

    // SAFETY: the kernel passes a `siginfo_t` to a SA_SIGINFO handler; for SIGSYS its first 32 bytes are laid out as above on both
    // 64-bit architectures, and the structure is 128 bytes long.
    let info = unsafe { info.cast::<SysInfo>().read() };
    if info.code == SYS_SECCOMP {
        let violation = Violation {
            number: info.number,
            arch: info.arch,
            address: info.call_address,
            arguments: arguments(context),
        };
        let encode = ENCODE.load(Ordering::Acquire);
        if encode != 0 {
            // SAFETY: the only non-zero values that are ever stored are `Encode` functions.
            let encode = unsafe { std::mem::transmute::<usize, Encode>(encode) };
            let mut record = [0; RECORD_BYTES];
            let length = encode(&violation, &mut record).min(RECORD_BYTES);
            // SAFETY: `length` bytes of `record` are there to be read.
            unsafe { libc::write(REPORT_TO.load(Ordering::Relaxed), record.as_ptr().cast(), length) };
        }
    }
    // SAFETY: SIGSYS is blocked here (no SA_NODEFER), so where a filter is in force this does not return. Where none is, the
    // operation number is invalid and nothing happens.
    unsafe { libc::syscall(NEVER_ALLOWED, u32::MAX, 0, 0) };
    crate::sys::exit_now(EXIT_SIGSYS)
}

#[cfg(target_arch = "x86_64")]
fn arguments(context: *mut libc::c_void) -> [u64; 6] {
    // SAFETY: the kernel passes a `ucontext_t` as the third argument of a SA_SIGINFO handler.
    let registers = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    [libc::REG_RDI, libc::REG_RSI, libc::REG_RDX, libc::REG_R10, libc::REG_R8, libc::REG_R9]
        .map(|register| registers[register as usize].cast_unsigned())
}

#[cfg(target_arch = "aarch64")]
fn arguments(context: *mut libc::c_void) -> [u64; 6] {
    // SAFETY: the kernel passes a `ucontext_t` as the third argument of a SA_SIGINFO handler.
    let registers = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext.regs };
    [0, 1, 2, 3, 4, 5].map(|register: usize| registers[register])
}

impl Violation {
    /// The system call's name, or `None` for a number that is none. Async-signal-safe.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        let arch = Arch::ALL.into_iter().find(|arch| arch.audit() == self.arch)?;
        arch.name(i64::from(self.number))
    }

    /// Whether this is how `abort(3)` ends: `tgkill` or `tkill` with `SIGABRT`. Async-signal-safe.
    #[must_use]
    pub fn is_abort(&self) -> bool {
        let [_, second, third, ..] = self.arguments;
        let abort = libc::SIGABRT as u64;
        matches!((self.name(), second, third), (Some("tgkill"), _, signal) | (Some("tkill"), signal, _) if signal == abort)
    }

    /// The plain encoding: number, arch, address, arguments, in the machine's byte order. An [`Encode`].
    pub fn encode_plain(&self, record: &mut [u8; RECORD_BYTES]) -> usize {
        let words = [u64::from(self.number.cast_unsigned()) | u64::from(self.arch) << 32, self.address];
        let words = words.iter().chain(&self.arguments);
        for (slot, word) in record.chunks_exact_mut(8).zip(words) {
            slot.copy_from_slice(&word.to_ne_bytes());
        }
        PLAIN_BYTES
    }

    /// From the plain encoding.
    #[must_use]
    pub fn decode_plain(record: &[u8; PLAIN_BYTES]) -> Self {
        let mut words = [0_u64; PLAIN_BYTES / 8];
        for (word, bytes) in words.iter_mut().zip(record.as_chunks().0) {
            *word = u64::from_ne_bytes(*bytes);
        }
        let [head, address, arguments @ ..] = words;
        Self { number: head as i32, arch: (head >> 32) as u32, address, arguments }
    }
}

/// Bytes of the plain encoding.
pub const PLAIN_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn violation(name: &str, arguments: [u64; 6]) -> Violation {
        let number = Arch::THIS.number(name).unwrap() as i32;
        Violation { number, arch: Arch::THIS.audit(), address: 0x1234_5678_9abc, arguments }
    }

    #[test]
    fn a_violation_survives_its_encoding() {
        let violation = violation("openat", [u64::MAX, 2, 3, 4, 5, 6]);
        let mut record = [0; RECORD_BYTES];
        assert_eq!(violation.encode_plain(&mut record), PLAIN_BYTES);
        assert_eq!(Violation::decode_plain(record.first_chunk().unwrap()), violation);
        assert_eq!(violation.name(), Some("openat"));
    }

    #[test]
    fn an_abort_is_no_break_out() {
        assert!(violation("tgkill", [1, 1, 6, 0, 0, 0]).is_abort());
        assert!(violation("tkill", [1, 6, 0, 0, 0, 0]).is_abort());
        assert!(!violation("tgkill", [1, 1, 9, 0, 0, 0]).is_abort());
        assert!(!violation("kill", [1, 6, 6, 0, 0, 0]).is_abort());
    }

    #[test]
    fn what_no_table_knows_has_no_name() {
        assert_eq!(Violation { arch: 0, ..violation("openat", [0; 6]) }.name(), None);
        assert_eq!(Violation { number: -1, ..violation("openat", [0; 6]) }.name(), None);
    }
}
