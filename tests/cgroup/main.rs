//! Where a cgroup is delegated, each renderer is born in a part of it, whose bounds the kernel enforces; and the cgroup is as it was
//! when the browser has ended.
//!
//! This program delegates one to itself, which takes root and a memory controller of version 2. Elsewhere the tests are ignored, and
//! it says why.

#[path = "../common/mod.rs"]
mod common;
#[allow(dead_code, reason = "one of its renderers is wanted here")]
#[path = "../hostile_renderer/peer.rs"]
mod peer;

use bulkhead_broker::browser::Isolation;
use bulkhead_broker::death::Death;
use bulkhead_broker::memory::{Budget, Exhausted};
use common::{browser_with, html, isolation, loaded, open, pid, tab, url, wait_tab};
use libtest_mimic::{Arguments, Failed, Trial};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const MIB: u64 = 1 << 20;

fn main() {
    if std::env::args().any(|argument| argument == "--type=zygote") {
        peer::zygote(|_, _| false);
    }
    let mut arguments = Arguments::from_args();
    // A process is in one cgroup at a time, so there is one browser at a time.
    arguments.test_threads = Some(1);
    let scope = delegate();
    if let Err(why) = &scope {
        eprintln!("ignored, for want of a cgroup: {why}");
    }
    let ignored = scope.is_err();
    let scope = scope.unwrap_or_default();
    let (first, second) = (scope.clone(), scope.clone());
    let trials = vec![
        Trial::test("a renderer is born in its own cgroup", move || is_born_in_its_cgroup(&first)),
        Trial::test("the kernel ends what its cgroup has no memory for", move || is_ended_by_the_kernel(&second)),
    ];
    let trials = trials.into_iter().map(|trial| trial.with_ignored_flag(ignored)).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    withdraw(&scope);
    conclusion.exit();
}

/// Makes a cgroup for this process alone.
fn delegate() -> io::Result<PathBuf> {
    let mounts = fs::read_to_string("/proc/mounts")?;
    let is_v2 = |line: &&str| line.split(' ').nth(2) == Some("cgroup2");
    let line = mounts.lines().find(is_v2).ok_or_else(|| io::Error::other("no cgroup v2 is mounted"))?;
    let root = Path::new(line.split(' ').nth(1).unwrap_or_default());
    let scope = root.join(format!("bulkhead-test-{}", std::process::id()));
    fs::create_dir(&scope)?;
    if !fs::read_to_string(scope.join("cgroup.controllers"))?.split_whitespace().any(|name| name == "memory") {
        fs::remove_dir(&scope)?;
        return Err(io::Error::other("the memory controller is not one of version 2 here"));
    }
    fs::write(scope.join("cgroup.procs"), std::process::id().to_string())?;
    Ok(scope)
}

fn withdraw(scope: &Path) {
    if let Some(root) = scope.parent() {
        let _ = fs::write(root.join("cgroup.procs"), std::process::id().to_string());
        fs::remove_dir(scope).expect("the browser has left nothing in it");
    }
}

fn read(path: PathBuf) -> String {
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).trim().to_owned()
}

fn is_born_in_its_cgroup(scope: &Path) -> Result<(), Failed> {
    let memory = Budget { tab: 100 * MIB, all: 300 * MIB };
    let mut headless = browser_with(Isolation { memory, ..isolation() });
    let tabs = scope.join("bulkhead-tabs");
    let shown = open(&mut headless, html("<title>one</title>"));
    let cgroup = read(format!("/proc/{}/cgroup", pid(&headless, shown)).into());
    let name = cgroup.rsplit('/').next().unwrap_or_default();
    let cell = tabs.join(name);
    assert_eq!(read(cell.join("cgroup.procs")), pid(&headless, shown).to_string(), "{cgroup}");
    assert_eq!(read(tabs.join("memory.max")), memory.all.to_string());
    assert!(read(cell.join("memory.max")).parse::<u64>()? > memory.tab);
    assert_eq!(read(cell.join("pids.max")), "1");
    assert_eq!(read(cell.join("cpu.weight")), "100");

    let other = headless.browser.open_tab(html("<title>two</title>"), true);
    loaded(&mut headless, other);
    wait_tab(&mut headless, other, "a frame", |tab| tab.front.is_some());
    assert_eq!(read(cell.join("cpu.weight")), "33", "the first is hidden now");
    headless.browser.close_tab(other);
    headless.shutdown();
    assert_eq!(read(scope.join("cgroup.procs")), std::process::id().to_string(), "this process is back");
    assert!(!tabs.exists() && !scope.join("bulkhead-broker").exists());
    Ok(())
}

/// By memory that no count of its own pages shows.
fn is_ended_by_the_kernel(scope: &Path) -> Result<(), Failed> {
    let executable = std::env::current_exe()?;
    let memory = Budget { tab: 4096 * MIB, all: 100 * MIB };
    let mut headless = browser_with(Isolation { executable, memory, ..isolation() });
    let bystander = open(&mut headless, url("data:text/plain,polite"));
    let hoarder = headless.browser.open_tab(url("data:text/plain,hoard shared"), true);
    wait_tab(&mut headless, hoarder, "its end", |tab| tab.death().is_some());
    assert_eq!(tab(&headless, hoarder).death(), Some(&Death::OutOfMemory(Exhausted::Cgroup)));
    assert!(tab(&headless, bystander).death().is_none());
    headless.shutdown();
    assert!(!scope.join("bulkhead-tabs").exists());
    Ok(())
}
