//! A renderer that is there to be lost: it does what a page might have it do that has taken it over.
//!
//! It is forked by the true zygote and confined as every renderer; then it comes here instead of showing pages. Its document says
//! which attempt to make.
//!
//! Contract:
//! - it goes straight to the kernel (an [`crate::Attempt`]) or to what it has (a [`crate::Abuse`]), past all else of a renderer;
//! - what came of a system call is said in its last words, as those of a panic ([`outcome`]); what came of an abuse, the broker
//!   sees for itself;
//! - nothing that it says is believed but where the kernel or the world outside bears it out ([`crate::judge`]).

use crate::catalogue::links;
use crate::{Kept, Outcome, Targets, Unable};
use bulkhead_sandbox::{Name, Report, exit_now};
use bulkhead_shared::body::Body;
use bulkhead_shared::control::{Cause, LastWords, RECORD_BYTES, Up};
use bulkhead_shared::ends::RendererEnds;
use bulkhead_shared::ids::{NavigationId, SurfaceId};
use bulkhead_shared::packet::{RecvError, SendError};
use bulkhead_shared::uplink::{FromRenderer, Grant};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::{Deserialize, Serialize};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};

/// What the exit code says of a hostile renderer that could not begin.
const EXIT_SETUP: i32 = 102;

/// How the last words of one begin that has made its attempt; the outcome's number follows.
const ATTEMPT_ENDED: &str = "attempt ended: ";

/// Where the zygote's environment lay, for the attempt that looks for what is left of it.
static ENVIRONMENT: AtomicU64 = AtomicU64::new(0);

/// Notes where the environment lies. To be called in the zygote before anything wipes it.
pub fn remember_environment() {
    ENVIRONMENT.store(crate::environment(), Ordering::Relaxed);
}

/// What a hostile renderer's document says, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The attempt's name.
    pub attempt: String,
    /// What there is to attack.
    pub targets: Targets,
}

/// A hostile renderer's links, and what the broker has granted it, with the descriptors, which an honest renderer closes once it
/// has mapped them.
pub(crate) struct Hostile {
    pub(crate) ends: RendererEnds,
    pub(crate) surface: SurfaceId,
    pub(crate) surface_fd: OwnedFd,
    pub(crate) navigation: NavigationId,
    body_fd: OwnedFd,
}

/// Is a hostile renderer, confined as the report says, until it ends or is ended.
pub fn live(report: Report, ends: RendererEnds) -> ! {
    let confined = report.on().has(Name::Seccomp);
    say(&ends, &FromRenderer::Ready { sandbox: report });
    let (hostile, order) = Hostile::arm(ends);
    // The broker pings who has a document to load and has said that it is ready. Of one that ends before, it may not read that any more.
    hostile.await_control();
    if let Some(abuse) = links::find(&order.attempt) {
        (abuse.commit)(&hostile);
        hostile.linger()
    }
    // In the targets' directory, what works does no harm elsewhere. To a confined one, going there is out of the question.
    if !confined && nix::unistd::chdir(order.targets.directory.as_str()).is_err() {
        exit_now(EXIT_SETUP)
    }
    let environment = ENVIRONMENT.load(Ordering::Relaxed);
    let targets = Targets { kept: hostile.kept(), environment, ..order.targets };
    let outcome = match crate::find(&order.attempt) {
        Some(attempt) => (attempt.perform)(&targets),
        None => Outcome::Unable(Unable::NoTarget),
    };
    let text = format!("{ATTEMPT_ENDED}{}", outcome.code());
    hostile.control(&Up::last_words(Cause::Panic, 0, 0, text.as_bytes()));
    exit_now(0)
}

/// What these last words say of an attempt, if they are of one that has made it.
#[must_use]
pub fn outcome(words: &LastWords) -> Option<Outcome> {
    let code = words.text.strip_prefix(ATTEMPT_ENDED).filter(|_| words.cause == Cause::Panic)?;
    code.parse().ok().map(Outcome::from_code)
}

