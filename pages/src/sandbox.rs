//! `bulkhead://sandbox`: what confines a page's process on this machine, with the evidence from inside and from outside.

use super::frame::page;
use super::html::Escaped;
use crate::ProcessRow;
use bulkhead_broker::memory::{Bounds, Budget};
use bulkhead_broker::sandbox_board::{Reported, State as Board};
use bulkhead_sandbox::outside::{Sight, look_at};
use bulkhead_sandbox::profile::page::condition;
use bulkhead_sandbox::profile::renderer::RENDERER;
use bulkhead_sandbox::profile::{Row, Verdict};
use bulkhead_sandbox::{Arch, Layer, Report, State};
use bulkhead_shared::ids::TabId;
use bulkhead_shared::limits;
use nix::unistd::Pid;
use std::fmt::Write;

/// The page. `processes` are those that run.
#[must_use]
pub fn sandbox(board: &Board, processes: &[ProcessRow]) -> String {
    let mut main = String::from(
        "<h1 class=\"top\">Sandbox</h1>\n<p class=\"lead\">What confines the process of a page on this machine, and how that \
         was verified.</p>\n",
    );
    match shown(board, processes) {
        None => main.push_str("<p class=\"note\">No renderer has reported yet.</p>"),
        Some((Reported { report, tab, pid }, row)) => {
            banner(&mut main, board.confines, report);
            whose(&mut main, *tab, *pid, row);
            main.push_str(
                "<div class=\"actions\"><a class=\"button first\" href=\"bulkhead://attack\">Attack it</a>\
                 <a class=\"button\" href=\"bulkhead://syscall\">Break a rule in this tab</a></div>\n",
            );
            // A process that has ended has no files in /proc; its pid may be another's by now.
            let sights = row.and_then(|row| look_at(Pid::from_raw(row.pid)).ok());
            layers(&mut main, report, sights.as_deref());
        }
    }
    if let Some(bounds) = &board.bounds {
        memory(&mut main, bounds);
    }
    system_calls(&mut main);
    page("Sandbox", &main)
}

fn banner(html: &mut String, confines: bool, report: &Report) {
    let missing: Vec<_> = report.missing().map(|layer| layer.name.as_str()).collect();
    let (class, text) = if !confines {
        (
            "banner bad",
            "<b>Off.</b> Bulkhead was started with --no-sandbox: a page that breaks into its process has all \
                        that you have."
                .to_owned(),
        )
    } else if missing.is_empty() {
        ("banner", format!("<b>On.</b> All {} layers are in force.", report.layers.len()))
    } else {
        ("banner bad", format!("<b>Incomplete.</b> This machine forbids {}. The rest is in force.", missing.join(", ")))
    };
    // Writing to a `String` cannot fail.
    let _ = writeln!(html, "<div class=\"{class}\">{text}</div>");
}

/// Whose report it is, and whether that process still runs.
fn whose(html: &mut String, tab: Option<TabId>, pid: Option<i32>, row: Option<&ProcessRow>) {
    let tab = tab.map_or_else(|| "a tab that was closed".to_owned(), |tab| tab.to_string());
    let process = |pid: Option<i32>| pid.map_or_else(|| "process".to_owned(), |pid| format!("process {pid}"));
    let text = match row {
        Some(row) => {
            let title = if row.title.is_empty() { String::new() } else { format!(" (“{}”)", Escaped(&row.title)) };
            format!(
                "This is {} of {tab}{title}, which runs. Every tab’s process is confined alike.",
                process(Some(row.pid))
            )
        }
        None => {
            format!("This was {} of {tab}, which has ended. No process that runs has reported since.", process(pid))
        }
    };
    let _ = writeln!(html, "<p class=\"prose\">{text}</p>");
}

/// The layers, with what was seen from outside where the process could be looked at.
fn layers(html: &mut String, report: &Report, sights: Option<&[Sight]>) {
    let microseconds = report.microseconds;
    let outside = match sights {
        Some(_) => ", and as its files in /proc show it to the broker now",
        None => "; it cannot be looked at from outside any more",
    };
    let _ = writeln!(
        html,
        "<h2>Layers</h2>\n<p class=\"prose soft\">As it reported before it saw a page{outside}. All of it took {:.1} ms, the \
         fork included.</p>\n<table>\n\
         <tr><th>Layer</th><th>State</th><th>What an attacker inside loses</th><th>Evidence</th></tr>",
        microseconds as f64 / 1000.0
    );
    let sights = sights.unwrap_or_default();
    for layer in &report.layers {
        let (class, state, note) = match &layer.state {
            State::On => ("good", "on", ""),
            State::Partial(missing) => ("part", "in part", missing.as_str()),
            State::Off(reason) => ("bad", "OFF", reason.as_str()),
        };
        let _ = writeln!(
            html,
            "<tr><td><b>{}</b></td><td><span class=\"verdict {class}\">{state}</span></td><td>{}</td>\
             <td class=\"evidence\">{}</td></tr>",
            layer.name,
            Escaped(&layer.stops),
            evidence(layer, note, sights)
        );
    }
    html.push_str("</table>\n");
}

