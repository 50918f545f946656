//! The findings, for people and as JSON.

use super::findings::Findings;
use bulkhead_sandbox::profile::renderer::RENDERER;
use bulkhead_sandbox::{Arch, Layer, State};
use bulkhead_siege::report::{Bounds, Sum, Tried, Verdict};
use serde_json::{Value, json};
use std::fmt::Write;

/// Chromium 156's renderer on Linux 6.18, measured from outside: system calls, those without a condition, descriptors.
const CHROMIUM: (usize, usize, usize) = (107, 75, 34);

pub(super) fn json(findings: &Findings) -> Value {
    let layer = |layer: &Layer| {
        let outside: Vec<_> = findings.seen(layer.name).map(|sight| sight.evidence.as_str()).collect();
        json!({
            "name": layer.name.as_str(),
            "on": findings.is_on(layer),
            "note": Findings::note(layer),
            "stops": layer.stops,
            "evidence": evidence(layer, &outside),
            "microseconds": layer.microseconds,
        })
    };
    let attempt = |tried: &Tried| {
        let stopped = match &tried.verdict {
            Verdict::Stopped(_) => true,
            Verdict::Attained(_) | Verdict::Unexplained(_) => false,
            Verdict::Untried(_) => return None,
        };
        let seen =
            if let Verdict::Unexplained(seen) | Verdict::Attained(seen) = &tried.verdict { Some(seen) } else { None };
        let by = findings.chain(tried);
        Some(json!({ "name": tried.name, "tries": tried.tries, "stopped": stopped, "by": by, "seen": seen }))
    };
    let not_tried = |tried: &Tried| match &tried.verdict {
        Verdict::Untried(why) => Some(json!({ "name": tried.name, "tries": tried.tries, "why": why })),
        _ => None,
    };
    json!({
        "layers": findings.report.layers.iter().map(layer).collect::<Vec<_>>(),
        "syscalls": {
            "always": RENDERER.always(Arch::THIS).collect::<Vec<_>>(),
            "conditional": RENDERER.conditional(Arch::THIS).collect::<Vec<_>>(),
        },
        "descriptors": findings.descriptors(),
        "memory": {
            "tab": findings.bounds.tab,
            "all": findings.bounds.all,
            "cgroup": findings.bounds.cgroup.as_ref().ok(),
            "note": findings.bounds.cgroup.as_ref().err(),
        },
        "microseconds": findings.report.microseconds,
        "attempts": findings.tried.iter().filter_map(attempt).collect::<Vec<_>>(),
        "not_tried": findings.tried.iter().filter_map(not_tried).collect::<Vec<_>>(),
    })
}

fn evidence(layer: &Layer, outside: &[&str]) -> String {
    let inside = Some(layer.evidence.as_str()).filter(|evidence| !evidence.is_empty());
    let inside = inside.map(|evidence| format!("from inside: {evidence}"));
    let outside = outside.iter().map(|evidence| format!("from outside: {evidence}"));
    inside.into_iter().chain(outside).collect::<Vec<_>>().join("; ")
}

pub(super) fn text(findings: &Findings) -> String {
    let mut text = String::from("A page's process on this machine, as it says itself and as others see it\n\n");
    for layer in &findings.report.layers {
        layer_text(&mut text, findings, layer);
    }
    memory(&mut text, &findings.bounds);
    figures(&mut text, findings);
    text.push_str("\nAttempts to break out, each made in a renderer of this browser\n\n");
    for tried in &findings.tried {
        let outcome = match &tried.verdict {
            Verdict::Stopped(_) => format!("stopped by {}", findings.chain(tried).join(", then ")),
            verdict => verdict.in_words(),
        };
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "  {:<26} {outcome}", tried.name);
    }
    let Sum { stopped, not_stopped, not_tried, unharmed } = findings.sum;
    let beside = if unharmed { "went on undisturbed" } else { "DIED OF IT" };
    let _ = writeln!(
        text,
        "\n{stopped} stopped, {not_stopped} not, {not_tried} that could not be tried. A tab beside them {beside}."
    );
    text
}

fn layer_text(text: &mut String, findings: &Findings, layer: &Layer) {
    let state = match &layer.state {
        _ if !findings.is_on(layer) => "OFF",
        State::Partial(_) => "in part",
        State::On | State::Off(_) => "on",
    };
    let _ = writeln!(text, "  {:<18} {state:<8} stops {}", layer.name, layer.stops);
    let mut line = |from: &str, what: &str| {
        let _ = writeln!(text, "  {:<27} {from}{what}", "");
    };
    if let Some(note) = Findings::note(layer) {
        line("", note);
    }
    if !layer.evidence.is_empty() {
        line("inside:  ", &layer.evidence);
    }
    for sight in findings.seen(layer.name) {
        line(if sight.holds { "outside: " } else { "outside, IT DOES NOT HOLD: " }, &sight.evidence);
    }
}

fn memory(text: &mut String, bounds: &Bounds) {
    let Bounds { tab, all, cgroup } = bounds;
    let cgroup = match cgroup {
        Ok(path) => format!("and by the kernel, in {path}"),
        Err(why) => format!("not by cgroups: {why}"),
    };
    let _ = writeln!(
        text,
        "\n  Memory: {} MiB for a tab, {} MiB for all, held to by the broker, which measures, {cgroup}.",
        tab >> 20,
        all >> 20
    );
}

fn figures(text: &mut String, findings: &Findings) {
    let (always, conditional): (Vec<_>, Vec<_>) =
        (RENDERER.always(Arch::THIS).collect(), RENDERER.conditional(Arch::THIS).collect());
    let (reachable, unconditional, descriptors) = CHROMIUM;
    let held = findings.descriptors().map_or_else(|| "?".to_owned(), |count| count.to_string());
    let _ = writeln!(
        text,
        "\n  {:<34} here   Chromium 156\n  {:<34} {:>4}   {reachable:>4}\n  {:<34} {:>4}   {unconditional:>4}\n  \
         {:<34} {held:>4}   {descriptors:>4}\n\n  always:         {}\n  on a condition: {}",
        "",
        "system calls in reach",
        always.len() + conditional.len(),
        "of them without a condition",
        always.len(),
        "descriptors",
        always.join(" "),
        conditional.join(" "),
    );
}
