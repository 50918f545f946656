//! The system calls that neither `std` nor `nix` wraps (in the features that are built): the thinnest safe functions.
//!
//! Contract: every function here is sound for every value of its arguments; what a call does to the process beyond
//! memory safety is the caller's matter. Nothing here allocates.

#![expect(unsafe_code, reason = "system calls")]

use nix::errno::Errno;
use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

type Result<T> = std::result::Result<T, Errno>;

/// What [`clone_as_fork`] returns, twice.
#[derive(Debug)]
pub(crate) enum Cloned {
    /// In the caller.
    Parent {
        /// The child, as the caller's PID namespace counts.
        pid: i32,
        /// Readable when the child is gone.
        pidfd: OwnedFd,
    },
    /// In the child.
    Child,
}

/// `clone(2)` as a fork (the memory is copied, the child returns from here), in new namespaces.
///
/// Not `clone3(2)`: containers forbid it altogether, since a filter cannot see the flags in its structure.
///
/// The caller makes sure that the process has one thread: the copy of a lock that another thread holds is never
/// released.
pub(crate) fn clone_as_fork(namespaces: u64) -> Result<Cloned> {
    clone_announced_by(libc::SIGCHLD, namespaces)
}

/// The same, but the child's end sends no signal. What the process does with `SIGCHLD` is then no matter: where that is ignored,
/// the kernel throws the wait status of the other kind of child away. It is waited for with `__WALL`.
pub(crate) fn clone_unannounced(namespaces: u64) -> Result<Cloned> {
    clone_announced_by(0, namespaces)
}

fn clone_announced_by(signal: i32, namespaces: u64) -> Result<Cloned> {
    let (flags, tid) = as_fork(namespaces);
    let flags = flags | signal as u64;
    let (tls, stack, mut pidfd) = (0_u64, 0_u64, -1);
    // The order of the last two is the architecture's.
    let (fourth, fifth) = if cfg!(target_arch = "x86_64") { (tid, tls) } else { (tls, tid) };
    // SAFETY: no CLONE_VM and no stack: the child runs on a copy of this memory, as after fork(2). `pidfd` outlives the
    // call; `tid` is null or where the C library keeps this thread's id.
    let result = unsafe { libc::syscall(libc::SYS_clone, flags, stack, &raw mut pidfd, fourth, fifth) };
    cloned(result, pidfd)
}

/// The same, with a cgroup for the child, by a descriptor of its directory: that takes `clone3(2)`.
pub(crate) fn clone_into_cgroup(namespaces: u64, cgroup: BorrowedFd<'_>) -> Result<Cloned> {
    // `libc` has it as an `int`, where it does not fit (rust-lang/libc issue 3584).
    const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;
    let (flags, tid) = as_fork(namespaces);
    let mut pidfd = -1;
    let arguments = libc::clone_args {
        flags: flags | CLONE_INTO_CGROUP,
        pidfd: (&raw mut pidfd) as u64,
        child_tid: tid,
        exit_signal: libc::SIGCHLD as u64,
        cgroup: cgroup.as_raw_fd() as u64,
        parent_tid: 0,
        stack: 0,
        stack_size: 0,
        tls: 0,
        set_tid: 0,
        set_tid_size: 0,
    };
    // SAFETY: as above; `arguments` is the kernel's structure, with its size, and outlives the call.
    let result = unsafe { libc::syscall(libc::SYS_clone3, &raw const arguments, size_of::<libc::clone_args>()) };
    cloned(result, pidfd)
}

/// The flags of a clone that is a fork, with a pidfd; and an address for the kernel to keep the child's id at. The C library has
/// it in its own memory, its abort(3) sends a signal there, and its fork() has it refreshed, so we do.
fn as_fork(namespaces: u64) -> (u64, u64) {
    let tid = cached_tid();
    let refresh = if tid.is_some() { REFRESH_TID } else { 0 };
    (namespaces | libc::CLONE_PIDFD as u64 | refresh as u64, tid.unwrap_or(0))
}

/// What a clone with `CLONE_PIDFD` has returned, and where it was to write the pidfd.
fn cloned(result: libc::c_long, pidfd: RawFd) -> Result<Cloned> {
    match result {
        -1 => Err(Errno::last()),
        0 => Ok(Cloned::Child),
        // SAFETY: the kernel has just made this descriptor in our table; nobody else knows it.
        pid => Ok(Cloned::Parent { pid: pid as i32, pidfd: unsafe { OwnedFd::from_raw_fd(pidfd) } }),
    }
}

