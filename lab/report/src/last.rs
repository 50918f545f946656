//! The last run, kept for whoever wants to show it: the browser's page `bulkhead://lab` does.
//!
//! Contract:
//! - it is one file of the user's, in the directory that the XDG base directory specification has for such: see [`path`];
//! - it is replaced as a whole, so that a reader never sees half of it;
//! - what is read is checked, since a plot of a length of 0 or a time of NaN cannot be drawn.

use crate::{Report, ReportError};
use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Longer files are no report: a full run has some 100 kB.
const LONGEST: u64 = 4 << 20;

/// Where the last run is: `$XDG_STATE_HOME/bulkhead/lab.json`, else `~/.local/state/bulkhead/lab.json`; `None` without a home.
#[must_use]
pub fn path() -> Option<PathBuf> {
    path_in(env::var_os("XDG_STATE_HOME"), env::home_dir())
}

/// The specification has relative paths ignored.
fn path_in(state: Option<OsString>, home: Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |path: &PathBuf| path.is_absolute();
    let state = state.map(PathBuf::from).filter(absolute);
    let state = state.or_else(|| home.filter(absolute).map(|home| home.join(".local/state")))?;
    Some(state.join("bulkhead/lab.json"))
}

/// Keeps this run as the last one.
///
/// # Errors
/// What making the directory or the file says.
pub fn save(report: &Report, path: &Path) -> Result<(), ReportError> {
    let json = serde_json::to_vec_pretty(report).map_err(|error| no_report(path, &error))?;
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(call("mkdir", directory))?;
    }
    Ok(bulkhead_destination::write(path, &json)?)
}

/// The last run, if there is one.
///
/// # Errors
/// [`ReportError::NoReport`] for a file that is no report, or one that cannot be drawn.
pub fn load(path: &Path) -> Result<Option<Report>, ReportError> {
    // A FIFO in its place would have the opening wait for a writer.
    let file = match OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(call("open", path))?,
    };
    if !file.metadata().map_err(call("fstat", path))?.is_file() {
        return Err(no_report(path, &"it is no file"));
    }
    let mut text = String::new();
    file.take(LONGEST + 1).read_to_string(&mut text).map_err(call("read", path))?;
    if text.len() as u64 > LONGEST {
        return Err(no_report(path, &"it is too long"));
    }
    let report: Report = serde_json::from_str(&text).map_err(|error| no_report(path, &error))?;
    if is_sound(&report) { Ok(Some(report)) } else { Err(no_report(path, &"a figure in it cannot be one")) }
}

fn call(call: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ReportError {
    move |error| ReportError::Call { call: format!("{call}({})", path.display()), error }
}

fn no_report(path: &Path, why: &dyn fmt::Display) -> ReportError {
    ReportError::NoReport { path: path.display().to_string(), why: why.to_string() }
}

/// Whether every figure can be a measurement's: above 0, and within what a logarithmic axis can show.
fn is_sound(report: &Report) -> bool {
    let figure = |value: f64| (1e-3..1e18).contains(&value);
    let length = |bytes: usize| (1..=1 << 40).contains(&bytes);
    report.latency.iter().all(|row| length(row.bytes) && figure(row.p50_ns))
        && report.throughput.iter().all(|row| length(row.bytes) && figure(row.bytes_per_second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Latency, Machine, Placement};

    fn report(p50_ns: f64) -> Report {
        let latency = Latency {
            name: "pipe".into(),
            placement: Placement::Free,
            bytes: 64,
            round_trips: 1,
            p50_ns,
            p99_ns: p50_ns,
            p999_ns: p50_ns,
            noise_percent: 0.0,
        };
        Report {
            machine: Machine { processor: "test".into(), processors: 2, kernel: "6".into(), load: 0.0 },
            rounds: 1,
            seconds: 1.0,
            limits: Vec::new(),
            latency: vec![latency],
            throughput: Vec::new(),
            skipped: Vec::new(),
        }
    }

    #[test]
    fn the_place_is_the_specifications() {
        let at = |state: Option<&str>, home: Option<&str>| {
            path_in(state.map(OsString::from), home.map(PathBuf::from)).map(|path| path.display().to_string())
        };
        assert_eq!(at(Some("/s"), Some("/h")).as_deref(), Some("/s/bulkhead/lab.json"));
        assert_eq!(at(Some("s"), Some("/h")).as_deref(), Some("/h/.local/state/bulkhead/lab.json"));
        assert_eq!(at(None, Some("/h")).as_deref(), Some("/h/.local/state/bulkhead/lab.json"));
        assert_eq!(at(None, None), None);
    }

    #[test]
    fn a_run_comes_back_and_what_is_none_does_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bulkhead/lab.json");
        assert!(load(&path).unwrap().is_none());
        save(&report(1000.0), &path).unwrap();
        assert_eq!(load(&path).unwrap().unwrap().machine.processor, "test");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing lies beside it");

        save(&report(0.0), &path).unwrap();
        assert!(load(&path).is_err(), "no round trip takes no time");
        fs::write(&path, "{}").unwrap();
        assert!(load(&path).is_err());
        fs::write(&path, " ".repeat(5 << 20)).unwrap();
        assert!(load(&path).unwrap_err().to_string().contains("too long"));
        assert!(load(directory.path()).unwrap_err().to_string().contains("no file"));
    }
}
