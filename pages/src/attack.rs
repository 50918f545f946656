//! `bulkhead://attack`: the attack suite, as it goes. There is no script in this page: the broker makes it anew as the
//! attempts come in.

use super::frame::page;
use crate::suite::{Attempt, Outcome, Progress};
use maud::{Markup, html};

/// The page.
#[must_use]
pub fn attack(progress: Option<&Progress>) -> String {
    let main = html! {
        h1 class="top" { "Attack" }
        p class="lead" {
            "What a page would try that has taken its process over. Each attempt is made in a renderer of its own, which is lost in it. \
             They are those of another browser, started for this: the same program, the same zygote, the same sandbox."
        }
        @match progress {
            None => p class="note" { "Nothing was tried yet." },
            Some(progress) => { (summary(progress)) (table(progress)) }
        }
        p class="soft small prose" {
            "Attempts that begin with " code { "links-" } " are made on the links to the broker; the rest are bare system calls. "
            a href="bulkhead://attack" { "Attack again" } ", or read " a href="bulkhead://sandbox" { "what stands in the way" }
            ". The command " code { "bulkhead sandbox" } " also shows which layer stands behind which."
        }
    };
    page("Attack", &main)
}

fn summary(progress: &Progress) -> Markup {
    let Progress { attempts, total, is_over, failure } = progress;
    let count = |outcome: Outcome| attempts.iter().filter(|attempt| attempt.outcome == outcome).count();
    let (stopped, breaches, untried) = (count(Outcome::Stopped), count(Outcome::NotStopped), count(Outcome::NotMade));
    let percent = if *total == 0 { 0 } else { attempts.len() * 100 / total };
    let is_bad = breaches > 0 || failure.is_some();
    html! {
        div .banner .bad[is_bad] {
            b { (stopped) " stopped, " (breaches) " not." }
            @if untried > 0 { " " (untried) " could not be tried." }
            @match failure {
                Some(why) => { " The attempts did not come to their end: " (why) "." }
                None if *is_over => {}
                None if *total == 0 => { " They are being prepared." }
                None => { " Attempt " (attempts.len() + 1) " of " (total) "." }
            }
            div class="gauge" { div style=(format!("width: {percent}%")) {} }
        }
    }
}

fn table(progress: &Progress) -> Markup {
    // What does not belong here first, then the newest.
    let is_breach = |attempt: &&Attempt| attempt.outcome == Outcome::NotStopped;
    let (breaches, rest): (Vec<_>, Vec<_>) = progress.attempts.iter().rev().partition(is_breach);
    let class = |outcome: &Outcome| match outcome {
        Outcome::Stopped => "verdict good",
        Outcome::NotStopped => "verdict bad",
        Outcome::NotMade => "verdict part",
    };
    html! {
        table {
            tr { th { "Attempt" } th { "What it tries" } th { "Stopped by" } }
            @for Attempt { name, tries, outcome, says } in breaches.into_iter().chain(rest) {
                tr { td { b { (name) } } td { (tries) } td { span class=(class(outcome)) { (says) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(outcomes: &[(Outcome, &str)], total: usize, is_over: bool) -> Progress {
        let attempt = |(outcome, says): &(Outcome, &str)| Attempt {
            name: "kill".to_owned(),
            tries: "ends <others>".to_owned(),
            outcome: *outcome,
            says: (*says).to_owned(),
        };
        let attempts = outcomes.iter().map(attempt).collect();
        Progress { attempts, total, is_over, failure: None }
    }

    #[test]
    fn what_was_stopped_is_green_and_what_was_not_comes_first() {
        let html =
            attack(Some(&progress(&[(Outcome::NotStopped, "IT WORKS"), (Outcome::Stopped, "seccomp")], 4, false)));
        assert!(
            html.contains("<div class=\"banner bad\"><b>1 stopped, 1 not.</b>")
                && html.contains("Attempt 3 of 4")
                && html.contains("ends &lt;others&gt;")
        );
        let (works, by) = (html.find("IT WORKS").unwrap(), html.find("verdict good\">seccomp").unwrap());
        assert!(works < by);
    }

    #[test]
    fn a_suite_that_is_done_says_no_more_of_attempts_to_come() {
        let html = attack(Some(&progress(&[(Outcome::Stopped, "seccomp")], 1, true)));
        assert!(!html.contains("Attempt 2") && html.contains("width: 100%") && html.contains("class=\"banner\""));
    }

    #[test]
    fn a_suite_that_ended_early_says_why() {
        let mut progress = progress(&[], 4, true);
        progress.failure = Some("<killed>".to_owned());
        assert!(attack(Some(&progress)).contains("did not come to their end: &lt;killed&gt;."));
    }
}
