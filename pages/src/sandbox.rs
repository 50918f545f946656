//! `bulkhead://sandbox`: what confines a page's process on this machine, with the evidence from inside and from outside.

use super::frame::page;
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
use maud::{Markup, html};
use nix::unistd::Pid;

/// The page. `processes` are those that run.
#[must_use]
pub fn sandbox(board: &Board, processes: &[ProcessRow]) -> String {
    let main = html! {
        h1 class="top" { "Sandbox" }
        p class="lead" { "What confines the process of a page on this machine, and how that was verified." }
        @match shown(board, processes) {
            None => p class="note" { "No renderer has reported yet." },
            Some((Reported { report, tab, pid }, row)) => {
                (banner(board.confines, report))
                (whose(*tab, *pid, row))
                div class="actions" {
                    a class="button first" href="bulkhead://attack" { "Attack it" }
                    a class="button" href="bulkhead://syscall" { "Break a rule in this tab" }
                }
                // A process that has ended has no files in /proc; its pid may be another's by now.
                (layers(report, row.and_then(|row| look_at(Pid::from_raw(row.pid)).ok()).as_deref()))
            }
        }
        @if let Some(bounds) = &board.bounds {
            (memory(bounds))
        }
        (system_calls())
    };
    page("Sandbox", &main)
}

fn banner(confines: bool, report: &Report) -> Markup {
    let missing: Vec<_> = report.missing().map(|layer| layer.name.as_str()).collect();
    html! {
        @if !confines {
            div class="banner bad" {
                b { "Off." } " Bulkhead was started with --no-sandbox: a page that breaks into its process has all that you have."
            }
        } @else if missing.is_empty() {
            div class="banner" { b { "On." } " All " (report.layers.len()) " layers are in force." }
        } @else {
            div class="banner bad" {
                b { "Incomplete." } " This machine forbids " (missing.join(", ")) ". The rest is in force."
            }
        }
    }
}

/// Whose report it is, and whether that process still runs.
fn whose(tab: Option<TabId>, pid: Option<i32>, row: Option<&ProcessRow>) -> Markup {
    let tab = tab.map_or_else(|| "a tab that was closed".to_owned(), |tab| tab.to_string());
    let process = |pid: Option<i32>| pid.map_or_else(|| "process".to_owned(), |pid| format!("process {pid}"));
    html! {
        p class="prose" {
            @match row {
                Some(row) => {
                    "This is " (process(Some(row.pid))) " of " (tab)
                    @if !row.title.is_empty() { " (“" (row.title) "”)" }
                    ", which runs. Every tab’s process is confined alike."
                }
                None => { "This was " (process(pid)) " of " (tab) ", which has ended. No process that runs has reported since." }
            }
        }
    }
}

/// The layers, with what was seen from outside where the process could be looked at.
fn layers(report: &Report, sights: Option<&[Sight]>) -> Markup {
    let outside = match sights {
        Some(_) => ", and as its files in /proc show it to the broker now",
        None => "; it cannot be looked at from outside any more",
    };
    let sights = sights.unwrap_or_default();
    let milliseconds = format!("{:.1}", report.microseconds as f64 / 1000.0);
    html! {
        h2 { "Layers" }
        p class="prose soft" {
            "As it reported before it saw a page" (outside) ". All of it took " (milliseconds) " ms, the fork included."
        }
        table {
            tr { th { "Layer" } th { "State" } th { "What an attacker inside loses" } th { "Evidence" } }
            @for layer in &report.layers {
                @let (class, state, note) = match &layer.state {
                    State::On => ("verdict good", "on", ""),
                    State::Partial(missing) => ("verdict part", "in part", missing.as_str()),
                    State::Off(reason) => ("verdict bad", "OFF", reason.as_str()),
                };
                tr {
                    td { b { (layer.name.as_str()) } }
                    td { span class=(class) { (state) } }
                    td { (layer.stops) }
                    td class="evidence" { (evidence(layer, note, sights)) }
                }
            }
        }
    }
}

fn evidence(layer: &Layer, note: &str, sights: &[Sight]) -> Markup {
    html! {
        @for (from, what) in [("", note), ("From inside: ", layer.evidence.as_str())] {
            @if !what.is_empty() {
                div { (from) (what) }
            }
        }
        @for Sight { holds, evidence, .. } in sights.iter().filter(|sight| sight.layer == layer.name) {
            div {
                "From outside: "
                @if !holds { b class="verdict bad" { "it does not hold:" } " " }
                (evidence)
            }
        }
    }
}

fn memory(bounds: &Bounds) -> Markup {
    const MIB: u64 = 1 << 20;
    let Budget { tab, all } = bounds.budget;
    let kernel = match &bounds.cgroup {
        Ok(path) => {
            format!("So does the kernel, which counts surfaces and page tables as well: in cgroups below {path}.")
        }
        Err(why) => format!("The kernel could do it too, without a gap between two looks, but {why}."),
    };
    html! {
        h2 { "Memory" }
        p class="prose" {
            "A tab’s process may use " (tab / MIB) " MiB, and all together " (all / MIB) " MiB: whoever goes over is ended, with “out of \
             memory” on its crash page (try " a href="bulkhead://oom" { "bulkhead://oom" } "). The broker looks every "
            (limits::MEMORY_PAUSE.as_millis()) " ms at those that work, and every " (limits::MEMORY_REST.as_secs()) " s at all. "
            (kernel) " Below both lies the limit above, on what a process may ask for."
        }
    }
}

/// Chromium 156's renderer, as measured from outside on Linux 6.18.
const CHROMIUM: [usize; 2] = [107, 75];

fn system_calls() -> Markup {
    let (always, conditional) = (RENDERER.always(Arch::THIS).count(), RENDERER.conditional(Arch::THIS).count());
    let [reachable, unconditional] = CHROMIUM;
    let rows =
        |is: fn(&Row) -> bool| RENDERER.rows.iter().filter(move |row| is(row) && Arch::THIS.number(row.call).is_some());
    let made =
        rows(|row| matches!(row.verdict, Verdict::Always)).chain(rows(|row| matches!(row.verdict, Verdict::When(_))));
    html! {
        h2 { "System calls" }
        p class="prose" {
            "A page’s process reaches " (always + conditional) " system calls, " (always) " of them whatever the arguments. Chromium 156’s \
             reaches " (reachable) ", " (unconditional) " of them whatever the arguments. Every other call ends the process, and its tab says \
             which it was."
        }
        table {
            tr { th { "Call" } th { "Only if" } th { "What for" } }
            @for row in made { (call(row)) }
        }
        h2 { "Answered without being made" }
        p class="prose" {
            "What C libraries and allocators were seen to probe for. None of these reaches the kernel’s code."
        }
        table {
            tr { th { "Call" } th { "Answer" } th { "What for" } }
            @for row in rows(|row| matches!(row.verdict, Verdict::Answered(..))) { (call(row)) }
        }
    }
}

fn call(row: &Row) -> Markup {
    html! {
        tr { td { code { (row.call) } } td class="evidence" { (condition(row)) } td { (row.why) } }
    }
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
