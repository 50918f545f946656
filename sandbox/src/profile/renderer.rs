//! What a renderer may call: an event loop over links that are open already, memory, time, and its own end.
//!
//! It has one thread and makes none, opens nothing, and starts nothing.
//!
//! # Why opening a file is fatal, even one that is not there
//!
//! C libraries do open files after their start: for time zones, locales, character sets, name lookups, the number of
//! CPUs, symbols for a backtrace. A renderer has no business in any of those, and a filter cannot see a path, so what
//! would be spared for them would also be spared for an attacker who looks around. So `open`, `openat` and `openat2`
//! have no row. What libraries, allocators and panics were seen to *probe* on the way, without opening, has a row that
//! is answered softly with the error that an empty root would give; none of these ever reaches the kernel's code.
//!
//! # What an abort does
//!
//! `abort(3)` sends `SIGABRT` with `tgkill(2)` or `tkill(2)`. Neither is allowed: they can name other threads, and in
//! PID 1 of a namespace the signal would be ignored. The handler for violations knows the pattern and reports an abort,
//! not a violation.

use super::{Case, DONE, Is, Named, Profile, Row, always, answered, name, named, test, when};

/// The renderer's profile.
pub const RENDERER: Profile = Profile {
    name: "renderer",
    about: "a process that turns untrusted bytes into pixels: it holds its links, and reaches nothing else",
    rows: ROWS,
};

const ENOENT: Named = name!(ENOENT);
const ENOMEM: Named = name!(ENOMEM);
const ENOSYS: Named = name!(ENOSYS);
const EINVAL: Named = name!(EINVAL);
const EPERM: Named = name!(EPERM);
const ENOTTY: Named = name!(ENOTTY);

/// Readable and writable at most.
const DATA: Is = Is::Within(named![PROT_READ, PROT_WRITE]);

const fn futex(name: &'static str, operation: i32) -> Named {
    Named { name, value: (operation | libc::FUTEX_PRIVATE_FLAG) as u32 }
}

const FUTEX_OPERATIONS: Is = Is::OneOf(&[
    futex("FUTEX_WAIT_PRIVATE", libc::FUTEX_WAIT),
    futex("FUTEX_WAKE_PRIVATE", libc::FUTEX_WAKE),
    futex("FUTEX_WAIT_BITSET_PRIVATE", libc::FUTEX_WAIT_BITSET),
    futex("FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME", libc::FUTEX_WAIT_BITSET | libc::FUTEX_CLOCK_REALTIME),
]);

/// The kernel's own: the C library hides it from 64-bit programs, and `F_GETFL` shows it all the same.
const O_LARGEFILE: Named =
    Named { name: "O_LARGEFILE", value: if cfg!(target_arch = "aarch64") { 0o400_000 } else { 0o100_000 } };

/// Since Linux 6.13; headers lack them so far.
const GUARDS: [Named; 2] =
    [Named { name: "MADV_GUARD_INSTALL", value: 102 }, Named { name: "MADV_GUARD_REMOVE", value: 103 }];

/// Since Linux 6.11; the C libraries' own headers lack it so far.
const DROPPABLE: Named = Named { name: "MAP_ANONYMOUS | MAP_DROPPABLE", value: libc::MAP_ANONYMOUS as u32 | 0x08 };

const fn setfl() -> Is {
    Is::Within(&[name!(O_RDWR), name!(O_WRONLY), name!(O_NONBLOCK), O_LARGEFILE])
}

/// One test as the only case.
macro_rules! case {
    ($($argument:literal $name:literal $is:expr),+) => {{
        const CASE: Case = &[$(test($argument, $name, $is)),+];
        CASE
    }};
}

