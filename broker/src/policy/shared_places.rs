//! Directories that hold files of many origins and owners: never the root of a tree of pages.

use std::path::{Path, PathBuf};

/// Where a row of the table lies.
enum Place {
    /// This directory, not those in it.
    At(&'static str),
    /// Each directory directly in this one, and this one.
    ChildrenOf(&'static str),
    /// This directory in each home directory.
    InHome(&'static str),
}
use Place::{At, ChildrenOf, InHome};

/// The table, each row with its reason. Rows that need no table: the root directory, the home directories and all their
/// ancestors, every hidden directory directly in a home directory, and `share/doc` wherever it is installed.
const TABLE: &[(Place, &str)] = &[
    (At("/tmp"), "every program and user puts files here"),
    (At("/var/tmp"), "every program and user puts files here"),
    (At("/dev/shm"), "every program and user puts files here"),
    (At("/dev"), "devices"),
    (At("/proc"), "the state of every process"),
    (At("/sys"), "the state of the machine"),
    (At("/boot"), "the system's start"),
    (At("/etc"), "the system's configuration, some of it secret"),
    (At("/etc/ssl"), "keys and certificates"),
    (At("/etc/ssl/private"), "keys"),
    (At("/var"), "the state of every service"),
    (At("/var/lib"), "the state of every service"),
    (At("/var/log"), "logs"),
    (At("/var/mail"), "mail"),
    (At("/var/spool"), "mail and print jobs"),
    (At("/usr"), "the whole system"),
    (At("/usr/local"), "the whole system"),
    (At("/usr/share"), "data of every program"),
    (At("/usr/local/share"), "data of every program"),
    (At("/opt"), "programs of many vendors"),
    (At("/srv"), "data of many services"),
    (ChildrenOf("/home"), "somebody's home directory"),
    (At("/root"), "the administrator's home directory"),
    (ChildrenOf("/mnt"), "a whole disk"),
    (ChildrenOf("/media"), "a whole disk, or a user's removable disks"),
    (ChildrenOf("/run/media"), "a user's removable disks"),
    (ChildrenOf("/run/user"), "sockets and secrets of a user's session"),
    (At("/run"), "the state of every service"),
    (InHome("Desktop"), "files from everywhere"),
    (InHome("Documents"), "a person's papers"),
    (InHome("Downloads"), "files from strangers, beside one another"),
    (InHome("Public"), "files from others"),
    (InHome("snap"), "the private data of every snap"),
];

const REASON_ROOT: &str = "the whole system";
const REASON_HOME: &str = "a home directory or an ancestor of one";
const REASON_HIDDEN: &str = "a program's private directory";
const REASON_PACKAGES: &str = "documentation of every package";

/// The table, with the home directories of this user filled in and symbolic links resolved.
#[derive(Clone, Debug)]
pub struct SharedPlaces {
    homes: Vec<PathBuf>,
    places: Vec<(PathBuf, &'static str)>,
    parents: Vec<(PathBuf, &'static str)>,
}

impl SharedPlaces {
    /// Fills the table in. `resolve` gives a path's real path, or the path itself where there is none.
    #[must_use]
    pub fn new(homes: &[PathBuf], resolve: impl Fn(&Path) -> PathBuf) -> Self {
        let mut filled = Self { homes: Vec::new(), places: Vec::new(), parents: Vec::new() };
        for home in homes {
            for home in [home.clone(), resolve(home)] {
                for ancestor in home.ancestors() {
                    filled.places.push((ancestor.to_owned(), REASON_HOME));
                }
                filled.homes.push(home);
            }
        }
        for (place, reason) in TABLE {
            match place {
                At(path) => filled.add(Path::new(path), reason, &resolve),
                ChildrenOf(path) => {
                    let path = Path::new(path);
                    filled.add(path, reason, &resolve);
                    filled.parents.extend([(path.to_owned(), *reason), (resolve(path), *reason)]);
                }
                InHome(name) => {
                    for home in homes {
                        filled.add(&home.join(name), reason, &resolve);
                    }
                }
            }
        }
        filled
    }

    fn add(&mut self, path: &Path, reason: &'static str, resolve: impl Fn(&Path) -> PathBuf) {
        self.places.extend([(path.to_owned(), reason), (resolve(path), reason)]);
    }

    /// Why the directory with this real path is a shared place; `None` if it is none.
    #[must_use]
    pub fn reason(&self, directory: &Path) -> Option<&'static str> {
        let Some(parent) = directory.parent() else { return Some(REASON_ROOT) };
        let exactly = self.places.iter().find(|(place, _)| place == directory);
        let inside = self.parents.iter().find(|(place, _)| place == parent);
        if let Some((_, reason)) = exactly.or(inside) {
            return Some(reason);
        }
        if directory.ends_with("share/doc") {
            return Some(REASON_PACKAGES);
        }
        let hidden = directory.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        (hidden && self.homes.iter().any(|home| home == parent)).then_some(REASON_HIDDEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_known_under_its_real_path_too() {
        let resolve = |path: &Path| match path.strip_prefix("/home") {
            Ok(rest) => Path::new("/data/home").join(rest),
            Err(_) => path.to_owned(),
        };
        let places = SharedPlaces::new(&[PathBuf::from("/home/ada")], resolve);
        for directory in
            ["/home/ada", "/data/home/ada", "/data/home/ada/Downloads", "/data/home/ada/.ssh", "/data/home/grace"]
        {
            assert!(places.reason(Path::new(directory)).is_some(), "{directory}");
        }
        assert_eq!(places.reason(Path::new("/data/home/ada/site")), None);
    }

    #[test]
    fn the_way_to_a_home_directory_is_shared_wherever_it_lies() {
        let places = SharedPlaces::new(&[PathBuf::from("/export/users/ada")], Path::to_owned);
        for directory in ["/", "/export", "/export/users", "/export/users/ada"] {
            assert!(places.reason(Path::new(directory)).is_some(), "{directory}");
        }
        assert_eq!(places.reason(Path::new("/export/docs")), None);
    }
}
