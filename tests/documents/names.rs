//! Each path and each `Type::function` that a document names exists.

use crate::documents::{self, Document, code, links, prose, root};
use crate::source::{self, has};
use std::collections::BTreeSet;
use std::path::Path;

/// Crates whose names documents use and whose code is not here.
const ELSEWHERE: [&str; 4] = ["clippy", "std", "thread", "url"];

/// It is about the engine's crates, and names what is in them.
const OF_THE_ENGINE: &str = "docs/engine.md";

/// Endings of files whose paths are checked where they stand between backticks.
const ENDINGS: [&str; 6] = [".rs", ".md", ".sh", ".toml", ".html", ".css"];

#[test]
fn each_path_that_a_document_names_is_there() {
    let wrong: BTreeSet<_> = documents::all().iter().flat_map(missing_paths).collect();
    assert!(wrong.is_empty(), "paths that lead nowhere:\n{}", join(&wrong));
}

fn missing_paths(document: &Document) -> Vec<String> {
    let here = document.path.parent().unwrap_or(Path::new(""));
    let is_there = |path: &str| root().join(here).join(path).exists();
    // Between backticks a path may also count from the project's root.
    let linked = prose(&document.text).flat_map(links).filter(|path| !is_there(path));
    let quoted = prose(&document.text).flat_map(code).filter(|text| is_path(text) && !is_of_the_engine(document));
    let quoted = quoted.filter(|path| !is_there(path) && !root().join(path).exists());
    linked.chain(quoted).map(|path| format!("{}: {path}", document.path.display())).collect()
}

fn is_of_the_engine(document: &Document) -> bool {
    document.path == Path::new(OF_THE_ENGINE)
}

fn is_path(text: &str) -> bool {
    text.contains('/')
        && ENDINGS.iter().any(|ending| text.ends_with(ending))
        && !text.starts_with(['/', '~', '-'])
        && !text.contains([' ', '*', ':', '<', '…'])
}

#[test]
fn each_function_that_a_document_names_is_in_the_code() {
    let sources = source::all();
    let mut wrong = BTreeSet::new();
    let mut found = 0;
    for document in documents::all().iter().filter(|document| !is_of_the_engine(document)) {
        for name in prose(&document.text).flat_map(code).filter_map(qualified) {
            let (owner, member) = name;
            if has(&sources, owner, member) {
                found += 1;
            } else {
                wrong.insert(format!("{}: {owner}::{member}", document.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "names that nothing has:\n{}", join(&wrong));
    assert!(found >= 10, "the documents name {found} functions: are they still found?");
}

/// The last two parts of a name like `limits::HANG` or `Session::act`; `None` for what is no such name or from elsewhere.
fn qualified(text: &str) -> Option<(&str, &str)> {
    let is_word =
        |word: &str| !word.is_empty() && word.chars().all(|character| character.is_alphanumeric() || character == '_');
    let parts: Vec<_> = text.trim_end_matches("()").split("::").collect();
    let [.., owner, member] = parts.as_slice() else { return None };
    (parts.iter().all(|part| is_word(part)) && !parts.iter().any(|part| ELSEWHERE.contains(part)))
        .then_some((owner, member))
}

fn join(lines: &BTreeSet<String>) -> String {
    lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
}
