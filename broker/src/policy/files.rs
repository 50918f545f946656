//! Which files a permit reaches. Asked for each directory *before* it is entered, and for the file's real path before
//! the file is opened: what a page may not have is not looked at, so no automounter, FUSE server or device hears of it, and the
//! page does not learn whether it exists.

use super::{DocumentRoot, Refusal};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

/// Directories of what is no data: the state of processes and of the machine, and devices. `/proc/self/fd/N` is another
/// process's memory under a file's name. The same file systems mounted elsewhere are told by their kind once the file is found.
const NO_DATA: [&str; 3] = ["/proc", "/sys", "/dev"];

/// Extensions of documents that one page may lead to and share its process with, in lower case: markup and images.
const PAGES: &[&str] =
    &["html", "htm", "xhtml", "xht", "svg", "png", "apng", "jpg", "jpeg", "jfif", "gif", "webp", "avif", "bmp", "ico"];

/// Extensions of what pages are made of, in lower case.
const PARTS: &[&str] = &[
    // Style sheets.
    "css", //
    // Images, animated ones and icons too.
    "apng", "avif", "bmp", "gif", "ico", "jfif", "jpeg", "jpg", "png", "svg", "svgz", "webp", //
    // Fonts.
    "eot", "otf", "ttc", "ttf", "woff", "woff2",
];

/// Which files a permit reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileRule {
    /// None: the URL is no file's.
    None,
    /// The file that the user has chosen, whatever it is.
    Chosen,
    /// A document that a page leads to: a page beneath its own root. Where the user has just clicked, any file that is not hidden from
    /// where the page lies; it is shown by another process, and the page learns nothing of it.
    Document {
        /// The page's.
        root: DocumentRoot,
        /// Whether the user has clicked.
        activated: bool,
    },
    /// A part of a page with this root.
    Part(DocumentRoot),
}

impl FileRule {
    /// Whether the directory with this real path may be entered on the way to the file.
    ///
    /// # Errors
    /// The rule that says no.
    pub fn enter(&self, directory: &Path) -> Result<(), Refusal> {
        is_data(directory)?;
        match self {
            Self::None => Err(Refusal::OutsideRoot),
            Self::Chosen => Ok(()),
            Self::Document { root, activated: true } => not_hidden(directory, root.directory()),
            Self::Document { root, activated: false } | Self::Part(root) if root.leads_through(directory) => Ok(()),
            Self::Document { .. } | Self::Part(_) => Err(Refusal::OutsideRoot),
        }
    }

    /// Whether the file with this real path may be opened.
    ///
    /// # Errors
    /// The rule that says no.
    pub fn open(&self, real: &Path) -> Result<(), Refusal> {
        is_data(real)?;
        match self {
            Self::None => Err(Refusal::OutsideRoot),
            Self::Chosen => Ok(()),
            Self::Document { root, activated: true } => not_hidden(real, root.directory()),
            Self::Document { root, activated: false } => root.admits_document(real),
            Self::Part(root) => root.admits_part(real),
        }
    }
}

fn is_data(real: &Path) -> Result<(), Refusal> {
    if NO_DATA.iter().any(|place| real.starts_with(place)) { Err(Refusal::NoData) } else { Ok(()) }
}

/// Whether no name on the way from what both have in common to `real` begins with a dot.
fn not_hidden(real: &Path, from: &Path) -> Result<(), Refusal> {
    let shared = real.components().zip(from.components()).take_while(|(one, other)| one == other).count();
    if real.components().skip(shared).any(is_hidden) { Err(Refusal::Hidden) } else { Ok(()) }
}

/// Whether a name begins with a dot.
pub(super) fn is_hidden(component: Component<'_>) -> bool {
    component.as_os_str().as_bytes().starts_with(b".")
}

/// Whether a file of this name is one that pages lead to.
pub(super) fn is_page(path: &Path) -> bool {
    has_extension(path, PAGES)
}

/// Whether a file of this name is one that pages are made of.
pub(super) fn is_part(path: &Path) -> bool {
    has_extension(path, PARTS)
}

