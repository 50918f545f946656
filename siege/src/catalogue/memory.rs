//! Making something executable that was not.

use super::*;
use crate::raw::{self, RETURN_42, sys};

const fn memory(
    name: &'static str,
    tries: &'static str,
    stops: &'static [Stop],
    perform: fn(&Targets) -> Outcome,
) -> Attempt {
    attempt(Category::Memory, name, tries, stops, perform)
}

const PAGE: usize = 4096;
const ANONYMOUS: i32 = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
const WRITABLE: i32 = libc::PROT_READ | libc::PROT_WRITE;
const EXECUTABLE: i32 = libc::PROT_READ | libc::PROT_EXEC;

/// The filter, and behind it the kernel's own rule.
const NO_EXECUTION: &[Stop] = &[TRAPPED, answers(Name::WriteXorExecute, Errno::EACCES)];

pub(super) const ATTEMPTS: &[Attempt] = &[
    memory("writable-and-executable", "maps memory that is both, writes code there and runs it", NO_EXECUTION, |_| {
        outcome(|| {
            let address = sys!(SYS_mmap, 0_usize, PAGE, WRITABLE | libc::PROT_EXEC, ANONYMOUS, -1_i32, 0_i64)?;
            raw::write_code(address, RETURN_42);
            Ok(raw::run_code(address) == 42)
        })
    }),
    memory("written-then-executable", "writes code to memory, makes it executable and runs it", NO_EXECUTION, |_| {
        outcome(|| {
            let address = written()?;
            sys!(SYS_mprotect, address, PAGE, EXECUTABLE)?;
            Ok(raw::run_code(address) == 42)
        })
    }),
    memory(
        "executable-by-key",
        "the same by pkey_mprotect(2)",
        &[TRAPPED, answers(Name::WriteXorExecute, Errno::EACCES)],
        |_| {
            let executable = || {
                let address = written()?;
                // Key -1: as mprotect(2).
                sys!(SYS_pkey_mprotect, address, PAGE, EXECUTABLE, -1_i32)?;
                Ok(raw::run_code(address) == 42)
            };
            match outcome(executable) {
                // ARM's have it since Linux 6.12.
                Outcome::Failed(Errno::ENOSYS) => Outcome::Unable(Unable::NotInKernel),
                outcome => outcome,
            }
        },
    ),
    memory(
        "two-views",
        "writes code to an anonymous file and maps that a second time, executable",
        &[TRAPPED, answers(Name::Limits, Errno::EFBIG)],
        |_| {
            outcome(|| {
                let file = sys!(SYS_memfd_create, c"code", 0_u32)?;
                sys!(SYS_write, file, *RETURN_42, RETURN_42.len())?;
                let address = sys!(SYS_mmap, 0_usize, PAGE, EXECUTABLE, libc::MAP_SHARED, file, 0_i64)?;
                Ok(raw::run_code(address) == 42)
            })
        },
    ),
    memory(
        "page-zero",
        "maps the page that null pointers of the kernel would point to",
        &[
            answers(Name::Privileges, Errno::EPERM),
            answers(Name::UserNamespace, Errno::EPERM),
            rule("vm.mmap_min_addr, for all but root", Sign::Error(Errno::EPERM)),
        ],
        |_| sys!(SYS_mmap, 0_usize, PAGE, WRITABLE, ANONYMOUS | libc::MAP_FIXED, -1_i32, 0_i64).into(),
    ),
    memory(
        "grow-down",
        "maps a stack that grows down to its neighbours",
        &[TRAPPED, rule("it harms nobody but itself", Sign::Contained)],
        |_| sys!(SYS_mmap, 0_usize, PAGE, WRITABLE, ANONYMOUS | libc::MAP_GROWSDOWN, -1_i32, 0_i64).into(),
    ),
    memory(
        "poison-page",
        "reports a page as faulty, which takes it from the whole machine",
        &[
            TRAPPED,
            answers(Name::Privileges, Errno::EPERM),
            answers(Name::UserNamespace, Errno::EPERM),
            rule("only root may", Sign::Error(Errno::EPERM)),
        ],
        |_| {
            // Of no length: whoever may do it at all learns so, and no page is lost.
            match written().and_then(|address| sys!(SYS_madvise, address, 0_usize, libc::MADV_HWPOISON)) {
                Err(Errno::EINVAL) => Outcome::Unable(Unable::NotInKernel),
                result => result.into(),
            }
        },
    ),
];

fn written() -> Result<usize, Errno> {
    let address = sys!(SYS_mmap, 0_usize, PAGE, WRITABLE, ANONYMOUS, -1_i32, 0_i64)?;
    raw::write_code(address, RETURN_42);
    Ok(address)
}
