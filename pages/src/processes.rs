//! `bulkhead://processes`: the processes as they were when the page was asked for.

use super::frame::page;
use bulkhead_shared::ids::TabId;
use maud::html;

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

/// The page.
#[must_use]
pub fn processes(rows: &[ProcessRow]) -> String {
    let main = html! {
        h1 class="top" { "Processes" }
        p class="prose soft" {
            "As of this moment. " a href="bulkhead://processes" { "Look again" } ", or press " kbd { "Shift" } "\u{a0}" kbd { "Esc" }
            " for a table that keeps up and can end processes."
        }
        table {
            tr {
                th { "Process" }
                th class="number" { "Pid" }
                th { "Tab" }
                th { "State" }
                th class="number" { "Private memory" }
                th class="number" { "CPU" }
            }
            @for row in rows {
                tr {
                    td { b { (row.kind.name()) } }
                    td class="number mono" { (row.pid) }
                    td { @if let Some(tab) = row.tab { (tab.to_string()) ": " } (row.title) }
                    td { (row.state) }
                    td class="number" { (mebibytes(row.memory)) }
                    td class="number" { (format!("{:.1}", row.cpu)) "\u{a0}%" }
                }
            }
        }
        p class="soft small" { "CPU in percent of one core." }
    };
    page("Processes", &main)
}

/// With one digit: a tab is a few mebibytes.
fn mebibytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) >> 20;
    format!("{}.{}\u{a0}MiB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_from_a_page_stays_text() {
        let row = ProcessRow {
            kind: ProcessKind::Renderer,
            pid: 42,
            tab: Some(TabId(3)),
            title: "</td><script src='//evil'>".to_owned(),
            state: "running <b>".to_owned(),
            memory: 7 * 1024 * 1024 + 300 * 1024,
            cpu: 1.26,
        };
        let html = processes(&[row]);
        assert!(!html.contains("<script"));
        assert!(html.contains("tab 3: &lt;/td&gt;&lt;script src='//evil'&gt;"));
        assert!(html.contains("running &lt;b&gt;"));
        assert!(html.contains("7.2\u{a0}MiB") && html.contains("1.3\u{a0}%"));
    }
}
