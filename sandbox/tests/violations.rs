//! How a confined process ends: violations have names, probes do not end it, and being PID 1 keeps nothing alive.

#![expect(clippy::disallowed_methods, reason = "the numbers are of children that were not waited for")]

mod support;

use bulkhead_sandbox::violation::{self, EXIT_ABORT, PLAIN_BYTES};
use bulkhead_sandbox::{EXIT_PANIC, Fork, Layers, Plan, Policy, Violation};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::WaitStatus;
use std::collections::HashMap;
use std::io::{PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};
use support::{Confined, Outcome, confined, confined_after, exited, run};

fn main() {
    // Threads, panics and aborts in the children would otherwise print to this process's standard error.
    run(&[
        ("a_violation_is_named", a_violation_is_named),
        ("an_abort_is_called_an_abort", an_abort_is_called_an_abort),
        ("an_abort_before_the_confinement_ends_the_child_alone", an_abort_before_the_confinement_ends_the_child_alone),
        ("without_a_handler_a_violation_ends_the_process", without_a_handler_a_violation_ends_the_process),
        ("a_thread_is_a_violation", a_thread_is_a_violation),
        ("a_panic_ends_in_its_exit_code", a_panic_ends_in_its_exit_code),
        ("a_segmentation_fault_ends_pid_1", a_segmentation_fault_ends_pid_1),
        ("a_stack_overflow_ends_pid_1", a_stack_overflow_ends_pid_1),
        ("too_much_memory_is_refused", too_much_memory_is_refused),
        ("probes_fail_softly", probes_fail_softly),
        ("ordinary_work_goes_on", ordinary_work_goes_on),
        ("stopping_and_continuing_resumes_a_sleep", stopping_and_continuing_resumes_a_sleep),
        ("it_dies_with_its_parent", it_dies_with_its_parent),
    ]);
}

/// A child whose violations are reported on its pipe.
fn reporting(work: impl FnOnce(&PipeWriter) -> i32) -> (Vec<u8>, WaitStatus) {
    let report = |pipe: &PipeWriter| {
        violation::report_to(pipe.as_fd(), Violation::encode_plain).expect("a handler is installed");
    };
    confined_after(&Policy::renderer(), report, |_, pipe| work(pipe)).finish()
}

fn violation_in(said: &[u8]) -> Violation {
    Violation::decode_plain(said.first_chunk::<PLAIN_BYTES>().unwrap_or_else(|| panic!("said {said:?}")))
}

/// What a process that should have lived was stopped at.
fn violations_name(said: &[u8]) -> String {
    let Some(violation) = said.first_chunk().map(Violation::decode_plain) else { return String::new() };
    format!(", at {} with {:x?}", violation.name().unwrap_or("?"), violation.arguments)
}

fn killed(status: WaitStatus, signal: Signal) -> bool {
    matches!(status, WaitStatus::Signaled(_, seen, _) if seen == signal)
}

fn a_violation_is_named() -> Outcome {
    let (said, end) = reporting(|_| i32::from(std::fs::read("/etc/passwd").is_ok()));
    let violation = violation_in(&said);
    // Which of them open(3) is differs between C libraries.
    assert!(matches!(violation.name(), Some("open" | "openat")), "{:?}", violation.name());
    assert!(killed(end, Signal::SIGSYS), "{end:?}");
    Ok(())
}

fn an_abort_is_called_an_abort() -> Outcome {
    let (said, end) = reporting(|_| std::process::abort());
    let violation = violation_in(&said);
    assert!(violation.is_abort(), "{violation:?} {:?}", violation.name());
    assert!(exited(end, EXIT_ABORT), "{end:?}");
    Ok(())
}

/// A C library that kept the parent's thread id would send the signal to the parent.
fn an_abort_before_the_confinement_ends_the_child_alone() -> Outcome {
    match bulkhead_sandbox::fork(&Plan::find(Layers::NONE).expect("a plan")).expect("a fork") {
        Fork::Child(_) => std::process::abort(),
        Fork::Parent(child) => {
            let end = child.wait().expect("an end");
            assert!(killed(end, Signal::SIGABRT), "{end:?}");
            Ok(())
        }
    }
}

fn without_a_handler_a_violation_ends_the_process() -> Outcome {
    let child = confined(&Policy::renderer(), |_, _| i32::from(std::net::TcpListener::bind("127.0.0.1:0").is_ok()));
    let (_, end) = child.finish();
    assert!(killed(end, Signal::SIGSYS), "{end:?}");
    Ok(())
}

fn a_thread_is_a_violation() -> Outcome {
    let (said, end) = reporting(|_| i32::from(std::thread::spawn(|| ()).join().is_err()));
    let violation = violation_in(&said);
    assert!(matches!(violation.name(), Some("clone3" | "clone")), "{:?}", violation.name());
    assert!(killed(end, Signal::SIGSYS), "{end:?}");
    Ok(())
}

fn a_panic_ends_in_its_exit_code() -> Outcome {
    let child = confined(&Policy::renderer(), |_, _| panic!("on purpose"));
    let (_, end) = child.finish();
    assert!(exited(end, EXIT_PANIC), "{end:?}");
    Ok(())
}

#[expect(unsafe_code, reason = "a fault is wanted")]
fn a_segmentation_fault_ends_pid_1() -> Outcome {
    let child = confined(&Policy::renderer(), |_, _| {
        // SAFETY: none. Page 0 is never mapped, so this faults, as wanted.
        unsafe { std::ptr::without_provenance::<i32>(8).read_volatile() }
    });
    let (_, end) = child.finish();
    assert!(killed(end, Signal::SIGSEGV), "{end:?}");
    Ok(())
}

