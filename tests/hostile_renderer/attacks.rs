//! The attacks on the links, as a table: what the renderer does, what the user does meanwhile, and what it is ended for.

use crate::peer::Peer;
use bulkhead_sandbox::Report;
use bulkhead_shared::control::{Cause, RECORD_BYTES, Up};
use bulkhead_shared::ids::{InputSeq, NavigationId, SurfaceId, TabId};
use bulkhead_shared::limits;
use bulkhead_shared::uplink::{Frame, FromRenderer, LogLevel, Rect, ScrollState, Target};
use bulkhead_ui::headless::Headless;
use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::time::Duration;

/// One attack.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) make: fn(&mut Peer),
    pub(crate) provoke: fn(&mut Headless, TabId),
    /// Names of [`bulkhead_broker::inbox::Violation`].
    pub(crate) violations: &'static [&'static str],
}

const fn attack(name: &'static str, violations: &'static [&'static str], make: fn(&mut Peer)) -> Attack {
    Attack { name, make, provoke: |_, _| {}, violations }
}

pub(crate) const ATTACKS: &[Attack] = &[
    attack("a frame in a surface that never was", &["UnknownSurface"], |peer| {
        peer.say(&FromRenderer::Frame(Frame { surface: SurfaceId(u32::MAX), ..peer.frame(0) }));
    }),
    attack("a frame in the surface of another tab", &["UnknownSurface"], |peer| {
        // Names rise over all tabs, and the polite renderer was granted the one before.
        peer.say(&FromRenderer::Frame(Frame { surface: SurfaceId(peer.surface.0 - 1), ..peer.frame(0) }));
    }),
    attack("a frame in a slot beyond the surface", &["UnknownSlot"], |peer| {
        peer.say(&FromRenderer::Frame(peer.frame(3)));
    }),
    attack("a frame in a slot that the broker reads", &["SlotNotHeld"], |peer| {
        peer.say(&FromRenderer::Frame(peer.frame(0)));
        peer.await_shown();
        peer.say(&FromRenderer::Frame(peer.frame(0)));
    }),
    attack("two frames at once", &["FrameInFlight", "SlotNotHeld"], |peer| {
        for slot in [0, 1].into_iter().cycle().take(1000) {
            peer.say(&FromRenderer::Frame(peer.frame(slot)));
        }
    }),
    attack("damage outside of the surface", &["DamageOutside"], |peer| {
        let damage = Rect { x: u32::MAX, y: u32::MAX, width: u32::MAX, height: u32::MAX };
        peer.say(&FromRenderer::Frame(Frame { damage, ..peer.frame(0) }));
    }),
    attack("a scroll position beyond all pages", &["BadNumber"], |peer| {
        peer.say(&FromRenderer::Scrolled { navigation: peer.navigation, x: 0.0, y: -2.0 * limits::CSS_PIXELS });
    }),
    attack("a scroll position that is no number", &["BadNumber"], |peer| {
        let scroll = ScrollState { y: f32::NAN, ..ScrollState::default() };
        peer.say(&FromRenderer::Frame(Frame { scroll, ..peer.frame(0) }));
    }),
    attack("a title for a navigation of nobody", &["UnknownNavigation"], |peer| {
        peer.say(&FromRenderer::Title { navigation: NavigationId(u32::MAX), title: String::new() });
    }),
    attack("a title for the navigation of another tab", &["UnknownNavigation"], |peer| {
        let navigation = NavigationId(peer.navigation.0 - 1);
        peer.say(&FromRenderer::Title { navigation, title: "mine now".to_owned() });
    }),
    attack("an answer to input that was never sent", &["UnknownInput"], |peer| {
        peer.say(&FromRenderer::InputHandled(InputSeq(u32::MAX)));
    }),
    attack("a request with a used name", &["RequestReused"], |peer| {
        for _ in 0..2 {
            peer.fetch(1, "data:,x");
        }
    }),
    attack("fetches without end whose answers are not read", &["TooManyFetches"], |peer| {
        for request in 1..100_000 {
            peer.fetch(request, "data:,x");
        }
    }),
    attack("a URL that is too long", &["LongUrl"], |peer| {
        peer.fetch(1, &format!("data:,{}", "x".repeat(limits::URL_BYTES)));
    }),
    attack("a title that is too long", &["LongTitle"], |peer| {
        let title = "x".repeat(limits::TITLE_BYTES + 1);
        peer.say(&FromRenderer::Title { navigation: peer.navigation, title });
    }),
    attack("a copy that nobody asked for", &["UnaskedCopy"], |peer| {
        peer.say(&FromRenderer::Copied(Some("rm -rf ~".to_owned())));
    }),
    attack("a line of a log that is too long", &["LongLog"], |peer| {
        peer.say(&FromRenderer::Log { level: LogLevel::Error, text: "x".repeat(limits::LOG_BYTES + 1) });
    }),
    attack("a selection that nobody asked for", &["UnaskedCopy"], |peer| {
        peer.say(&FromRenderer::Selected(Some("rm -rf ~".to_owned())));
    }),
    attack("a selected text that is too long", &["LongCopy"], |peer| {
        peer.say(&FromRenderer::Selected(Some("x".repeat(limits::CLIPBOARD_BYTES + 1))));
    }),
    attack("a copied text that is too long", &["LongCopy"], |peer| {
        peer.say(&FromRenderer::Copied(Some("x".repeat(limits::CLIPBOARD_BYTES + 1))));
    }),
    attack("navigations without end", &["NavigationFlood"], |peer| {
        for n in 0..2 * limits::NAVIGATION_FLOOD {
            let url = format!("data:text/plain,{n}");
            peer.say(&FromRenderer::Navigate { navigation: peer.navigation, url, target: Target::NewTab });
        }
    }),
    attack("messages without end", &["Flood"], |peer| {
        loop {
            peer.say(&FromRenderer::TextFocus { navigation: peer.navigation, focused: true });
        }
    }),
    attack("long messages without end", &["Flood"], |peer| {
        let url = format!("data:,{}", "x".repeat(limits::URL_BYTES - 16));
        loop {
            peer.say(&FromRenderer::Hover { navigation: peer.navigation, link: Some(url.clone()) });
        }
    }),
    attack("ready twice", &["ReadyTwice"], |peer| peer.say(&FromRenderer::Ready { sandbox: Report::default() })),
    attack("never ready", &["NotReady"], |_| {}),
    attack("a packet over the size limit", &["Packet"], |peer| send(peer, &vec![0; limits::PACKET_BYTES + 1])),
    attack("a packet of garbage", &["Packet"], |peer| send(peer, &[0xff; 64])),
    attack("a packet that ends early", &["Packet"], |peer| send(peer, &[1])),
    attack("bytes after a message", &["Packet"], |peer| {
        // `InputHandled(0)`, and one byte more.
        send(peer, &[2, 0, 0]);
    }),
    attack("an empty packet", &["ClosedLink"], |peer| send(peer, &[])),
    attack("a descriptor where none is expected", &["Packet"], |peer| {
        let file = File::open("/dev/null").expect("/dev/null opens");
        let _ = peer.uplink.send(&FromRenderer::Hover { navigation: peer.navigation, link: None }, &[file.as_fd()]);
    }),
    attack("more descriptors than fit", &["Packet"], |peer| {
        let file = File::open("/dev/null").expect("/dev/null opens");
        let _ =
            peer.uplink.send(&FromRenderer::Hover { navigation: peer.navigation, link: None }, &[file.as_fd(); 200]);
    }),
    attack("garbage on the control pipe", &["ControlRecord"], |peer| control(peer, &[0xff; RECORD_BYTES])),
    attack("a pong to no ping", &["UnexpectedPong"], |peer| control(peer, &Up::pong(u32::MAX))),
    attack("last words without an end", &["EndlessLastWords"], |peer| {
        loop {
            control(peer, &Up::last_words(Cause::Panic, 0, 0, b"and another thing"));
        }
    }),
    attack("a closed control pipe", &["ClosedLink"], |peer| drop(peer.control_out.take())),
    attack("half of the uplink closed", &["ClosedLink"], |peer| {
        use nix::sys::socket::{Shutdown, shutdown};
        use std::os::fd::AsRawFd;
        shutdown(peer.uplink.as_fd().as_raw_fd(), Shutdown::Write).expect("shutdown");
    }),
    Attack {
        name: "a closed downlink",
        make: |peer| {
            let (_, other) = ipc_channel::ipc::channel().expect("a channel");
            drop(std::mem::replace(&mut peer.downlink, other));
        },
        provoke: |headless, tab| {
            // It is noticed when something is to be sent.
            let mut zoom = 1.0;
            let died = |headless: &Headless| headless.browser.tab(tab).is_some_and(|tab| tab.death().is_some());
            while !died(headless) {
                zoom = 3.0 - zoom;
                headless.browser.set_zoom(tab, zoom);
                headless.wait(Duration::from_millis(50), |browser| {
                    browser.tab(tab).is_some_and(|tab| tab.death().is_some())
                });
            }
        },
        violations: &["ClosedLink"],
    },
];

fn send(peer: &Peer, bytes: &[u8]) {
    let _ = peer.uplink.send_bytes(bytes, &[]);
}

fn control(peer: &mut Peer, bytes: &[u8]) {
    let mut pipe = File::from(peer.control_out.take().expect("the control pipe is open"));
    let _ = pipe.write_all(bytes);
    peer.control_out = Some(pipe.into());
}
