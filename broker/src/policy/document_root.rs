//! The document root: which files belong to a page that was opened from the disk.
//!
//! The threat: the renderer is compromised and asks for `~/.ssh/id_rsa`, `/etc/shadow`, or whatever lies beside a page
//! that was downloaded a minute ago. The need: a page loads its style sheets, images and fonts, also from trees that it
//! shares with its siblings, as rustdoc's `html/std/vec/index.html` loads `html/static.files/rustdoc.css`. Other
//! browsers let a file show style sheets and images from anywhere on the disk; here the broker draws a line.
//!
//! The rule. `D` is the real directory (symbolic links resolved) of the page's real file.
//!
//! 1. If `D` is a shared place ([`SharedPlaces`]: `/`, `/tmp`, a home directory and its ancestors, `~/Downloads`, …),
//!    the root is `D` itself, flat: only files that lie directly in `D` belong to the page.
//! 2. Else look for an index (`index.html` or `index.htm`) in `D`, then in the parent of `D`, and so on up, as far as
//!    there is no shared place. The first directory that has one is the root; without any, the root is `D`. (rustdoc's
//!    pages of source code lie several directories below the nearest index.)
//! 3. From there go on up while the parent has an index and is no shared place.
//!
//! A file belongs to the page when its real path is beneath the root, no component of it below the root begins with a
//! dot, and it is of a type that pages are made of: style sheet, image or font. So a private key, a mailbox, a database
//! or a text file is out of reach even where it lies in the tree. Whether a file exists is told only where it would
//! belong to the page.
//!
//! What the rule does not do: it cannot tell a hard link from the file, and the time that a refusal takes may still say
//! something about the disk. Saved pages with a directory of their own (`page_files/`) lose their pictures while they
//! lie in a shared place. Links are not bound by the root: see [`super::navigation`].

use super::{Refusal, SharedPlaces};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// The names that make a directory the start of a tree of pages.
pub const INDEX_NAMES: [&str; 2] = ["index.html", "index.htm"];

/// Extensions of what pages are made of, in lower case.
const PAGE_MATERIAL: &[&str] = &[
    // Style sheets.
    "css", //
    // Images, animated ones and icons too.
    "apng", "avif", "bmp", "gif", "ico", "jfif", "jpeg", "jpg", "png", "svg", "svgz", "webp", //
    // Fonts.
    "eot", "otf", "ttc", "ttf", "woff", "woff2",
];

/// The files that belong to a page. Two pages with equal roots are one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRoot {
    directory: PathBuf,
    flat: bool,
}

impl DocumentRoot {
    /// The root of a page, by the rule above.
    ///
    /// `page` is the real path of its file; `has_index` tells whether a directory holds one of [`INDEX_NAMES`].
    #[must_use]
    pub fn of(page: &Path, places: &SharedPlaces, has_index: impl Fn(&Path) -> bool) -> Self {
        let home = page.parent().unwrap_or(Path::new("/"));
        if places.reason(home).is_some() {
            return Self { directory: home.to_owned(), flat: true };
        }
        let mut tree = home.ancestors().take_while(|directory| places.reason(directory).is_none());
        let Some(mut root) = tree.find(|directory| has_index(directory)) else {
            return Self { directory: home.to_owned(), flat: false };
        };
        for above in tree.take_while(|directory| has_index(directory)) {
            root = above;
        }
        Self { directory: root.to_owned(), flat: false }
    }

    /// The directory: a real path.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether only files directly in the directory belong to the page.
    #[must_use]
    pub fn is_flat(&self) -> bool {
        self.flat
    }

    /// Whether the file with this real path belongs to the page.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn admits(&self, real: &Path) -> Result<(), Refusal> {
        let below = real.strip_prefix(&self.directory).map_err(|_| Refusal::OutsideRoot)?;
        let mut depth = 0;
        for component in below.components() {
            // A real path has no `..`; a caller's mistake is not to become a way out.
            let Component::Normal(name) = component else { return Err(Refusal::OutsideRoot) };
            if name.as_bytes().starts_with(b".") {
                return Err(Refusal::Hidden);
            }
            depth += 1;
        }
        if depth == 0 || (self.flat && depth > 1) {
            return Err(Refusal::OutsideRoot);
        }
        if is_page_material(real) { Ok(()) } else { Err(Refusal::NotPageMaterial) }
    }
}

