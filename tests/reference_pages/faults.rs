//! What is known not to be drawn right, in the pages and in `docs/engine.md`: both say the same.

use crate::pairs::Pair;
use libtest_mimic::Failed;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The part of the document that names them.
const HEADING: &str = "\n## Known faults\n";

/// How the document refers to a page.
const LINK: &str = "](../tests/pages/";

/// The pages that are marked as not drawn right are those that the document names.
pub(crate) fn are_documented(pairs: &[Pair]) -> Result<(), Failed> {
    let mut marked = BTreeSet::new();
    for pair in pairs {
        if pair.settings()?.0.known_fault.is_some() {
            marked.insert(pair.page_file());
        }
    }
    let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/engine.md"))?;
    let (_, section) = document.split_once(HEADING).ok_or("docs/engine.md has no section of that name")?;
    let section = section.split("\n## ").next().unwrap_or_default();
    let named: BTreeSet<String> =
        section.split(LINK).skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect();
    let without: Vec<&String> = marked.difference(&named).collect();
    let stale: Vec<&String> = named.difference(&marked).collect();
    if without.is_empty() && stale.is_empty() {
        return Ok(());
    }
    Err(format!("marked as a fault, and not in docs/engine.md: {without:?}; there, and not marked: {stale:?}").into())
}
