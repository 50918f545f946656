//! No descriptors but the listed ones.
//!
//! Contract:
//! - numbers 0, 1 and 2 that are not kept are opened on `/dev/null`, or where there is none on the end of a pipe that has no
//!   other: were they free, the next descriptor that arrives would be one of them, and a message to standard error would be
//!   written into it;
//! - everything else that is not kept is closed, whoever owned it: the child owns nothing but what it keeps;
//! - what is left is counted by listing `/proc/self/fd`, through a directory that was opened before the root was
//!   emptied.

use crate::entries::for_each_name_left;
use crate::report::{Layer, Name};
use crate::sys;
use nix::errno::Errno;
use nix::unistd::{dup2_stderr, dup2_stdin, dup2_stdout};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

/// What has to be opened while there are a `/proc` and a `/dev`.
#[derive(Debug)]
pub(crate) struct Prepared {
    null: Option<File>,
    listing: Option<File>,
}

impl Prepared {
    pub(crate) fn open() -> Self {
        Self { null: null().ok(), listing: File::open("/proc/self/fd").ok() }
    }

    /// Closes what it has opened, and nothing else: for when the layer is not asked for.
    pub(crate) fn discard(self) -> Layer {
        Layer::not_asked(Name::Descriptors)
    }
}

/// What has nothing to be read and takes nothing.
fn null() -> io::Result<File> {
    let null = OpenOptions::new().read(true).write(true).open("/dev/null");
    null.or_else(|_| io::pipe().map(|(reader, _)| File::from(OwnedFd::from(reader))))
}

/// Closes everything but `keep`, and `own`, which the caller closes in the end.
pub(crate) fn apply(prepared: Prepared, keep: &[BorrowedFd<'_>], own: Option<&File>) -> Layer {
    let mut kept: BTreeSet<RawFd> = keep.iter().map(AsRawFd::as_raw_fd).collect();
    let mut missing = Vec::new();
    if let Err(reason) = fill_standard(prepared.null.as_ref(), &kept) {
        missing.push(reason);
    }
    // From here on its number is closed like any other: it must not be closed a second time.
    std::mem::forget(prepared.null);
    kept.extend([0, 1, 2]);
    let mut spared = kept.clone();
    spared.extend(own.map(AsRawFd::as_raw_fd));
    spared.extend(prepared.listing.as_ref().map(AsRawFd::as_raw_fd));
    if let Err(errno) = close_others(&spared) {
        return Layer::off(Name::Descriptors, format!("close_range: {errno}"));
    }
    let Some(listing) = prepared.listing else {
        return Layer::partial(
            Name::Descriptors,
            "cannot be verified: /proc/self/fd is not there",
            "close_range succeeded",
        );
    };
    let ours: Vec<_> = own.map(AsRawFd::as_raw_fd).into_iter().chain([listing.as_raw_fd()]).collect();
    let open: Vec<_> = match list(listing.as_fd()) {
        Ok(open) => open.into_iter().filter(|fd| !ours.contains(fd)).collect(),
        Err(errno) => {
            return Layer::partial(Name::Descriptors, format!("cannot be listed: {errno}"), "close_range succeeded");
        }
    };
    let surplus: Vec<_> = open.iter().filter(|fd| !kept.contains(fd)).collect();
    if !surplus.is_empty() {
        missing.push(format!("{surplus:?} are open and should not be"));
    }
    Layer::judged(Name::Descriptors, &missing, format!("/proc/self/fd lists {open:?}"))
}

fn fill_standard(null: Option<&File>, kept: &BTreeSet<RawFd>) -> Result<(), String> {
    let wanting: Vec<_> = (0..3).filter(|fd| !kept.contains(fd)).collect();
    let Some(null) = null else {
        return if wanting.is_empty() { Ok(()) } else { Err(format!("nothing to put in place of {wanting:?}")) };
    };
    for fd in wanting {
        // Should its own number be one of the three, then it is in its place already.
        let result = match fd {
            _ if null.as_raw_fd() == fd => Ok(()),
            0 => dup2_stdin(null),
            1 => dup2_stdout(null),
            _ => dup2_stderr(null),
        };
        result.map_err(|errno| format!("dup2 to {fd}: {errno}"))?;
    }
    Ok(())
}

/// Closes the gaps between the numbers.
fn close_others(spared: &BTreeSet<RawFd>) -> Result<(), Errno> {
    let mut first = 0_u32;
    for &fd in spared {
        let Ok(fd) = u32::try_from(fd) else { continue };
        if fd > first {
            sys::close_range(first, fd - 1)?;
        }
        first = fd.saturating_add(1);
    }
    sys::close_range(first, u32::MAX)
}

/// The numbers in a `/proc/PID/fd` directory.
fn list(directory: BorrowedFd<'_>) -> Result<Vec<RawFd>, Errno> {
    let mut numbers = Vec::new();
    for_each_name_left(directory, |name| {
        numbers.extend(name.to_str().ok().and_then(|name| name.parse::<RawFd>().ok()));
    })?;
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_shows_what_is_open() {
        let file = File::open("/dev/null").unwrap();
        let numbers = list(File::open("/proc/self/fd").unwrap().as_fd()).unwrap();
        assert!(numbers.contains(&file.as_raw_fd()));
        assert!(!numbers.contains(&100_000));
    }
}
