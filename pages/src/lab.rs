//! `bulkhead://lab`: the mechanisms of inter-process communication, where the browser uses each, and how fast they are.

use super::frame::page;
use super::html::Escaped;
use super::providers::LabRun;
use std::fmt::Write;

const LAB: &str = include_str!("../../assets/pages/lab.html");

/// The plots that come with the lab, for those who have not run it yet.
const SHIPPED: [&str; 3] = [
    include_str!("../../lab/plots/latency-two-cores.svg"),
    include_str!("../../lab/plots/latency-one-core.svg"),
    include_str!("../../lab/plots/throughput-one-core.svg"),
];

const QUIZ: &str = include_str!("../../lab/plots/quiz.svg");

/// In the page, plots have the page's own typeface.
const FONT: &str = "font-family=\"system-ui, sans-serif\"";

/// Where the shipped plots of the benchmark were measured.
const SHIPPED_MACHINE: &str = "AMD EPYC, two virtual processors, Linux 6.18, quiet; 5 rounds in 158 s";

/// Where the quiz was.
const QUIZ_MACHINE: &str = "AMD EPYC, two virtual processors, Linux 6.18, quiet; 31 rounds";

/// The page, with the last run if there is one, or why it cannot be shown.
pub(crate) fn lab(run: &Result<Option<LabRun>, String>) -> String {
    let mut measured = String::new();
    // Writing to a `String` cannot fail.
    match run {
        Ok(Some(run)) => {
            let (machine, extent) = (Escaped(&run.machine), Escaped(&run.extent));
            let _ = writeln!(measured, "<p class=\"prose\">Your last run, on {machine}: {extent}.</p>");
            plots(&mut measured, run.plots.iter().map(String::as_str));
            if run.plots.is_empty() {
                measured.push_str("<p class=\"prose\">It has too few lengths of messages to draw a line of.</p>");
            }
        }
        other => {
            if let Err(why) = other {
                let _ = writeln!(measured, "<div class=\"note\">Your last run cannot be shown: {}</div>", Escaped(why));
            }
            let _ = writeln!(
                measured,
                "<p class=\"prose\"><b>These are from another machine</b>: {}. Run <code>bulkhead lab bench</code> \
                 (at most five minutes; with <code>--quick</code> some seconds), and your own stand here.</p>",
                Escaped(SHIPPED_MACHINE)
            );
            plots(&mut measured, SHIPPED.into_iter());
        }
    }
    let mut quiz = String::new();
    let _ = writeln!(quiz, "<p class=\"small soft\">Measured on {}.</p>", Escaped(QUIZ_MACHINE));
    plots(&mut quiz, [QUIZ].into_iter());
    page("The IPC lab", &LAB.replace("<!--quiz-->", &quiz).replace("<!--measured-->", &measured))
}

fn plots<'a>(html: &mut String, plots: impl Iterator<Item = &'a str>) {
    for plot in plots {
        let plot = plot.replace("font-family=\"sans-serif\"", FONT);
        let _ = writeln!(html, "<div class=\"plot\">{plot}</div>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_plots_are_said_to_be_from_elsewhere() {
        let html = lab(&Ok(None));
        assert!(html.contains("These are from another machine") && html.contains(SHIPPED_MACHINE));
        assert_eq!(html.matches("class=\"plot\"").count(), SHIPPED.len() + 1);
        assert!(!html.contains("<!--quiz") && !html.contains("<!--measured"), "every place is filled");
    }

    #[test]
    fn the_last_run_takes_their_place_and_its_words_stay_text() {
        let run = LabRun {
            machine: "a <b>machine".to_owned(),
            extent: "5 rounds".to_owned(),
            plots: vec!["<svg id=\"own\"></svg>".to_owned()],
        };
        let html = lab(&Ok(Some(run)));
        assert!(html.contains("a &lt;b&gt;machine") && html.contains("5 rounds"));
        assert!(html.contains("<div class=\"plot\"><svg id=\"own\"></svg></div>"));
        assert!(!html.contains("another machine"));
    }

    #[test]
    fn a_run_that_cannot_be_shown_is_said_and_does_not_take_the_page_along() {
        let html = lab(&Err("lab.json is <no> report".to_owned()));
        assert!(html.contains("lab.json is &lt;no&gt; report") && html.contains("These are from another machine"));
    }
}
