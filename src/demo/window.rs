//! The show in the window: a script beside it kills and narrates, as somebody at a terminal would.

use crate::output::{OutputError, say};
use bulkhead_pages::{ProcessKind, ProcessRow};
use bulkhead_ui::process_table::ProcessTable;
use bulkhead_ui::window::{self, Look, WindowConfig, WindowError};
use std::thread;
use std::time::Duration;
use url::Url;

/// How long the audience has to look at each scene.
const SCENE: Duration = Duration::from_secs(4);

/// Opens the window, and lets the script play beside it until the window is closed.
pub(super) fn run() -> Result<(), WindowError> {
    let processes = ProcessTable::default();
    let table = processes.clone();
    // It plays on what the table shows; without a window it never begins, and ends with the process. Without anybody who reads
    // the words, the script ends, and the window is the user's.
    thread::spawn(move || match play(&table) {
        Ok(()) | Err(OutputError::Closed) => {}
        Err(error) => eprintln!("bulkhead: {error}"),
    });
    let urls = super::PAGES.iter().filter_map(|page| Url::parse(page).ok()).collect();
    let providers = crate::providers::providers();
    let look = Look::default();
    window::run(WindowConfig { isolation: crate::cli::confining(), urls, processes, providers, look })
}

fn play(table: &ProcessTable) -> Result<(), OutputError> {
    let all_there = |rows: &[ProcessRow]| renderers(rows).count() == super::PAGES.len();
    let rows = wait(table, all_there);
    say!("Four tabs, and a renderer process for each, forked by the zygote:")?;
    super::print_table(&rows)?;
    thread::sleep(SCENE);

    let Some(victim) = renderers(&rows).min_by_key(|row| row.tab).map(|row| row.pid) else { return Ok(()) };
    say!("\nNow somebody kills the first tab's process: kill -9 {victim}")?;
    if let Err(error) = super::kill(victim) {
        return say!("It is gone already: {error}");
    }
    let rows = wait(table, |rows| rows.iter().all(|row| row.pid != victim));
    say!("The first tab shows why it is gone; the others are where they were:")?;
    super::print_table(&rows)?;
    say!("\nTry them. Then press F5 in the first tab: the page comes back in a new process.")?;
    let rows = wait(table, all_there);
    super::print_table(&rows)?;
    say!("\nThe history is the broker's, so it outlived the process. Close the window to end the show.")
}

fn renderers(rows: &[ProcessRow]) -> impl Iterator<Item = &ProcessRow> {
    rows.iter().filter(|row| row.kind == ProcessKind::Renderer)
}

fn wait(table: &ProcessTable, ready: impl Fn(&[ProcessRow]) -> bool) -> Vec<ProcessRow> {
    const PAUSE: Duration = Duration::from_millis(100);
    loop {
        let rows = table.rows();
        if ready(&rows) {
            return rows;
        }
        thread::sleep(PAUSE);
    }
}