const ROWS: &[Row] = &[
    // Links.
    always("read", "`Links::control`; `Unread::read`", "the control pipe, and the status that proves the filter"),
    always("write", "`Links::pong`; `last_words::write`", "the control pipe: pongs and last words"),
    always(
        "close",
        "`std::os::fd::OwnedFd`, dropped by `Renderer::take` and `FetchStub::respond`",
        "descriptors of surfaces and bodies once they are mapped",
    ),
    always(
        "poll",
        "`Links::wait`; OsIpcReceiver::recv of ipc-channel, between the pieces of a long command",
        "the event loop waits for its links",
    ),
    always(
        "ppoll",
        "`Links::wait`, by poll(3) of the C libraries of aarch64",
        "the same, where there is no poll, or with a finer deadline",
    ),
    when(
        "recvmsg",
        "`PacketSocket::recv_packet`; OsIpcReceiver::recv of ipc-channel",
        &[case![2 "flags" Is::Within(named![MSG_CMSG_CLOEXEC, MSG_DONTWAIT, MSG_TRUNC])]],
        "downlink, and grants with their descriptors on the uplink. No MSG_OOB: that code in Unix sockets gave \
         Chromium's renderers the kernel (CVE-2025-38236)",
    ),
    when(
        "sendmsg",
        "`PacketSocket::send_bytes`",
        &[case![2 "flags" Is::Within(named![MSG_NOSIGNAL, MSG_DONTWAIT, MSG_EOR])]],
        "the uplink. No MSG_OOB, no MSG_ZEROCOPY, no MSG_FASTOPEN",
    ),
    when(
        "recvfrom",
        "OsIpcReceiver::recv of ipc-channel, by recv(3)",
        &[case![3 "flags" Is::Within(named![MSG_DONTWAIT]), 4 "src_addr" Is::Null]],
        "recv(3): ipc-channel reads the later pieces of a long command with it",
    ),
    when(
        "fcntl",
        "`Body::adopt`; `PacketSocket::set_blocking`; ipc-channel; `std::os::fd::OwnedFd::try_clone`",
        &[
            case![1 "op" Is::OneOf(named![F_GETFD, F_GETFL, F_GET_SEALS, F_DUPFD_CLOEXEC])],
            case![1 "op" Is::OneOf(named![F_SETFD]), 2 "arg" Is::Within(named![FD_CLOEXEC])],
            case![1 "op" Is::OneOf(named![F_SETFL]), 2 "arg" setfl()],
        ],
        "checks the seals of a body; makes a socket wait or not. Not F_SETOWN or O_ASYNC, which send signals; not \
         F_ADD_SEALS",
    ),
    always(
        "fstat",
        "`body::length`",
        "the length of a body: by its number, since what the C library makes of it is refused below",
    ),
    when(
        "writev",
        "glibc: abort(3) of malloc and of the stack protector, by __libc_message",
        &[case![0 "fd" Is::OneOf(&[Named { name: "2", value: 2 }])]],
        "glibc's last message to standard error",
    ),
    // Memory.
    when(
        "mmap",
        "glibc: malloc, by sysmalloc_mmap; `SurfaceWriter::map`; `Body::map`, by memmap2",
        &[
            case![
                2 "prot" DATA,
                3 "flags" Is::Within(named![
                    MAP_PRIVATE, MAP_ANONYMOUS, MAP_FIXED, MAP_NORESERVE, MAP_STACK, MAP_POPULATE
                ])
            ],
            case![2 "prot" DATA, 3 "flags" Is::Within(named![MAP_SHARED, MAP_FIXED, MAP_NORESERVE, MAP_POPULATE])],
        ],
        "the heap; surfaces and bodies. Never executable; no huge, locked or downward growing pages; and no shared memory \
         but what was granted, since RLIMIT_DATA does not count that",
    ),
    when(
        "mprotect",
        "glibc: malloc, by sysmalloc and grow_heap; musl: malloc",
        &[case![2 "prot" DATA]],
        "the heap grows by it. Never executable",
    ),
    when(
        "mremap",
        "glibc: realloc, by mremap_chunk",
        &[case![3 "flags" Is::Within(named![MREMAP_MAYMOVE])]],
        "realloc(3) of large blocks",
    ),
    always("munmap", "glibc: free, by munmap_chunk; `Mapping::drop`; memmap2", "the other end of mmap"),
    always("brk", "glibc: malloc, by sbrk(2); musl: malloc", "glibc's heap"),
    when(
        "madvise",
        "glibc: free, by heap_trim; musl: free",
        &[case![2 "advice" Is::OneOf(named![MADV_DONTNEED, MADV_FREE])]],
        "allocators give pages back. Not MADV_HWPOISON, MADV_REMOVE and the rest",
    ),
    // Time and waiting.
    when(
        "clock_gettime",
        "`std::time::Instant::now`, where the vDSO has no clock",
        &[case![0 "clockid" Is::OneOf(named![
            CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE,
            CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID
        ])]],
        "time, where the machine's clock cannot be read without the kernel; its own CPU time. No clock of another \
         process, no device",
    ),
    when(
        "clock_nanosleep",
        "`std::thread::sleep`, which programs use that this crate confines; this browser does not",
        &[case![0 "clockid" Is::OneOf(named![CLOCK_REALTIME, CLOCK_MONOTONIC])]],
        "thread::sleep",
    ),
    always("nanosleep", "`std::thread::sleep`, likewise", "the same, in older C libraries and musl"),
    always(
        "restart_syscall",
        "the kernel, for poll and clock_nanosleep",
        "a process that was stopped and continued goes on sleeping through this",
    ),
    when(
        "futex",
        "`std::sync::Mutex` and `std::sync::OnceLock`, of the fetch stub, the log and the engine",
        &[case![1 "op" FUTEX_OPERATIONS]],
        "locks between parts of the engine. No priority inheritance, no requeue",
    ),
    always("sched_yield", "crossbeam-utils and parking_lot_core, before they wait", "locks that spin first"),
    when(
        "getrandom",
        "`std::hash::RandomState`",
        &[case![2 "flags" Is::Within(named![GRND_NONBLOCK, GRND_RANDOM, GRND_INSECURE])]],
        "seeds of hash maps",
    ),
    // Itself.
    always("getpid", "C library: abort(3), by raise(3)", "abort(3); it is 1"),
    always("gettid", "C library: abort(3), by raise(3)", "abort(3) and locks; it is 1"),
    always("rt_sigreturn", "C library: the return address of each handler", "the end of every signal handler"),
    when(
        "rt_sigaction",
        "C library: abort(3)",
        &[case![0 "signum" Is::Not(name!(SIGSYS))]],
        "abort(3), and handlers of faults that restore the default. Not SIGSYS: violations stay fatal",
    ),
    always(
        "sigaltstack",
        "`std::thread`: the guard of the main thread's stack, at its end",
        "the standard library takes its signal stack down at the end",
    ),
    always("exit", "C library: the end of a thread", "the end"),
    always("exit_group", "`exit::now`; C library: exit(3)", "the end"),
    // Harmless probes: a closed list. See the module's documentation.
    answered(
        "rt_sigprocmask",
        "C library: abort(3)",
        DONE,
        &[],
        "abort(3) and thread creation block all signals first: a violation would then have no name, since SIGSYS \
         would be blocked",
    ),
    answered("access", "musl: access(3)", ENOENT, &[], "musl, and programs that look for a file before they open it"),
    answered("faccessat", "glibc: access(3), on aarch64", ENOENT, &[], "the same"),
    answered("faccessat2", "glibc 2.33 and later: faccessat(3)", ENOENT, &[], "the same, in newer C libraries"),
    answered("stat", "musl: stat(3)", ENOENT, &[], "the same, in older ones"),
    answered("lstat", "musl: lstat(3)", ENOENT, &[], "the same"),
    answered(
        "newfstatat",
        "glibc: stat(3) and fstat(3)",
        ENOENT,
        &[],
        "stat(3) of a path, and fstat(3) of glibc 2.33 to 2.38, which is the same call with an empty path. A filter cannot see \
         whether it is empty, so whoever means a descriptor has to call fstat(2) itself",
    ),
    answered(
        "statx",
        "`std::fs::File::metadata`",
        ENOSYS,
        &[],
        "the standard library asks this way first, and then by fstat",
    ),
    answered("readlink", "`std::env::current_exe`", ENOENT, &[], "current_exe() when a panic is reported"),
    answered("readlinkat", "`std::env::current_exe`, on aarch64", ENOENT, &[], "the same"),
    answered("getcwd", "`std::env::current_dir`", ENOENT, &[], "current_dir() when a backtrace is printed"),
    answered(
        "ioctl",
        "C library: isatty(3)",
        ENOTTY,
        &[case![1 "op" Is::OneOf(named![TCGETS, TCGETS2, TIOCGWINSZ])]],
        "isatty(3) on standard error, by TCGETS2 since glibc 2.43. Any other ioctl is a violation",
    ),
    answered(
        "sysinfo",
        "glibc before 2.37: qsort(3)",
        ENOSYS,
        &[],
        "qsort(3) of older glibc asks how much memory there is",
    ),
    answered(
        "prlimit64",
        "C library: getrlimit(3)",
        EPERM,
        &[case![2 "new_limit" Is::Null]],
        "getrlimit(3): how large is the stack? Setting one is a violation",
    ),
    answered(
        "madvise",
        "allocators; memmap2; glibc 2.42: the guards of stacks",
        EINVAL,
        &[
            case![2 "advice" Is::OneOf(named![
                MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_DONTDUMP,
                MADV_DODUMP
            ])],
            case![2 "advice" Is::OneOf(&GUARDS)],
        ],
        "advice that allocators and readers of mapped files give, and can do without; guards of stacks since glibc 2.42",
    ),
    answered(
        "mmap",
        "glibc 2.41: getrandom(3), by its vDSO state",
        ENOMEM,
        &[case![3 "flags" Is::OneOf(&[DROPPABLE])]],
        "glibc 2.41 keeps the state of getrandom(3) in memory that may be dropped; where it gets none, it asks the \
         kernel each time",
    ),
    answered(
        "prctl",
        "allocators",
        EINVAL,
        &[case![0 "op" Is::OneOf(named![PR_SET_VMA])]],
        "allocators name their mappings for /proc/PID/maps",
    ),
];

