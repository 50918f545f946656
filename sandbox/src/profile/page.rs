//! A profile as a page for people, from the same rows as the filter.

use super::{Is, Named, Profile, Row, Test, Verdict};
use crate::syscalls::Arch;
use std::fmt::Write;

/// As Markdown: a heading, the counts, and a table for each verdict.
#[must_use]
pub fn markdown(profile: &Profile) -> String {
    let mut page = format!("# System calls of the {} profile\n\nFor {}.\n\n", profile.name, profile.about);
    for arch in Arch::ALL {
        let (always, conditional) = (profile.always(arch).count(), profile.conditional(arch).count());
        let _ = writeln!(
            page,
            "- {}: {} calls reachable, {always} of them without a condition; {} answered softly; the rest end the \
             process",
            arch.as_str(),
            always + conditional,
            profile.soft(arch).count()
        );
    }
    for (title, is) in SECTIONS {
        let _ = writeln!(
            page,
            "\n## {title}\n\n| call | where | condition | called by | what for |\n|---|---|---|---|---|"
        );
        for row in profile.rows.iter().filter(|row| is(&row.verdict)) {
            let _ = writeln!(
                page,
                "| `{}` | {} | {} | {} | {} |",
                row.call,
                where_it_is(row),
                condition(row).replace('|', "\\|"),
                row.callers,
                row.why
            );
        }
    }
    page
}

/// As the body of an HTML page, with the same content.
#[must_use]
pub fn html(profile: &Profile) -> String {
    let mut page =
        format!("<h1>System calls of the {} profile</h1>\n<p>For {}.</p>\n", profile.name, escape(profile.about));
    for (title, is) in SECTIONS {
        let _ =
            writeln!(page, "<h2>{title}</h2>\n<table>\n<tr><th>call<th>where<th>condition<th>called by<th>what for");
        for row in profile.rows.iter().filter(|row| is(&row.verdict)) {
            let _ = writeln!(
                page,
                "<tr><td><code>{}</code><td>{}<td>{}<td>{}<td>{}",
                row.call,
                where_it_is(row),
                escape(&condition(row)),
                escape(&row.callers.replace('`', "")),
                escape(row.why)
            );
        }
        page.push_str("</table>\n");
    }
    page
}

type Section = (&'static str, fn(&Verdict) -> bool);

const SECTIONS: [Section; 3] = [
    ("Always", |verdict| matches!(verdict, Verdict::Always)),
    ("On a condition; otherwise a violation", |verdict| matches!(verdict, Verdict::When(_))),
    ("Answered softly, without reaching the kernel", |verdict| matches!(verdict, Verdict::Answered(..))),
];

fn where_it_is(row: &Row) -> String {
    let names: Vec<_> =
        Arch::ALL.into_iter().filter(|arch| arch.number(row.call).is_some()).map(Arch::as_str).collect();
    if names.len() == Arch::ALL.len() { "both".to_owned() } else { names.join(", ") }
}

/// The row's condition in words.
#[must_use]
pub fn condition(row: &Row) -> String {
    let cases = |cases: &[super::Case]| {
        cases
            .iter()
            .map(|case| case.iter().map(test).collect::<Vec<_>>().join(" and "))
            .collect::<Vec<_>>()
            .join("; or ")
    };
    match row.verdict {
        Verdict::Always => String::new(),
        Verdict::When(list) => cases(list),
        Verdict::Answered(error, []) => format!("{} always", error.name),
        Verdict::Answered(error, list) => format!("{} where {}", error.name, cases(list)),
    }
}

fn test(test: &Test) -> String {
    let list = |names: &[Named]| names.iter().map(|named| named.name).collect::<Vec<_>>().join(", ");
    match test.is {
        Is::OneOf([one]) => format!("{} is {}", test.name, one.name),
        Is::OneOf(names) => format!("{} is one of {}", test.name, list(names)),
        Is::Not(named) => format!("{} is not {}", test.name, named.name),
        Is::Within(names) => format!("{} has no bits but {}", test.name, list(names)),
        Is::Null => format!("{} is null", test.name),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::renderer::RENDERER;

    #[test]
    fn every_row_of_the_filter_is_on_the_page() {
        let (markdown, html) = (markdown(&RENDERER), html(&RENDERER));
        for row in RENDERER.rows {
            assert!(row.callers.contains(char::is_alphabetic), "{}: nobody calls it", row.call);
            assert!(markdown.contains(&format!("| `{}` |", row.call)), "{}", row.call);
            assert!(
                html.contains(&format!("<code>{}</code>", row.call)) && html.contains(&escape(row.why)),
                "{}",
                row.call
            );
        }
        assert!(markdown.contains("prot has no bits but PROT_READ, PROT_WRITE"));
    }

    /// Made by `bulkhead-sandbox profile renderer > sandbox/docs/renderer.md`.
    #[test]
    fn the_page_in_the_repository_is_that_of_the_table() {
        assert_eq!(include_str!("../../docs/renderer.md"), markdown(&RENDERER));
    }
}