/// What has the kernel put the child's id where the C library keeps it. glibc waits there for a thread's end, too.
#[cfg(not(target_env = "musl"))]
const REFRESH_TID: libc::c_int = libc::CLONE_CHILD_SETTID | libc::CLONE_CHILD_CLEARTID;
#[cfg(target_env = "musl")]
const REFRESH_TID: libc::c_int = libc::CLONE_CHILD_SETTID;

/// Where glibc keeps the calling thread's id, or `None` where the kernel does not tell or what lies there is something
/// else.
#[cfg(not(target_env = "musl"))]
fn cached_tid() -> Option<u64> {
    const PR_GET_TID_ADDRESS: i32 = 40;
    let mut address: *const i32 = ptr::null();
    // SAFETY: the kernel writes one pointer through the second argument (PR_GET_TID_ADDRESS(2const)).
    let got = unsafe { libc::prctl(PR_GET_TID_ADDRESS, &raw mut address, 0, 0, 0) };
    if got != 0 || address.is_null() {
        return None;
    }
    // SAFETY: set_tid_address(2) registered this address for the kernel to write an int to at the thread's end, so it
    // points to a live int of the C library for as long as the thread lives.
    unsafe { holds_tid(address) }.then_some(address as u64)
}

/// Where musl keeps the calling thread's id, or `None` where something else lies there. What musl registers with the
/// kernel is a lock.
#[cfg(target_env = "musl")]
fn cached_tid() -> Option<u64> {
    // `struct pthread` of musl 1.2 begins with itself, two links and `sysinfo`; where the thread pointer points to it, and
    // not past it, it has the vector of thread-local storage and the canary there, too.
    const WORDS_BEFORE: usize = if cfg!(target_arch = "x86_64") { 6 } else { 4 };
    // SAFETY: always sound; a musl thread's handle is the address of its `struct pthread`.
    let address = unsafe { libc::pthread_self() }.cast_const().cast::<i32>();
    let address = address.wrapping_byte_add(WORDS_BEFORE * size_of::<usize>());
    // SAFETY: that structure is alive as long as the thread, and aligned as a pointer; in every musl 1.2 it has an int
    // here, and more behind.
    unsafe { holds_tid(address) }.then_some(address as u64)
}

/// Whether the calling thread's id is at this address, by the kernel's word and not by what the C library remembers.
///
/// # Safety
/// An int can be read there.
unsafe fn holds_tid(address: *const i32) -> bool {
    // SAFETY: the caller's; and gettid(2) takes nothing.
    unsafe { libc::c_long::from(address.read_volatile()) == libc::syscall(libc::SYS_gettid) }
}

/// `pidfd_send_signal(2)`: it cannot hit anybody but that process.
pub(crate) fn signal(process: BorrowedFd<'_>, signal: i32) -> Result<()> {
    let none = ptr::null::<libc::siginfo_t>();
    // SAFETY: the descriptor is open; a null siginfo is what the manual page allows.
    Errno::result(unsafe { libc::syscall(libc::SYS_pidfd_send_signal, process.as_raw_fd(), signal, none, 0) }).map(drop)
}

/// `getrandom(2)`. It waits for the kernel's first randomness only, so that 8 bytes always come.
pub(crate) fn random() -> u64 {
    let mut number = 0_u64;
    // SAFETY: the kernel writes 8 bytes to a live u64.
    let written = unsafe { libc::syscall(libc::SYS_getrandom, &raw mut number, size_of::<u64>(), 0) };
    assert_eq!(written, 8, "getrandom(2) without flags gives up to 256 bytes, and is there since Linux 3.17");
    number
}

/// `unshare(2)`.
pub(crate) fn unshare(flags: u64) -> Result<()> {
    // SAFETY: no pointer is passed.
    Errno::result(unsafe { libc::unshare(flags as i32) }).map(drop)
}

/// `mount(2)`.
pub(crate) fn mount(source: &CStr, target: &CStr, kind: &CStr, flags: u64, data: &CStr) -> Result<()> {
    // SAFETY: four terminated strings that live through the call.
    Errno::result(unsafe {
        libc::mount(source.as_ptr(), target.as_ptr(), kind.as_ptr(), flags as libc::c_ulong, data.as_ptr().cast())
    })
    .map(drop)
}

/// `umount2(2)`.
pub(crate) fn umount2(target: &CStr, flags: i32) -> Result<()> {
    // SAFETY: a terminated string that lives through the call.
    Errno::result(unsafe { libc::umount2(target.as_ptr(), flags) }).map(drop)
}

/// `pivot_root(2)`.
pub(crate) fn pivot_root(new: &CStr, old: &CStr) -> Result<()> {
    // SAFETY: two terminated strings that live through the call.
    Errno::result(unsafe { libc::syscall(libc::SYS_pivot_root, new.as_ptr(), old.as_ptr()) }).map(drop)
}

