//! Font files on the disk, mapped.

use memmap2::Mmap;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Deeper than this, directories are not searched: a link may lead round in a circle.
const DEPTH: usize = 8;

/// The files that hold fonts with outlines, each once, in a fixed order.
#[must_use]
pub fn font_files(directories: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for directory in directories {
        search(directory, DEPTH, &mut found);
    }
    found
}

fn search(directory: &Path, depth: usize, found: &mut BTreeSet<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if is_outline_font(&path) {
            found.extend(path.canonicalize());
        } else if depth > 0 && path.is_dir() {
            search(&path, depth - 1, found);
        }
    }
}

/// TrueType and OpenType. Type 1 and bitmap fonts are left to programs that draw them.
fn is_outline_font(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    ["ttf", "otf", "ttc", "otc"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// Maps a font file, read-only and shared with every process that maps it.
///
/// # Errors
/// What opening or mapping it says.
#[expect(unsafe_code, reason = "a mapping of a file is safe only as long as nobody shortens the file")]
pub fn map(path: &Path) -> io::Result<Mmap> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: package managers replace a font by renaming a new file over it, which leaves the mapped one as it is. A user who
    // cuts a font in place while the browser runs makes every process fault that has it mapped (SIGBUS), as with any program that maps fonts.
    unsafe { Mmap::map(&file) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fonts_are_found_below_a_directory_each_once() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("below")).unwrap();
        for name in ["a.TTF", "b.pfb", "below/c.otf", "below/fonts.dir"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        std::os::unix::fs::symlink(dir.path(), dir.path().join("below/round")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("a.TTF"), dir.path().join("again.ttf")).unwrap();
        let root = dir.path().canonicalize().unwrap();
        let found: Vec<_> = font_files(&[dir.path().to_owned()]).into_iter().collect();
        assert_eq!(found, [root.join("a.TTF"), root.join("below/c.otf")]);
    }
}
