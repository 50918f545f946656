//! What the running kernel cannot give, told from its version and its own list of modules: not from what the crate says
//! of it.
//!
//! A layer that is missing fails a test unless the kernel is excused here, and a test that is short of a layer is
//! reported as skipped, with the reason, even where all the rest of it held.

use super::{Outcome, Skipped};
use bulkhead_sandbox::Name;
use std::fs;

/// Why this kernel cannot give a layer at all.
pub(crate) fn lacks(layer: Name) -> Option<String> {
    match layer {
        Name::WriteXorExecute => older_than(6, 3),
        Name::Landlock => older_than(5, 13).or_else(not_started),
        _ => None,
    }
}

/// Why this kernel gives a layer in part only, if it does at all.
pub(crate) fn curtails(layer: Name) -> Option<String> {
    match layer {
        Name::Landlock => older_than(6, 12),
        _ => None,
    }
}

/// Skips a test that is about a layer which this kernel lacks.
pub(crate) fn needs(layer: Name) -> Outcome {
    lacks(layer).map_or(Ok(()), |why| Err(Skipped(format!("it needs {layer}: {why}"))))
}

/// What a test comes to that held for all layers but those that this kernel lacks.
pub(crate) fn but_for(layers: impl IntoIterator<Item = Name>) -> Outcome {
    let excuses: Vec<_> =
        layers.into_iter().filter_map(|layer| lacks(layer).map(|why| format!("{layer} ({why})"))).collect();
    if excuses.is_empty() { Ok(()) } else { Err(Skipped(format!("it holds but for {}", excuses.join(", ")))) }
}

fn older_than(major: u32, minor: u32) -> Option<String> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").expect("the kernel's release");
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|number| number.parse::<u32>().unwrap_or(0));
    let this = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    (this < (major, minor)).then(|| format!("Linux {}.{} is older than {major}.{minor}", this.0, this.1))
}

/// Where the list of security modules cannot be read, Landlock is expected to be there.
fn not_started() -> Option<String> {
    let modules = fs::read_to_string("/sys/kernel/security/lsm").ok()?;
    let started = modules.trim().split(',').any(|module| module == "landlock");
    (!started).then(|| format!("this kernel runs without it: lsm={}", modules.trim()))
}