/// `prctl(2)` with plain numbers. Only for options that take no pointer.
pub(crate) fn prctl(option: PrctlOption, a: u64, b: u64) -> Result<i32> {
    // SAFETY: `PrctlOption` holds only options whose arguments are numbers (prctl(2)).
    Errno::result(unsafe { libc::prctl(option as i32, a, b, 0_u64, 0_u64) })
}

/// The options of `prctl(2)` in use here; none takes a pointer.
#[derive(Clone, Copy, Debug)]
#[repr(i32)]
pub(crate) enum PrctlOption {
    SetParentDeathSignal = libc::PR_SET_PDEATHSIG,
    GetDumpable = libc::PR_GET_DUMPABLE,
    SetDumpable = libc::PR_SET_DUMPABLE,
    SetNoNewPrivs = libc::PR_SET_NO_NEW_PRIVS,
    GetNoNewPrivs = libc::PR_GET_NO_NEW_PRIVS,
    ReadBoundingSet = libc::PR_CAPBSET_READ,
    DropFromBoundingSet = libc::PR_CAPBSET_DROP,
    GetSecurebits = libc::PR_GET_SECUREBITS,
    SetSecurebits = libc::PR_SET_SECUREBITS,
    AmbientCapabilities = libc::PR_CAP_AMBIENT,
    SetWriteXorExecute = libc::PR_SET_MDWE,
    GetWriteXorExecute = libc::PR_GET_MDWE,
}

/// `close_range(2)`, both ends included.
pub(crate) fn close_range(first: u32, last: u32) -> Result<()> {
    // SAFETY: no pointer is passed. The callers own up to what they close: see `descriptors`.
    Errno::result(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) }).map(drop)
}

/// `capset(2)` on the calling thread, with all three sets empty.
pub(crate) fn drop_all_capabilities() -> Result<()> {
    const LINUX_CAPABILITY_VERSION_3: u32 = 0x2008_0522;
    let header: [u32; 2] = [LINUX_CAPABILITY_VERSION_3, 0];
    let sets = [0_u32; 6];
    // SAFETY: the kernel reads a header of two words and, for version 3, two triples of words (capset(2)).
    Errno::result(unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), sets.as_ptr()) }).map(drop)
}

/// The version of Landlock's interface that the kernel has: `landlock_create_ruleset(2)`.
pub(crate) fn landlock_abi() -> Result<i64> {
    const LANDLOCK_CREATE_RULESET_VERSION: u32 = 1;
    // SAFETY: with this flag the kernel takes a null pointer and a size of 0.
    Errno::result(unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            ptr::null::<libc::c_void>(),
            0_usize,
            LANDLOCK_CREATE_RULESET_VERSION,
        )
    })
}

/// Writes zeros over the strings of the environment and empties it; returns how many bytes there were.
///
/// The caller makes sure that no other thread runs: `getenv(3)` elsewhere would read what is overwritten here.
pub(crate) fn wipe_environment() -> usize {
    unsafe extern "C" {
        static mut environ: *mut *mut libc::c_char;
    }
    let mut bytes = 0;
    // SAFETY: `environ` is null or a null-terminated array of pointers to terminated strings in writable memory
    // (environ(7)); this process has one thread, so nobody reads or changes it meanwhile.
    unsafe {
        let mut entry = environ;
        while !entry.is_null() && !(*entry).is_null() {
            let length = libc::strlen(*entry);
            ptr::write_bytes(*entry, 0, length);
            bytes += length;
            entry = entry.add(1);
        }
        libc::clearenv();
    }
    bytes
}

/// Whether the environment is empty, by the C library's own list.
pub(crate) fn environment_is_empty() -> bool {
    unsafe extern "C" {
        static environ: *const *const libc::c_char;
    }
    // SAFETY: as in `wipe_environment`.
    unsafe { environ.is_null() || (*environ).is_null() }
}

/// Ends the process without destructors, handlers or flushing, as a forked child must: `_exit(2)`.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: ends the process; no pointer is passed.
    unsafe { libc::_exit(code) }
}

/// `getdents64(2)`: fills the buffer with whole entries and says how far.
pub(crate) fn getdents(directory: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<usize> {
    // SAFETY: the kernel writes at most `buffer.len()` bytes at `buffer`.
    let length =
        unsafe { libc::syscall(libc::SYS_getdents64, directory.as_raw_fd(), buffer.as_mut_ptr(), buffer.len()) };
    Errno::result(length).map(|length| length as usize)
}
