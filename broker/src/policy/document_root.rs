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
//!    the root is `D` itself, flat: the parts that lie directly in `D` belong to the page `NAME.html`, and those in the directories
//!    `NAME_files` and `NAME.files` that browsers save beside it. No other document does.
//! 2. Else the root is the highest directory from `D` upwards, below the nearest shared place, that has an index (`index.html` or
//!    `index.htm`) or is `share/doc/PACKAGE`, the documentation of one package (Filesystem Hierarchy Standard 4.11). Without any, the
//!    root is `D`.
//!
//! To the page belong, beneath the root and where no name below the root begins with a dot,
//! - as parts ([`DocumentRoot::admits_part`]): style sheets, images and fonts;
//! - as documents that it may lead to without a click ([`DocumentRoot::admits_document`]): markup and images.
//!
//! So a private key, a mailbox, a database or a text file is out of reach even where it lies in the tree. Documents share a process
//! only if each of them is one that the others may lead to. A page below `/usr/share` may load parts from all of `/usr/share`:
//! distributions link what many packages load to one place there, and nothing in it is private. Whether a file exists is told only
//! where it would belong to the page.
//!
//! What the rule does not do: it cannot tell a hard link from the file, and the time that a refusal takes may still say
//! something about the disk. What a click may reach is said in [`super::FileRule::Document`].

use super::files::{is_hidden, is_page, is_part};
use super::{Refusal, SharedPlaces};
use std::path::{Component, Path, PathBuf};

/// The names that make a directory the start of a tree of pages.
pub const INDEX_NAMES: [&str; 2] = ["index.html", "index.htm"];

/// Data that comes with the system's packages, the same on every machine.
const PUBLIC: [&str; 2] = ["/usr/share", "/usr/local/share"];

/// What browsers append to a page's name for the directory that they save its parts in.
const SAVED_PARTS: [&str; 2] = ["_files", ".files"];

/// The files that belong to a page. Two pages with equal roots are one site.
#[derive(Clone, Debug)]
pub struct DocumentRoot {
    directory: PathBuf,
    flat: bool,
    /// The page's real path, where no other document shares its process.
    alone: Option<PathBuf>,
    /// Directories with saved parts of a page in a shared place.
    saved: Vec<PathBuf>,
    /// Directories outside of the root that were entered on the way to the page, because a symbolic link leads from there: the
    /// page's parts have the same way.
    way: Vec<PathBuf>,
}

/// The way does not count: it says how the page was found, not which files are its own.
impl PartialEq for DocumentRoot {
    fn eq(&self, other: &Self) -> bool {
        let Self { directory, flat, alone, saved: _, way: _ } = self;
        (directory, flat, alone) == (&other.directory, &other.flat, &other.alone)
    }
}

impl Eq for DocumentRoot {}

impl DocumentRoot {
    /// The root of a page, by the rule above.
    ///
    /// `page` is the real path of its file; `has_index` tells whether a directory holds one of [`INDEX_NAMES`].
    #[must_use]
    pub fn of(page: &Path, places: &SharedPlaces, has_index: impl Fn(&Path) -> bool) -> Self {
        let home = page.parent().unwrap_or(Path::new("/"));
        if places.reason(home).is_some() {
            let saved = page.file_stem().map_or_else(Vec::new, |stem| {
                let beside = |suffix: &&str| {
                    let mut name = stem.to_owned();
                    name.push(suffix);
                    home.join(name)
                };
                SAVED_PARTS.iter().map(beside).collect()
            });
            let (directory, alone) = (home.to_owned(), Some(page.to_owned()));
            return Self { directory, flat: true, alone, saved, way: Vec::new() };
        }
        let tree = home.ancestors().take_while(|directory| places.reason(directory).is_none());
        let is_root = |directory: &&Path| is_package(directory) || has_index(directory);
        let directory = tree.filter(is_root).last().unwrap_or(home).to_owned();
        let mut root = Self { directory, flat: false, alone: None, saved: Vec::new(), way: Vec::new() };
        if root.admits_document(page).is_err() {
            root.alone = Some(page.to_owned());
        }
        root
    }

