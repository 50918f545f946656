//! Ctrl+C, a terminal that is closed, a session that ends: the browser ends by the very signal, as its launcher expects, and leaves no
//! process and no file.

mod common;
mod desktop;

use bulkhead_shared::pidfd::Pidfd;
use common::{descendants, executable, is_running, signal_process, wait_until};
use desktop::{Desktop, page};
use nix::unistd::Pid;
use std::fs;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

const ASKING: [i32; 3] = [libc::SIGHUP, libc::SIGINT, libc::SIGTERM];

/// A browser without a window that lives until it is asked to end.
fn long_lived(temporary: &Path, page: &str) -> Child {
    Command::new(executable())
        .args(["--headless", "--timeout=600", page])
        .env("TMPDIR", temporary)
        .stderr(Stdio::null())
        .spawn()
        .expect("the browser starts")
}

fn pid(browser: &Child) -> Pid {
    Pid::from_raw(browser.id().cast_signed())
}

/// Waits for zygote and renderer, and returns them. The renderer is what it is to be once it is confined.
fn processes_of(browser: &Child) -> Vec<i32> {
    let mut processes = Vec::new();
    wait_until("a renderer that is confined", || {
        processes = descendants(pid(browser).as_raw());
        processes.len() == 2
            && processes.iter().any(|process| status(*process, "Seccomp:").is_some_and(|mode| mode == "2"))
    });
    processes
}

/// What `/proc/PID/status` says in this line.
fn status(process: i32, line: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    Some(status.lines().find_map(|text| text.strip_prefix(line))?.trim().to_owned())
}

/// As a terminal does with its foreground process group: whoever has not ended is asked. Returns whom the browser has started.
fn signal_all(browser: &Child, signal: i32) -> Vec<i32> {
    let processes = descendants(pid(browser).as_raw());
    for process in processes.iter().copied().chain([pid(browser).as_raw()]) {
        if let Ok(process) = Pidfd::open(Pid::from_raw(process)) {
            let _ = process.signal(signal);
        }
    }
    processes
}

fn nothing_is_left(how: &str, status: ExitStatus, signal: i32, processes: &[i32], temporary: &Path) {
    assert_eq!(status.signal(), Some(signal), "{how}: {status}");
    // One that was just being forked has the zygote's end as its own.
    wait_until("all processes to end", || !processes.iter().any(|pid| is_running(*pid)));
    assert_eq!(fs::read_dir(temporary).expect("it is there").count(), 0, "{how}, signal {signal}");
}

#[test]
fn without_a_window() {
    for signal in ASKING {
        let temporary = tempfile::tempdir().unwrap();
        let mut browser = long_lived(temporary.path(), "bulkhead://hang");
        let processes = processes_of(&browser);
        signal_process(pid(&browser), signal);
        nothing_is_left("a page hangs", browser.wait().unwrap(), signal, &processes, temporary.path());
    }
}

#[test]
fn with_a_window() {
    for kind in desktop::KINDS {
        let Some(desktop) = Desktop::start(kind) else { continue };
        for signal in ASKING {
            let (pages, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let first = page(pages.path(), "first", "#00ff00");
            let mut browser = desktop.browse_with(&[&first], |command| _ = command.env("TMPDIR", temporary.path()));
            desktop.wait_title("first - Bulkhead");
            let processes = descendants(browser.pid());
            assert_eq!(processes.len(), 2, "zygote and renderer");
            signal_process(Pid::from_raw(browser.pid()), signal);
            nothing_is_left(&format!("{kind:?}"), browser.wait(), signal, &processes, temporary.path());
        }
    }
}

#[test]
fn as_a_terminal_asks_all_of_its_processes_at_once() {
    for signal in ASKING {
        let temporary = tempfile::tempdir().unwrap();
        let mut browser = long_lived(temporary.path(), "bulkhead://hang");
        let processes = processes_of(&browser);
        signal_all(&browser, signal);
        nothing_is_left("the whole group", browser.wait().unwrap(), signal, &processes, temporary.path());
    }
}

#[test]
fn as_a_terminal_asks_while_the_zygote_s_socket_lies_in_the_file_system() {
    for signal in ASKING {
        for _ in 0..20 {
            let temporary = tempfile::tempdir().unwrap();
            let mut browser = long_lived(temporary.path(), "data:text/plain,x");
            wait_until("the zygote's directory", || {
                fs::read_dir(temporary.path()).unwrap().count() > 0 || browser.try_wait().unwrap().is_some()
            });
            let processes = signal_all(&browser, signal);
            browser.wait().unwrap();
            wait_until("all processes to end", || !processes.iter().any(|pid| is_running(*pid)));
            let left: Vec<_> = fs::read_dir(temporary.path()).unwrap().flatten().map(|entry| entry.path()).collect();
            assert!(left.is_empty(), "signal {signal}: {left:?}");
        }
    }
}

#[test]
fn a_second_time_while_its_processes_cannot_end() {
    let temporary = tempfile::tempdir().unwrap();
    let mut browser = long_lived(temporary.path(), "bulkhead://hang");
    let processes = processes_of(&browser);
    // What is stopped does not answer, so the first signal has the browser wait for it.
    processes.iter().for_each(|process| signal_process(Pid::from_raw(*process), libc::SIGSTOP));
    signal_process(pid(&browser), libc::SIGTERM);
    signal_process(pid(&browser), libc::SIGINT);
    let status = browser.wait().unwrap();
    assert!([Some(libc::SIGTERM), Some(libc::SIGINT)].contains(&status.signal()), "{status}");
    wait_until("all processes to end", || !processes.iter().any(|pid| is_running(*pid)));
}

#[test]
#[expect(unsafe_code, reason = "a launcher ignores signals between fork and exec")]
fn not_by_a_signal_that_its_launcher_ignores() {
    let mut command = Command::new(executable());
    command.args(["--headless", "--timeout=600", "bulkhead://hang"]).stderr(Stdio::null());
    // SAFETY: signal(2) is async-signal-safe.
    unsafe {
        command.pre_exec(|| match libc::signal(libc::SIGHUP, libc::SIG_IGN) {
            libc::SIG_ERR => Err(std::io::Error::last_os_error()),
            _ => Ok(()),
        });
    }
    let mut browser = command.spawn().expect("the browser starts");
    let processes = processes_of(&browser);
    let all: Vec<_> = processes.iter().copied().chain([pid(&browser).as_raw()]).collect();
    all.iter().for_each(|process| {
        let mask = status(*process, "SigIgn:").expect("it is there");
        assert_eq!(u64::from_str_radix(&mask, 16).unwrap() & 1, 1, "process {process} ignores SIGHUP: {mask}");
    });
    signal_process(pid(&browser), libc::SIGHUP);
    signal_process(pid(&browser), libc::SIGTERM);
    assert_eq!(browser.wait().unwrap().signal(), Some(libc::SIGTERM));
}
