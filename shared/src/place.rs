//! Where in the source something went wrong, without the directories of the machine that built the program: to whoever runs it
//! they say nothing, and of whoever built it they say too much.

use std::fmt;
use std::panic::Location;

/// A line of a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    file: &'a str,
    line: u32,
}

impl<'a> From<&'a Location<'a>> for Place<'a> {
    fn from(location: &'a Location<'a>) -> Self {
        Self { file: within_crate(location.file()), line: location.line() }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A path from the directory of its crate, or of the standard library, on. Those of this workspace are relative anyway.
fn within_crate(file: &str) -> &str {
    // Behind each of them comes one more directory: a registry's, a compiler's, a checkout's.
    for above in ["/registry/src/", "/git/checkouts/", "/rustc/"] {
        if let Some((_, path)) = file.rsplit_once(above).and_then(|(_, rest)| rest.split_once('/')) {
            return path;
        }
    }
    // Of an unknown place, no more than the file's own name.
    if file.starts_with('/') { file.rsplit_once('/').map_or(file, |(_, name)| name) } else { file }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_directory_of_the_machine_that_built_it_is_shown() {
        for (file, shown) in [
            ("renderer/src/faults.rs", "renderer/src/faults.rs"),
            (
                "/home/ada/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/url-2.5.0/src/lib.rs",
                "url-2.5.0/src/lib.rs",
            ),
            ("/rustc/0123456789abcdef/library/core/src/option.rs", "library/core/src/option.rs"),
            ("/home/ada/secret/vendor/url/src/lib.rs", "lib.rs"),
        ] {
            assert_eq!(within_crate(file), shown);
        }
    }
}
