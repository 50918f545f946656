//! Noise never panics the inbox: half a million packets of random and of mutated bytes, each a message, a violation, or
//! nothing that decodes.

use bulkhead_broker::inbox::Inbox;
use bulkhead_shared::ids::{InputSeq, NavigationId, RequestId, SurfaceId};
use bulkhead_shared::packet::{PacketSocket, RecvError};
use bulkhead_shared::surface::{Extent, SurfaceReader};
use bulkhead_shared::uplink::{Cursor, Frame, FromRenderer, LogLevel, Rect, ScrollState, Target, Unsupported};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A generator of numbers that look random and are the same in each run (xorshift, Marsaglia 2003).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// One valid message of each kind, to be mutated.
fn samples() -> Vec<Vec<u8>> {
    let frame = Frame {
        navigation: NavigationId(1),
        surface: SurfaceId(1),
        slot: 1,
        damage: Rect { x: 1, y: 2, width: 3, height: 4 },
        input: InputSeq(1),
        scroll: ScrollState { x: 0.0, y: 10.0, width: 100.0, height: 1000.0 },
        began: 1,
        done: 2,
    };
    let (navigation, url) = (NavigationId(1), "file:///tmp/page.html".to_owned());
    let messages = [
        FromRenderer::Ready { sandbox: bulkhead_sandbox::Report::default() },
        FromRenderer::Frame(frame),
        FromRenderer::InputHandled(InputSeq(1)),
        FromRenderer::Fetch { request: RequestId(1), navigation, url: url.clone() },
        FromRenderer::Title { navigation, title: "title".to_owned() },
        FromRenderer::Loaded { navigation, failed: 0 },
        FromRenderer::Navigate { navigation, url: url.clone(), target: Target::NewTab },
        FromRenderer::Unsupported { navigation, what: Unsupported::PostForm { url: url.clone() } },
        FromRenderer::Scrolled { navigation, x: 0.0, y: 1.0 },
        FromRenderer::Hover { navigation, link: Some(url) },
        FromRenderer::Cursor { navigation, cursor: Cursor::Pointer },
        FromRenderer::Copied(Some("text".to_owned())),
        FromRenderer::Selected(Some("text".to_owned())),
        FromRenderer::TextFocus { navigation, focused: true },
        FromRenderer::Log { level: LogLevel::Warn, text: "a line".to_owned() },
        FromRenderer::Taken,
    ];
    messages.iter().map(|message| postcard::to_stdvec(message).expect("it serialises")).collect()
}

/// An inbox in the middle of its life.
fn inbox(memory: &Arc<SurfaceReader>) -> Inbox {
    let mut inbox = Inbox::default();
    inbox
        .accept(FromRenderer::Ready { sandbox: bulkhead_sandbox::Report::default() }, 1, Instant::now())
        .expect("it is ready");
    inbox.grant_surface(SurfaceId(1), Arc::clone(memory));
    inbox.commit(NavigationId(1));
    inbox.document_sent(NavigationId(1));
    inbox.input_sent(InputSeq(5));
    inbox.copy_asked(Instant::now());
    inbox
}

#[test]
fn noise_never_panics_the_inbox() {
    const PACKETS: usize = 500_000;
    let memory = Arc::new(SurfaceReader::allocate(Extent::new(64, 64).unwrap()).unwrap());
    let (liar, listener) = PacketSocket::pair().unwrap();
    let (samples, mut noise) = (samples(), Noise(0x5eed_cafe_f00d_1234));
    let (mut accepted, mut refused, mut undecodable) = (0, 0, 0);
    let (mut now, mut current) = (Instant::now(), inbox(&memory));

    for _ in 0..PACKETS {
        let mut packet = samples[noise.below(samples.len())].clone();
        for _ in 0..noise.below(4) {
            let at = noise.below(packet.len());
            packet[at] = noise.next() as u8;
        }
        match noise.below(8) {
            0 => packet.truncate(1 + noise.below(packet.len())),
            1 => packet.push(noise.next() as u8),
            2 => packet = (0..=noise.below(64)).map(|_| noise.next() as u8).collect(),
            _ => {}
        }
        liar.send_bytes(&packet, &[]).unwrap();
        match listener.recv_counted::<FromRenderer>() {
            Ok((message, bytes)) => {
                now += Duration::from_millis(1);
                match current.accept(message, bytes, now) {
                    Ok(_) => accepted += 1,
                    Err(_) => {
                        refused += 1;
                        // The broker would end this renderer; the next one begins anew.
                        current = inbox(&memory);
                    }
                }
                current.frame_shown();
            }
            Err(RecvError::Corrupt(_)) => undecodable += 1,
            Err(error) => panic!("the link itself is sound: {error}"),
        }
    }

    // All three outcomes have to be common, or the noise tests nothing.
    for count in [accepted, refused, undecodable] {
        assert!(count > PACKETS / 50, "accepted {accepted}, refused {refused}, undecodable {undecodable}");
    }
}
