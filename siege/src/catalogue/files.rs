//! Files: read, write, make, list, look at, move and remove them; also through what `/proc` shows of others.

use super::*;
use crate::raw::{At, sys};
use std::ffi::CStr;

const READ: i32 = libc::O_RDONLY | libc::O_CLOEXEC;
const HERE: i32 = libc::AT_FDCWD;

/// Exclusively: whatever lies there already, a link for example, is none of the attempt's business.
const NEW: i32 = libc::O_CREAT | libc::O_EXCL | libc::O_WRONLY | libc::O_CLOEXEC;

/// No path leads there; and where one does, Landlock refuses.
const UNREACHABLE: &[Stop] =
    &[TRAPPED, answers(Name::EmptyRoot, Errno::ENOENT), answers(Name::Landlock, Errno::EACCES)];

/// The same for a path that begins in the directory itself, which is there but read-only.
const UNWRITABLE: &[Stop] = &[TRAPPED, answers(Name::EmptyRoot, Errno::EROFS), answers(Name::Landlock, Errno::EACCES)];

const fn files(
    name: &'static str,
    tries: &'static str,
    stops: &'static [Stop],
    perform: fn(&Targets) -> Outcome,
) -> Attempt {
    attempt(Category::Files, name, tries, stops, perform).on(&[Part::Files])
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    files("read-file", "opens a file that everybody may read, and reads it", UNREACHABLE, |_| {
        outcome(|| read(HERE, c"fixed/secret"))
    }),
    files("read-file-openat2", "the same by openat2(2)", UNREACHABLE, |_| {
        let mut how = [READ as u64, 0, 0];
        sys!(SYS_openat2, HERE, c"fixed/secret", At(&mut how), size_of_val(&how)).into()
    }),
    files(
        "write-file",
        "writes to a file that everybody may write to",
        &[
            TRAPPED,
            answers(Name::EmptyRoot, Errno::ENOENT),
            answers(Name::Landlock, Errno::EACCES),
            answers(Name::Limits, Errno::EFBIG),
        ],
        |_| {
            outcome(|| {
                let file = sys!(SYS_openat, HERE, c"fixed/writable", libc::O_WRONLY)?;
                Ok(sys!(SYS_write, file, b"x"[..], 1_usize)? == 1)
            })
        },
    ),
    files("create-file", "makes a file in a directory that everybody may write to", UNREACHABLE, |_| {
        // By way of another directory: of the current one, a row below tells.
        sys!(SYS_openat, HERE, c"fixed/../new", NEW, 0o666_u32).into()
    }),
    files("create-file-here", "makes a file in the current directory", UNWRITABLE, |_| {
        sys!(SYS_openat, HERE, c"new", NEW, 0o666_u32).into()
    }),
    files("make-directory", "makes a directory in the current one", UNWRITABLE, |_| {
        sys!(SYS_mkdirat, HERE, c"directory", 0o777_u32).into()
    }),
    files("make-symlink", "makes a symbolic link in the current directory", UNWRITABLE, |_| {
        sys!(SYS_symlinkat, c"/etc/passwd", HERE, c"link").into()
    }),
    files("make-device", "makes a FIFO in the current directory", UNWRITABLE, |_| {
        sys!(SYS_mknodat, HERE, c"fifo", libc::S_IFIFO | 0o666, 0_i32).into()
    }),
    files("list-directory", "opens a directory and lists it", UNREACHABLE, |_| {
        outcome(|| {
            let directory = sys!(SYS_openat, HERE, c"fixed", libc::O_RDONLY | libc::O_DIRECTORY)?;
            let mut entries = [0_u8; 1024];
            Ok(sys!(SYS_getdents64, directory, &mut entries[..], 1024_usize)? > 0)
        })
    }),
    files(
        "stat-file",
        "asks for a file's size and owner",
        &[answers(Name::Seccomp, Errno::ENOENT), answers(Name::EmptyRoot, Errno::ENOENT)],
        |_| {
            let mut stat = [0_u8; 256];
            sys!(SYS_newfstatat, HERE, c"fixed/secret", &mut stat[..], 0_i32).into()
        },
    ),
    files(
        "stat-file-as-descriptor",
        "the same, in the shape that C libraries give to fstat(3)",
        &[answers(Name::Seccomp, Errno::ENOENT), answers(Name::EmptyRoot, Errno::ENOENT)],
        |_| {
            let mut stat = [0_u8; 256];
            sys!(SYS_newfstatat, HERE, c"fixed/secret", &mut stat[..], libc::AT_EMPTY_PATH).into()
        },
    ),
    files("truncate-file", "cuts a file to nothing by its path", UNREACHABLE, |_| {
        sys!(SYS_truncate, c"fixed/writable", 0_i64).into()
    }),
    files("delete-file", "removes a file", UNWRITABLE, |_| sys!(SYS_unlinkat, HERE, c"doomed", 0_i32).into()),
    files("rename-file", "moves a file", UNWRITABLE, |_| {
        sys!(SYS_renameat2, HERE, c"doomed", HERE, c"moved", 0_u32).into()
    }),
    files("link-file", "makes another name for a file", UNREACHABLE, |_| {
        sys!(SYS_linkat, HERE, c"doomed", HERE, c"linked", 0_i32).into()
    }),
    files(
        "read-through-directory",
        "opens a file through a directory that was left open",
        &[TRAPPED, answers(Name::Descriptors, Errno::EBADF), answers(Name::Landlock, Errno::EACCES)],
        |targets| outcome(|| read(targets.leaked.directory, c"fixed/secret")),
    ),
    files(
        "write-to-leaked-file",
        "writes to a file that was left open",
        &[answers(Name::Descriptors, Errno::EBADF), answers(Name::Limits, Errno::EFBIG)],
        |targets| outcome(|| Ok(sys!(SYS_write, targets.leaked.file, b"x"[..], 1_usize)? == 1)),
    ),
    files("proc-environ", "reads another process's environment in /proc", PROC, |targets| {
        outcome(|| read(HERE, &of_victim(targets, "environ")))
    })
    .on(&[Part::Victim]),
    files("proc-memory", "opens another process's memory in /proc and reads it", PROC, |targets| {
        outcome(|| {
            let file = sys!(SYS_openat, HERE, of_victim(targets, "mem").as_c_str(), READ)?;
            let mut secret = [0_u8; 8];
            Ok(sys!(SYS_pread64, file, &mut secret[..], 8_usize, targets.victim_address)? == 8 && secret != [0; 8])
        })
    })
    .on(&[Part::Victim]),
    files(
        "shared-memory-file",
        "makes a file in /dev/shm, where other programs' shared memory lies",
        &[TRAPPED, answers(Name::EmptyRoot, Errno::ENOENT), answers(Name::Landlock, Errno::EACCES)],
        |targets| {
            let name = CString::new(format!("/dev/shm/{}", targets.abstract_stream)).unwrap_or_default();
            outcome(|| {
                sys!(SYS_openat, HERE, name.as_c_str(), NEW, 0o600_u32)?;
                sys!(SYS_unlinkat, HERE, name.as_c_str(), 0_i32)?;
                Ok(true)
            })
        },
    )
    .on(&[]),
];

/// `/proc` is not there; Landlock refuses; and then the two processes have different users, or the other is in a user
/// namespace that this one has no power over.
const PROC: &[Stop] = &[
    TRAPPED,
    answers(Name::EmptyRoot, Errno::ENOENT),
    answers(Name::Landlock, Errno::EACCES),
    answers(Name::UserNamespace, Errno::EACCES),
    answers(Name::Privileges, Errno::EACCES),
    answers(Name::NotDumpable, Errno::EACCES),
];

fn of_victim(targets: &Targets, file: &str) -> CString {
    CString::new(format!("/proc/{}/{file}", targets.victim.get())).unwrap_or_default()
}

fn read(directory: i32, name: &CStr) -> Result<bool, Errno> {
    let file = sys!(SYS_openat, directory, name, READ)?;
    let mut content = [0_u8; 64];
    Ok(sys!(SYS_read, file, &mut content[..], content.len())? > 0)
}
