//! Which files belong together.

use crate::settings::{Settings, Views};
use std::fs;
use std::path::{Path, PathBuf};

/// Whether the pictures must be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Match,
    Mismatch,
}

/// A page and its reference.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    /// The page's name, and for a mismatch also how it is meant.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) page: PathBuf,
    pub(crate) reference: PathBuf,
}

impl Pair {
    /// What both files say of the pair.
    pub(crate) fn settings(&self) -> Result<(Settings, Views), String> {
        let mut settings = Settings::default();
        let mut views = Views::default();
        for (path, view) in [(&self.page, &mut views.page), (&self.reference, &mut views.reference)] {
            let said = fs::read(path)
                .map_err(|error| error.to_string())
                .and_then(|bytes| settings.read(&String::from_utf8_lossy(&bytes), view));
            said.map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok((settings, views))
    }

    /// The name of the page's file.
    pub(crate) fn page_file(&self) -> String {
        self.page.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

const REFERENCES: [(&str, Kind); 2] = [("-ref", Kind::Match), ("-notref", Kind::Mismatch)];

/// The pairs in a directory, by name; and the files that are half of one.
pub(crate) fn find(directory: &Path) -> (Vec<Pair>, Vec<String>) {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    let is_reference = |path: &Path| REFERENCES.iter().any(|(ending, _)| stem(path).ends_with(ending));
    let (references, pages): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(|path| is_reference(path));
    let (mut pairs, mut strays) = (Vec::new(), Vec::new());
    for page in &pages {
        let before = pairs.len();
        for (ending, kind) in REFERENCES {
            let wanted = format!("{}{ending}", stem(page));
            if let Some(reference) = references.iter().find(|path| stem(path) == wanted) {
                let name = if kind == Kind::Match { stem(page) } else { format!("{} differs", stem(page)) };
                pairs.push(Pair { name, kind, page: page.clone(), reference: reference.clone() });
            }
        }
        if pairs.len() == before {
            strays.push(page.display().to_string());
        }
    }
    let is_alone = |reference: &&PathBuf| !pairs.iter().any(|pair| pair.reference == **reference);
    strays.extend(references.iter().filter(is_alone).map(|reference| reference.display().to_string()));
    (pairs, strays)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
