//! The processes of the browser, and what they use: for the table of the window and for `bulkhead://processes`.
//!
//! Contract:
//! - the main thread says which processes there are ([`ProcessTable::note`]); that is cheap, and done at every change;
//! - whoever wants figures reads `/proc` (`ProcessTable::sample`, [`ProcessTable::rows`]), on any thread; nobody reads it
//!   when nobody asks;
//! - the window reads nothing itself: the kernel adds the figures up under the lock of the process's memory, which may take long.
//!   A thread does, for as long as somebody watches ([`ProcessTable::watch`]);
//! - a process that ends in between is left out, and so is another one that has its number since: a number and the time of the
//!   start name one process only. Files of `/proc`: proc_pid_stat(5), proc_pid_smaps(5), proc_pid_status(5).

use crate::browser::{Activity, Browser, Process, Tab, Zygote};
use crate::memory::meter;
use bulkhead_shared::ids::TabId;
use crossbeam_channel::{Receiver, Sender, bounded};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The unit of times in `/proc/PID/stat`: `USER_HZ`, which the kernel's ABI fixes at 100 (include/asm-generic/param.h).
const TICKS_PER_SECOND: f64 = 100.0;

/// What a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessKind {
    /// The one that decides.
    Broker,
    /// The one that forks renderers.
    Zygote,
    /// One for each tab.
    Renderer,
    /// The one with the network.
    Net,
}

impl ProcessKind {
    /// For people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Zygote => "zygote",
            Self::Renderer => "renderer",
            Self::Net => "net",
        }
    }
}

/// A row of the process table.
#[derive(Clone, Debug)]
pub struct ProcessRow {
    /// What it is.
    pub kind: ProcessKind,
    /// As the broker's PID namespace counts.
    pub pid: i32,
    /// The tab that it serves.
    pub tab: Option<TabId>,
    /// That tab's title. A stranger's text: to be escaped.
    pub title: String,
    /// Such as `running`, `loading`, `unresponsive`.
    pub state: String,
    /// Private bytes.
    pub memory: u64,
    /// Percent of one core.
    pub cpu: f32,
}

/// What the main thread knows of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    kind: ProcessKind,
    pid: i32,
    /// When it was started ([`started`]), where that is known.
    started: Option<u64>,
    tab: Option<TabId>,
    title: String,
    state: &'static str,
}

/// A shared handle on the table.
#[derive(Clone, Debug, Default)]
pub struct ProcessTable(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    known: Mutex<Vec<Known>>,
    /// For those who ask now and then: CPU since they last asked.
    sampler: Mutex<Sampler>,
}

impl ProcessTable {
    /// The processes that there are now.
    pub fn note(&self, browser: &Browser) {
        let broker = Known {
            kind: ProcessKind::Broker,
            pid: std::process::id().cast_signed(),
            started: None,
            tab: None,
            title: "Window, tabs, policy".to_owned(),
            state: "running",
        };
        let zygote = match browser.zygote() {
            Zygote::Warm { pid, started } => Some(Known {
                kind: ProcessKind::Zygote,
                pid: *pid,
                started: *started,
                tab: None,
                title: "Parent of the renderers".to_owned(),
                state: "warm",
            }),
            Zygote::Starting | Zygote::Gone { .. } | Zygote::Lost(_) => None,
        };
        let renderers = browser.tabs().iter().filter_map(renderer);
        *lock(&self.0.known) = std::iter::once(broker).chain(zygote).chain(renderers).collect();
    }

    /// The processes and what they use, CPU since `sampler` was last used.
    fn sample(&self, sampler: &mut Sampler) -> Vec<ProcessRow> {
        let known = lock(&self.0.known).clone();
        sampler.rows(known)
    }

    /// Has a thread read figures each time that it is asked to, until the handle is dropped.
    ///
    /// # Errors
    /// If there can be no thread.
    pub fn watch(&self) -> io::Result<Watcher> {
        // It is asked again once it has answered, so neither side ever waits for room.
        let (orders, asked) = bounded(1);
        let (done, rows) = bounded(1);
        let table = self.clone();
        std::thread::Builder::new().name("process-table".to_owned()).spawn(move || {
            let mut sampler = Sampler::default();
            for () in asked {
                if done.send(table.sample(&mut sampler)).is_err() {
                    break;
                }
            }
        })?;
        Ok(Watcher { orders, rows, waits: false })
    }

    /// The same, CPU since anybody last called this.
    #[must_use]
    pub fn rows(&self) -> Vec<ProcessRow> {
        self.sample(&mut lock(&self.0.sampler))
    }
}

fn renderer(tab: &Tab) -> Option<Known> {
    let Process::Running { pid: Some(pid), started, .. } = tab.process else { return None };
    let state = match tab.activity() {
        Activity::Loading => "loading",
        Activity::Unresponsive => "unresponsive",
        Activity::Idle | Activity::Crashed => "running",
    };
    Some(Known { kind: ProcessKind::Renderer, pid, started, tab: Some(tab.id), title: tab.title(), state })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind these is replaced as a whole, so a panic in between leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// When a process was started, in ticks since boot. With its number, that names it for as long as the machine runs.
pub(crate) fn started(pid: i32) -> Option<u64> {
    Some(times(&read(pid, "stat")?)?.started)
}

/// A thread that reads figures when it is asked to.
#[derive(Debug)]
pub struct Watcher {
    orders: Sender<()>,
    rows: Receiver<Vec<ProcessRow>>,
    waits: bool,
}

impl Watcher {
    /// Asks for figures, unless they are awaited already.
    pub fn ask(&mut self) {
        self.waits |= self.orders.try_send(()).is_ok();
    }

    /// Whether figures are awaited.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.waits
    }

    /// The figures that were asked for, once they are there.
    pub fn take(&mut self) -> Option<Vec<ProcessRow>> {
        let rows = self.rows.try_recv().ok()?;
        self.waits = false;
        Some(rows)
    }
}

