//! Doors into the kernel that were often faulty, and other entries into it.

use super::*;
use crate::raw::{self, At, sys};

const fn kernel(
    name: &'static str,
    tries: &'static str,
    stops: &'static [Stop],
    perform: fn(&Targets) -> Outcome,
) -> Attempt {
    attempt(Category::Kernel, name, tries, stops, perform)
}

/// Anybody may have it, and it is of no harm unless the kernel is faulty: the filter is what there is against it.
const FILTER_ALONE: &[Stop] = &[TRAPPED];

/// It takes a capability in the first user namespace.
const ROOT_ONLY: &[Stop] = &[
    TRAPPED,
    answers(Name::Privileges, Errno::EPERM),
    answers(Name::UserNamespace, Errno::EPERM),
    rule("only root may", Sign::Error(Errno::EPERM)),
];

pub(super) const ATTEMPTS: &[Attempt] = &[
    kernel(
        "io-uring",
        "makes a ring for asynchronous calls, which pass by the filter",
        // The ring's memory counts as locked.
        &[TRAPPED, answers(Name::Limits, Errno::ENOMEM)],
        |_| {
            let mut parameters = [0_u64; 15];
            outcome_or_missing(sys!(SYS_io_uring_setup, 1_u32, At(&mut parameters)))
        },
    ),
    kernel("bpf", "loads a program into the kernel", ROOT_ONLY, |_| {
        // BPF_MAP_CREATE: an array of one word with a word as its key (bpf(2)).
        let mut attributes = [2_u32, 4, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        outcome_or_missing(sys!(SYS_bpf, 0_u32, At(&mut attributes), size_of_val(&attributes)))
    }),
    kernel("userfaultfd", "handles its own page faults, to stop the kernel in the middle of things", ROOT_ONLY, |_| {
        outcome_or_missing(sys!(SYS_userfaultfd, 0_i32))
    }),
    kernel(
        "perf",
        "watches the kernel by its performance counters",
        &[
            TRAPPED,
            answers(Name::Privileges, Errno::EACCES),
            answers(Name::UserNamespace, Errno::EACCES),
            rule("only root may", Sign::Error(Errno::EACCES)),
        ],
        |_| {
            // PERF_TYPE_SOFTWARE, the structure's first published size, PERF_COUNT_SW_CPU_CLOCK (perf_event_open(2)).
            let mut attributes = [1_u64 | 64 << 32, 0, 0, 0, 0, 0, 0, 0];
            outcome_or_missing(sys!(SYS_perf_event_open, At(&mut attributes), 0_i32, -1_i32, -1_i32, 0_u64))
        },
    ),
    kernel("keys", "puts a key into the kernel's key rings", FILTER_ALONE, |_| {
        const PROCESS_KEYRING: i32 = -2;
        outcome_or_missing(sys!(SYS_add_key, c"user", c"attack", b"x"[..], 1_usize, PROCESS_KEYRING))
    }),
    kernel("load-module", "loads a module into the kernel", ROOT_ONLY, |_| {
        // Too short to be a module: whoever gets as far as hearing that could have loaded one.
        match sys!(SYS_init_module, b"none"[..], 4_usize, c"") {
            Err(Errno::ENOEXEC) => Outcome::Attained,
            result => outcome_or_missing(result),
        }
    }),
    kernel("read-log", "asks how much of the kernel's log is unread", ROOT_ONLY, |_| {
        const SYSLOG_ACTION_SIZE_UNREAD: i32 = 9;
        outcome_or_missing(sys!(SYS_syslog, SYSLOG_ACTION_SIZE_UNREAD, 0_usize, 0_i32))
    }),
    kernel("watch-files", "watches the whole file system by fanotify", ROOT_ONLY, |_| {
        outcome_or_missing(sys!(SYS_fanotify_init, libc::FAN_CLASS_PRE_CONTENT, libc::O_RDONLY))
    }),
    kernel("memory-file", "makes an anonymous file", FILTER_ALONE, |_| sys!(SYS_memfd_create, c"attack", 0_u32).into()),
    kernel("ports", "talks to devices directly", ROOT_ONLY, |_| {
        #[cfg(target_arch = "x86_64")]
        return outcome_or_missing(sys!(SYS_iopl, 3_i32));
        #[cfg(not(target_arch = "x86_64"))]
        Outcome::Unable(Unable::NotOnArchitecture)
    }),
    kernel("segments", "makes a segment descriptor of its own", FILTER_ALONE, |_| {
        #[cfg(target_arch = "x86_64")]
        {
            // modify_ldt(2), write: entry 0, base 0, limit 0, flags of an empty one.
            let mut descriptor = [0_u32, 0, 0, 0x28];
            let length = size_of_val(&descriptor);
            outcome_or_missing(sys!(SYS_modify_ldt, 1_i32, At(&mut descriptor), length))
        }
        #[cfg(not(target_arch = "x86_64"))]
        Outcome::Unable(Unable::NotOnArchitecture)
    }),
    kernel(
        "i386-call",
        "makes a call by the 32-bit entry, whose numbers mean something else",
        &[stop(Name::Seccomp, Sign::Kill)],
        |_| match raw::getpid_by_i386() {
            None => Outcome::Unable(Unable::NotOnArchitecture),
            Some(pid @ 1..) if pid < 1 << 22 => Outcome::Attained,
            Some(error) => Outcome::Failed(Errno::from_raw((-error) as i32)),
        },
    ),
    kernel(
        "x32-call",
        "makes a call by its x32 number",
        &[TRAPPED, rule("this kernel was built without x32", Sign::Error(Errno::ENOSYS))],
        |_| {
            const X32: libc::c_long = 0x4000_0000;
            if cfg!(not(target_arch = "x86_64")) {
                return Outcome::Unable(Unable::NotOnArchitecture);
            }
            raw::call(X32 | libc::SYS_getpid, &[]).into()
        },
    ),
];

/// A call that this kernel was built without cannot be tried.
fn outcome_or_missing(result: Result<usize, Errno>) -> Outcome {
    match result {
        Err(Errno::ENOSYS | Errno::EOPNOTSUPP) => Outcome::Unable(Unable::NotInKernel),
        result => result.into(),
    }
}
