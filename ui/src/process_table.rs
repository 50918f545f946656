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

use bulkhead_broker::browser::{Activity, Browser, Process, Tab, Zygote};
use bulkhead_broker::proc::{self, TICKS_PER_SECOND, Times};
use bulkhead_pages::{ProcessKind, ProcessRow};
use bulkhead_shared::ids::TabId;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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

impl Sampler {
    fn rows(&mut self, known: Vec<Known>) -> Vec<ProcessRow> {
        let now = Instant::now();
        let mut current = BTreeMap::new();
        let mut rows = Vec::with_capacity(known.len());
        for Known { kind, pid, started, tab, title, state } in known {
            let memory = proc::private_bytes(pid);
            // After the memory was read: then what was read is this process's.
            let Some(times) = Times::of(pid) else { continue };
            if started.is_some_and(|started| started != times.started) {
                continue;
            }
            let cpu = match self.previous.get(&pid) {
                Some((then, before)) if before.started == times.started => {
                    percent(times.used.saturating_sub(before.used), now.saturating_duration_since(*then))
                }
                _ => percent(times.used, times.age()),
            };
            current.insert(pid, (now, times));
            rows.push(ProcessRow { kind, pid, tab, title, state: state.to_owned(), memory, cpu });
        }
        self.previous = current;
        rows
    }
}

fn percent(ticks: u64, time: Duration) -> f32 {
    // Below one tick, any figure would be made up.
    const SHORTEST: f64 = 1.0 / TICKS_PER_SECOND;
    (100.0 * ticks as f64 / TICKS_PER_SECOND / time.as_secs_f64().max(SHORTEST)) as f32
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
        let now = Times::of(pid).unwrap().started;
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
}