fn has_extension(path: &Path, known: &[&str]) -> bool {
    path.extension()
        .and_then(OsStr::to_str)
        .is_some_and(|extension| known.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::SharedPlaces;
    use std::path::PathBuf;

    fn root(page: &str) -> DocumentRoot {
        let places = SharedPlaces::new(&[PathBuf::from("/home/ada")], Path::to_owned);
        DocumentRoot::of(Path::new(page), &places, |_| false)
    }

    #[test]
    fn what_is_no_data_is_for_nobody() {
        let rules = [
            FileRule::Chosen,
            FileRule::Document { root: root("/proc/page.html"), activated: true },
            FileRule::Part(root("/dev/page.html")),
        ];
        for rule in rules {
            for path in ["/proc/self/fd/7", "/sys/kernel/x.css", "/dev/shm/x.css", "/dev/fd/0", "/proc"] {
                assert_eq!(rule.open(Path::new(path)), Err(Refusal::NoData), "{rule:?} {path}");
                assert_eq!(rule.enter(Path::new(path)), Err(Refusal::NoData), "{rule:?} {path}");
            }
        }
        assert_eq!(FileRule::Chosen.open(Path::new("/processes/x")), Ok(()));
    }

    #[test]
    fn what_a_page_leads_to() {
        use Refusal::{Hidden, NotAPage, OutsideRoot};
        // This document, for a page in a home directory and one in a directory of its own, without a click and with one.
        #[rustfmt::skip]
        let table = [
            ("/home/ada/evil.html",          [Ok(()),           Ok(()),      Err(OutsideRoot), Ok(())]),
            ("/home/ada/diary.html",         [Err(OutsideRoot), Ok(()),      Err(OutsideRoot), Ok(())]),
            ("/home/ada/secret.txt",         [Err(NotAPage),    Ok(()),      Err(OutsideRoot), Ok(())]),
            ("/home/ada/.netrc",             [Err(Hidden),      Err(Hidden), Err(OutsideRoot), Err(Hidden)]),
            ("/home/ada/.ssh/id_rsa",        [Err(Hidden),      Err(Hidden), Err(OutsideRoot), Err(Hidden)]),
            ("/home/ada/site/page.html",     [Err(OutsideRoot), Ok(()),      Ok(()),           Ok(())]),
            ("/home/ada/site/more/two.htm",  [Err(OutsideRoot), Ok(()),      Ok(()),           Ok(())]),
            ("/home/ada/site/id_rsa",        [Err(NotAPage),    Ok(()),      Err(NotAPage),    Ok(())]),
            ("/home/ada/site/.env",          [Err(Hidden),      Err(Hidden), Err(Hidden),      Err(Hidden)]),
            ("/home/ada/site/.git/x.html",   [Err(Hidden),      Err(Hidden), Err(Hidden),      Err(Hidden)]),
            ("/etc/passwd",                  [Err(OutsideRoot), Ok(()),      Err(OutsideRoot), Ok(())]),
        ];
        let (flat, tree) = (root("/home/ada/evil.html"), root("/home/ada/site/page.html"));
        for (path, row) in table {
            let rule = |root: &DocumentRoot, activated| FileRule::Document { root: root.clone(), activated };
            let rules = [rule(&flat, false), rule(&flat, true), rule(&tree, false), rule(&tree, true)];
            for (rule, expected) in rules.iter().zip(row) {
                assert_eq!(rule.open(Path::new(path)), expected, "{rule:?} {path}");
            }
        }
    }

    #[test]
    fn a_page_has_no_directory_entered_that_does_not_lead_to_its_own_files() {
        let rule = FileRule::Part(root("/home/ada/site/page.html"));
        for (directory, may) in [
            ("/", true),
            ("/home", true),
            ("/home/ada", true),
            ("/home/ada/site", true),
            ("/home/ada/site/css", true),
            ("/home/ada/sshfs", false),
            ("/net/host", false),
            ("/etc", false),
        ] {
            assert_eq!(rule.enter(Path::new(directory)).is_ok(), may, "{directory}");
        }
    }
}
