//! `bulkhead://lab`: the mechanisms of inter-process communication, where the browser uses each, and how fast they are.

use super::frame::page;
use super::providers::LabRun;
use maud::{Markup, PreEscaped, html};

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
    let measured = html! {
        @match run {
            Ok(Some(run)) => {
                p class="prose" { "Your last run, on " (run.machine) ": " (run.extent) "." }
                (plots(run.plots.iter().map(String::as_str)))
                @if run.plots.is_empty() {
                    p class="prose" { "It has too few lengths of messages to draw a line of." }
                }
            }
            other => {
                @if let Err(why) = other {
                    div class="note" { "Your last run cannot be shown: " (why) }
                }
                p class="prose" {
                    b { "These are from another machine" } ": " (SHIPPED_MACHINE) ". Run " code { "bulkhead lab bench" }
                    " (at most five minutes; with " code { "--quick" } " some seconds), and your own stand here."
                }
                (plots(SHIPPED.into_iter()))
            }
        }
    };
    let quiz = html! {
        p class="small soft" { "Measured on " (QUIZ_MACHINE) "." }
        (plots([QUIZ].into_iter()))
    };
    page("The IPC lab", &PreEscaped(LAB.replace("<!--quiz-->", &quiz.0).replace("<!--measured-->", &measured.0)))
}

/// Drawings that came with the lab, or that were made of numbers by its own crate.
fn plots<'a>(plots: impl Iterator<Item = &'a str>) -> Markup {
    html! {
        @for plot in plots {
            div class="plot" { (PreEscaped(plot.replace("font-family=\"sans-serif\"", FONT))) }
        }
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
