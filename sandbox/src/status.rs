//! What the kernel says of this process in `/proc/self/status`, read after `/proc` is out of reach.
//!
//! The file is opened while there is a `/proc`, and read at the very end: the text is made when it is first read, so it shows the
//! process as it is then, filter and all.

use std::fs::File;
use std::io::Read;

/// The file, opened and not yet read.
#[derive(Debug)]
pub(crate) struct Unread(File);

/// Its text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Status(String);

impl Unread {
    pub(crate) fn open() -> Option<Self> {
        File::open("/proc/self/status").ok().map(Self)
    }

    pub(crate) fn file(&self) -> &File {
        &self.0
    }

    /// Reads it and closes it. `read(2)` and `close(2)` alone: they must do under any filter.
    pub(crate) fn read(mut self) -> Status {
        let mut buffer = [0; 8192];
        let mut length = 0;
        while let Ok(count @ 1..) = self.0.read(buffer.get_mut(length..).unwrap_or_default()) {
            length += count;
        }
        Status(String::from_utf8_lossy(buffer.get(..length).unwrap_or_default()).into_owned())
    }
}

impl From<String> for Status {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Status {
    /// The value of a field, without blanks around it.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.0.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let status = Status::from("Seccomp_filters:\t2\nSeccomp:\t1\nGroups:\t \n".to_owned());
        assert_eq!(status.field("Seccomp"), Some("1"));
        assert_eq!(status.field("Groups"), Some(""));
        assert_eq!(status.field("CapEff"), None);
    }

    #[test]
    fn the_file_shows_the_process_as_it_is_when_read() {
        let unread = Unread::open().unwrap();
        assert!(unread.read().field("NoNewPrivs").is_some());
    }
}