/// Remembers the last sample of each process, to tell how much CPU it has used since.
#[derive(Debug, Default)]
struct Sampler {
    previous: BTreeMap<i32, (Instant, Times)>,
}

/// From `/proc/PID/stat`, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Times {
    used: u64,
    /// When it was started, since boot: tells it from a later process with the same pid.
    started: u64,
}

impl Sampler {
    fn rows(&mut self, known: Vec<Known>) -> Vec<ProcessRow> {
        let now = Instant::now();
        let mut current = BTreeMap::new();
        let mut rows = Vec::with_capacity(known.len());
        for Known { kind, pid, started, tab, title, state } in known {
            let memory = private_bytes(pid);
            // After the memory was read: then what was read is this process's.
            let Some(times) = read(pid, "stat").and_then(|stat| times(&stat)) else { continue };
            if started.is_some_and(|started| started != times.started) {
                continue;
            }
            let cpu = match self.previous.get(&pid) {
                Some((then, before)) if before.started == times.started => {
                    percent(times.used.saturating_sub(before.used), now.saturating_duration_since(*then))
                }
                _ => percent(times.used, age(times.started)),
            };
            current.insert(pid, (now, times));
            rows.push(ProcessRow { kind, pid, tab, title, state: state.to_owned(), memory, cpu });
        }
        self.previous = current;
        rows
    }
}

fn read(pid: i32, file: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/{pid}/{file}")).ok()
}

/// Of the line of `/proc/PID/stat`. The name in its parentheses may hold anything, so it is skipped from the right.
fn times(stat: &str) -> Option<Times> {
    let (_, rest) = stat.rsplit_once(')')?;
    // The first field here is field 3 of the manual page.
    let field = |number: usize| rest.split_whitespace().nth(number - 3)?.parse::<u64>().ok();
    Some(Times { used: field(14)?.saturating_add(field(15)?), started: field(22)? })
}

/// How long ago a process was started.
fn age(started: u64) -> Duration {
    let uptime = fs::read_to_string("/proc/uptime").ok();
    let uptime = uptime.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or_default();
    Duration::try_from_secs_f64(uptime - started as f64 / TICKS_PER_SECOND).unwrap_or_default()
}

fn percent(ticks: u64, time: Duration) -> f32 {
    // Below one tick, any figure would be made up.
    const SHORTEST: f64 = 1.0 / TICKS_PER_SECOND;
    (100.0 * ticks as f64 / TICKS_PER_SECOND / time.as_secs_f64().max(SHORTEST)) as f32
}

/// What would be free again if the process ended. A renderer that is not dumpable shows its anonymous pages only.
fn private_bytes(pid: i32) -> u64 {
    match read(pid, "smaps_rollup") {
        Some(rollup) => sum_of(&rollup, "Private_").saturating_mul(1024),
        None => meter::anonymous(Pid::from_raw(pid)).unwrap_or(0),
    }
}

/// The sum of all lines `NAME... 123 kB`.
fn sum_of(text: &str, name: &str) -> u64 {
    let lines = text.lines().filter(|line| line.starts_with(name));
    lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn this_process() -> Known {
        let pid = std::process::id().cast_signed();
        Known { kind: ProcessKind::Broker, pid, started: None, tab: None, title: String::new(), state: "running" }
    }

    #[test]
    fn a_running_process_has_memory_and_one_that_is_gone_has_no_row() {
        let gone = Known { pid: i32::MAX, ..this_process() };
        let rows = Sampler::default().rows(vec![this_process(), gone]);
        assert_eq!(rows.len(), 1);
        assert!(rows[0].memory > 100 * 1024, "{} bytes", rows[0].memory);
    }

    #[test]
    fn another_process_with_the_same_number_has_no_row() {
        let pid = this_process().pid;
        let now = started(pid).unwrap();
        let rows = |started| Sampler::default().rows(vec![Known { started: Some(started), ..this_process() }]).len();
        assert_eq!((rows(now), rows(now - 1)), (1, 0));
    }

    #[test]
    fn cpu_counts_from_the_sample_before() {
        let pid = this_process().pid;
        let mut sampler = Sampler::default();
        sampler.rows(vec![this_process()]);
        let (then, times) = sampler.previous[&pid];
        // As if the sample before had been one second ago, and half a second of work less.
        let before = Times { used: times.used.saturating_sub(50), ..times };
        let worked = times.used - before.used;
        sampler.previous.insert(pid, (then - Duration::from_secs(1), before));
        let rows = sampler.rows(vec![this_process()]);
        assert!(rows[0].cpu >= worked as f32 * 0.5, "{} %", rows[0].cpu);
    }

    #[test]
    fn a_hostile_process_name_does_not_shift_the_fields() {
        let stat = "7 (a) R 1 ) S 1 7 7 0 -1 0 0 0 0 0 30 12 0 0 20 0 1 0 900 0 0";
        assert_eq!(times(stat), Some(Times { used: 42, started: 900 }));
        assert_eq!(times("7 (a"), None);
        assert_eq!(times("7 (a) R 1"), None);
    }

    #[test]
    fn private_pages_are_summed_up() {
        let rollup = "Rss: 100 kB\nPrivate_Clean:  4 kB\nPrivate_Dirty: 38 kB\nShared_Clean: 9 kB\n";
        assert_eq!(sum_of(rollup, "Private_"), 42);
    }
}