pub(super) use case;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Arch;

    /// Half of what Chromium's renderer reaches (107, of which 75 always).
    #[test]
    fn the_surface_stays_small() {
        for arch in Arch::ALL {
            let always = RENDERER.always(arch).count();
            let conditional = RENDERER.conditional(arch).count();
            assert!(always <= 20, "{arch:?}: {always} without a condition");
            assert!(always + conditional <= 45, "{arch:?}: {} in all", always + conditional);
        }
    }

    #[test]
    fn nothing_that_reaches_out_has_a_row() {
        for call in [
            "open",
            "openat",
            "openat2",
            "creat",
            "socket",
            "connect",
            "bind",
            "sendto",
            "execve",
            "execveat",
            "fork",
            "vfork",
            "clone",
            "clone3",
            "kill",
            "tgkill",
            "tkill",
            "ptrace",
            "process_vm_readv",
            "pidfd_open",
            "ftruncate",
            "memfd_create",
            "io_uring_setup",
            "bpf",
            "userfaultfd",
            "seccomp",
            "unshare",
            "setns",
            "mount",
            "setrlimit",
            "pkey_mprotect",
            "dup",
            "pipe2",
        ] {
            assert!(RENDERER.rows.iter().all(|row| row.call != call), "{call}");
        }
    }
}