    /// With the directories that were entered on the way to the page.
    #[must_use]
    pub fn reached_through(mut self, entered: Vec<PathBuf>) -> Self {
        self.way = entered.into_iter().filter(|directory| !self.leads_through(directory)).collect();
        self
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

    /// Whether the page may be shown the document with this real path without the user's doing.
    ///
    /// # Errors
    /// The rule that says no.
    pub fn admits_document(&self, real: &Path) -> Result<(), Refusal> {
        below(real, &self.directory)?;
        if !is_page(real) {
            return Err(Refusal::NotAPage);
        }
        if self.alone.as_ref().is_some_and(|page| page != real) { Err(Refusal::OutsideRoot) } else { Ok(()) }
    }

    /// Whether the file with this real path is a part of the page.
    ///
    /// # Errors
    /// The rule that says no.
    pub fn admits_part(&self, real: &Path) -> Result<(), Refusal> {
        if let Some(public) = self.public().find(|public| real.starts_with(public)) {
            below(real, public)?;
        } else {
            let depth = below(real, &self.directory)?;
            let saved = || self.saved.iter().any(|directory| real.starts_with(directory));
            if self.flat && depth > 1 && !saved() {
                return Err(Refusal::OutsideRoot);
            }
        }
        if is_part(real) { Ok(()) } else { Err(Refusal::NotPageMaterial) }
    }

    /// Whether the directory with this real path is on the way to a file that belongs to the page.
    #[must_use]
    pub fn leads_through(&self, directory: &Path) -> bool {
        let on_the_way = |root: &Path| root.starts_with(directory) || (!self.flat && directory.starts_with(root));
        on_the_way(&self.directory)
            || self.saved.iter().any(|saved| directory.starts_with(saved))
            || self.public().any(|public| public.starts_with(directory) || directory.starts_with(public))
            || self.way.iter().any(|entered| entered == directory)
    }

    /// Where parts lie that the page shares with those of other packages.
    fn public(&self) -> impl Iterator<Item = &'static Path> {
        let installed = PUBLIC.iter().any(|public| self.directory.starts_with(public));
        PUBLIC.iter().filter(move |_| installed).map(|public| Path::new(*public))
    }
}

/// How many names lead from `directory` to `real`: at least one, none of them hidden.
fn below(real: &Path, directory: &Path) -> Result<usize, Refusal> {
    let below = real.strip_prefix(directory).map_err(|_| Refusal::OutsideRoot)?;
    // A real path has no `..`; a caller's mistake is not to become a way out.
    if !below.components().all(|component| matches!(component, Component::Normal(_))) {
        return Err(Refusal::OutsideRoot);
    }
    if below.components().any(is_hidden) {
        return Err(Refusal::Hidden);
    }
    match below.components().count() {
        0 => Err(Refusal::OutsideRoot),
        depth => Ok(depth),
    }
}

