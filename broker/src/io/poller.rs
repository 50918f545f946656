//! epoll(7) with tokens that say what is ready.

use bulkhead_shared::ids::RendererId;
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// What is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A message from the main thread or a worker.
    Mailbox,
    /// The zygote's socket.
    Zygote,
    /// The zygote has ended.
    ZygotePidfd,
    /// A renderer's uplink: something to read, or room to write.
    Uplink(RendererId),
    /// A renderer's control pipe.
    Control(RendererId),
    /// A renderer has ended.
    Pidfd(RendererId),
}

/// The set of what is waited for.
#[derive(Debug)]
pub(super) struct Poller(Epoll);

impl Poller {
    pub(super) fn new() -> nix::Result<Self> {
        Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).map(Self)
    }

    /// Waits for input on `fd`; end-of-file and errors count as input.
    pub(super) fn add(&self, fd: impl AsFd, source: Source) -> nix::Result<()> {
        self.0.add(fd, EpollEvent::new(EpollFlags::EPOLLIN, token(source)))
    }

    /// Waits for nothing but the closing of the other end of a pipe that is written to. That is reported once.
    pub(super) fn add_writer(&self, fd: impl AsFd, source: Source) -> nix::Result<()> {
        self.0.add(fd, EpollEvent::new(EpollFlags::EPOLLET, token(source)))
    }

    /// Waits for room to write as well, or no longer.
    pub(super) fn want_room(&self, fd: impl AsFd, source: Source, wanted: bool) -> nix::Result<()> {
        let mut flags = EpollFlags::EPOLLIN;
        flags.set(EpollFlags::EPOLLOUT, wanted);
        self.0.modify(fd, &mut EpollEvent::new(flags, token(source)))
    }

    /// Waits for it no longer.
    pub(super) fn remove(&self, fd: impl AsFd) {
        #[expect(
            clippy::let_underscore_must_use,
            reason = "it fails where it was never added, and then there is nothing to undo"
        )]
        let _ = self.0.delete(fd);
    }

    /// Waits until something is ready or the deadline is there.
    pub(super) fn wait(&self, deadline: Option<Instant>) -> nix::Result<Vec<Source>> {
        let timeout = deadline.map_or(EpollTimeout::NONE, |deadline| {
            // Rounded up: rounded down, the last millisecond would be spent spinning.
            let left = deadline.saturating_duration_since(Instant::now()).saturating_add(Duration::from_micros(999));
            EpollTimeout::try_from(left).unwrap_or(EpollTimeout::MAX)
        });
        let mut events = [EpollEvent::empty(); 64];
        match self.0.wait(&mut events, timeout) {
            Ok(count) => Ok(events.iter().take(count).filter_map(|event| source(event.data())).collect()),
            Err(Errno::EINTR) => Ok(Vec::new()),
            Err(errno) => Err(errno),
        }
    }
}

fn token(source: Source) -> u64 {
    let (kind, renderer) = match source {
        Source::Mailbox => (0, 0),
        Source::Zygote => (1, 0),
        Source::ZygotePidfd => (2, 0),
        Source::Uplink(renderer) => (3, renderer.0),
        Source::Control(renderer) => (4, renderer.0),
        Source::Pidfd(renderer) => (5, renderer.0),
    };
    kind << 32 | u64::from(renderer)
}

fn source(token: u64) -> Option<Source> {
    let renderer = RendererId((token & 0xffff_ffff) as u32);
    Some(match token >> 32 {
        0 => Source::Mailbox,
        1 => Source::Zygote,
        2 => Source::ZygotePidfd,
        3 => Source::Uplink(renderer),
        4 => Source::Control(renderer),
        5 => Source::Pidfd(renderer),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_mean_what_they_were_made_from() {
        let renderer = RendererId(u32::MAX);
        for kind in [Source::Mailbox, Source::Uplink(renderer), Source::Control(renderer), Source::Pidfd(renderer)] {
            assert_eq!(source(token(kind)), Some(kind));
        }
        assert_eq!(source(u64::MAX), None);
    }
}
