//! What is shared: surfaces and bodies, System V and POSIX queues and memory, a terminal.

use super::*;
use crate::raw::{At, sys};

const fn sharing(
    name: &'static str,
    tries: &'static str,
    stops: &'static [Stop],
    perform: fn(&Targets) -> Outcome,
) -> Attempt {
    attempt(Category::Sharing, name, tries, stops, perform)
}

const SEALED: Stop = rule("the seals that its maker put on it", Sign::Error(Errno::EPERM));

/// The filter, and behind it the seals, which hold without any sandbox.
const SEALED_TOO: &[Stop] = &[TRAPPED, SEALED];

/// A limit on the size of files comes before the seals.
const LIMITED_AND_SEALED: &[Stop] = &[TRAPPED, answers(Name::Limits, Errno::EFBIG), SEALED];

/// Identifiers are looked up in the IPC namespace.
const NO_OBJECT: &[Stop] = &[TRAPPED, answers(Name::IpcNamespace, Errno::EINVAL)];

pub(super) const ATTEMPTS: &[Attempt] = &[
    sharing("truncate-surface", "cuts a surface, so that the broker faults on it", SEALED_TOO, |targets| {
        sys!(SYS_ftruncate, targets.kept.surface, 0_i64).into()
    }),
    sharing("grow-surface", "makes a surface larger, to fill the memory", LIMITED_AND_SEALED, |targets| {
        sys!(SYS_ftruncate, targets.kept.surface, 1_i64 << 30).into()
    }),
    sharing("allocate-surface", "the same by fallocate(2)", LIMITED_AND_SEALED, |targets| {
        sys!(SYS_fallocate, targets.kept.surface, 0_i32, 0_i64, 1_i64 << 20).into()
    }),
    sharing(
        "seal-surface",
        "seals a surface itself, so that the broker cannot map it as it likes",
        SEALED_TOO,
        |targets| sys!(SYS_fcntl, targets.kept.surface, libc::F_ADD_SEALS, libc::F_SEAL_WRITE).into(),
    ),
    sharing(
        "write-body",
        "writes to fetched bytes that others map",
        &[answers(Name::Limits, Errno::EFBIG), SEALED],
        |targets| sys!(SYS_write, targets.kept.body, b"x"[..], 1_usize).into(),
    ),
    sharing("map-body-writable", "maps fetched bytes to write to them", &[SEALED], |targets| {
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        sys!(SYS_mmap, 0_usize, 4096_usize, prot, libc::MAP_SHARED, targets.kept.body, 0_i64).into()
    }),
    sharing(
        "reopen-surface",
        "opens a surface again by /proc/self/fd, for a descriptor with other rights",
        &[
            TRAPPED,
            answers(Name::EmptyRoot, Errno::ENOENT),
            rule("it gains no right, the seals are the file's", Sign::Contained),
        ],
        |targets| {
            let path = CString::new(format!("/proc/self/fd/{}", targets.kept.surface)).unwrap_or_default();
            sys!(SYS_openat, libc::AT_FDCWD, path.as_c_str(), libc::O_RDWR).into()
        },
    ),
    sharing("sysv-memory", "attaches another program's System V shared memory", NO_OBJECT, |targets| {
        sys!(SYS_shmat, targets.sysv.memory, 0_usize, 0_i32).into()
    })
    .on(&[Part::SysvMemory]),
    sharing("sysv-queue", "sends to another program's System V queue", NO_OBJECT, |targets| {
        outcome(|| {
            let queue = targets.sysv.queue;
            let mut message = [1_u64, 2];
            sys!(SYS_msgsnd, queue, At(&mut message), 8_usize, libc::IPC_NOWAIT)?;
            // Taken back at once, or the queue would be full some day.
            sys!(SYS_msgrcv, queue, At(&mut message), 8_usize, 0_i64, libc::IPC_NOWAIT).map(|_| true)
        })
    })
    .on(&[Part::SysvQueue]),
    sharing("sysv-semaphore", "changes another program's System V semaphore", NO_OBJECT, |targets| {
        sys!(SYS_semctl, targets.sysv.semaphore, 0_i32, libc::SETVAL, 1_i32).into()
    })
    .on(&[Part::SysvSemaphore]),
    sharing(
        "posix-queue",
        "opens another program's POSIX queue",
        // To Landlock, a queue is a file.
        &[TRAPPED, answers(Name::IpcNamespace, Errno::ENOENT), answers(Name::Landlock, Errno::EACCES)],
        |targets| {
            let name = CString::new(targets.queue.as_str()).unwrap_or_default();
            sys!(SYS_mq_open, name.as_c_str(), libc::O_RDWR).into()
        },
    )
    .on(&[Part::PosixQueue]),
    sharing(
        "terminal-input",
        "types a command into the terminal that the browser was started from",
        &[
            TRAPPED,
            answers(Name::Descriptors, Errno::EBADF),
            answers(Name::Privileges, Errno::EPERM),
            answers(Name::Privileges, Errno::EIO),
            answers(Name::UserNamespace, Errno::EPERM),
            answers(Name::UserNamespace, Errno::EIO),
            rule("the kernel lets only root (dev.tty.legacy_tiocsti is 0)", Sign::Error(Errno::EIO)),
            rule("not on a terminal that is not its own", Sign::Error(Errno::EPERM)),
        ],
        |targets| {
            let mut character = [b'x'];
            sys!(SYS_ioctl, targets.leaked.terminal, libc::TIOCSTI, At(&mut character)).into()
        },
    )
    .on(&[Part::LeakedTerminal]),
];
