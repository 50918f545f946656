//! `bulkhead://processes`: the processes as they were when the page was asked for.

use super::frame::page;
use super::html::Escaped;
use bulkhead_shared::ids::TabId;
use std::fmt::Write;

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
    let mut main = String::from(
        "<h1 class=\"top\">Processes</h1>\n<p class=\"prose soft\">As of this moment. \
         <a href=\"bulkhead://processes\">Look again</a>, or press <kbd>Shift</kbd>&nbsp;<kbd>Esc</kbd> for a table \
         that keeps up and can end processes.</p>\n<table>\n<tr><th>Process</th><th class=\"number\">Pid</th>\
         <th>Tab</th><th>State</th><th class=\"number\">Private memory</th><th class=\"number\">CPU</th></tr>\n",
    );
    for row in rows {
        let tab = row.tab.map_or_else(String::new, |tab| format!("{tab}: "));
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            main,
            "<tr><td><b>{kind}</b></td><td class=\"number mono\">{pid}</td><td>{tab}{title}</td><td>{state}</td>\
             <td class=\"number\">{memory}</td><td class=\"number\">{cpu:.1}\u{a0}%</td></tr>",
            kind = row.kind.name(),
            pid = row.pid,
            title = Escaped(&row.title),
            state = Escaped(&row.state),
            memory = mebibytes(row.memory),
            cpu = row.cpu,
        );
    }
    main.push_str("</table>\n<p class=\"soft small\">CPU in percent of one core.</p>");
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
        assert!(html.contains("tab 3: &lt;/td&gt;&lt;script src=&#39;//evil&#39;&gt;"));
        assert!(html.contains("running &lt;b&gt;"));
        assert!(html.contains("7.2\u{a0}MiB") && html.contains("1.3\u{a0}%"));
    }
}
