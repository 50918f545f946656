//! Eating the machine: memory, descriptors, and the limits themselves.

use super::*;
use crate::raw::{At, sys};

const fn resources(
    name: &'static str,
    tries: &'static str,
    stops: &'static [Stop],
    perform: fn(&Targets) -> Outcome,
) -> Attempt {
    attempt(Category::Resources, name, tries, stops, perform)
}

/// More than a renderer may have, and reserved only: where nothing stops it, nothing is used.
const MUCH: usize = 16 << 30;

/// More than a renderer may have of data, and less than of address space.
const UNCOUNTED: usize = 2 << 30;

/// More than a renderer may have, and less than everybody has by default (1024).
const MANY: usize = 200;

pub(super) const ATTEMPTS: &[Attempt] = &[
    resources("much-memory", "reserves 16 GiB", &[answers(Name::Limits, Errno::ENOMEM)], |_| {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        sys!(SYS_mmap, 0_usize, MUCH, libc::PROT_READ, flags, -1_i32, 0_i64).into()
    }),
    resources(
        "uncounted-memory",
        "takes memory that is shared with nobody, past the limit on its data, which does not count such",
        &[TRAPPED, rule("its address space is limited, and gone with it", Sign::Contained)],
        |_| {
            let prot = libc::PROT_READ | libc::PROT_WRITE;
            let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
            sys!(SYS_mmap, 0_usize, UNCOUNTED, prot, flags, -1_i32, 0_i64).into()
        },
    ),
    resources(
        "many-descriptors",
        "copies a descriptor until it is refused",
        &[answers(Name::Limits, Errno::EMFILE)],
        |targets| {
            outcome(|| {
                for _ in 0..MANY {
                    sys!(SYS_fcntl, targets.kept.surface, libc::F_DUPFD_CLOEXEC, 0_i32)?;
                }
                Ok(true)
            })
        },
    ),
    resources("lock-memory", "locks memory so that it cannot be reclaimed", LOCK, |_| {
        outcome(|| {
            let prot = libc::PROT_READ | libc::PROT_WRITE;
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let address = sys!(SYS_mmap, 0_usize, 4096_usize, prot, flags, -1_i32, 0_i64)?;
            sys!(SYS_mlock, address, 4096_usize).map(|_| true)
        })
    }),
    resources(
        "raise-limit",
        "raises its limit on descriptors",
        &[TRAPPED, answers(Name::Limits, Errno::EPERM)],
        |_| {
            let mut limit = [256_u64, 256];
            sys!(SYS_prlimit64, 0_i32, libc::RLIMIT_NOFILE, At(&mut limit), 0_usize).into()
        },
    ),
    resources(
        "run-first",
        "asks to run before everybody else, in real time",
        &[
            TRAPPED,
            answers(Name::Limits, Errno::EPERM),
            answers(Name::Privileges, Errno::EPERM),
            answers(Name::UserNamespace, Errno::EPERM),
            rule("only root may", Sign::Error(Errno::EPERM)),
        ],
        |_| {
            let mut priority = [1_i32];
            sys!(SYS_sched_setscheduler, 0_i32, libc::SCHED_FIFO, At(&mut priority)).into()
        },
    ),
];

/// A limit of 0 is answered with one error, a limit that is too low with the other.
const LOCK: &[Stop] = &[TRAPPED, answers(Name::Limits, Errno::EPERM), answers(Name::Limits, Errno::ENOMEM)];
