//! Every number that a renderer says, at its ends: each has its answer, and none overflows.

use super::{Inbox, Message, Violation};
use bulkhead_sandbox::Report;
use bulkhead_shared::ids::{InputSeq, NavigationId, RequestId, SurfaceId};
use bulkhead_shared::limits::{CSS_PIXELS, MESSAGE_BYTES_PER_WINDOW};
use bulkhead_shared::surface::{Extent, SurfaceReader};
use bulkhead_shared::uplink::{Frame, FromRenderer, Rect, ScrollState};
use std::sync::Arc;
use std::time::{Duration, Instant};

const HERE: NavigationId = NavigationId(1);
const SURFACE: SurfaceId = SurfaceId(1);

/// An inbox of a renderer that shows a document and has a surface of 4 by 3 pixels.
fn inbox() -> Inbox {
    let mut inbox = Inbox::default();
    inbox.accept(FromRenderer::Ready { sandbox: Report::default() }, 0, Instant::now()).unwrap();
    inbox.commit(HERE);
    inbox.document_sent(HERE);
    inbox.grant_surface(SURFACE, Arc::new(SurfaceReader::allocate(Extent::new(4, 3).unwrap()).unwrap()));
    inbox
}

fn answer(raw: FromRenderer) -> Result<Option<Message>, Violation> {
    inbox().accept(raw, 1, Instant::now())
}

fn violation(raw: FromRenderer) -> Violation {
    answer(raw).expect_err("a rule is broken")
}

fn frame() -> Frame {
    Frame {
        navigation: HERE,
        surface: SURFACE,
        slot: 0,
        damage: Rect { x: 0, y: 0, width: 4, height: 3 },
        input: InputSeq(0),
        scroll: ScrollState::default(),
        began: 0,
        done: 0,
    }
}

#[test]
fn a_frame_has_each_of_its_numbers_looked_at() {
    assert!(matches!(answer(FromRenderer::Frame(frame())), Ok(Some(Message::Frame(_)))));
    // For display only, so anything may stand there.
    let times = Frame { began: u64::MAX, done: 0, ..frame() };
    assert!(matches!(answer(FromRenderer::Frame(times)), Ok(Some(Message::Frame(_)))));
    let far = ScrollState { y: f32::INFINITY, ..ScrollState::default() };
    let no_number = ScrollState { height: f32::NAN, ..ScrollState::default() };
    for (lie, rule) in [
        (Frame { navigation: NavigationId(u32::MAX), ..frame() }, Violation::UnknownNavigation),
        (Frame { surface: SurfaceId(u32::MAX), ..frame() }, Violation::UnknownSurface),
        (Frame { slot: u8::MAX, ..frame() }, Violation::UnknownSlot),
        (Frame { input: InputSeq(u32::MAX), ..frame() }, Violation::UnknownInput),
        (Frame { scroll: far, ..frame() }, Violation::BadNumber),
        (Frame { scroll: no_number, ..frame() }, Violation::BadNumber),
    ] {
        assert_eq!(violation(FromRenderer::Frame(lie)), rule);
    }
    for damage in [
        Rect { x: u32::MAX, y: 0, width: 1, height: 1 },
        Rect { x: 0, y: u32::MAX, width: 1, height: u32::MAX },
        Rect { x: 1, y: 0, width: u32::MAX, height: 1 },
        Rect { x: 0, y: 0, width: 4, height: 4 },
    ] {
        assert_eq!(violation(FromRenderer::Frame(Frame { damage, ..frame() })), Violation::DamageOutside, "{damage:?}");
    }
}

#[test]
fn input_that_was_never_sent_is_not_answered() {
    assert_eq!(violation(FromRenderer::InputHandled(InputSeq(1))), Violation::UnknownInput);
    assert_eq!(violation(FromRenderer::InputHandled(InputSeq(u32::MAX))), Violation::UnknownInput);
    let mut inbox = inbox();
    inbox.input_sent(InputSeq(u32::MAX));
    assert_eq!(inbox.input_backlog(), u32::MAX);
    assert!(inbox.accept(FromRenderer::InputHandled(InputSeq(u32::MAX)), 1, Instant::now()).is_ok());
    assert_eq!(inbox.input_backlog(), 0);
}

#[test]
fn the_last_name_of_a_request_is_also_used_once() {
    let fetch =
        |request| FromRenderer::Fetch { request: RequestId(request), navigation: HERE, url: "data:,".to_owned() };
    let (mut inbox, now) = (inbox(), Instant::now());
    assert!(matches!(inbox.accept(fetch(u32::MAX), 1, now), Ok(Some(Message::Fetch { .. }))));
    for used in [u32::MAX, 0, 1] {
        assert_eq!(inbox.accept(fetch(used), 1, now).expect_err("it is used up"), Violation::RequestReused);
    }
}

#[test]
fn a_position_is_a_number_within_bounds() {
    let scrolled = |x, y| FromRenderer::Scrolled { navigation: HERE, x, y };
    assert!(answer(scrolled(-CSS_PIXELS, CSS_PIXELS)).is_ok());
    for lie in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN] {
        assert_eq!(violation(scrolled(lie, 0.0)), Violation::BadNumber, "{lie}");
        assert_eq!(violation(scrolled(0.0, lie)), Violation::BadNumber, "{lie}");
    }
    assert!(answer(FromRenderer::Loaded { navigation: HERE, failed: u32::MAX }).is_ok());
}

#[test]
fn bytes_are_added_up_to_the_flood_and_no_further() {
    let (mut inbox, now) = (inbox(), Instant::now());
    assert!(inbox.accept(FromRenderer::Taken, MESSAGE_BYTES_PER_WINDOW, now).is_ok());
    for _ in 0..2 {
        assert_eq!(inbox.accept(FromRenderer::Taken, usize::MAX, now).expect_err("too much"), Violation::Flood);
    }
    // A clock that goes back is no new period.
    let before = now.checked_sub(Duration::from_secs(60)).unwrap_or(now);
    assert_eq!(inbox.accept(FromRenderer::Taken, 1, before).expect_err("too much"), Violation::Flood);
}
