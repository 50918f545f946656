//! Running programs and making processes.

use super::*;
use crate::program;
use crate::raw::{self, At, sys};

const fn programs(
    name: &'static str,
    tries: &'static str,
    stops: &'static [Stop],
    perform: fn(&Targets) -> Outcome,
) -> Attempt {
    attempt(Category::Programs, name, tries, stops, perform)
}

/// `RLIMIT_NPROC` is 1.
const NO_CHILD: &[Stop] = &[TRAPPED, answers(Name::Limits, Errno::EAGAIN)];

/// Enough to be a bomb where nothing stops it, and too few to hurt.
const BOMB: usize = 48;

pub(super) const ATTEMPTS: &[Attempt] = &[
    programs(
        "exec-program",
        "runs a program from a file",
        &[TRAPPED, answers(Name::EmptyRoot, Errno::ENOENT), answers(Name::Landlock, Errno::EACCES)],
        |_| execute(c"fixed/program"),
    )
    .on(&[Part::Files, Part::Program]),
    programs(
        "exec-set-user-id",
        "runs a program that is set-user-id, to become another user by it",
        &[
            TRAPPED,
            answers(Name::EmptyRoot, Errno::ENOENT),
            answers(Name::Landlock, Errno::EACCES),
            stop(Name::NoNewPrivs, Sign::Exit(crate::EXIT_IN_VAIN)),
            stop(Name::UserNamespace, Sign::Exit(crate::EXIT_IN_VAIN)),
            rule("the file system is mounted without set-user-id programs", Sign::Exit(crate::EXIT_IN_VAIN)),
        ],
        |_| execute(c"fixed/set-user-id"),
    )
    .on(&[Part::Files, Part::SetUserIdProgram]),
    programs(
        "exec-from-memory",
        "writes a program to a memfd and runs it from there",
        // TOMOYO, where it runs, looks the program up as /dev/fd/N; newer kernels spare it that.
        &[TRAPPED, answers(Name::Limits, Errno::EFBIG), answers(Name::EmptyRoot, Errno::ENOENT)],
        |_| {
            outcome(|| {
                let file = sys!(SYS_memfd_create, c"program", 0_u32)?;
                let content = program::succeed();
                sys!(SYS_write, file, content[..], content.len())?;
                let (arguments, environment) = ([c"program".as_ptr() as usize, 0], [0_usize]);
                sys!(SYS_execveat, file, c"", arguments[..], environment[..], libc::AT_EMPTY_PATH)?;
                Ok(false)
            })
        },
    ),
    programs("fork", "makes a process", NO_CHILD, |_| outcome(|| fork_once(0))),
    programs("clone3", "makes a process by clone3(2)", NO_CHILD, |_| {
        outcome(|| {
            let mut arguments = [0_u64; 11];
            arguments[4] = libc::SIGCHLD as u64;
            let child = sys!(SYS_clone3, At(&mut arguments), size_of_val(&arguments))?;
            if child == 0 {
                bulkhead_sandbox::exit_now(0);
            }
            reap(child)
        })
    }),
    programs("fork-bomb", "makes processes until it is refused", NO_CHILD, |_| {
        outcome(|| {
            let mut children = Vec::new();
            let result = loop {
                if children.len() == BOMB {
                    break Ok(true);
                }
                match raw::fork_and(0, wait_to_be_killed) {
                    Ok(child) => children.push(child),
                    Err(errno) => break Err(errno),
                }
            };
            for child in children {
                sys!(SYS_kill, child, libc::SIGKILL)?;
                reap(child)?;
            }
            result
        })
    }),
];

fn execute(program: &std::ffi::CStr) -> Outcome {
    let (arguments, environment) = ([program.as_ptr() as usize, 0], [0_usize]);
    sys!(SYS_execve, *program, arguments[..], environment[..]).into()
}

pub(super) fn fork_once(flags: u64) -> Result<bool, Errno> {
    reap(raw::fork_and(flags, || ())?)
}

pub(super) fn reap(child: usize) -> Result<bool, Errno> {
    Ok(sys!(SYS_wait4, child, 0_usize, 0_i32, 0_usize)? == child)
}

fn wait_to_be_killed() {
    if sys!(SYS_prctl, libc::PR_SET_PDEATHSIG, libc::SIGKILL).is_ok() {
        let _ = sys!(SYS_ppoll, 0_usize, 0_usize, 0_usize, 0_usize);
    }
}
