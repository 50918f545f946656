//! `bulkhead://attack`: the attack suite, as it goes. There is no script in this page: the broker makes it anew as the
//! attempts come in.

use super::frame::page;
use super::html::Escaped;
use bulkhead_broker::sandbox_board::{Progress, State};
use bulkhead_broker::siege::{Tried, Verdict};
use std::fmt::Write;

/// The page.
#[must_use]
pub fn attack(board: &State) -> String {
    let mut main = String::from(
        "<h1 class=\"top\">Attack</h1>\n<p class=\"lead\">What a page would try that has taken its process over. Each attempt is \
         made in a renderer of its own, forked for it from this browser’s zygote, which is lost in it.</p>\n",
    );
    match &board.siege {
        None => main.push_str("<p class=\"note\">Nothing was tried yet.</p>"),
        Some(progress) => {
            summary(&mut main, progress);
            table(&mut main, progress);
        }
    }
    main.push_str(
        "<p class=\"soft small prose\">Attempts that begin with <code>links-</code> are made on the links to the broker; the rest \
         are bare system calls. <a href=\"bulkhead://attack\">Attack again</a>, or read \
         <a href=\"bulkhead://sandbox\">what stands in the way</a>. The command <code>bulkhead sandbox</code> also shows which \
         layer stands behind which.</p>",
    );
    page("Attack", &main)
}

fn summary(html: &mut String, progress: &Progress) {
    let Progress { tried, total } = progress;
    let breaches = tried.iter().filter(|tried| tried.verdict.is_breach()).count();
    let stopped = tried.iter().filter(|tried| matches!(tried.verdict, Verdict::Stopped(_))).count();
    let untried = tried.iter().filter(|tried| matches!(tried.verdict, Verdict::Untried(_))).count();
    let percent = if *total == 0 { 0 } else { tried.len() * 100 / total };
    let class = if breaches > 0 { "banner bad" } else { "banner" };
    let state =
        if progress.is_under_way() { format!(" Attempt {} of {total}.", tried.len() + 1) } else { String::new() };
    let untried = if untried > 0 { format!(" {untried} could not be tried.") } else { String::new() };
    // Writing to a `String` cannot fail.
    let _ = writeln!(
        html,
        "<div class=\"{class}\"><b>{stopped} stopped, {breaches} not.</b>{untried}{state}\
         <div class=\"gauge\"><div style=\"width: {percent}%\"></div></div></div>"
    );
}

fn table(html: &mut String, progress: &Progress) {
    html.push_str("<table>\n<tr><th>Attempt</th><th>What it tries</th><th>Stopped by</th></tr>\n");
    // What does not belong here first, then the newest.
    let (breaches, rest): (Vec<_>, Vec<_>) = progress.tried.iter().rev().partition(|tried| tried.verdict.is_breach());
    for Tried { name, tries, verdict } in breaches.into_iter().chain(rest) {
        let (class, text) = match verdict {
            Verdict::Stopped(by) => ("good", by.clone()),
            Verdict::Attained(how) if how.is_empty() => ("bad", "IT WORKS".to_owned()),
            Verdict::Attained(how) => ("bad", format!("IT WORKS: {how}")),
            Verdict::Untried(why) => ("part", format!("not tried: {why}")),
            Verdict::Unexplained(seen) => ("bad", format!("UNEXPLAINED: {seen}")),
        };
        let _ = writeln!(
            html,
            "<tr><td><b>{name}</b></td><td>{}</td><td><span class=\"verdict {class}\">{}</span></td></tr>",
            Escaped(tries),
            Escaped(&text)
        );
    }
    html.push_str("</table>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(verdicts: &[Verdict], total: usize) -> State {
        let tried = |verdict: &Verdict| Tried { name: "kill", tries: "ends <others>", verdict: verdict.clone() };
        let tried = verdicts.iter().map(tried).collect();
        State { siege: Some(Progress { tried, total }), ..State::default() }
    }

    #[test]
    fn what_was_stopped_is_green_and_what_was_not_comes_first() {
        let stopped = Verdict::Stopped("seccomp".to_owned());
        let html = attack(&board(&[Verdict::Attained(String::new()), stopped], 4));
        assert!(
            html.contains("1 stopped, 1 not.")
                && html.contains("Attempt 3 of 4")
                && html.contains("ends &lt;others&gt;")
        );
        let (works, by) = (html.find("IT WORKS").unwrap(), html.find("verdict good\">seccomp").unwrap());
        assert!(works < by);
    }

    #[test]
    fn a_suite_that_is_done_says_no_more_of_attempts_to_come() {
        let html = attack(&board(&[Verdict::Stopped("seccomp".to_owned())], 1));
        assert!(!html.contains("Attempt 2") && html.contains("width: 100%"));
    }
}
