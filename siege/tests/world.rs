//! What the attack suite makes for its attempts: nobody else gets to it, whatever ends its maker leaves nothing of it, and what
//! cannot be made takes no more with it than the attempts that need it.

#[path = "../../sandbox/tests/support/mod.rs"]
mod support;

use bulkhead_sandbox::{Child, Fork, Layers, Plan, exit_now, fork};
use bulkhead_siege::judge::Verdict;
use bulkhead_siege::suite::{Depth, Suite, Tried};
use bulkhead_siege::{ForkLauncher, Part, Targets, World};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigHandler, Signal, killpg};
use nix::unistd::{Gid, Pid, Uid, geteuid, setgroups, setpgid, setresgid, setresuid};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use support::{Outcome, Skipped, exited, run};

fn main() {
    run(&[
        ("nobody_else_gets_to_it", nobody_else_gets_to_it),
        ("nothing_of_it_is_set_user_id_root", nothing_of_it_is_set_user_id_root),
        ("links_that_others_put_in_its_way_are_not_followed", links_that_others_put_in_its_way_are_not_followed),
        ("dropped_it_is_gone", dropped_it_is_gone),
        ("whatever_ends_its_maker_it_is_gone", whatever_ends_its_maker_it_is_gone),
        ("what_is_left_where_nobody_cleared_up_is_cleared_by_the_next", what_is_left_is_cleared_by_the_next),
        ("a_part_that_cannot_be_made_takes_its_attempts_along", a_part_that_cannot_be_made_takes_its_attempts_along),
        ("without_any_directory_the_rest_is_tried", without_any_directory_the_rest_is_tried),
    ]);
}

/// Only ever reached by a failure.
const DEADLINE: Duration = Duration::from_secs(60);

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Runs `work` in a process of its own; it has passed if that exits with 0.
fn in_process(work: impl FnOnce()) -> Child {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    match fork(&Plan::find(Layers::NONE).expect("a plan")).expect("a fork") {
        Fork::Child(_) => exit_now(i32::from(catch_unwind(AssertUnwindSafe(work)).is_err())),
        Fork::Parent(child) => child,
    }
}

/// The directory that is closed to others.
fn outer(targets: &Targets) -> PathBuf {
    Path::new(&targets.directory).parent().expect("it is in a directory").to_owned()
}

fn become_somebody(uid: u32) {
    setgroups(&[]).expect("root drops groups");
    setresgid(Gid::from_raw(uid), Gid::from_raw(uid), Gid::from_raw(uid)).expect("root changes its group");
    setresuid(Uid::from_raw(uid), Uid::from_raw(uid), Uid::from_raw(uid)).expect("root changes its user");
}

fn nobody_else_gets_to_it() -> Outcome {
    let world = World::create();
    let outer = outer(world.targets());
    let metadata = fs::symlink_metadata(&outer).expect("it is there");
    assert_eq!((metadata.mode() & 0o7777, metadata.uid()), (0o700, geteuid().as_raw()));
    if !geteuid().is_root() {
        return Err(Skipped("only root can be somebody else".to_owned()));
    }
    // The very user whom the attempts become.
    let directory = world.targets().directory.clone();
    let somebody = in_process(move || {
        become_somebody(65534);
        for path in [outer.clone(), directory.clone().into(), Path::new(&directory).join("fixed/writable")] {
            let opened = File::open(&path).map(drop).map_err(|error| error.kind());
            assert_eq!(opened, Err(io::ErrorKind::PermissionDenied), "{}", path.display());
        }
    });
    assert!(exited(somebody.wait().expect("an end"), 0));
    Ok(())
}

