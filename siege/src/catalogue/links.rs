//! Abuses of what a renderer has: on its links, names that it was not given, packets that are none, floods, silence; and memory
//! without end.
//!
//! What each is caught by is a check of the broker, which has a name: [`bulkhead_broker::inbox::Violation`].

use crate::hostile::Hostile;
use bulkhead_sandbox::Report;
use bulkhead_shared::control::{Cause, RECORD_BYTES, Up};
use bulkhead_shared::ids::{InputSeq, NavigationId, RequestId, SurfaceId};
use bulkhead_shared::limits;
use bulkhead_shared::uplink::{Frame, FromRenderer, LogLevel, Rect, ScrollState, Target};
use std::os::fd::{AsFd, AsRawFd};

/// What a renderer may do with its links and its memory that no honest one does.
#[derive(Clone, Copy, Debug)]
pub struct Abuse {
    /// A short name, unique over all attempts.
    pub name: &'static str,
    /// What it tries, in words.
    pub tries: &'static str,
    /// What it has to be ended for.
    pub ended_for: Reason,
    /// Commits it.
    pub(crate) commit: fn(&Hostile),
}

/// What an abuse has to be ended for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A violation of this name: one, or where it is a race which cap is met first, several.
    Violation(&'static [&'static str]),
    /// The use of memory: no rule of a link is broken.
    Memory,
}

const fn links(
    name: &'static str,
    tries: &'static str,
    violations: &'static [&'static str],
    commit: fn(&Hostile),
) -> Abuse {
    Abuse { name, tries, ended_for: Reason::Violation(violations), commit }
}

/// The abuse of that name.
pub(crate) fn find(name: &str) -> Option<&'static Abuse> {
    ABUSES.iter().find(|abuse| abuse.name == name)
}

/// Enough of anything to exceed every cap.
const MANY: u32 = 100_000;

/// One less than `SCM_MAX_FD`, what the kernel passes in one packet (unix(7)): musl refuses more than 1024 bytes of control data.
const MOST_DESCRIPTORS: usize = 252;

/// What the memory is taken in: small enough that it ends close to the limit.
const CHUNK: usize = 16 << 20;

