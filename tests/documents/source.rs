//! The code, as far as the documents name it. It is formatted by rustfmt, so a block ends where a line has its indentation.

use crate::documents::{files, read};
use std::path::PathBuf;

/// A file of Rust.
pub(crate) struct Source {
    /// From the project's root.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// All of the code but tests of their own.
pub(crate) fn all() -> Vec<Source> {
    let sources = files(".rs").into_iter().filter(|path| !path.components().any(|part| part.as_os_str() == "tests"));
    sources.map(|path| Source { text: read(&path), path }).collect()
}

/// Whether one of the files has this member (a function, a variant, a constant) of this type, module or crate.
pub(crate) fn has(sources: &[Source], owner: &str, member: &str) -> bool {
    let root = owner.strip_prefix("bulkhead_").map(|name| format!("{}/src/lib.rs", name.replace('_', "/")));
    sources.iter().any(|source| {
        let is_module =
            source.path.ends_with(format!("{owner}.rs")) || source.path.ends_with(format!("{owner}/mod.rs"));
        let is_root = root.as_ref().is_some_and(|root| source.path.ends_with(root));
        let mut lines = source.text.lines();
        block_has(&source.text, owner, member)
            || (is_module && lines.any(|line| declares(line, member)))
            || (is_root && lines.any(|line| line.starts_with("pub ") && words(line).any(|word| word == member)))
    })
}

/// Whether an `impl`, `enum` or `trait` block of this type has the member. Blocks within a module are indented.
fn block_has(text: &str, owner: &str, member: &str) -> bool {
    let mut inside: Option<usize> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        match inside {
            Some(depth) if indent == depth && line.trim_start().starts_with('}') => inside = None,
            Some(depth) if indent == depth + 4 && (declares(line, member) || is_variant(line, member)) => return true,
            Some(_) => {}
            None => inside = opens(line, owner).then_some(indent),
        }
    }
    false
}

fn opens(line: &str, owner: &str) -> bool {
    let head = line.trim_start();
    let is_block = words(head).find(|word| !["pub", "crate", "super", "unsafe"].contains(word));
    is_block.is_some_and(|block| ["impl", "enum", "trait"].contains(&block))
        && head.ends_with('{')
        && words(head).any(|word| word == owner)
}

fn declares(line: &str, name: &str) -> bool {
    let mut words =
        words(line).skip_while(|word| ["pub", "crate", "super", "async", "unsafe", "extern", "C"].contains(word));
    match words.next() {
        Some("const") => words.any(|word| word == name),
        Some("fn" | "static" | "struct" | "enum" | "trait" | "type" | "mod") => words.next() == Some(name),
        _ => false,
    }
}

fn is_variant(line: &str, name: &str) -> bool {
    let rest = line.trim_start().strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([',', '(', ' ']))
}

/// The names in a line.
pub(crate) fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|character: char| !character.is_alphanumeric() && character != '_').filter(|word| !word.is_empty())
}

#[test]
fn a_member_is_found_by_its_own_type_alone() {
    let text = "impl fmt::Display for Owner {\n    pub(super) fn here(&self) {\n    }\n}\n\nimpl Other {\n    fn there() {}\n}\n\npub enum Kind {\n    Variant { x: u32 },\n}\n";
    let sources = [Source { path: PathBuf::from("src/limits.rs"), text: format!("{text}pub const HANG: u32 = 1;\n") }];
    for (owner, member, found) in [
        ("Owner", "here", true),
        ("Owner", "there", false),
        ("Owner", "her", false),
        ("Kind", "Variant", true),
        ("Kind", "Varian", false),
        ("limits", "HANG", true),
        ("limits", "HUNG", false),
        ("bounds", "HANG", false),
    ] {
        assert_eq!(has(&sources, owner, member), found, "{owner}::{member}");
    }
}
