//! Abuses of what a renderer has: on its links, names that it was not given, packets that are none, floods, silence; and memory
//! without end.

use super::Loot;
use crate::event_loop::Links;
use crate::faults;
use crate::process::exit;
use bulkhead_sandbox::Report;
use bulkhead_shared::attempt::Abuse;
use bulkhead_shared::control::{Cause, RECORD_BYTES, Up};
use bulkhead_shared::ids::{InputSeq, NavigationId, RequestId, SurfaceId};
use bulkhead_shared::limits;
use bulkhead_shared::packet::SendError;
use bulkhead_shared::uplink::{Frame, FromRenderer, Rect, ScrollState, Target};
use std::os::fd::{AsFd, AsRawFd};

/// Enough of anything to exceed every cap.
const MANY: u32 = 100_000;

/// Commits the abuse. What it is caught for is the broker's to say.
pub(super) fn commit(abuse: Abuse, links: &Links, loot: &Loot) {
    let frame = Frame {
        navigation: loot.navigation,
        surface: loot.surface,
        slot: 0,
        damage: Rect { x: 0, y: 0, width: 1, height: 1 },
        input: InputSeq(0),
        scroll: ScrollState::default(),
        began: 0,
        done: 0,
    };
    let say = |message: FromRenderer| {
        links.say_at_once(&message);
    };
    let send = |bytes: &[u8]| drop(links.uplink.send_bytes(bytes, &[]));
    let control = |record: &[u8]| {
        let _ = nix::unistd::write(&links.control_write, record);
    };
    let fetch = |request: u32, url: String| {
        say(FromRenderer::Fetch { request: RequestId(request), navigation: loot.navigation, url });
    };
    let title = |navigation: NavigationId, bytes: usize| {
        say(FromRenderer::Title { navigation, title: "x".repeat(bytes) });
    };
    match abuse {
        // Names rise over all renderers, and the one before had these.
        Abuse::ForeignSurface => {
            say(FromRenderer::Frame(Frame { surface: SurfaceId(loot.surface.0.wrapping_sub(1)), ..frame }));
        }
        Abuse::ForeignNavigation => title(NavigationId(loot.navigation.0.wrapping_sub(1)), 1),
        Abuse::UnknownSurface => say(FromRenderer::Frame(Frame { surface: SurfaceId(u32::MAX), ..frame })),
        Abuse::UnknownSlot => say(FromRenderer::Frame(Frame { slot: u8::MAX, ..frame })),
        Abuse::Replay => (0..2).for_each(|_| say(FromRenderer::Frame(frame))),
        Abuse::DamageOutside => {
            let damage = Rect { x: u32::MAX, y: u32::MAX, width: u32::MAX, height: u32::MAX };
            say(FromRenderer::Frame(Frame { damage, ..frame }));
        }
        Abuse::NoNumber => {
            let scroll = ScrollState { y: f32::NAN, ..ScrollState::default() };
            say(FromRenderer::Frame(Frame { scroll, ..frame }));
        }
        Abuse::UnsentInput => say(FromRenderer::InputHandled(InputSeq(u32::MAX))),
        Abuse::UsedRequest => (0..2).for_each(|_| fetch(1, "data:,x".to_owned())),
        Abuse::LongUrl => fetch(1, format!("data:,{}", "x".repeat(limits::URL_BYTES))),
        Abuse::LongTitle => title(loot.navigation, limits::TITLE_BYTES + 1),
        Abuse::UnaskedCopy => say(FromRenderer::Copied(Some("rm -rf ~".to_owned()))),
        Abuse::NavigationFlood => (0..MANY).for_each(|n| {
            let (navigation, url) = (loot.navigation, format!("data:text/plain,{n}"));
            say(FromRenderer::Navigate { navigation, url, target: Target::NewTab });
        }),
        Abuse::FetchFlood => (1..MANY).for_each(|n| fetch(n, "file:///etc/passwd".to_owned())),
        Abuse::Flood => {
            (0..MANY).for_each(|_| say(FromRenderer::TextFocus { navigation: loot.navigation, focused: true }))
        }
        Abuse::ReadyTwice => say(FromRenderer::Ready { sandbox: Report::default() }),
        Abuse::CompromisedTwice => say(FromRenderer::Compromised),
        Abuse::Oversized => send(&vec![0; limits::PACKET_BYTES + 1]),
        Abuse::Garbage => send(&[0xff; 64]),
        // The first byte of a frame, and no second.
        Abuse::Truncated => send(&[1]),
        // `InputHandled(0)`, and one byte more.
        Abuse::Trailing => send(&[2, 0, 0]),
        Abuse::Empty => send(&[]),
        Abuse::Descriptor => descriptors(links, loot, 1, 1),
        Abuse::DescriptorFlood => descriptors(links, loot, MOST_DESCRIPTORS, 1000),
        Abuse::ControlGarbage => control(&[0xff; RECORD_BYTES]),
        Abuse::UnaskedPong => control(&Up::pong(u32::MAX)),
        Abuse::EndlessLastWords => {
            (0..MANY).for_each(|_| control(&Up::last_words(Cause::Panic, 0, 0, b"and another thing")))
        }
        Abuse::CloseControl => close(links.control_write.as_raw_fd()),
        Abuse::CloseUplink => close(links.uplink.as_fd().as_raw_fd()),
        Abuse::HalfClose => {
            let _ = nix::sys::socket::shutdown(links.uplink.as_fd().as_raw_fd(), nix::sys::socket::Shutdown::Write);
        }
        Abuse::Hoard => faults::exhaust_memory(),
    }
}

/// One less than `SCM_MAX_FD`, what the kernel passes in one packet (unix(7)): musl refuses more than 1024 bytes of control data.
const MOST_DESCRIPTORS: usize = 252;

fn descriptors(links: &Links, loot: &Loot, count: usize, packets: usize) {
    let rights = vec![loot.surface_fd.as_fd(); count];
    for _ in 0..packets {
        while links.uplink.send_bytes(&[2, 0], &rights) == Err(SendError::Full) {
            links.wait_for_room();
        }
    }
}

#[expect(unsafe_code, reason = "a descriptor is closed under its owner")]
fn close(descriptor: i32) {
    // SAFETY: the process only lingers after this, on another link, and ends without running destructors.
    unsafe {
        libc::close(descriptor);
    }
}

/// Lives on and does nothing, not even answer pings, until the broker has had enough.
pub(super) fn linger(links: &Links) -> ! {
    loop {
        if !matches!(nix::unistd::read(&links.control_read, &mut [0; RECORD_BYTES]), Ok(RECORD_BYTES)) {
            exit::now(exit::DONE)
        }
    }
}