fn nothing_of_it_is_set_user_id_root() -> Outcome {
    let world = World::create();
    let (mut files, mut others) = (0, 0);
    for directory in [world.targets().directory.clone(), format!("{}/fixed", world.targets().directory)] {
        for entry in fs::read_dir(directory).expect("a directory") {
            let metadata = entry.expect("an entry").metadata().expect("it is there");
            files += 1;
            if metadata.is_file() && metadata.mode() & 0o6000 != 0 {
                others += 1;
                assert_ne!(metadata.uid(), 0, "whoever ran it would be root");
            }
        }
    }
    assert!(files >= 6, "{files}");
    assert_eq!(others, usize::from(geteuid().is_root()), "only root can make one");
    Ok(())
}

/// Whoever guesses a name, as it once was, finds that it is not used.
fn links_that_others_put_in_its_way_are_not_followed() -> Outcome {
    let place = tempfile::tempdir().expect("a place");
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o1777)).expect("open to all");
    let trap = place.path().join("trap");
    fs::create_dir(&trap).expect("a directory");
    fs::set_permissions(&trap, fs::Permissions::from_mode(0o777)).expect("open to all");
    for serial in 0..8 {
        let guessed = format!("bulkhead-attack-{}-{serial}", std::process::id());
        std::os::unix::fs::symlink(&trap, place.path().join(guessed)).expect("a link");
    }
    let path = place.path().to_owned();
    let maker = in_process(move || {
        set_temporary(&path);
        let world = World::create();
        assert_eq!(outer(world.targets()).parent(), Some(&*fs::canonicalize(&path).expect("it is there")));
        assert!(world.harms().is_empty());
        drop(world);
    });
    assert!(exited(maker.wait().expect("an end"), 0));
    assert_eq!(fs::read_dir(&trap).expect("it is there").count(), 0, "the links were not followed");
    assert_eq!(fs::read_dir(place.path()).expect("it is there").count(), 9, "and nothing was left");
    Ok(())
}

/// Of the calling process, which has one thread.
#[expect(unsafe_code, reason = "the environment is no thread's but this one's")]
fn set_temporary(place: &Path) {
    // SAFETY: this process was forked with one thread, and has not started another.
    unsafe { std::env::set_var("TMPDIR", place) }
}

/// What others can see of a world: enough to tell whether it is there.
#[derive(Clone, Debug)]
struct Trace {
    outer: PathBuf,
    memory: i32,
    queue: i32,
    semaphore: i32,
    posix_queue: String,
}

impl Trace {
    fn of(targets: &Targets) -> Self {
        let sysv = targets.sysv;
        let (memory, queue, semaphore) = (sysv.memory, sysv.queue, sysv.semaphore);
        Self { outer: outer(targets), memory, queue, semaphore, posix_queue: targets.queue.clone() }
    }

    fn to_line(&self) -> String {
        let Self { outer, memory, queue, semaphore, posix_queue } = self;
        format!("{memory} {queue} {semaphore} {posix_queue} {}\n", outer.display())
    }

    fn from_line(line: &str) -> Self {
        let mut words = line.split_whitespace();
        let mut next = || words.next().expect("a word").to_owned();
        let mut number = || next().parse().expect("a number");
        let (memory, queue, semaphore) = (number(), number(), number());
        Self { memory, queue, semaphore, posix_queue: next(), outer: next().into() }
    }

    /// Which parts of it are there.
    fn parts(&self) -> Vec<&'static str> {
        let queue = || {
            nix::mqueue::mq_open(
                format!("/{}", self.posix_queue).as_str(),
                nix::mqueue::MQ_OFlag::O_RDONLY,
                nix::sys::stat::Mode::empty(),
                None,
            )
        };
        let parts = [
            ("directory", self.outer.exists()),
            ("memory", is_there(libc::SYS_shmctl, &[self.memory, libc::IPC_STAT])),
            ("queue", is_there(libc::SYS_msgctl, &[self.queue, libc::IPC_STAT])),
            ("semaphore", is_there(libc::SYS_semctl, &[self.semaphore, 0, libc::IPC_STAT])),
            ("POSIX queue", queue().map(nix::mqueue::mq_close).is_ok()),
        ];
        parts.into_iter().filter(|(_, there)| *there).map(|(part, _)| part).collect()
    }
}