fn is_page_material(path: &Path) -> bool {
    path.extension()
        .and_then(OsStr::to_str)
        .is_some_and(|extension| PAGE_MATERIAL.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(page: &str, indexed: &[&str]) -> (String, bool) {
        let places = SharedPlaces::new(&[PathBuf::from("/home/ada")], Path::to_owned);
        let root = DocumentRoot::of(Path::new(page), &places, |directory| {
            indexed.iter().any(|index| Path::new(index) == directory)
        });
        (root.directory().display().to_string(), root.is_flat())
    }

    fn tree(directory: &str) -> (String, bool) {
        (directory.to_owned(), false)
    }

    fn flat(directory: &str) -> (String, bool) {
        (directory.to_owned(), true)
    }

    #[test]
    fn a_page_reaches_the_tree_that_it_is_documented_in() {
        let html = ["/usr/share/doc/rust/html", "/usr/share/doc/rust/html/std", "/usr/share/doc/rust/html/std/vec"];
        for page in ["index.html", "std/index.html", "std/vec/struct.Vec.html", "src/std/sys/fs/mod.rs.html"] {
            assert_eq!(root(&format!("{}/{page}", html[0]), &html), tree(html[0]), "{page}");
        }
    }

    #[test]
    fn without_an_index_the_root_is_the_directory_of_the_page() {
        assert_eq!(root("/home/ada/notes/week/1.html", &[]), tree("/home/ada/notes/week"));
    }

    #[test]
    fn the_climb_ends_where_the_indices_do() {
        let indexed = ["/data/a/b", "/data/a", "/data"];
        assert_eq!(root("/data/a/b/x/1.html", &indexed), tree("/data"));
        assert_eq!(root("/data/a/b/x/1.html", &["/data/a/b", "/data"]), tree("/data/a/b"));
    }

    #[test]
    fn an_index_in_a_shared_place_opens_nothing() {
        let indexed = ["/", "/tmp", "/home/ada", "/home/ada/Downloads", "/usr/share/doc", "/home/ada/.config"];
        for (page, expected) in [
            ("/tmp/site/page.html", tree("/tmp/site")),
            ("/home/ada/site/page.html", tree("/home/ada/site")),
            ("/home/ada/Downloads/site/css/page.html", tree("/home/ada/Downloads/site/css")),
            ("/usr/share/doc/zsh/page.html", tree("/usr/share/doc/zsh")),
            ("/home/ada/.config/app/page.html", tree("/home/ada/.config/app")),
            ("/page.html", flat("/")),
            ("/tmp/page.html", flat("/tmp")),
            ("/home/page.html", flat("/home")),
            ("/home/ada/page.html", flat("/home/ada")),
            ("/home/grace/page.html", flat("/home/grace")),
            ("/home/ada/Downloads/page.html", flat("/home/ada/Downloads")),
            ("/home/ada/.ssh/page.html", flat("/home/ada/.ssh")),
            ("/etc/page.html", flat("/etc")),
            ("/media/stick/page.html", flat("/media/stick")),
        ] {
            assert_eq!(root(page, &indexed), expected, "{page}");
        }
    }

    #[test]
    fn only_page_material_below_the_root_is_admitted() {
        let root = DocumentRoot { directory: PathBuf::from("/docs/.hidden/site"), flat: false };
        for (path, expected) in [
            ("/docs/.hidden/site/style.css", Ok(())),
            ("/docs/.hidden/site/deep/er/logo.SVG", Ok(())),
            ("/docs/.hidden/site/fonts/a.woff2", Ok(())),
            ("/docs/.hidden/site", Err(Refusal::OutsideRoot)),
            ("/docs/.hidden/site2/style.css", Err(Refusal::OutsideRoot)),
            ("/docs/.hidden/site/../x.css", Err(Refusal::OutsideRoot)),
            ("/docs/style.css", Err(Refusal::OutsideRoot)),
            ("/docs/.hidden/site/.git/logo.svg", Err(Refusal::Hidden)),
            ("/docs/.hidden/site/.style.css", Err(Refusal::Hidden)),
            ("/docs/.hidden/site/id_rsa", Err(Refusal::NotPageMaterial)),
            ("/docs/.hidden/site/passwords.txt", Err(Refusal::NotPageMaterial)),
            ("/docs/.hidden/site/mail.mbox", Err(Refusal::NotPageMaterial)),
        ] {
            assert_eq!(root.admits(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn a_flat_root_admits_only_what_lies_directly_in_it() {
        let root = DocumentRoot { directory: PathBuf::from("/tmp"), flat: true };
        assert_eq!(root.admits(Path::new("/tmp/a.png")), Ok(()));
        assert_eq!(root.admits(Path::new("/tmp/other/a.png")), Err(Refusal::OutsideRoot));
        assert_eq!(root.admits(Path::new("/tmp/.X11/a.png")), Err(Refusal::Hidden));
        assert_eq!(root.admits(Path::new("/tmp/secret.json")), Err(Refusal::NotPageMaterial));
    }
}
