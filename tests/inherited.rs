//! Whatever state a launcher leaves its child in, every command works, with every layer of the sandbox.
//!
//! A matrix: a launcher's oddity by a command. Each oddity is laid on between fork and exec, as a launcher would.

mod common;

use common::{PATIENCE, descendants, executable};
use nix::unistd::geteuid;
use serde_json::Value;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// The user that root becomes to be an ordinary one.
const USER: u32 = 54_321;

/// What a launcher may have done to itself.
type Oddity = (&'static str, fn() -> io::Result<()>);

/// All of them. Each is one that a program can have without knowing.
const ODDITIES: &[Oddity] = &[
    ("SIGCHLD is ignored", || ignore(libc::SIGCHLD)),
    ("every signal is ignored", || (1..=64).try_for_each(|signal| ignore(signal).or(Ok(())))),
    ("every signal is blocked", block_all),
    ("a umask that takes everything from everybody", || umask(0o777)),
    ("a umask that takes nothing", || umask(0)),
    ("a soft limit of 4 KiB on files", || soft(libc::RLIMIT_FSIZE, 4096)),
    ("a soft limit of 64 MiB on addresses", || soft(libc::RLIMIT_AS, 64 << 20)),
    ("a soft limit of 16 MiB on data", || soft(libc::RLIMIT_DATA, 16 << 20)),
    ("a soft limit of no locked memory", || soft(libc::RLIMIT_MEMLOCK, 0)),
    ("a soft limit of no queued signals", || soft(libc::RLIMIT_SIGPENDING, 0)),
    ("a soft limit of one process", || soft(libc::RLIMIT_NPROC, 1)),
    ("a soft limit of 1 s on a CPU", || soft(libc::RLIMIT_CPU, 1)),
    ("a soft limit of 256 KiB on the stack", || soft(libc::RLIMIT_STACK, 256 << 10)),
    ("no limit on the stack", || soft(libc::RLIMIT_STACK, libc::RLIM_INFINITY)),
    ("no core files", || soft(libc::RLIMIT_CORE, 0)),
    ("standard input and error are closed", || close(&[0, 2])),
    ("descriptors were left open", leave_open),
    ("the lowest priority", lowest_priority),
    ("addresses are not to be random", || personality(libc::ADDR_NO_RANDOMIZE)),
    ("what can be read can be executed", || personality(libc::READ_IMPLIES_EXEC | libc::MMAP_PAGE_ZERO)),
    ("timers run", run_timers),
    ("it adopts orphans", || prctl(libc::PR_SET_CHILD_SUBREAPER, 1)),
    ("it ends with its parent", || prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM)),
    ("the current directory is gone", lose_directory),
    // Last: descriptors are opened above.
    ("a soft limit of 8 descriptors", || soft(libc::RLIMIT_NOFILE, 8)),
];

// Between fork and exec, each of these makes system calls only.
#[expect(unsafe_code, reason = "these calls have no wrapper, or one that is unsafe")]
mod calls {
    use std::io;

