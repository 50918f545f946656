//! What the broker's own pages show that only the executable knows, since it alone knows all crates.

use crate::suite::AttackRun;
use std::fmt;

/// Asked on a worker thread, once for each showing of the page. What is not provided is not shown.
pub trait Providers: Send + Sync {
    /// The last run of the lab's benchmark, for `bulkhead://lab`; `None` when there is none.
    ///
    /// # Errors
    /// Why there is one and it cannot be shown: text for people.
    fn lab(&self) -> Result<Option<LabRun>, String> {
        Ok(None)
    }

    /// Starts the attack suite, for `bulkhead://attack`, against renderers that are confined or not, and tells `run` what comes of it.
    /// It does not wait for that. Whoever drops what it returns ends the suite.
    fn attack(&self, run: AttackRun, confines: bool) -> Box<dyn Send> {
        let _ = confines;
        run.ends(Err("this program has none".to_owned()));
        Box::new(())
    }
}

impl fmt::Debug for dyn Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Providers")
    }
}

/// Nothing is known besides what the broker knows itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProviders;

impl Providers for NoProviders {}

/// A run of the lab's benchmark, ready to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct LabRun {
    /// The machine. Escaped by the page.
    pub machine: String,
    /// How much was measured. Escaped by the page.
    pub extent: String,
    /// Drawings: each the markup of one `<svg>` element, whose maker has escaped all text in it.
    pub plots: Vec<String>,
}
