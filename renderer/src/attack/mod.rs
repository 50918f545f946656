//! A renderer that is there to be lost: on command, it does what a page might have it do that has taken it over.
//!
//! Everything here runs in a real renderer, after the sandbox has closed around it. It goes past the rest of the renderer,
//! straight to the kernel (the attempts of [`bulkhead_siege`]) or to what it has (`abuses.rs`).

mod abuses;

use crate::event_loop::Links;
use crate::process::{exit, last_words};
use bulkhead_shared::attempt::Attempt;
use bulkhead_shared::control::Cause;
use bulkhead_shared::ids::{NavigationId, SurfaceId};
use bulkhead_shared::packet::RecvError;
use bulkhead_shared::uplink::{FromRenderer, Grant};
use bulkhead_siege::{self as attack, Kept, Outcome, Targets, Unable};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};

/// Where the zygote's environment lay, for the attempt that looks for what is left of it.
static ENVIRONMENT: AtomicU64 = AtomicU64::new(0);

/// Notes where the environment lies. To be called before anything wipes it.
pub(crate) fn remember_environment() {
    ENVIRONMENT.store(attack::environment(), Ordering::Relaxed);
}

/// Makes one attempt. Does not return: what is left afterwards is no renderer.
pub(crate) fn make(attempt: Attempt, links: &Links) -> ! {
    links.say(&FromRenderer::Compromised);
    let loot = Loot::take(links);
    match attempt {
        Attempt::System { name, targets, there } => {
            if there && nix::unistd::chdir(targets.directory.as_str()).is_err() {
                exit::now(exit::SETUP)
            }
            let targets = Targets { kept: loot.kept(), environment: ENVIRONMENT.load(Ordering::Relaxed), ..targets };
            let outcome = match attack::find(&name) {
                Some(attempt) => (attempt.perform)(&targets),
                None => Outcome::Unable(Unable::NoTarget),
            };
            last_words::die(Cause::Attempt, outcome.code(), 0, b"", exit::DONE)
        }
        Attempt::Abuse(abuse) => {
            abuses::commit(abuse, links, &loot);
            abuses::linger(links)
        }
    }
}

/// What the broker has granted, with the descriptors, which an honest renderer closes once it has mapped them.
struct Loot {
    surface: SurfaceId,
    surface_fd: OwnedFd,
    navigation: NavigationId,
    body_fd: OwnedFd,
}

impl Loot {
    fn take(links: &Links) -> Self {
        let (mut surface, mut body) = (None, None);
        loop {
            match links.uplink.recv_with_descriptors::<Grant>() {
                Ok(mut packet) => match (packet.message, packet.descriptors.pop()) {
                    (Grant::Surface { surface: id, .. }, Some(fd)) => surface = Some((id, fd)),
                    (Grant::Document(document), Some(fd)) => body = Some((document.navigation, fd)),
                    _ => {}
                },
                Err(RecvError::Empty) => {
                    let _ = poll(&mut [PollFd::new(links.uplink.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE);
                }
                Err(_) => exit::now(exit::DONE),
            }
            match (surface.take(), body.take()) {
                (Some((surface, surface_fd)), Some((navigation, body_fd))) => {
                    return Self { surface, surface_fd, navigation, body_fd };
                }
                halves => (surface, body) = halves,
            }
        }
    }

    fn kept(&self) -> Kept {
        Kept { surface: self.surface_fd.as_raw_fd(), body: self.body_fd.as_raw_fd() }
    }
}