fn evidence(layer: &Layer, note: &str, sights: &[Sight]) -> String {
    let mut text = String::new();
    let outside: Vec<_> = sights.iter().filter(|sight| sight.layer == layer.name).collect();
    for (from, what) in [("", note), ("From inside: ", layer.evidence.as_str())] {
        if !what.is_empty() {
            let _ = write!(text, "<div>{from}{}</div>", Escaped(what));
        }
    }
    for Sight { holds, evidence, .. } in outside {
        let but = if *holds { "" } else { "<b class=\"verdict bad\">it does not hold:</b> " };
        let _ = write!(text, "<div>From outside: {but}{}</div>", Escaped(evidence));
    }
    text
}

fn memory(html: &mut String, bounds: &Bounds) {
    const MIB: u64 = 1 << 20;
    let Budget { tab, all } = bounds.budget;
    let kernel = match &bounds.cgroup {
        Ok(path) => {
            format!("So does the kernel, which counts surfaces and page tables as well: in cgroups below {path}.")
        }
        Err(why) => format!("The kernel could do it too, without a gap between two looks, but {why}."),
    };
    let _ = writeln!(
        html,
        "<h2>Memory</h2>\n<p class=\"prose\">A tab’s process may use {} MiB, and all together {} MiB: whoever goes over is ended, \
         with “out of memory” on its crash page (try <a href=\"bulkhead://oom\">bulkhead://oom</a>). The broker looks every {} ms \
         at those that work, and every {} s at all. {} Below both lies the limit above, on what a process may ask for.</p>",
        tab / MIB,
        all / MIB,
        limits::MEMORY_PAUSE.as_millis(),
        limits::MEMORY_REST.as_secs(),
        Escaped(&kernel)
    );
}

/// Chromium 156's renderer, as measured from outside on Linux 6.18.
const CHROMIUM: [usize; 2] = [107, 75];

fn system_calls(html: &mut String) {
    let (always, conditional) = (RENDERER.always(Arch::THIS).count(), RENDERER.conditional(Arch::THIS).count());
    let [reachable, unconditional] = CHROMIUM;
    let _ = writeln!(
        html,
        "<h2>System calls</h2>\n<p class=\"prose\">A page’s process reaches {} system calls, {always} of them whatever the \
         arguments. Chromium 156’s reaches {reachable}, {unconditional} of them whatever the arguments. Every other call ends the \
         process, and its tab says which it was.</p>\n<table>\n<tr><th>Call</th><th>Only if</th><th>What for</th></tr>",
        always + conditional
    );
    let rows = |is: fn(&Row) -> bool| RENDERER.rows.iter().filter(move |row| is(row));
    let here = |row: &&Row| Arch::THIS.number(row.call).is_some();
    let always = rows(|row| matches!(row.verdict, Verdict::Always));
    let conditional = rows(|row| matches!(row.verdict, Verdict::When(_)));
    let soft = rows(|row| matches!(row.verdict, Verdict::Answered(..)));
    for row in always.chain(conditional).filter(here) {
        call(html, row, &condition(row));
    }
    html.push_str(
        "</table>\n<h2>Answered without being made</h2>\n<p class=\"prose\">What C libraries and allocators were seen to probe \
         for. None of these reaches the kernel’s code.</p>\n<table>\n<tr><th>Call</th><th>Answer</th><th>What for</th></tr>\n",
    );
    for row in soft.filter(here) {
        call(html, row, &condition(row));
    }
    html.push_str("</table>\n");
}

fn call(html: &mut String, row: &Row, condition: &str) {
    let (condition, why) = (Escaped(condition), Escaped(row.why));
    let _ = writeln!(
        html,
        "<tr><td><code>{}</code></td><td class=\"evidence\">{condition}</td><td>{why}</td></tr>",
        row.call
    );
}

