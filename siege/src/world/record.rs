//! What a world has made that would outlive it, on record in its directory, for the next run.

use super::keeper::unlink_queue;
use crate::raw::sys;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::BorrowedFd;

const NAME: &str = "record";

/// Longer than any that is written.
const LONGEST: u64 = 4096;

/// Identifiers and a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) queue: Option<i32>,
    pub(super) semaphore: Option<i32>,
    pub(super) posix_queue: Option<String>,
}

impl Record {
    /// Writes it into the directory.
    pub(super) fn write(&self, directory: BorrowedFd<'_>) -> io::Result<()> {
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let mut file = File::from(openat(directory, NAME, flags, Mode::S_IRUSR | Mode::S_IWUSR)?);
        file.write_all(self.text(&boot()).as_bytes())
    }

    /// Reads it. `None` where there is none, or where it is of an earlier boot: its identifiers may mean others now.
    pub(super) fn read(directory: BorrowedFd<'_>) -> Option<Self> {
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let file = File::from(openat(directory, NAME, flags, Mode::empty()).ok()?);
        let mut text = String::new();
        file.take(LONGEST).read_to_string(&mut text).ok()?;
        Self::parse(&text, &boot())
    }

    /// Removes what it lists. What is not there any more is no matter.
    pub(super) fn remove(&self) {
        let _ = self.queue.map(|id| sys!(SYS_msgctl, id, libc::IPC_RMID, 0_usize));
        let _ = self.semaphore.map(|id| sys!(SYS_semctl, id, 0_i32, libc::IPC_RMID));
        let name = self.posix_queue.as_ref().and_then(|name| CString::new(name.as_str()).ok());
        let _ = name.map(|name| unlink_queue(&name));
    }

    fn text(&self, boot: &str) -> String {
        let mut text = format!("boot {boot}\n");
        text.extend(self.queue.map(|id| format!("queue {id}\n")));
        text.extend(self.semaphore.map(|id| format!("semaphore {id}\n")));
        text.extend(self.posix_queue.as_ref().map(|name| format!("posix-queue {name}\n")));
        text
    }

    fn parse(text: &str, boot: &str) -> Option<Self> {
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
        let number = |key: &str| value(key)?.parse().ok();
        (value("boot") == Some(boot)).then(|| Self {
            queue: number("queue"),
            semaphore: number("semaphore"),
            posix_queue: value("posix-queue").map(str::to_owned),
        })
    }
}

/// What tells this boot from others.
fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map_or_else(|_| "unknown".to_owned(), |id| id.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_another_boot_says_nothing() {
        let record = Record { queue: Some(3), semaphore: None, posix_queue: Some("/x".to_owned()) };
        assert_eq!(Record::parse(&record.text("a"), "a"), Some(record.clone()));
        assert_eq!(Record::parse(&record.text("a"), "b"), None);
        assert_eq!(Record::parse("", "a"), None);
    }
}
