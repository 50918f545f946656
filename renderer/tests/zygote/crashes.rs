//! Real faults, and what the broker learns of each.

use crate::Test;
use crate::broker::{Renderer, Zygote};
use bulkhead_shared::control::{Cause, Up};
use bulkhead_shared::downlink::{Fault, ToRenderer};
use bulkhead_shared::packet::{Corrupt, RecvError};
use bulkhead_shared::pidfd::Pidfd;
use bulkhead_shared::uplink::FromRenderer;
use bulkhead_shared::zygote::ExitStatus;
use nix::sys::signal::Signal;
use nix::unistd::Pid;

pub(crate) const TESTS: &[Test] = &[
    ("a_stray_write_is_told_with_its_address", a_stray_write_is_told_with_its_address),
    ("a_signal_from_outside_is_told_and_ends_it", a_signal_from_outside_is_told_and_ends_it),
    ("a_panic_is_told_with_its_place", a_panic_is_told_with_its_place),
    ("an_abort_is_told", an_abort_is_told),
    ("a_full_stack_is_told_from_a_stray_pointer", a_full_stack_is_told_from_a_stray_pointer),
    ("memory_runs_out_for_the_renderer_alone", memory_runs_out_for_the_renderer_alone),
    ("a_failed_allocation_is_told_from_an_abort", a_failed_allocation_is_told_from_an_abort),
    ("a_hang_leaves_pings_unanswered", a_hang_leaves_pings_unanswered),
    ("garbage_arrives_as_garbage", garbage_arrives_as_garbage),
    ("a_renderer_without_uplink_lives_on", a_renderer_without_uplink_lives_on),
    ("a_flood_does_not_end_by_itself", a_flood_does_not_end_by_itself),
];

/// A confined process cannot send itself the signal that an abort ends with.
const ABORTED: ExitStatus = ExitStatus::Exited(128 + libc::SIGABRT);

fn faulty(zygote: &mut Zygote, fault: Fault) -> Renderer {
    let mut renderer = zygote.fork();
    renderer.show();
    renderer.load("<p>soon gone");
    renderer.command(ToRenderer::Fault(fault));
    renderer
}

fn a_stray_write_is_told_with_its_address() {
    let mut zygote = Zygote::start();
    let mut renderer = faulty(&mut zygote, Fault::Crash);
    let words = renderer.last_words();
    assert_eq!((words.cause, words.number, words.address), (Cause::Signal, libc::SIGSEGV, 0));
    assert_eq!(renderer.control(), None);
    assert_eq!(zygote.reaped(&renderer), ExitStatus::Signalled(libc::SIGSEGV));
}

fn a_signal_from_outside_is_told_and_ends_it() {
    let mut zygote = Zygote::start();
    for (signal, expected) in [
        (Signal::SIGSEGV, ExitStatus::Signalled(libc::SIGSEGV)),
        (Signal::SIGABRT, ExitStatus::Exited(128 + libc::SIGABRT)),
        (Signal::SIGTERM, ExitStatus::Exited(128 + libc::SIGTERM)),
        (Signal::SIGINT, ExitStatus::Exited(128 + libc::SIGINT)),
        (Signal::SIGKILL, ExitStatus::Signalled(libc::SIGKILL)),
    ] {
        let mut renderer = zygote.fork();
        Pidfd::open(Pid::from_raw(renderer.pid)).unwrap().signal(signal as i32).unwrap();
        if signal != Signal::SIGKILL {
            let words = renderer.last_words();
            assert_eq!((words.cause, words.number, words.address), (Cause::Signal, signal as i32, 0));
        }
        assert_eq!(renderer.control(), None);
        assert_eq!(zygote.reaped(&renderer), expected);
    }
}

fn a_panic_is_told_with_its_place() {
    let mut zygote = Zygote::start();
    let mut renderer = faulty(&mut zygote, Fault::Panic);
    let words = renderer.last_words();
    assert_eq!(words.cause, Cause::Panic);
    assert!(words.text.contains("on command") && words.text.contains("faults.rs:"), "{}", words.text);
    assert_eq!(zygote.reaped(&renderer), ExitStatus::Exited(101));
}

fn an_abort_is_told() {
    let mut zygote = Zygote::start();
    let mut renderer = faulty(&mut zygote, Fault::Abort);
    let words = renderer.last_words();
    assert_eq!((words.cause, words.number), (Cause::Signal, libc::SIGABRT));
    assert_eq!(zygote.reaped(&renderer), ABORTED);
}

fn a_full_stack_is_told_from_a_stray_pointer() {
    let mut zygote = Zygote::start();
    let mut renderer = faulty(&mut zygote, Fault::StackOverflow);
    assert_eq!(renderer.last_words().cause, Cause::StackOverflow);
    assert_eq!(zygote.reaped(&renderer), ExitStatus::Signalled(libc::SIGSEGV));
}

fn memory_runs_out_for_the_renderer_alone() {
    let mut zygote = Zygote::start();
    let mut other = zygote.fork();
    let mut renderer = faulty(&mut zygote, Fault::OutOfMemory);
    assert_eq!(renderer.last_words().cause, Cause::OutOfMemory);
    assert_eq!(zygote.reaped(&renderer), ExitStatus::Exited(137));
    other.ping(1);
}

/// A page with more text than a renderer may hold in memory: the allocator's own abort.
fn a_failed_allocation_is_told_from_an_abort() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.show();
    // The tree of a page is made as far as it fits; its style sheets are not measured.
    renderer.open(&format!("<style>{}</style>", "a{color:red}".repeat(5_000_000)));
    assert_eq!(renderer.last_words().cause, Cause::OutOfMemory);
    assert_eq!(zygote.reaped(&renderer), ABORTED);
}

fn a_hang_leaves_pings_unanswered() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.ping(1);
    renderer.command(ToRenderer::Fault(Fault::Hang));
    // Whether it hangs for good cannot be awaited; that it dies hanging, with a ping unread, can.
    crate::broker::eventually("it spins", || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", renderer.pid)).unwrap();
        let ticks: u64 = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(11).unwrap().parse().unwrap();
        ticks > 10
    });
    Pidfd::open(Pid::from_raw(renderer.pid)).unwrap().signal(libc::SIGKILL).unwrap();
    assert_eq!(renderer.control(), None);
    assert_eq!(zygote.reaped(&renderer), ExitStatus::Signalled(libc::SIGKILL));
}

fn garbage_arrives_as_garbage() {
    let mut zygote = Zygote::start();
    let renderer = faulty(&mut zygote, Fault::Garbage);
    let uplink = renderer.uplink.as_ref().unwrap();
    let error = loop {
        match uplink.recv::<FromRenderer>() {
            Ok(_) | Err(RecvError::Empty) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error, RecvError::Corrupt(Corrupt::Undecodable));
}

fn a_renderer_without_uplink_lives_on() {
    let mut zygote = Zygote::start();
    let mut renderer = faulty(&mut zygote, Fault::CloseUplink);
    renderer.hangs_up();
    renderer.ping(3);
}

fn a_flood_does_not_end_by_itself() {
    let mut zygote = Zygote::start();
    let mut renderer = faulty(&mut zygote, Fault::Flood);
    for _ in 0..50_000 {
        renderer.hear();
    }
    renderer.uplink = None;
    assert_eq!(zygote.reaped(&renderer), ExitStatus::Exited(0));
    assert_eq!(renderer.control(), None::<Up>);
}
