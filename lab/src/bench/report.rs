//! A run of the benchmark, shown as tables and as CSV, and written beside its plots.

use super::Placement;
use crate::error::{Call, Error, Result};
use crate::narrate::{line, note, title};
use bulkhead_lab_report::{Latency, Limit, Machine, Report, Throughput, plot, short};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The machine that this runs on, now.
pub(super) fn this_machine() -> Machine {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    Machine {
        processor: model.map_or("unknown", |(_, name)| name).to_owned(),
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        load: read("/proc/loadavg").split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0),
    }
}

/// Nanoseconds, shortly.
fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        10_000_000.0.. => format!("{:.0} ms", nanoseconds / 1e6),
        100_000.0.. => format!("{:.0} us", nanoseconds / 1e3),
        1000.0.. => format!("{:.1} us", nanoseconds / 1e3),
        _ => format!("{nanoseconds:.0} ns"),
    }
}

/// Noise, shortly: beyond 999 %, the rounds have nothing in common.
fn noise(percent: f64) -> String {
    if percent > 999.0 { "+->999%".into() } else { format!("+-{percent:.0}%") }
}

/// A report as text.
#[derive(Clone, Copy, Debug)]
pub struct Tables<'a>(pub &'a Report);

impl Tables<'_> {
    /// The links, in the order of their first appearance in a placement's fastest round trip.
    fn names(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let names = self
            .0
            .latency
            .iter()
            .map(|row| row.name.as_str())
            .chain(self.0.throughput.iter().map(|row| row.name.as_str()));
        let mut names: Vec<&str> = names.filter(|name| seen.insert(*name)).collect();
        let speed = |name: &str| {
            let rows = self.0.latency.iter().filter(|row| row.name == name);
            rows.map(|row| row.p50_ns).fold(f64::INFINITY, f64::min)
        };
        names.sort_by(|a, b| speed(a).total_cmp(&speed(b)));
        names
    }

    /// The tables.
    pub fn print(&self) {
        let machine = &self.0.machine;
        title(format!("{}, {} processors, Linux {}", machine.processor, machine.processors, machine.kernel));
        note(format!(
            "{:.0} s, {} rounds; load average {:.1}: other work on the machine shows as noise",
            self.0.seconds, self.0.rounds, machine.load
        ));
        title("what the machine can do");
        for limit in &self.0.limits {
            let value = match limit.unit.as_str() {
                "ns" => time(limit.median),
                _ => format!("{:.1} GB/s", limit.median / 1e9),
            };
            note(format!("{:<40}{value:>10}  {}", limit.name, noise(limit.noise_percent)));
        }
        for placement in [Placement::TwoCores, Placement::OneCore, Placement::Free] {
            self.print_latency(placement);
            self.print_throughput(placement);
        }
        self.print_ring();
        for skipped in &self.0.skipped {
            note(format!("skipped: {}: {}", skipped.name, skipped.why));
        }
    }

    fn print_latency(&self, placement: Placement) {
        let rows: Vec<_> = self.0.latency.iter().filter(|row| row.placement == placement).collect();
        let sizes: BTreeSet<usize> = rows.iter().map(|row| row.bytes).collect();
        if rows.is_empty() {
            return;
        }
        title(format!("round trip, {placement}: p50 / p99 / p99.9"));
        let header: String = sizes.iter().fold(String::new(), |mut text, bytes| {
            let _ = write!(text, "{:>28}", short(*bytes));
            text
        });
        line(&format!("  {:<18}{header}\n", ""));
        for name in self.names() {
            let mut text = format!("  {name:<18}");
            for bytes in &sizes {
                let row = rows.iter().find(|row| row.name == name && row.bytes == *bytes);
                let cell = row.map_or("-".into(), |row| {
                    format!("{} / {} / {}", time(row.p50_ns), time(row.p99_ns), time(row.p999_ns))
                });
                let _ = write!(text, "{cell:>28}");
            }
            line(&format!("{text}\n"));
        }
    }

    fn print_throughput(&self, placement: Placement) {
        let rows: Vec<_> = self.0.throughput.iter().filter(|row| row.placement == placement).collect();
        let sizes: BTreeSet<usize> = rows.iter().map(|row| row.bytes).collect();
        if rows.is_empty() {
            return;
        }
        title(format!("throughput, {placement}: GB/s"));
        let header: String = sizes.iter().fold(String::new(), |mut text, bytes| {
            let _ = write!(text, "{:>16}", short(*bytes));
            text
        });
        line(&format!("  {:<18}{header}\n", ""));
        for name in self.names() {
            let mut text = format!("  {name:<18}");
            for bytes in &sizes {
                let row = rows.iter().find(|row| row.name == name && row.bytes == *bytes);
                let cell = row.map_or("-".into(), |row| {
                    format!("{:.2} {}", row.bytes_per_second / 1e9, noise(row.noise_percent))
                });
                let _ = write!(text, "{cell:>16}");
            }
            line(&format!("{text}\n"));
        }
    }

    /// The ring beside its peer.
    fn print_ring(&self) {
        let find = |name: &str, placement, bytes| {
            self.0.latency.iter().find(|row| row.name == name && row.placement == placement && row.bytes == bytes)
        };
        let mut lines = Vec::new();
        for ring in self.0.latency.iter().filter(|row| row.name == "ring") {
            let peers =
                ["iceoryx2", "iceoryx2-event"].into_iter().filter_map(|name| find(name, ring.placement, ring.bytes));
            if let Some(best) = peers.min_by(|a, b| a.p50_ns.total_cmp(&b.p50_ns)) {
                lines.push(format!(
                    "{}, {}: ring {} ({}), {} {} ({}): {:.2} times",
                    ring.placement,
                    short(ring.bytes),
                    time(ring.p50_ns),
                    noise(ring.noise_percent),
                    best.name,
                    time(best.p50_ns),
                    noise(best.noise_percent),
                    ring.p50_ns / best.p50_ns
                ));
            }
        }
        if !lines.is_empty() {
            title("our ring's round trip beside the faster one of iceoryx2's two");
            lines.iter().for_each(note);
        }
    }

    /// As CSV: a line for each cell, with the same columns for both kinds.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut csv = String::from("kind,name,placement,bytes,p50_ns,p99_ns,p999_ns,bytes_per_second,noise_percent\n");
        for row in &self.0.latency {
            let Latency { name, placement, bytes, p50_ns, p99_ns, p999_ns, noise_percent, .. } = row;
            let _ = writeln!(
                csv,
                "latency,{name},{placement},{bytes},{p50_ns:.0},{p99_ns:.0},{p999_ns:.0},,{noise_percent:.1}"
            );
        }
        for row in &self.0.throughput {
            let Throughput { name, placement, bytes, bytes_per_second, noise_percent } = row;
            let _ = writeln!(csv, "throughput,{name},{placement},{bytes},,,,{bytes_per_second:.0},{noise_percent:.1}");
        }
        for Limit { name, unit, median, noise_percent } in &self.0.limits {
            let (ns, bytes) = if unit == "ns" {
                (format!("{median:.0}"), String::new())
            } else {
                (String::new(), format!("{median:.0}"))
            };
            let _ = writeln!(csv, "limit,\"{name}\",,,{ns},,,{bytes},{noise_percent:.1}");
        }
        csv
    }
}

/// Reads a report that [`save`] has written.
///
/// # Errors
/// [`Error::Input`] for a file that is none.
pub fn load(path: &Path) -> Result<Report> {
    let text = std::fs::read_to_string(path).call(format!("read({})", path.display()))?;
    serde_json::from_str(&text).map_err(|error| Error::Input(format!("{} is no report: {error}", path.display())))
}

/// Writes the report as JSON and CSV and its plots into a directory, which is made if there is none.
///
/// # Errors
/// What writing says.
pub fn save(report: &Report, directory: &Path) -> Result<Vec<PathBuf>> {
    let json = serde_json::to_string_pretty(report).map_err(|error| Error::Broken(error.to_string()))?;
    let mut files = vec![("bench.json".to_owned(), json), ("bench.csv".to_owned(), Tables(report).csv())];
    files.extend(plot::plots(report)?);
    std::fs::create_dir_all(directory).call(format!("mkdir({})", directory.display()))?;
    files
        .into_iter()
        .map(|(name, text)| {
            let path = directory.join(name);
            bulkhead_destination::write(&path, text.as_bytes())?;
            Ok(path)
        })
        .collect()
}