/// Whether there is a System V object.
#[expect(unsafe_code, reason = "these calls have no wrapper")]
fn is_there(call: libc::c_long, arguments: &[i32]) -> bool {
    let mut object = [0_u64; 64];
    let mut words = [object.as_mut_ptr() as usize; 4];
    words.iter_mut().zip(arguments).for_each(|(word, number)| *word = *number as usize);
    // SAFETY: after the numbers comes the address of something larger than each of the three structures.
    let result = unsafe { libc::syscall(call, words[0], words[1], words[2], words[3]) };
    Errno::result(result) != Err(Errno::EINVAL)
}

/// A process, the leader of its group, that has made a world and does nothing but keep it.
fn maker() -> (Child, Trace) {
    let (reader, mut writer) = io::pipe().expect("a pipe");
    let maker = in_process(move || {
        setpgid(Pid::from_raw(0), Pid::from_raw(0)).expect("a group of its own");
        [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().for_each(end_by);
        let world = World::create();
        writer.write_all(Trace::of(world.targets()).to_line().as_bytes()).expect("the test reads");
        loop {
            nix::unistd::pause();
        }
    });
    let mut line = String::new();
    BufReader::new(reader).read_line(&mut line).expect("a line");
    (maker, Trace::from_line(&line))
}

/// Has the signal end this process, also where a launcher has it ignored: a shell does so for what it starts in the background.
#[expect(unsafe_code, reason = "signal(2) may install a handler")]
fn end_by(signal: Signal) {
    // SAFETY: the default action runs no code of this process.
    unsafe { nix::sys::signal::signal(signal, SigHandler::SigDfl) }.expect("a disposition");
}

fn dropped_it_is_gone() -> Outcome {
    let world = World::create();
    let trace = Trace::of(world.targets());
    assert_eq!(trace.parts(), ["directory", "memory", "queue", "semaphore", "POSIX queue"]);
    drop(world);
    assert_eq!(trace.parts(), [""; 0]);
    Ok(())
}

fn whatever_ends_its_maker_it_is_gone() -> Outcome {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGKILL] {
        let (maker, trace) = maker();
        assert_eq!(trace.parts().len(), 5, "{trace:?}");
        // As a terminal does it: to all of the group.
        #[expect(clippy::disallowed_methods, reason = "the group is that of a child that was not waited for")]
        killpg(maker.pid(), signal).expect("a signal");
        maker.wait().expect("an end");
        wait_until(&format!("the world to be gone after {signal}"), || trace.parts().is_empty());
    }
    Ok(())
}

fn what_is_left_is_cleared_by_the_next() -> Outcome {
    let (maker, trace) = maker();
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", maker.pid())).expect("a list");
    let is_keeper =
        |pid: &&str| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "bh-keeper");
    let keeper: i32 = children.split_whitespace().find(is_keeper).expect("a keeper").parse().expect("a number");
    let keeper = bulkhead_pidfd(keeper);
    signal(&keeper, Signal::SIGKILL);
    poll(&mut [PollFd::new(keeper.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE).expect("its end");
    maker.kill().expect("killed");
    maker.wait().expect("an end");
    // The memory goes with its last user.
    wait_until("what the kernel removes by itself", || {
        trace.parts() == ["directory", "queue", "semaphore", "POSIX queue"]
    });

    let next = World::create();

    assert_eq!(trace.parts(), [""; 0]);
    assert_eq!(Trace::of(next.targets()).parts().len(), 5);
    Ok(())
}

/// A process by descriptor.
fn bulkhead_pidfd(pid: i32) -> std::os::fd::OwnedFd {
    use std::os::fd::FromRawFd;
    // SAFETY: two numbers are passed, and what comes back is owned by nobody else.
    #[expect(unsafe_code, reason = "this call has no wrapper")]
    unsafe {
        let fd = Errno::result(libc::syscall(libc::SYS_pidfd_open, pid, 0)).expect("a pidfd");
        std::os::fd::OwnedFd::from_raw_fd(fd as i32)
    }
}

#[expect(unsafe_code, reason = "this call has no wrapper")]
fn signal(process: &std::os::fd::OwnedFd, signal: Signal) {
    use std::os::fd::AsRawFd;
    let none = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: the descriptor is open, and a null siginfo is allowed.
    let sent = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, process.as_raw_fd(), signal as i32, none, 0) };
    Errno::result(sent).expect("a signal");
}