/// All of it.
pub const ABUSES: &[Abuse] = &[
    links(
        "links-foreign-surface",
        "sends a frame in the surface of another renderer",
        &["UnknownSurface"],
        |hostile| {
            // Names rise over all renderers, and another one has had the one before.
            frame(hostile, |frame| frame.surface = SurfaceId(frame.surface.0.wrapping_sub(1)));
        },
    ),
    links("links-unknown-surface", "sends a frame in a surface that never was", &["UnknownSurface"], |hostile| {
        frame(hostile, |frame| frame.surface = SurfaceId(u32::MAX));
    }),
    links("links-unknown-slot", "sends a frame in a slot beyond its surface", &["UnknownSlot"], |hostile| {
        frame(hostile, |frame| frame.slot = u8::MAX);
    }),
    links(
        "links-replay",
        "sends the same frame again, while the broker reads it",
        &["FrameInFlight", "SlotNotHeld"],
        |hostile| (0..2).for_each(|_| frame(hostile, |_| ())),
    ),
    links(
        "links-damage-outside",
        "has the broker copy pixels from outside of the surface",
        &["DamageOutside"],
        |hostile| {
            let damage = Rect { x: u32::MAX, y: u32::MAX, width: u32::MAX, height: u32::MAX };
            frame(hostile, |frame| frame.damage = damage);
        },
    ),
    links("links-no-number", "sends a scroll position that is no number", &["BadNumber"], |hostile| {
        frame(hostile, |frame| frame.scroll.y = f32::NAN);
    }),
    links(
        "links-foreign-navigation",
        "sets the title of another renderer's document",
        &["UnknownNavigation"],
        |hostile| title(hostile, NavigationId(hostile.navigation.0.wrapping_sub(1)), 1),
    ),
    links("links-unsent-input", "answers an input event that was never sent", &["UnknownInput"], |hostile| {
        hostile.say(&FromRenderer::InputHandled(InputSeq(u32::MAX)));
    }),
    links("links-used-request", "asks twice under one name", &["RequestReused"], |hostile| {
        (0..2).for_each(|_| fetch(hostile, 1, "data:,x".to_owned()));
    }),
    links("links-long-url", "asks for a URL that is too long", &["LongUrl"], |hostile| {
        fetch(hostile, 1, format!("data:,{}", "x".repeat(limits::URL_BYTES)));
    }),
    links("links-long-title", "sets a title that is too long", &["LongTitle"], |hostile| {
        title(hostile, hostile.navigation, limits::TITLE_BYTES + 1);
    }),
    links("links-long-log", "has the broker log a line that is too long", &["LongLog"], |hostile| {
        hostile.say(&FromRenderer::Log { level: LogLevel::Error, text: "x".repeat(limits::LOG_BYTES + 1) });
    }),
    links(
        "links-unasked-copy",
        "writes to the clipboard, though nobody copied anything",
        &["UnaskedCopy"],
        |hostile| hostile.say(&FromRenderer::Copied(Some("rm -rf ~".to_owned()))),
    ),
    links("links-navigation-flood", "opens tabs without end", &["NavigationFlood"], |hostile| {
        (0..MANY).for_each(|n| {
            let (navigation, url) = (hostile.navigation, format!("data:text/plain,{n}"));
            hostile.say(&FromRenderer::Navigate { navigation, url, target: Target::NewTab });
        });
    }),
    links("links-fetch-flood", "asks for files without end, and reads no answer", &["TooManyFetches"], |hostile| {
        (1..MANY).for_each(|n| fetch(hostile, n, "file:///etc/passwd".to_owned()));
    }),
    links("links-flood", "sends messages without end", &["Flood"], |hostile| {
        let navigation = hostile.navigation;
        (0..MANY).for_each(|_| hostile.say(&FromRenderer::TextFocus { navigation, focused: true }));
    }),
    links(
        "links-ready-twice",
        "says twice that it is ready, the second time with a better report",
        &["ReadyTwice"],
        |hostile| hostile.say(&FromRenderer::Ready { sandbox: Report::default() }),
    ),
    links("links-oversized", "sends a packet over the size limit", &["Packet"], |hostile| {
        hostile.send(&vec![0; limits::PACKET_BYTES + 1]);
    }),
    links("links-garbage", "sends a packet of garbage", &["Packet"], |hostile| hostile.send(&[0xff; 64])),
    // The first byte of a frame, and no second.
    links("links-truncated", "sends a packet that ends early", &["Packet"], |hostile| hostile.send(&[1])),
    // `InputHandled(0)`, and one byte more.
    links("links-trailing", "sends a message with bytes after it", &["Packet"], |hostile| hostile.send(&[2, 0, 0])),
    // An empty packet is what the end of a link looks like.
    links("links-empty", "sends an empty packet", &["ClosedLink"], |hostile| hostile.send(&[])),
    links("links-descriptor", "sends a descriptor where none is expected", &["Packet"], |hostile| {
        hostile.send_descriptors(1, 1);
    }),
    links("links-descriptor-flood", "sends as many descriptors as fit, without end", &["Packet"], |hostile| {
        hostile.send_descriptors(MOST_DESCRIPTORS, 1000);
    }),
    links("links-control-garbage", "writes garbage to its control pipe", &["ControlRecord"], |hostile| {
        hostile.control(&[0xff; RECORD_BYTES]);
    }),
    links("links-unasked-pong", "answers a ping that was never sent", &["UnexpectedPong"], |hostile| {
        hostile.control(&Up::pong(u32::MAX));
    }),
    links(
        "links-endless-last-words",
        "says what it dies of, and lives on to say more",
        &["EndlessLastWords"],
        |hostile| {
            let words = Up::last_words(Cause::Panic, 0, 0, b"and another thing");
            (0..MANY).for_each(|_| hostile.control(&words));
        },
    ),
    links("links-close-control", "closes its control pipe and lives on", &["ClosedLink"], |hostile| {
        close(hostile.ends.control_write.as_raw_fd());
    }),
    links("links-close-uplink", "closes its uplink and lives on", &["ClosedLink"], |hostile| {
        close(hostile.ends.uplink.as_fd().as_raw_fd());
    }),
    links("links-half-close", "shuts down half of its uplink and lives on", &["ClosedLink"], |hostile| {
        let uplink = hostile.ends.uplink.as_fd().as_raw_fd();
        let _ = nix::sys::socket::shutdown(uplink, nix::sys::socket::Shutdown::Write);
    }),
    Abuse {
        name: "memory-hoard",
        tries: "uses more and more memory",
        ended_for: Reason::Memory,
        commit: |_| {
            loop {
                std::hint::black_box(vec![1_u8; CHUNK].leak());
            }
        },
    },
];

/// Sends a frame that breaks no rule, but for what is changed.
fn frame(hostile: &Hostile, change: impl FnOnce(&mut Frame)) {
    let mut frame = Frame {
        navigation: hostile.navigation,
        surface: hostile.surface,
        slot: 0,
        damage: Rect { x: 0, y: 0, width: 1, height: 1 },
        input: InputSeq(0),
        scroll: ScrollState::default(),
        began: 0,
        done: 0,
    };
    change(&mut frame);
    hostile.say(&FromRenderer::Frame(frame));
}

fn title(hostile: &Hostile, navigation: NavigationId, bytes: usize) {
    hostile.say(&FromRenderer::Title { navigation, title: "x".repeat(bytes) });
}

fn fetch(hostile: &Hostile, request: u32, url: String) {
    hostile.say(&FromRenderer::Fetch { request: RequestId(request), navigation: hostile.navigation, url });
}

#[expect(unsafe_code, reason = "a descriptor is closed under its owner")]
fn close(descriptor: i32) {
    // SAFETY: the process only lingers after this, on another link, and ends without running destructors.
    unsafe {
        libc::close(descriptor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_none_is_also_a_system_calls() {
        let names: BTreeSet<_> = ABUSES.iter().map(|abuse| abuse.name).collect();
        assert_eq!(names.len(), ABUSES.len());
        assert!(names.iter().all(|name| crate::find(name).is_none()));
    }
}