    fn ok(result: impl Into<i64>) -> io::Result<()> {
        if result.into() < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    pub(super) fn ignore(signal: i32) -> io::Result<()> {
        // SAFETY: no function is installed.
        if unsafe { libc::signal(signal, libc::SIG_IGN) } == libc::SIG_ERR {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    pub(super) fn block_all() -> io::Result<()> {
        // SAFETY: the set is filled before it is used.
        unsafe {
            let mut set = std::mem::zeroed();
            libc::sigfillset(&raw mut set);
            ok(libc::sigprocmask(libc::SIG_SETMASK, &raw const set, std::ptr::null_mut()))
        }
    }

    pub(super) fn umask(mask: u32) -> io::Result<()> {
        // SAFETY: it takes a number.
        unsafe { libc::umask(mask) };
        Ok(())
    }

    pub(super) fn soft(resource: libc::__rlimit_resource_t, value: u64) -> io::Result<()> {
        // SAFETY: the structure outlives both calls.
        unsafe {
            let mut limit = std::mem::zeroed::<libc::rlimit>();
            ok(libc::getrlimit(resource, &raw mut limit))?;
            limit.rlim_cur = value.min(limit.rlim_max);
            ok(libc::setrlimit(resource, &raw const limit))
        }
    }

    pub(super) fn close(descriptors: &[i32]) -> io::Result<()> {
        // SAFETY: what is closed belongs to the program that is to come.
        descriptors.iter().try_for_each(|fd| ok(unsafe { libc::close(*fd) }))
    }

    pub(super) fn leave_open() -> io::Result<()> {
        // SAFETY: it takes numbers; the copies belong to the program that is to come.
        (0..20).try_for_each(|_| ok(unsafe { libc::fcntl(1, libc::F_DUPFD, 3) }))
    }

    pub(super) fn lowest_priority() -> io::Result<()> {
        // SAFETY: it takes numbers.
        ok(unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 19) })
    }

    pub(super) fn personality(flags: i32) -> io::Result<()> {
        // SAFETY: it takes a number.
        ok(unsafe { libc::personality(flags as libc::c_ulong) })
    }

    pub(super) fn run_timers() -> io::Result<()> {
        let soon = libc::timeval { tv_sec: 0, tv_usec: 20_000 };
        let often = libc::itimerval { it_interval: soon, it_value: soon };
        let timers = [libc::ITIMER_REAL, libc::ITIMER_VIRTUAL, libc::ITIMER_PROF];
        // SAFETY: the structure outlives the call.
        timers
            .into_iter()
            .try_for_each(|timer| ok(unsafe { libc::setitimer(timer, &raw const often, std::ptr::null_mut()) }))
    }

    pub(super) fn prctl(option: i32, value: i32) -> io::Result<()> {
        // SAFETY: the options that are passed take a number.
        ok(unsafe { libc::prctl(option, value, 0, 0, 0) })
    }

    /// In the directory that the command was to start in, which only it needs.
    pub(super) fn lose_directory() -> io::Result<()> {
        // SAFETY: the strings are terminated.
        unsafe {
            ok(libc::mkdir(c"lost".as_ptr(), 0o700))?;
            ok(libc::chdir(c"lost".as_ptr()))?;
            ok(libc::rmdir(c"../lost".as_ptr()))
        }
    }
}
use calls::*;

/// A command that starts in `directory` in this state, with nothing in its environment that it could be helped by, and with what does
/// harm: no level of a log, and a stack of 16 KiB for each thread.
#[expect(unsafe_code, reason = "what happens between fork and exec is up to the caller to keep async-signal-safe")]
fn launched(oddities: &'static [Oddity], directory: &Path) -> Command {
    let mut command = Command::new(executable());
    command.current_dir(directory).env_clear().env("RUST_LOG", "=,=garbage==").env("RUST_MIN_STACK", "16384");
    // SAFETY: the oddities make system calls only.
    unsafe { command.pre_exec(move || oddities.iter().try_for_each(|(_, lay)| lay())) };
    command
}

/// A directory that every user can write to: pictures go there.
fn directory() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o1777)).expect("open to all");
    directory
}