fn attack() -> Vec<Tried> {
    let mut suite = Suite::new(ForkLauncher::new().expect("a launcher"), World::create());
    suite.run(Depth::Once(Layers::ALL), |_| ()).expect("the suite runs")
}

/// Names and reasons of the attempts that were not made.
fn untried(tried: &[Tried]) -> Vec<(&'static str, String)> {
    let reason = |tried: &Tried| match tried.first() {
        Verdict::Unable(why) => Some((tried.attempt.name, why.clone())),
        _ => None,
    };
    tried.iter().filter_map(reason).collect()
}

/// No room for a single POSIX queue: what once had the process group of the browser killed.
fn a_part_that_cannot_be_made_takes_its_attempts_along() -> Outcome {
    let before = untried(&attack());
    let maker = in_process(move || {
        let (_, hard) = getrlimit(Resource::RLIMIT_MSGQUEUE).expect("a limit");
        setrlimit(Resource::RLIMIT_MSGQUEUE, 0, hard).expect("a lower limit");
        let tried = attack();
        let harmful: Vec<_> = tried.iter().filter(|tried| !tried.is_harmless()).collect();
        assert!(harmful.is_empty(), "{harmful:#?}");
        let more: Vec<_> = untried(&tried).into_iter().filter(|tried| !before.contains(tried)).collect();
        let [("posix-queue", why)] = more.as_slice() else { panic!("{more:?}") };
        assert!(why.starts_with(&format!("there is no {}: EMFILE", Part::PosixQueue)), "{why}");
    });
    assert!(exited(maker.wait().expect("an end"), 0));
    Ok(())
}

fn without_any_directory_the_rest_is_tried() -> Outcome {
    if !geteuid().is_root() {
        return Err(Skipped("only root can take every place away".to_owned()));
    }
    let maker = in_process(|| {
        use nix::sched::{CloneFlags, unshare};
        unshare(CloneFlags::CLONE_NEWNS).expect("mounts of its own");
        mount_over(&["/tmp", "/var/tmp", "/dev/shm"]);
        let missing = World::create();
        assert_eq!(missing.targets().directory, "");
        drop(missing);
        let tried = attack();
        let untried = untried(&tried);
        let why = |name: &str| untried.iter().find(|(untried, _)| *untried == name).map(|(_, why)| why.clone());
        let read_file = why("read-file").expect("there is no file to read");
        assert!(read_file.contains("/tmp") && read_file.contains("EROFS"), "{read_file}");
        assert_eq!(why("kill"), None, "the victim is there");
        assert!(tried.iter().all(Tried::is_harmless));
    });
    assert!(exited(maker.wait().expect("an end"), 0));
    Ok(())
}

/// Mounts something over these that cannot be written to.
#[expect(unsafe_code, reason = "the call has no wrapper in the features that are built")]
fn mount_over(places: &[&str]) {
    let mount = |target: &str, kind: &std::ffi::CStr, flags: u64| {
        let target = std::ffi::CString::new(target).expect("a path");
        // SAFETY: terminated strings that live through the call.
        let result = unsafe {
            libc::mount(c"none".as_ptr(), target.as_ptr(), kind.as_ptr(), flags as libc::c_ulong, std::ptr::null())
        };
        Errno::result(result).expect("a mount");
    };
    mount("/", c"none", libc::MS_REC | libc::MS_PRIVATE);
    places.iter().filter(|place| Path::new(place).exists()).for_each(|place| mount(place, c"tmpfs", libc::MS_RDONLY));
}
