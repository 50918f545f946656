//! What one fetch may take, and whether anybody still wants it.
//!
//! Contract: a file's bytes are taken from the allowance of the process that they are for before they are read; what the file then
//! does not have is given back. Between two chunks, a fetch that was given up stops.

use super::FetchError;
use crate::memory::grants::{Allowance, Reservation, Spent};
use bulkhead_shared::body::Body;
use bulkhead_shared::limits::BODY_BYTES;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes that are made room for at once where a source has more than it said.
const CHUNK: u64 = 256 * 1024;

/// What one fetch may take. By default as much as a body may have.
#[derive(Clone, Debug, Default)]
pub struct Quota {
    allowance: Option<Allowance>,
    cancellation: Cancellation,
}

/// Whether a fetch was given up.
#[derive(Clone, Debug, Default)]
pub(super) struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    pub(super) fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Quota {
    /// As much as this process may still be handed.
    #[must_use]
    pub fn of(allowance: Allowance) -> Self {
        Self { allowance: Some(allowance), cancellation: Cancellation::default() }
    }

    /// Whether the fetch was given up.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancellation.is_cancelled()
    }

    pub(super) fn cancellation(&self) -> Cancellation {
        self.cancellation.clone()
    }

    /// Takes what `bytes` need.
    pub(super) fn reserve(&self, bytes: u64) -> Result<Option<Reservation>, Spent> {
        self.allowance.as_ref().map(|allowance| allowance.reserve(bytes)).transpose()
    }

    /// Reads `source`, which is said to have `announced` bytes, to its end.
    pub(super) fn read(&self, source: impl Read, announced: u64) -> Result<(Body, Option<Reservation>), FetchError> {
        if announced > BODY_BYTES {
            return Err(FetchError::TooLarge);
        }
        let reserved = self.reserve(announced)?;
        let mut metered = Metered { source, quota: self, reserved, room: announced, read: 0, refused: None };
        let body = Body::from_reader(&mut metered);
        let Metered { mut reserved, refused, .. } = metered;
        let body = body.map_err(|error| match (refused, error.kind()) {
            (Some(refused), _) => refused,
            (None, io::ErrorKind::FileTooLarge) => FetchError::TooLarge,
            (None, _) => FetchError::Read(error),
        })?;
        reserved.iter_mut().for_each(|reserved| reserved.shrink_to(body.length()));
        Ok((body, reserved))
    }
}

/// A source that is read as far as there is room for it.
struct Metered<'a, R> {
    source: R,
    quota: &'a Quota,
    reserved: Option<Reservation>,
    /// Bytes that there is room for.
    room: u64,
    read: u64,
    refused: Option<FetchError>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.quota.is_cancelled() {
            return Err(self.refuse(FetchError::Cancelled));
        }
        let left = usize::try_from(self.room.saturating_sub(self.read)).unwrap_or(usize::MAX);
        let part = buffer.len().min(left);
        let count = match buffer.get_mut(..part) {
            Some(part) if !part.is_empty() => self.source.read(part)?,
            _ => self.read_on(buffer)?,
        };
        self.read = self.read.saturating_add(count as u64);
        Ok(count)
    }
}

impl<R: Read> Metered<'_, R> {
    /// Reads one byte more than there is room for. If there is one, the source has more than it said: a file that grows, or one whose
    /// size its file system does not know.
    fn read_on(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(first) = buffer.first_mut() else { return Ok(0) };
        let count = self.source.read(std::slice::from_mut(first))?;
        if count > 0 {
            let room = self.room.saturating_add(CHUNK);
            if let Some(Err(spent)) = self.reserved.as_mut().map(|reserved| reserved.grow_to(room)) {
                return Err(self.refuse(spent.into()));
            }
            self.room = room;
        }
        Ok(count)
    }

    fn refuse(&mut self, why: FetchError) -> io::Error {
        self.refused = Some(why);
        io::Error::other("refused")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Budget;
    use crate::memory::grants::Grants;

    const MIB: u64 = 1 << 20;

    /// Counts what is read of it.
    struct Endless<'a>(&'a mut u64);

    impl Read for Endless<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            *self.0 += buffer.len() as u64;
            Ok(buffer.len())
        }
    }

    fn quota(bytes: u64) -> Quota {
        Quota::of(Grants::new(Budget { tab: bytes, all: u64::MAX }).open())
    }

    #[test]
    fn what_there_is_no_room_for_is_refused_before_it_is_read() {
        let mut read = 0;
        let refused = quota(MIB).read(Endless(&mut read).take(2 * MIB), 2 * MIB);
        assert!(matches!(refused, Err(FetchError::Spent(Spent))));
        assert_eq!(read, 0);
        let refused = quota(u64::MAX).read(Endless(&mut read), BODY_BYTES + 1);
        assert!(matches!(refused, Err(FetchError::TooLarge)));
        assert_eq!(read, 0);
    }

    #[test]
    fn a_file_that_has_more_than_it_said_is_read_as_far_as_there_is_room() {
        let mut read = 0;
        let refused = quota(MIB).read(Endless(&mut read), 0);
        assert!(matches!(refused, Err(FetchError::Spent(Spent))));
        assert!(read <= MIB, "{read} bytes were read");
    }

    #[test]
    fn a_file_that_takes_all_that_is_left_is_read_to_its_end() {
        let mut read = 0;
        let (body, _) = quota(MIB).read(Endless(&mut read).take(MIB - 4096), MIB - 4096).unwrap();
        assert_eq!(body.length(), MIB - 4096);
    }

    #[test]
    fn what_a_file_does_not_have_is_given_back() {
        let quota = quota(MIB);
        let (body, kept) = quota.read(&b"short"[..], MIB / 2).unwrap();
        assert_eq!(body.length(), 5);
        assert!(quota.reserve(MIB / 2).is_ok() && quota.reserve(MIB - 16 * 1024).is_ok());
        drop(kept);
    }

    #[test]
    fn a_fetch_that_is_given_up_stops() {
        let quota = quota(u64::MAX);
        quota.cancellation().cancel();
        let mut read = 0;
        assert!(matches!(quota.read(Endless(&mut read), 0), Err(FetchError::Cancelled)));
        assert_eq!(read, 0);
    }
}
