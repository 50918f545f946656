//! Every layer is on, as the process itself says and as it is seen from outside.

mod support;

use bulkhead_sandbox::outside::look_at;
use bulkhead_sandbox::{Fork, ForkError, Layers, Name, Plan, Policy, State, fork};
use nix::unistd::geteuid;
use std::fs;
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::MetadataExt;
use support::{Confined, Outcome, Skipped, confined, exited, kernel, run};

fn main() {
    run(&[
        ("every_layer_is_on", every_layer_is_on),
        ("the_kernel_shows_the_same_from_outside", the_kernel_shows_the_same_from_outside),
        ("nothing_seen_from_outside_contradicts_the_report", nothing_seen_from_outside_contradicts_the_report),
        ("no_namespace_is_shared", no_namespace_is_shared),
        ("two_children_share_no_namespace", two_children_share_no_namespace),
        ("root_is_nobody_outside", root_is_nobody_outside),
        ("only_kept_descriptors_stay", only_kept_descriptors_stay),
        ("the_environment_is_gone_from_memory", the_environment_is_gone_from_memory),
        ("a_layer_that_is_not_asked_for_is_reported_as_off", a_layer_that_is_not_asked_for_is_reported_as_off),
        ("confinement_takes_less_than_three_milliseconds", confinement_takes_less_than_three_milliseconds),
        ("a_process_with_threads_does_not_fork", a_process_with_threads_does_not_fork),
    ]);
}

/// A child that says that it is confined, and then waits for its end.
fn waiting() -> Confined {
    let mut child = confined(&Policy::renderer(), |_, mut pipe| {
        pipe.write_all(b"!").expect("the pipe is written");
        loop {
            std::thread::sleep(std::time::Duration::from_secs(60));
        }
    });
    child.await_byte();
    child
}

fn end(child: Confined) {
    child.child.kill().expect("killed");
    child.finish();
}

fn status(child: &Confined, field: &str) -> String {
    let text = fs::read_to_string(format!("/proc/{}/status", child.child.pid())).expect("its status");
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn every_layer_is_on() -> Outcome {
    // A user's groups cannot be dropped by anybody but root, and the report says so.
    let groups = !geteuid().is_root() && has_supplementary_groups();
    let names = |why: fn(Name) -> Option<String>| Name::ALL.into_iter().filter(move |name| why(*name).is_some());
    let (lacking, curtailed) = (names(kernel::lacks).collect::<Layers>(), names(kernel::curtails).collect::<Layers>());
    let child = confined(&Policy::renderer(), move |report, mut pipe| {
        pipe.write_all(report.to_string().as_bytes()).expect("the pipe is written");
        let missing = report.missing().any(|layer| !lacking.has(layer.name));
        let of_user = |name| name == Name::Privileges && groups;
        let partial = report.partial().any(|layer| !of_user(layer.name) && !curtailed.has(layer.name));
        let whole = lacking.is_empty() && curtailed.is_empty();
        i32::from(missing || partial || (whole && report.is_complete() == groups))
    });
    let (said, end) = child.finish();
    assert!(exited(end, 0), "{end:?}\n{}", String::from_utf8_lossy(&said));
    let excuses: Vec<_> =
        Name::ALL.into_iter().filter_map(|name| excuse(name).map(|why| format!("{name} ({why})"))).collect();
    if excuses.is_empty() { Ok(()) } else { Err(Skipped(format!("all are on but for {}", excuses.join(", ")))) }
}

/// Why this kernel does not give all of a layer.
fn excuse(name: Name) -> Option<String> {
    kernel::lacks(name).or_else(|| kernel::curtails(name))
}

fn has_supplementary_groups() -> bool {
    nix::unistd::getgroups().expect("groups").iter().any(|group| *group != nix::unistd::getegid())
}

fn the_kernel_shows_the_same_from_outside() -> Outcome {
    let child = waiting();
    let none = "0000000000000000";
    for (field, expected) in [
        ("NoNewPrivs", "1"),
        ("Seccomp", "2"),
        ("CapInh", none),
        ("CapPrm", none),
        ("CapEff", none),
        ("CapBnd", none),
        ("CapAmb", none),
        ("Threads", "1"),
    ] {
        assert_eq!(status(&child, field), expected, "{field}");
    }
    if geteuid().is_root() {
        assert_eq!(status(&child, "Groups"), "");
    }
    assert_eq!(status(&child, "NSpid"), format!("{} 1", child.child.pid()));
    end(child);
    Ok(())
}

fn nothing_seen_from_outside_contradicts_the_report() -> Outcome {
    let child = waiting();
    let sights = look_at(child.child.pid()).expect("it is seen");
    let contradicting: Vec<_> = sights.iter().filter(|sight| !sight.holds).collect();
    assert!(contradicting.is_empty(), "{contradicting:?}");
    // An ordinary user sees less of an undumpable process.
    assert!(sights.len() >= if geteuid().is_root() { 14 } else { 6 }, "{sights:?}");
    end(child);
    Ok(())
}

fn namespaces(process: &str) -> Vec<(String, u64)> {
    let kinds = ["user", "pid", "net", "ipc", "uts", "mnt"];
    let inode = |kind| fs::metadata(format!("/proc/{process}/ns/{kind}")).map(|metadata| metadata.ino());
    kinds.into_iter().filter_map(|kind| Some((kind.to_owned(), inode(kind).ok()?))).collect()
}

fn only_root() -> Outcome {
    if geteuid().is_root() { Ok(()) } else { Err(Skipped("only root sees this of an undumpable process".into())) }
}

fn no_namespace_is_shared() -> Outcome {
    only_root()?;
    let child = waiting();
    let (ours, theirs) = (namespaces("self"), namespaces(&child.child.pid().to_string()));
    assert_eq!(theirs.len(), 6);
    assert!(ours.iter().all(|kind| !theirs.contains(kind)), "{ours:?} {theirs:?}");
    end(child);
    Ok(())
}

fn two_children_share_no_namespace() -> Outcome {
    only_root()?;
    let (one, two) = (waiting(), waiting());
    let (of_one, of_two) = (namespaces(&one.child.pid().to_string()), namespaces(&two.child.pid().to_string()));
    assert!(of_one.len() == 6 && of_one.iter().all(|kind| !of_two.contains(kind)), "{of_one:?} {of_two:?}");
    end(one);
    end(two);
    Ok(())
}

fn root_is_nobody_outside() -> Outcome {
    let child = waiting();
    let expected = if geteuid().is_root() { "65534".to_owned() } else { geteuid().to_string() };
    assert_eq!(status(&child, "Uid"), [expected.as_str(); 4].join(" "));
    end(child);
    Ok(())
}

fn only_kept_descriptors_stay() -> Outcome {
    let leaked = fs::File::open("/proc/self/status").expect("a file");
    let kept = fs::File::open("/dev/null").expect("a file");
    let keep = [kept.as_fd()];
    let policy = Policy { keep: &keep, ..Policy::renderer() };
    let (leaked_number, kept_number) = (leaked.as_raw_fd(), kept.as_raw_fd());
    let child = confined(&policy, move |_, pipe| {
        let open = |fd: i32| {
            // SAFETY: none is needed to ask about a number; see fcntl(2), F_GETFD.
            nix::fcntl::fcntl(unsafe_borrow(fd), nix::fcntl::FcntlArg::F_GETFD).is_ok()
        };
        let expected = [0, 1, 2, kept_number, pipe.as_raw_fd()];
        let right = (0..64).all(|fd| open(fd) == expected.contains(&fd));
        i32::from(!right || open(leaked_number))
    });
    let (_, end) = child.finish();
    assert!(exited(end, 0), "{end:?}");
    Ok(())
}

#[expect(unsafe_code, reason = "asking whether a number is a descriptor takes one that may be none")]
fn unsafe_borrow<'a>(fd: i32) -> std::os::fd::BorrowedFd<'a> {
    // SAFETY: the number is only asked about with F_GETFD, which says EBADF where it is no descriptor.
    unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) }
}

