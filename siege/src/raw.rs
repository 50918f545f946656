//! Raw system calls for a process that is there to be lost.
//!
//! Contract: the world makes targets with these that no library wraps, also in a process that was forked by one with threads,
//! where nothing may allocate; all other callers run in a sacrificial process.
//! What a call does to that process beyond the memory that it is handed is the point of the exercise; the callers hand
//! over only memory that they own, and unmap nothing that anybody else uses.

#![expect(unsafe_code, reason = "an attacker's system calls")]

use nix::errno::Errno;
use std::ffi::CStr;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

/// An argument of a system call.
pub(crate) trait Word {
    /// As the register holds it.
    fn word(&self) -> usize;
}

macro_rules! numbers {
    ($($kind:ty),+) => { $(impl Word for $kind { fn word(&self) -> usize { *self as usize } })+ };
}
numbers!(i32, u32, i64, u64, usize, isize);

impl Word for CStr {
    fn word(&self) -> usize {
        self.as_ptr() as usize
    }
}

impl<T> Word for [T] {
    fn word(&self) -> usize {
        self.as_ptr() as usize
    }
}

impl<T: Word + ?Sized> Word for &T {
    fn word(&self) -> usize {
        (**self).word()
    }
}

impl<T> Word for &mut [T] {
    fn word(&self) -> usize {
        self.as_ptr() as usize
    }
}

/// A structure, by its address.
pub(crate) struct At<'a, T>(pub(crate) &'a mut T);

impl<T> Word for At<'_, T> {
    fn word(&self) -> usize {
        std::ptr::from_ref::<T>(self.0) as usize
    }
}

/// Makes the call of that number. A number and up to six arguments; those that are left out are 0.
macro_rules! sys {
    ($number:ident $(, $argument:expr)* $(,)?) => {
        $crate::raw::call(libc::$number, &[$($crate::raw::Word::word(&$argument)),*])
    };
}
pub(crate) use sys;

pub(crate) fn call(number: libc::c_long, arguments: &[usize]) -> Result<usize, Errno> {
    let at = |index: usize| arguments.get(index).copied().unwrap_or(0);
    // SAFETY: pointers among the arguments come from references that live through the call (`Word`), and structures are
    // as large as the calls say; see the contract above for everything else.
    let result = unsafe { libc::syscall(number, at(0), at(1), at(2), at(3), at(4), at(5)) };
    Errno::result(result).map(|value| value as usize)
}

/// `getpid` by the i386 entry. `None` where the architecture has none.
pub(crate) fn getpid_by_i386() -> Option<i64> {
    #[cfg(target_arch = "x86_64")]
    {
        let result: i64;
        // SAFETY: 20 is getpid in the i386 table; the entry keeps all registers but rax, and r8 to r11, which older
        // kernels clear.
        unsafe {
            std::arch::asm!(
                "int 0x80",
                inlateout("rax") 20_i64 => result,
                out("r8") _, out("r9") _, out("r10") _, out("r11") _,
                options(nostack)
            );
        }
        Some(result)
    }
    #[cfg(not(target_arch = "x86_64"))]
    None
}

/// Calls the code at this address: a function that takes nothing and returns a number.
pub(crate) fn run_code(address: usize) -> u32 {
    // SAFETY: the caller has put `RETURN_42` there, and the mapping is executable.
    unsafe { std::mem::transmute::<usize, extern "C" fn() -> u32>(address)() }
}

/// Copies code to a writable mapping of the attempt's own.
pub(crate) fn write_code(address: usize, code: &[u8]) {
    // SAFETY: the caller has mapped a writable page there, and no code here is longer than one.
    unsafe { std::ptr::copy_nonoverlapping(code.as_ptr(), address as *mut u8, code.len()) }
    // An ARM's instruction cache does not see by itself what was written as data.
    #[cfg(target_arch = "aarch64")]
    // SAFETY: the page was just written; no code here is longer than the smallest cache line, and pages start a line.
    unsafe {
        std::arch::asm!(
            "dc cvau, {0}", "dsb ish", "ic ivau, {0}", "dsb ish", "isb",
            in(reg) address,
            options(nostack, preserves_flags)
        );
    }
}

/// Whether anything but zeros is left of what was at this address when the world was made.
pub(crate) fn text_at(address: usize) -> bool {
    // SAFETY: the address is of a string of the environment that was there before the fork; wiping it leaves the memory
    // in place.
    unsafe { (address as *const u8).read_volatile() != 0 }
}

/// Forks by the raw call, in new namespaces perhaps; the child runs `work` and ends.
pub(crate) fn fork_and(flags: u64, work: impl FnOnce()) -> Result<usize, Errno> {
    let result = sys!(SYS_clone, flags | libc::SIGCHLD as u64);
    if result == Ok(0) {
        work();
        bulkhead_sandbox::exit_now(0);
    }
    result
}

/// The kinds of System V objects.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ipc {
    Memory,
    Queue,
    Semaphore,
}

/// Makes a System V object another user's.
pub(crate) fn give_away(kind: Ipc, id: usize, owner: Option<u32>) -> Result<(), Errno> {
    let Some(owner) = owner else { return Ok(()) };
    // struct ipc64_perm begins each of the three structures (linux/ipcbuf.h): the key, then the user; none is longer than this.
    let mut object = [0_u32; 64];
    let control = |command: i32, object: &mut [u32; 64]| match kind {
        Ipc::Memory => sys!(SYS_shmctl, id, command, At(object)),
        Ipc::Queue => sys!(SYS_msgctl, id, command, At(object)),
        Ipc::Semaphore => sys!(SYS_semctl, id, 0_i32, command, At(object)),
    };
    control(libc::IPC_STAT, &mut object)?;
    object[1] = owner;
    control(libc::IPC_SET, &mut object).map(drop)
}

/// Takes a descriptor that a call has just returned.
pub(crate) fn own(descriptor: RawFd) -> OwnedFd {
    // SAFETY: the callers pass what a system call has just made for them, once.
    unsafe { OwnedFd::from_raw_fd(descriptor) }
}

/// Where the first string of the environment lies, or 0.
pub(crate) fn first_of_environment() -> u64 {
    unsafe extern "C" {
        static environ: *const *const libc::c_char;
    }
    // SAFETY: `environ` is null or a null-terminated array of pointers (environ(7)), which nothing here changes.
    unsafe { if environ.is_null() { 0 } else { *environ as u64 } }
}

/// Closes all descriptors from `first` to `last`, both included. The callers own what they close.
pub(crate) fn close_range(first: u32, last: u32) -> Result<(), Errno> {
    sys!(SYS_close_range, first, last, 0_u32).map(drop)
}

/// A pidfd of the calling process.
pub(crate) fn pidfd_of_self() -> Result<OwnedFd, Errno> {
    sys!(SYS_pidfd_open, nix::unistd::getpid().as_raw(), 0_u32).map(|number| own(number as RawFd))
}

/// Machine code that returns 42.
#[cfg(target_arch = "x86_64")]
pub(crate) const RETURN_42: &[u8] = &[0xb8, 42, 0, 0, 0, 0xc3];
/// Machine code that returns 42.
#[cfg(target_arch = "aarch64")]
pub(crate) const RETURN_42: &[u8] = &[0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6];
