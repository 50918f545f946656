//! Every message in every phase of a renderer's life: what has no place in it ends the renderer, whatever the message holds.

use super::{Inbox, Violation};
use bulkhead_sandbox::Report;
use bulkhead_shared::ids::{InputSeq, NavigationId, RequestId, SurfaceId};
use bulkhead_shared::protocol::{FROM_RENDERER, Phase};
use bulkhead_shared::uplink::{Cursor, Frame, FromRenderer, LogLevel, Rect, ScrollState, Target, Unsupported};
use std::time::Instant;

const HERE: NavigationId = NavigationId(1);

fn ready() -> FromRenderer {
    FromRenderer::Ready { sandbox: Report::default() }
}

/// One of each, in the order of the table.
fn messages() -> Vec<FromRenderer> {
    let (navigation, url) = (HERE, String::from("about:blank"));
    let frame = Frame {
        navigation,
        surface: SurfaceId(1),
        slot: 0,
        damage: Rect { x: 0, y: 0, width: 1, height: 1 },
        input: InputSeq(0),
        scroll: ScrollState::default(),
        began: 0,
        done: 0,
    };
    vec![
        ready(),
        FromRenderer::Log { level: LogLevel::Warn, text: String::new() },
        FromRenderer::Taken,
        FromRenderer::InputHandled(InputSeq(0)),
        FromRenderer::Frame(frame),
        FromRenderer::Fetch { request: RequestId(1), navigation, url: url.clone() },
        FromRenderer::Title { navigation, title: String::new() },
        FromRenderer::Loaded { navigation, failed: 0 },
        FromRenderer::Navigate { navigation, url, target: Target::Current },
        FromRenderer::Unsupported { navigation, what: Unsupported::Script },
        FromRenderer::Scrolled { navigation, x: 0.0, y: 0.0 },
        FromRenderer::Hover { navigation, link: None },
        FromRenderer::Cursor { navigation, cursor: Cursor::Default },
        FromRenderer::TextFocus { navigation, focused: false },
        FromRenderer::Copied(None),
        FromRenderer::Selected(None),
    ]
}

fn inbox(phase: Phase) -> Inbox {
    let mut inbox = Inbox::default();
    if phase >= Phase::Idle {
        inbox.accept(ready(), 1, Instant::now()).expect("it is ready once");
    }
    if phase >= Phase::Showing {
        inbox.commit(HERE);
        inbox.document_sent(HERE);
    }
    inbox
}

#[test]
fn what_has_no_place_in_a_phase_is_a_violation_and_nothing_else_is_one_for_that() {
    let messages = messages();
    assert_eq!(messages.len(), FROM_RENDERER.len());
    for (message, row) in messages.into_iter().zip(FROM_RENDERER) {
        assert_eq!(message.row().message, row.message, "the order of the table");
        for phase in [Phase::Starting, Phase::Idle, Phase::Showing] {
            let result = inbox(phase).accept(message.clone(), 1, Instant::now());
            let refused = matches!(result, Err(Violation::OutOfPhase(_) | Violation::ReadyTwice));
            assert_eq!(refused, !row.is_in_place(phase), "{} in {phase:?}: {result:?}", row.message);
        }
    }
}

#[test]
fn the_document_alone_does_not_make_a_renderer_ready() {
    let mut inbox = Inbox::default();
    inbox.commit(HERE);
    inbox.document_sent(HERE);
    let title = FromRenderer::Title { navigation: HERE, title: String::new() };
    assert_eq!(inbox.accept(title, 1, Instant::now()).unwrap_err(), Violation::OutOfPhase("Title"));
}
