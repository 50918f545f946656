//! `bulkhead://processes`.

use super::html::Escaped;
use bulkhead_shared::ids::TabId;
use std::fmt::Write;

/// What a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessKind {
    /// This one.
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
    /// That tab's title. From the page: escaped here.
    pub title: String,
    /// Such as `running`, `loading`, `unresponsive`.
    pub state: String,
    /// Private bytes.
    pub memory: u64,
    /// Percent of one core.
    pub cpu: f32,
}

/// The page.
#[must_use]
pub fn processes(rows: &[ProcessRow]) -> String {
    let mut html = String::from("<!DOCTYPE html><title>Processes</title><table>");
    for row in rows {
        let _ = write!(html, "<tr><td>{}<td>{}<td>{}", row.kind.name(), row.pid, Escaped(&row.title));
    }
    html
}