/// Sends without regard to what is a flood; ends with the link.
fn say(ends: &RendererEnds, message: &FromRenderer) {
    loop {
        match ends.uplink.send(message, &[]) {
            Err(SendError::Full) => wait_for_room(ends),
            Err(SendError::Closed) => exit_now(0),
            _ => return,
        }
    }
}

fn wait_for_room(ends: &RendererEnds) {
    let _ = poll(&mut [PollFd::new(ends.uplink.as_fd(), PollFlags::POLLOUT)], PollTimeout::NONE);
}

impl Hostile {
    /// Waits for a surface and for the document that says what to do.
    fn arm(ends: RendererEnds) -> (Self, Order) {
        let (mut surface, mut document) = (None, None);
        loop {
            match ends.uplink.recv_with_descriptors::<Grant>() {
                Ok(mut packet) => match (packet.message, packet.descriptors.pop()) {
                    (Grant::Surface { surface: id, .. }, Some(fd)) => surface = Some((id, fd)),
                    (Grant::Document(granted), Some(fd)) => document = Some((granted, fd)),
                    _ => {}
                },
                Err(RecvError::Empty) => {
                    let _ = poll(&mut [PollFd::new(ends.uplink.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE);
                }
                Err(_) => exit_now(0),
            }
            match (surface.take(), document.take()) {
                (Some((surface, surface_fd)), Some((document, body_fd))) => {
                    let Some(order) = read(&body_fd, document.body.length) else { exit_now(EXIT_SETUP) };
                    return (Self { ends, surface, surface_fd, navigation: document.navigation, body_fd }, order);
                }
                halves => (surface, document) = halves,
            }
        }
    }

    fn kept(&self) -> Kept {
        Kept { surface: self.surface_fd.as_raw_fd(), body: self.body_fd.as_raw_fd() }
    }

    /// Sends a message, as often as it takes.
    pub(crate) fn say(&self, message: &FromRenderer) {
        say(&self.ends, message);
    }

    /// Sends bytes that may be no message.
    pub(crate) fn send(&self, bytes: &[u8]) {
        let _ = self.ends.uplink.send_bytes(bytes, &[]);
    }

    /// Sends packets with descriptors.
    pub(crate) fn send_descriptors(&self, count: usize, packets: usize) {
        let rights = vec![self.surface_fd.as_fd(); count];
        for _ in 0..packets {
            while self.ends.uplink.send_bytes(&[2, 0], &rights) == Err(SendError::Full) {
                wait_for_room(&self.ends);
            }
        }
    }

    /// Writes to the control pipe.
    pub(crate) fn control(&self, record: &[u8]) {
        let _ = nix::unistd::write(&self.ends.control_write, record);
    }

    /// Waits for a record on the control pipe; ends with the link.
    fn await_control(&self) {
        if !matches!(nix::unistd::read(&self.ends.control_read, &mut [0; RECORD_BYTES]), Ok(RECORD_BYTES)) {
            exit_now(0)
        }
    }

    /// Lives on and does nothing, not even answer pings, until the broker has had enough.
    fn linger(&self) -> ! {
        loop {
            self.await_control();
        }
    }
}

/// Reads a document that is an order.
fn read(document: &OwnedFd, length: u64) -> Option<Order> {
    // By a second descriptor: the first is there to be attacked.
    let body = Body::adopt(document.try_clone().ok()?, length).ok()?;
    serde_json::from_slice(&body.map().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::errno::Errno;

    fn said(cause: Cause, text: &str) -> Option<Outcome> {
        outcome(&LastWords { cause, number: 0, address: 0, text: text.to_owned() })
    }

    #[test]
    fn an_outcome_is_told_from_a_panic() {
        for made in [Outcome::Attained, Outcome::Failed(Errno::EPERM), Outcome::Unable(Unable::NotInKernel)] {
            assert_eq!(said(Cause::Panic, &format!("{ATTEMPT_ENDED}{}", made.code())), Some(made));
        }
        for text in ["index out of bounds", "attempt ended: ", "attempt ended: x", "0"] {
            assert_eq!(said(Cause::Panic, text), None, "{text}");
        }
        assert_eq!(said(Cause::Seccomp, "attempt ended: 0"), None);
    }
}
