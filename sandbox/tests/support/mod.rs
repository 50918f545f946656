//! A harness for tests that fork: one thread, one test after another, as root and as an ordinary user.
//!
//! A test that cannot be run on a machine returns [`Skipped`] with the reason, which is printed; it does not count as
//! passed.

#![allow(dead_code, reason = "each test binary uses its part")]

pub(crate) mod kernel;

use bulkhead_sandbox::{Child, Entered, Fork, Layers, Plan, Policy, Report, confine, exit_now, fork};
use nix::sys::wait::WaitStatus;
use nix::unistd::{Gid, Uid, geteuid, setgroups, setresgid, setresuid};
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

/// Why a test was not run.
pub(crate) struct Skipped(pub(crate) String);

/// What a test returns; it fails by panicking.
pub(crate) type Outcome = Result<(), Skipped>;

/// A test and its name.
pub(crate) type Test = (&'static str, fn() -> Outcome);

/// The user that root becomes to be an ordinary one.
const USER: u32 = 54_321;
const EXIT_SKIPPED: i32 = 77;

/// Runs the tests as whoever runs them, and, if that is root, also as an ordinary user. Never returns.
pub(crate) fn run(tests: &[Test]) -> ! {
    // As libtest: the first argument that is no option selects by name. `--list` is what other runners ask for.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let filter = arguments.iter().find(|argument| !argument.starts_with('-'));
    let selected: Vec<_> =
        tests.iter().filter(|(name, _)| filter.is_none_or(|filter| name.contains(filter.as_str()))).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        selected.iter().for_each(|(name, _)| println!("{name}: test"));
        exit(0);
    }
    let users: &[bool] = if geteuid().is_root() { &[false, true] } else { &[false] };
    println!("\nrunning {} tests", selected.len() * users.len());
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for as_user in users {
        for (name, test) in &selected {
            let who = if !geteuid().is_root() || *as_user { "as an ordinary user" } else { "as root" };
            let outcome = if *as_user { in_users_process(*test) } else { guarded(*test) };
            match outcome {
                Ok(Ok(())) => {
                    passed += 1;
                    println!("test {name} ({who}) ... ok");
                }
                Ok(Err(Skipped(why))) => {
                    skipped += 1;
                    println!("test {name} ({who}) ... skipped: {why}");
                }
                Err(()) => {
                    failed += 1;
                    println!("test {name} ({who}) ... FAILED");
                }
            }
        }
    }
    let result = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {result}. {passed} passed; {failed} failed; {skipped} ignored; 0 measured; 0 filtered out\n"
    );
    exit(i32::from(failed > 0));
}

fn guarded(test: fn() -> Outcome) -> Result<Outcome, ()> {
    catch_unwind(AssertUnwindSafe(test)).map_err(drop)
}

/// Runs a test in a forked process that gives root up.
fn in_users_process(test: fn() -> Outcome) -> Result<Outcome, ()> {
    let (mut reader, writer) = io::pipe().expect("a pipe");
    match fork(&Plan::find(Layers::NONE).expect("a plain fork")).expect("a fork") {
        Fork::Child(_) => {
            drop(reader);
            become_user();
            let code = match guarded(test) {
                Ok(Ok(())) => 0,
                Ok(Err(Skipped(why))) => {
                    (&writer).write_all(why.as_bytes()).expect("the reason is written");
                    EXIT_SKIPPED
                }
                Err(()) => 1,
            };
            exit(code);
        }
        Fork::Parent(child) => {
            drop(writer);
            let mut why = String::new();
            reader.read_to_string(&mut why).expect("the reason is read");
            match child.wait().expect("an end") {
                WaitStatus::Exited(_, 0) => Ok(Ok(())),
                WaitStatus::Exited(_, EXIT_SKIPPED) => Ok(Err(Skipped(why))),
                _ => Err(()),
            }
        }
    }
}

fn become_user() {
    let (uid, gid) = (Uid::from_raw(USER), Gid::from_raw(USER));
    setgroups(&[]).expect("root drops groups");
    setresgid(gid, gid, gid).expect("root changes its group");
    setresuid(uid, uid, uid).expect("root changes its user");
    // A change of user makes a process undumpable; a program that an ordinary user starts is dumpable.
    nix::sys::prctl::set_dumpable(true).expect("dumpable");
}

/// A confined child, and the pipe that it writes to.
pub(crate) struct Confined {
    pub(crate) child: Child,
    pub(crate) pipe: PipeReader,
}

/// Confines a child by this policy and lets it work. The pipe is kept open for it.
pub(crate) fn confined(policy: &Policy<'_>, work: impl FnOnce(&Report, &PipeWriter) -> i32) -> Confined {
    confined_after(policy, |_| (), work)
}

/// The same, with something to be done in the child before it is confined.
pub(crate) fn confined_after(
    policy: &Policy<'_>,
    before: impl FnOnce(&PipeWriter),
    work: impl FnOnce(&Report, &PipeWriter) -> i32,
) -> Confined {
    let (reader, writer) = io::pipe().expect("a pipe");
    match fork(&Plan::find(policy.layers).expect("a plan")).expect("a fork") {
        Fork::Parent(child) => Confined { child, pipe: reader },
        Fork::Child(entered) => {
            drop(reader);
            let code = catch_unwind(AssertUnwindSafe(|| {
                before(&writer);
                work_confined(policy, entered, &writer, work)
            }));
            // Not exit(): what the harness has buffered is the harness's to print.
            exit_now(code.unwrap_or(bulkhead_sandbox::EXIT_PANIC))
        }
    }
}

fn work_confined(
    policy: &Policy<'_>,
    entered: Entered,
    writer: &PipeWriter,
    work: impl FnOnce(&Report, &PipeWriter) -> i32,
) -> i32 {
    let keep: Vec<_> = policy.keep.iter().copied().chain([writer.as_fd()]).collect();
    match confine(&Policy { keep: &keep, ..*policy }, entered) {
        Ok(report) => work(&report, writer),
        Err(refused) => {
            let mut out = writer;
            let _ = out.write_all(refused.to_string().as_bytes());
            bulkhead_sandbox::EXIT_REFUSED
        }
    }
}

impl Confined {
    /// What it wrote, and how it ended.
    pub(crate) fn finish(mut self) -> (Vec<u8>, WaitStatus) {
        let mut said = Vec::new();
        self.pipe.read_to_end(&mut said).expect("the pipe is read");
        (said, self.child.wait().expect("an end"))
    }

    /// Waits until it has written one byte.
    pub(crate) fn await_byte(&mut self) {
        self.pipe.read_exact(&mut [0]).expect("a byte from the child");
    }
}

/// Whether this status is an exit with that code.
pub(crate) fn exited(status: WaitStatus, code: i32) -> bool {
    matches!(status, WaitStatus::Exited(_, seen) if seen == code)
}