/// Whether this is `share/doc/PACKAGE`, wherever it is installed.
fn is_package(directory: &Path) -> bool {
    directory.parent().is_some_and(|parent| parent.ends_with("share/doc"))
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

    fn site(directory: &str) -> DocumentRoot {
        DocumentRoot { directory: directory.into(), flat: false, alone: None, saved: Vec::new(), way: Vec::new() }
    }

    fn flat(directory: &str) -> (String, bool) {
        (directory.to_owned(), true)
    }

    #[test]
    fn a_page_reaches_the_tree_that_it_is_documented_in() {
        let html = ["/usr/share/doc/rust/html", "/usr/share/doc/rust/html/std", "/usr/share/doc/rust/html/std/vec"];
        for page in ["index.html", "std/index.html", "std/vec/struct.Vec.html", "src/std/sys/fs/mod.rs.html"] {
            assert_eq!(root(&format!("{}/{page}", html[0]), &html), tree("/usr/share/doc/rust"), "{page}");
        }
    }

    #[test]
    fn without_an_index_the_root_is_the_directory_of_the_page() {
        assert_eq!(root("/home/ada/notes/week/1.html", &[]), tree("/home/ada/notes/week"));
    }

    #[test]
    fn the_highest_index_below_a_shared_place_is_the_root() {
        let indexed = ["/data/a/b", "/data/a", "/data"];
        assert_eq!(root("/data/a/b/x/1.html", &indexed), tree("/data"));
        assert_eq!(root("/data/a/b/x/1.html", &["/data/a/b", "/data"]), tree("/data"));
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
        let root = site("/docs/.hidden/site");
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
            assert_eq!(root.admits_part(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn the_documentation_of_a_package_is_one_tree_wherever_it_is_installed() {
        for prefix in ["/usr", "/usr/local", "/opt/rust", "/tmp/x/usr"] {
            let package = format!("{prefix}/share/doc/docutils-doc");
            assert_eq!(root(&format!("{package}/docs/user/links.html"), &[]), tree(&package));
            assert_eq!(root(&format!("{package}/links.html"), &[&format!("{prefix}/share/doc")]), tree(&package));
        }
    }

    #[test]
    fn a_page_of_a_package_loads_parts_that_packages_share() {
        let places = SharedPlaces::new(&[PathBuf::from("/home/ada")], Path::to_owned);
        let page = DocumentRoot::of(Path::new("/usr/share/doc/x/page.html"), &places, |_| false);
        assert_eq!(page.admits_part(Path::new("/usr/share/javascript/sphinx/style.css")), Ok(()));
        assert_eq!(page.admits_part(Path::new("/usr/share/x/.keys/a.png")), Err(Refusal::Hidden));
        assert_eq!(page.admits_part(Path::new("/usr/lib/x/style.css")), Err(Refusal::OutsideRoot));
        assert_eq!(page.admits_document(Path::new("/usr/share/doc/y/page.html")), Err(Refusal::OutsideRoot));
        assert_eq!(
            site("/home/ada/site").admits_part(Path::new("/usr/share/javascript/style.css")),
            Err(Refusal::OutsideRoot)
        );
    }

    #[test]
    fn a_page_in_a_shared_place_has_its_neighbours_parts_and_no_other_document() {
        let places = SharedPlaces::new(&[PathBuf::from("/home/ada")], Path::to_owned);
        let page = |path: &str| DocumentRoot::of(Path::new(path), &places, |_| false);
        let root = page("/tmp/page.html");
        assert_eq!(root.admits_part(Path::new("/tmp/a.png")), Ok(()));
        assert_eq!(root.admits_part(Path::new("/tmp/page_files/deep/a.css")), Ok(()));
        assert_eq!(root.admits_part(Path::new("/tmp/page.files/a.css")), Ok(()));
        assert_eq!(root.admits_part(Path::new("/tmp/other_files/a.css")), Err(Refusal::OutsideRoot));
        assert_eq!(root.admits_part(Path::new("/tmp/other/a.png")), Err(Refusal::OutsideRoot));
        assert_eq!(root.admits_part(Path::new("/tmp/.X11/a.png")), Err(Refusal::Hidden));
        assert_eq!(root.admits_part(Path::new("/tmp/secret.json")), Err(Refusal::NotPageMaterial));
        assert_eq!(root.admits_document(Path::new("/tmp/page.html")), Ok(()));
        assert_eq!(root.admits_document(Path::new("/tmp/diary.html")), Err(Refusal::OutsideRoot));
        assert!(root != page("/tmp/diary.html"), "they share no process");
        assert!(root == page("/tmp/page.html"));
    }

    #[test]
    fn documents_share_a_process_only_if_each_may_lead_to_the_other() {
        let places = SharedPlaces::new(&[PathBuf::from("/home/ada")], Path::to_owned);
        let page = |path: &str| DocumentRoot::of(Path::new(path), &places, |_| false);
        assert!(page("/docs/x/a.html") == page("/docs/x/b.html"));
        for other in ["/docs/x/id_rsa", "/docs/x/notes.txt", "/docs/x/.b.html", "/docs/y/b.html"] {
            assert!(page("/docs/x/a.html") != page(other), "{other}");
        }
        assert!(page("/docs/x/id_rsa") != page("/docs/x/notes.txt"));
    }

    #[test]
    fn the_way_to_a_page_is_open_to_its_parts() {
        let places = SharedPlaces::new(&[], Path::to_owned);
        let root = DocumentRoot::of(Path::new("/data/ada/site/page.html"), &places, |_| false);
        assert!(!root.leads_through(Path::new("/home")));
        let root = root.reached_through(vec!["/".into(), "/home".into(), "/data".into()]);
        assert!(root.leads_through(Path::new("/home")) && !root.leads_through(Path::new("/home/grace")));
        assert_eq!(root.way, [PathBuf::from("/home")]);
    }
}