/// The report to show: the newest of a renderer that runs, with its row; else the newest of all.
fn shown<'a>(board: &'a Board, rows: &'a [ProcessRow]) -> Option<(&'a Reported, Option<&'a ProcessRow>)> {
    let running = board.reports.iter().rev().find_map(|reported| Some((reported, Some(row(reported, rows)?))));
    running.or_else(|| board.reports.last().map(|reported| (reported, None)))
}

/// Its row among the processes that run, if it still does.
fn row<'a>(reported: &Reported, rows: &'a [ProcessRow]) -> Option<&'a ProcessRow> {
    let is_its = |pid: i32| reported.pid.is_none_or(|own| own == pid);
    rows.iter().find(|row| reported.tab.is_some() && row.tab == reported.tab && is_its(row.pid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProcessKind;
    use bulkhead_sandbox::Name;

    fn board(states: impl Fn(Name) -> State) -> Board {
        let layer = |name: Name| Layer {
            name,
            state: states(name),
            stops: name.stops().into(),
            evidence: format!("seen of {name}: <b>"),
            microseconds: 1,
        };
        let report = Report { layers: Name::ALL.map(layer).to_vec(), microseconds: 1500 };
        let reports = vec![Reported { report, tab: Some(TabId(7)), pid: Some(4711) }];
        Board { confines: true, reports, ..Board::default() }
    }

    #[test]
    fn each_layer_is_there_with_its_evidence_as_text() {
        let html = sandbox(&board(|_| State::On), &[]);
        for name in Name::ALL {
            assert!(html.contains(&format!("From inside: seen of {name}: &lt;b&gt;")), "{name}");
        }
        assert!(html.contains("All 15 layers are in force") && html.contains("1.5 ms"));
    }

    fn row(tab: u32, pid: i32) -> ProcessRow {
        let (title, state) = ("a <title>".to_owned(), "running".to_owned());
        ProcessRow { kind: ProcessKind::Renderer, pid, tab: Some(TabId(tab)), title, state, memory: 0, cpu: 0.0 }
    }

    #[test]
    fn it_is_said_whose_report_it_is_and_whether_that_process_runs() {
        let mut board = board(|_| State::On);
        let alive = sandbox(&board, &[row(7, 4711)]);
        assert!(alive.contains("process 4711 of tab 7 (“a &lt;title&gt;”), which runs"));
        // Another process has the tab by now, or the pid.
        for others in [&[][..], &[row(7, 4712)], &[row(8, 4711)]] {
            assert!(sandbox(&board, others).contains("This was process 4711 of tab 7, which has ended"));
        }
        // The newest that runs is shown, before newer ones that have ended.
        let older = board.reports[0].clone();
        board.reports.push(Reported { tab: Some(TabId(9)), pid: Some(5000), ..older });
        assert!(sandbox(&board, &[row(7, 4711)]).contains("process 4711 of tab 7"));
        assert!(sandbox(&board, &[row(7, 4711), row(9, 5000)]).contains("process 5000 of tab 9"));
    }

    #[test]
    fn what_is_missing_stands_at_the_top_and_its_remedy_in_its_row() {
        let off = |name| if name == Name::Landlock { State::Off("Remedy: this".to_owned()) } else { State::On };
        let html = sandbox(&board(off), &[]);
        assert!(html.contains("This machine forbids landlock") && html.contains("Remedy: this"));
        let html = sandbox(&Board { confines: false, ..board(|_| State::On) }, &[]);
        assert!(html.contains("--no-sandbox"));
    }

    #[test]
    fn who_bounds_memory_is_said() {
        let bounded = |cgroup| {
            let bounds = Bounds { budget: Budget { tab: 64 << 20, all: 128 << 20 }, cgroup };
            sandbox(&Board { bounds: Some(bounds), ..Board::default() }, &[])
        };
        let html = bounded(Err("nobody <delegates>".to_owned()));
        assert!(html.contains("may use 64 MiB, and all together 128 MiB") && html.contains("nobody &lt;delegates&gt;"));
        assert!(bounded(Ok("/sys/fs/cgroup/x".to_owned())).contains("in cgroups below /sys/fs/cgroup/x"));
    }

    #[test]
    fn every_call_of_the_profile_is_named() {
        let html = sandbox(&Board::default(), &[]);
        for name in RENDERER.always(Arch::THIS).chain(RENDERER.conditional(Arch::THIS)) {
            assert!(html.contains(&format!("<code>{name}</code>")), "{name}");
        }
    }
}
