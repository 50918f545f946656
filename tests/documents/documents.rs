//! The project's documents, and what they name.

use std::path::{Path, PathBuf};

/// A document.
pub(crate) struct Document {
    /// From the project's root.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// The project's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The project's files that end so, from its root: none that a build makes, none of a hidden directory.
pub(crate) fn files(ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![PathBuf::new()];
    while let Some(directory) = directories.pop() {
        for entry in root().join(&directory).read_dir().expect("a directory of the project is read").flatten() {
            let name = entry.file_name().into_string().expect("names of the project's files are UTF-8");
            let path = directory.join(&name);
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && name != "target" && !name.starts_with('.') => directories.push(path),
                Ok(kind) if kind.is_file() && name.ends_with(ending) => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no file ends with {ending}");
    found
}

/// A file's text.
pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All documents.
pub(crate) fn all() -> Vec<Document> {
    files(".md").into_iter().map(|path| Document { text: read(&path), path }).collect()
}

/// The lines of a document that are not within a fence of code.
pub(crate) fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// What stands between backticks in a line.
pub(crate) fn code(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Where the links of a line lead, without what follows `#`; those to other servers and within the page are left out.
pub(crate) fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?;
        let path = target.split('#').next()?;
        (!path.is_empty() && !target.contains("://") && !target.starts_with("mailto:")).then_some(path)
    })
}