fn a_stack_overflow_ends_pid_1() -> Outcome {
    #[expect(unconditional_recursion, reason = "that is the point")]
    fn deeper(depth: u64) -> u64 {
        std::hint::black_box(depth) + deeper(std::hint::black_box(depth + 1))
    }
    let (said, end) = reporting(|_| deeper(0) as i32);
    // The standard library's handler aborts with a message where the fault is in the guard page that it knows of. With
    // a larger stack than the process was started with, it knows another, and lets the fault repeat.
    let aborted = said.first_chunk().map(Violation::decode_plain).is_some_and(|violation| violation.is_abort());
    assert!(if aborted { exited(end, EXIT_ABORT) } else { killed(end, Signal::SIGSEGV) }, "{end:?}");
    Ok(())
}

fn too_much_memory_is_refused() -> Outcome {
    let child = confined(&Policy::renderer(), |_, _| i32::from(Vec::<u8>::new().try_reserve_exact(8 << 30).is_ok()));
    let (_, end) = child.finish();
    assert!(exited(end, 0), "{end:?}");
    Ok(())
}

fn probes_fail_softly() -> Outcome {
    let (said, end) = reporting(|_| {
        use std::io::IsTerminal;
        let soft = [
            std::fs::metadata("/etc/passwd").is_err(),
            std::fs::symlink_metadata("/etc/passwd").is_err(),
            !std::path::Path::new("/etc/passwd").exists(),
            std::fs::read_link("/proc/self/exe").is_err(),
            std::env::current_exe().is_err(),
            std::env::current_dir().is_err(),
            nix::unistd::access("/etc/passwd", nix::unistd::AccessFlags::F_OK).is_err(),
            !std::io::stderr().is_terminal(),
            nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_STACK).is_err(),
        ];
        soft.iter().position(|soft| !soft).map_or(0, |index| index as i32 + 1)
    });
    assert!(exited(end, 0), "{end:?}{}", violations_name(&said));
    Ok(())
}

fn ordinary_work_goes_on() -> Outcome {
    let (said, end) = reporting(|pipe| {
        // Seeds, memory large and small, time, locks, sleeping, sockets and pipes that are there already.
        let mut map = HashMap::new();
        for number in 0..10_000_u64 {
            map.insert(number, vec![number; 64]);
        }
        let mut large = vec![1_u8; 64 << 20];
        large.resize(96 << 20, 2);
        map.clear();
        let lock = std::sync::Mutex::new(0);
        *lock.lock().expect("unlocked") += 1;
        let began = Instant::now();
        std::thread::sleep(Duration::from_millis(1));
        let slept = began.elapsed() >= Duration::from_millis(1);
        eprintln!("this goes nowhere");
        let mut out = pipe;
        i32::from(!slept || large.len() != 96 << 20 || out.write_all(b"done").is_err())
    });
    assert!(exited(end, 0), "{end:?}{}", violations_name(&said));
    assert_eq!(said, b"done");
    Ok(())
}

fn stopping_and_continuing_resumes_a_sleep() -> Outcome {
    let report = |pipe: &PipeWriter| {
        violation::report_to(pipe.as_fd(), Violation::encode_plain).expect("a handler is installed");
    };
    let mut child = confined_after(&Policy::renderer(), report, |_, mut pipe| {
        pipe.write_all(b"!").expect("the pipe is written");
        // poll(2) with a deadline is restarted by restart_syscall(2), which a filter is easily made to forget.
        let waited = nix::poll::poll(&mut [], 300_u16);
        i32::from(waited != Ok(0))
    });
    child.await_byte();
    let asleep = format!("/proc/{}/stat", child.child.pid());
    let state = || std::fs::read_to_string(&asleep).ok().and_then(|text| text.rsplit(") ").next()?.chars().next());
    let until = |wanted: char| {
        let deadline = Instant::now() + Duration::from_secs(20);
        while state() != Some(wanted) && state() != Some('Z') {
            assert!(Instant::now() < deadline, "state {wanted} is not reached: {:?}", state());
            std::thread::yield_now();
        }
    };
    until('S');
    kill(child.child.pid(), Signal::SIGSTOP).expect("stopped");
    until('T');
    kill(child.child.pid(), Signal::SIGCONT).expect("continued");
    let (said, end) = child.finish();
    assert!(exited(end, 0), "{end:?}{}", violations_name(&said));
    Ok(())
}

/// The confined child of a parent that ends: its pipe is closed, so it is gone.
fn it_dies_with_its_parent() -> Outcome {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let plain = Plan::find(Layers::NONE).expect("a plan");
    match bulkhead_sandbox::fork(&plain).expect("a fork") {
        Fork::Child(_) => {
            drop(reader);
            let keep = [writer.as_fd()];
            let policy = Policy { keep: &keep, ..Policy::renderer() };
            let mut grandchild: Confined = confined(&policy, |_, mut pipe| {
                pipe.write_all(b"!").expect("the pipe is written");
                loop {
                    std::thread::sleep(Duration::from_secs(60));
                }
            });
            grandchild.await_byte();
            bulkhead_sandbox::exit_now(0)
        }
        Fork::Parent(parent) => {
            drop(writer);
            assert!(exited(parent.wait().expect("an end"), 0));
            // Held open by the grandchild alone by now. Should it live on, this waits until the test run is given up.
            assert_eq!(reader.read(&mut [0]).expect("the pipe is read"), 0);
            Ok(())
        }
    }
}