fn said(output: &Output) -> String {
    format!(
        "{:?}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Runs it under each oddity by itself.
fn under_each(check: impl Fn(&str, &'static [Oddity], &Path)) {
    for index in 0..ODDITIES.len() {
        let oddities = &ODDITIES[index..=index];
        check(oddities[0].0, oddities, directory().path());
    }
}

#[test]
fn a_picture_of_a_page_is_made() {
    under_each(|name, oddities, directory| {
        let picture = directory.join("page.png");
        let output = launched(oddities, directory)
            .args(["--headless", "--window-size=320,240", &format!("--screenshot={}", picture.display())])
            .arg("data:text/html,<body style='background:green'>page")
            .output()
            .expect("it starts");
        assert_eq!(output.status.code(), Some(0), "{name}: {}", said(&output));
        assert!(!said(&output).contains("without a layer"), "{name}: {}", said(&output));
        assert!(std::fs::metadata(&picture).is_ok_and(|file| file.len() > 100), "{name}: {}", said(&output));
    });
}

#[test]
fn the_show_is_played() {
    under_each(|name, oddities, directory| {
        let pictures = format!("--pictures={}", directory.display());
        let output = launched(oddities, directory).args(["demo", "--headless", &pictures]).output().expect("it starts");
        assert_eq!(output.status.code(), Some(0), "{name}: {}", said(&output));
        assert!(said(&output).contains("ended by SIGKILL"), "{name}: {}", said(&output));
        assert!(directory.join("bulkhead-3-reloaded.png").exists(), "{name}");
    });
}

#[test]
fn the_lab_runs() {
    under_each(|name, oddities, directory| {
        let output = launched(oddities, directory).args(["lab", "pipe"]).output().expect("it starts");
        assert_eq!(output.status.code(), Some(0), "{name}: {}", said(&output));
    });
}

/// Whether every layer is on and every attempt was stopped.
fn holds(name: &str, output: &Output) {
    let json: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{name}: {error}: {}", said(output)));
    let list = |what: &str| json[what].as_array().expect("a list").clone();
    let off: Vec<_> = list("layers").into_iter().filter(|layer| layer["on"] != true).collect();
    assert!(off.is_empty(), "{name}: {off:#?}");
    let not_stopped: Vec<_> = list("attempts").into_iter().filter(|attempt| attempt["stopped"] != true).collect();
    assert!(not_stopped.is_empty(), "{name}: {not_stopped:#?}");
    assert!(list("layers").len() == 15 && list("attempts").len() >= 130, "{name}: {}", list("attempts").len());
    assert_eq!(output.status.code(), Some(0), "{name}: {}", said(output));
}

/// Those that the sandbox is most likely to suffer from, one by one; the suite takes seconds.
const FOR_THE_SANDBOX: [&str; 5] = [
    "a soft limit of 8 descriptors",
    "SIGCHLD is ignored",
    "every signal is blocked",
    "a umask that takes everything from everybody",
    "no limit on the stack",
];

#[test]
fn the_sandbox_holds_under_those_that_concern_it() {
    for index in 0..ODDITIES.len() {
        let oddities = &ODDITIES[index..=index];
        if FOR_THE_SANDBOX.contains(&oddities[0].0) {
            let directory = directory();
            let output = launched(oddities, directory.path()).args(["sandbox", "--json"]).output().expect("it starts");
            holds(oddities[0].0, &output);
        }
    }
}

#[test]
fn the_sandbox_holds_under_all_of_them_together() {
    let directory = directory();
    let output = launched(ODDITIES, directory.path()).args(["sandbox", "--json"]).output().expect("it starts");
    holds("all", &output);
}

#[test]
fn the_sandbox_of_an_ordinary_user_holds_under_all_of_them_together() {
    if !geteuid().is_root() {
        eprintln!("skipped: the other test is this one");
        return;
    }
    let directory = directory();
    let mut command = launched(ODDITIES, directory.path());
    let output = command.args(["sandbox", "--json"]).uid(USER).gid(USER).output().expect("it starts");
    holds("all, as an ordinary user", &output);
}

/// The kernel's word on each process, not what a page looks like.
#[test]
fn a_weak_personality_reaches_no_process() {
    static WEAK: [Oddity; 2] = [
        ("addresses are not to be random", || personality(libc::ADDR_NO_RANDOMIZE | libc::MMAP_PAGE_ZERO)),
        ("no limit on the stack", || soft(libc::RLIMIT_STACK, libc::RLIM_INFINITY)),
    ];
    let directory = directory();
    let mut broker =
        launched(&WEAK, directory.path()).args(["--headless", "bulkhead://hang"]).spawn().expect("it starts");
    let pid = broker.id().cast_signed();
    let deadline = Instant::now() + PATIENCE;
    let renderer =
        |pid: &i32| std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "bh-renderer");
    while !descendants(pid).iter().any(renderer) {
        assert!(Instant::now() < deadline, "waited in vain for a renderer");
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut seen = 0;
    for process in std::iter::once(pid).chain(descendants(pid)) {
        // A confined process shows it to root only.
        if let Ok(personality) = std::fs::read_to_string(format!("/proc/{process}/personality")) {
            assert_eq!(personality.trim(), "00000000", "of process {process}");
            seen += 1;
        }
    }
    broker.kill().expect("it is there");
    broker.wait().expect("its end");
    assert!(seen >= 2, "broker and zygote at least");
}

#[test]
fn a_log_level_that_is_none_is_said() {
    let directory = directory();
    let output = launched(&[], directory.path()).args(["--headless", "about:blank"]).output().expect("it starts");
    assert!(said(&output).contains("RUST_LOG is not understood"), "{}", said(&output));
    assert_eq!(output.status.code(), Some(0));
}