fn the_environment_is_gone_from_memory() -> Outcome {
    only_root()?;
    let child = waiting();
    let shown = fs::read(format!("/proc/{}/environ", child.child.pid())).expect("its environment");
    let ours = fs::read("/proc/self/environ").expect("our environment");
    assert!(ours.iter().any(|byte| *byte != 0), "there is something to lose");
    assert!(shown.iter().all(|byte| *byte == 0), "{}", String::from_utf8_lossy(&shown));
    end(child);
    Ok(())
}

fn a_layer_that_is_not_asked_for_is_reported_as_off() -> Outcome {
    for name in Name::ALL {
        let policy = Policy {
            layers: Layers::ALL.without(name),
            minimum: bulkhead_sandbox::Minimum::Nothing,
            ..Policy::renderer()
        };
        let child = confined(&policy, move |report, _| i32::from(!matches!(report.state(name), Some(State::Off(_)))));
        let (_, end) = child.finish();
        assert!(exited(end, 0), "{name}: {end:?}");
    }
    Ok(())
}

/// The fastest of some: the others may have waited for a loaded machine.
fn confinement_takes_less_than_three_milliseconds() -> Outcome {
    if std::env::var_os("BULKHEAD_EMULATED").is_some() {
        return Err(Skipped("BULKHEAD_EMULATED is set: time on an emulated processor says nothing".into()));
    }
    let mut fastest = u64::MAX;
    for _ in 0..200 {
        let child = confined(&Policy::renderer(), |report, mut pipe| {
            pipe.write_all(&report.microseconds.to_ne_bytes()).expect("the pipe is written");
            0
        });
        let (said, _) = child.finish();
        fastest = fastest.min(u64::from_ne_bytes(said.try_into().expect("eight bytes")));
        if fastest < 3000 {
            return Ok(());
        }
    }
    panic!("{fastest} microseconds");
}

fn a_process_with_threads_does_not_fork() -> Outcome {
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let other = std::thread::spawn(move || held.recv());
    let plan = Plan::find(Layers::NONE);
    assert!(matches!(plan, Err(ForkError::Threads(2))), "{plan:?}");
    drop(hold);
    other.join().expect("the thread ends").expect_err("nothing was sent");
    let plan = Plan::find(Layers::NONE).expect("one thread again");
    match fork(&plan).expect("a fork") {
        Fork::Child(_) => bulkhead_sandbox::exit_now(0),
        Fork::Parent(child) => assert!(exited(child.wait().expect("an end"), 0)),
    }
    Ok(())
}
