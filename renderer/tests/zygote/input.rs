//! Mouse and keyboard.

use crate::Test;
use crate::broker::{HEIGHT, Renderer, WIDTH, Zygote};
use bulkhead_shared::downlink::{Edit, ToRenderer, Viewport};
use bulkhead_shared::ids::InputSeq;
use bulkhead_shared::input::{Button, InputEvent, Key, Modifiers, Pointer, WheelUnit};
use bulkhead_shared::uplink::{Cursor, FromRenderer, Target};

pub(crate) const TESTS: &[Test] = &[
    ("typing_changes_pixels_of_the_field_alone", typing_changes_pixels_of_the_field_alone),
    ("links_are_hovered_and_followed", links_are_hovered_and_followed),
    ("keys_and_buttons_choose_the_tab", keys_and_buttons_choose_the_tab),
    ("the_keyboard_follows_links_and_scrolls", the_keyboard_follows_links_and_scrolls),
    ("wheel_and_fragments_scroll", wheel_and_fragments_scroll),
    ("the_scroll_bar_is_dragged", the_scroll_bar_is_dragged),
    ("text_is_selected_and_copied", text_is_selected_and_copied),
    ("a_field_is_edited", a_field_is_edited),
    ("input_that_changes_nothing_is_acknowledged_without_a_frame", input_that_changes_nothing),
    ("a_form_is_sent_by_address", a_form_is_sent_by_address),
    ("a_choice_is_made_by_key_and_click_and_sent", a_choice_is_made_and_sent),
    ("positions_follow_scale_and_zoom", positions_follow_scale_and_zoom),
];

pub(crate) fn at(x: f32, y: f32) -> Pointer {
    Pointer { x, y, ..Pointer::default() }
}

pub(crate) fn key(name: &str) -> InputEvent {
    let text = (name.chars().count() == 1).then(|| name.to_owned());
    InputEvent::Key(Key { key: name.to_owned(), text, modifiers: Modifiers::default(), pressed: true, repeat: false })
}

pub(crate) fn click(renderer: &mut Renderer, pointer: Pointer) -> InputSeq {
    let buttons = match pointer.button {
        Button::Main => 1,
        Button::Middle => 4,
        _ => 2,
    };
    renderer.input(InputEvent::PointerMove(pointer));
    renderer.input(InputEvent::PointerDown(Pointer { buttons, ..pointer }));
    renderer.input(InputEvent::PointerUp(pointer))
}

fn navigation(renderer: &mut Renderer) -> (String, Target) {
    renderer.until(|message| match message {
        FromRenderer::Navigate { url, target, .. } => Some((url.clone(), *target)),
        _ => None,
    })
}

pub(crate) fn page(html: &str) -> (Zygote, Renderer) {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.show();
    renderer.load(html);
    renderer.heard.clear();
    (zygote, renderer)
}

const LINK: &str = "<body style='margin:0'><a href='/next?a=1' style='display:block;width:200px;height:50px'>link</a>";
const LONG: &str = "<body style='margin:0'><div style='height:5000px'></div><p id=end style='height:900px'>end</p>";

fn typing_changes_pixels_of_the_field_alone() {
    let (_zygote, mut renderer) = page("<body style='margin:0'><input style='position:absolute;left:50px;top:100px'>");
    let seq = click(&mut renderer, at(80.0, 110.0));
    renderer.handled(seq);
    // It is said after a frame, and before an acknowledgement without one.
    let focused = |message: &FromRenderer| matches!(message, FromRenderer::TextFocus { focused: true, .. });
    if !renderer.heard.iter().any(focused) {
        renderer.until(|message| focused(message).then_some(()));
    }
    let seq = renderer.input(key("W"));
    let frame = renderer.handled(seq).expect("a frame");
    let damage = frame.damage;
    assert!(damage.x >= 50 && damage.y >= 100 && damage.width < 60 && damage.height < 40, "{damage:?}");
}

fn links_are_hovered_and_followed() {
    let (_zygote, mut renderer) = page(LINK);
    renderer.input(InputEvent::PointerMove(at(10.0, 10.0)));
    let url = "http://site.test/next?a=1".to_owned();
    renderer
        .until(|message| matches!(message, FromRenderer::Hover { link: Some(link), .. } if *link == url).then_some(()));
    let is_pointer = |message: &FromRenderer| matches!(message, FromRenderer::Cursor { cursor: Cursor::Pointer, .. });
    assert!(renderer.heard.iter().any(is_pointer), "{:?}", renderer.heard);
    click(&mut renderer, at(10.0, 10.0));
    assert_eq!(navigation(&mut renderer), (url, Target::Current));
    renderer.input(InputEvent::PointerLeave);
    renderer.until(|message| matches!(message, FromRenderer::Hover { link: None, .. }).then_some(()));
}

fn keys_and_buttons_choose_the_tab() {
    let (_zygote, mut renderer) = page(LINK);
    let ctrl = Modifiers { ctrl: true, ..Modifiers::default() };
    let both = Modifiers { shift: true, ..ctrl };
    for (pointer, expected) in [
        (Pointer { button: Button::Middle, ..at(10.0, 10.0) }, Target::NewTab),
        (Pointer { modifiers: ctrl, ..at(10.0, 10.0) }, Target::NewTab),
        (Pointer { modifiers: both, ..at(10.0, 10.0) }, Target::NewForegroundTab),
    ] {
        click(&mut renderer, pointer);
        assert_eq!(navigation(&mut renderer).1, expected);
    }
    renderer.load("<body style='margin:0'><a target=_blank href=x style='display:block;height:50px'>link</a>");
    click(&mut renderer, at(10.0, 10.0));
    assert_eq!(navigation(&mut renderer), ("http://site.test/dir/x".to_owned(), Target::NewForegroundTab));
}

fn the_keyboard_follows_links_and_scrolls() {
    let (_zygote, mut renderer) = page(&format!("{LONG}<a href='#end'>link</a>"));
    for (name, y) in [("PageDown", 420.0), ("ArrowDown", 460.0), ("ArrowUp", 420.0), (" ", 840.0), ("Home", 0.0)] {
        let seq = renderer.input(key(name));
        assert_eq!(renderer.handled(seq).expect("a frame").scroll.y, y, "{name}");
    }
    let seq = renderer.input(key("End"));
    let scroll = renderer.handled(seq).expect("a frame").scroll;
    assert_eq!(scroll.y, scroll.height - HEIGHT as f32);
    renderer.input(key("Tab"));
    renderer.input(key("Enter"));
    assert_eq!(navigation(&mut renderer).0, "http://site.test/dir/page.html#end");
}

fn wheel_and_fragments_scroll() {
    let (_zygote, mut renderer) = page(LONG);
    let wheel = |dy, unit| InputEvent::Wheel { pointer: at(5.0, 5.0), dx: 0.0, dy, unit };
    let seq = renderer.input(wheel(-2.0, WheelUnit::Lines));
    assert_eq!(renderer.handled(seq).expect("a frame").scroll.y, 106.0);
    let seq = renderer.input(wheel(6.0, WheelUnit::Pixels));
    assert_eq!(renderer.handled(seq).expect("a frame").scroll.y, 100.0);
    renderer.command(ToRenderer::ScrollToFragment("end".to_owned()));
    let y = renderer.until(|message| if let FromRenderer::Scrolled { y, .. } = message { Some(*y) } else { None });
    assert_eq!(y, 5016.0);
    renderer.command(ToRenderer::ScrollTo { x: 0.0, y: 70.0 });
    renderer.until(|message| match message {
        FromRenderer::Frame(frame) if frame.scroll.y == 70.0 => Some(()),
        _ => None,
    });
    let restored = renderer.open_as(crate::broker::URL, "text/html", LONG.as_bytes(), Some((0.0, 1234.0)));
    renderer.loaded(restored);
    assert!(
        renderer.heard.iter().any(|message| matches!(message, FromRenderer::Frame(frame) if frame.scroll.y == 1234.0))
    );
}

fn the_scroll_bar_is_dragged() {
    let (_zygote, mut renderer) = page(LONG);
    let x = WIDTH as f32 - 6.0;
    renderer.input(InputEvent::PointerMove(at(x, 10.0)));
    renderer.input(InputEvent::PointerDown(Pointer { buttons: 1, ..at(x, 10.0) }));
    let seq = renderer.input(InputEvent::PointerMove(Pointer { buttons: 1, ..at(x, 1000.0) }));
    let scroll = renderer.handled(seq).expect("a frame").scroll;
    assert_eq!(scroll.y, scroll.height - HEIGHT as f32);
    let seq = renderer.input(InputEvent::PointerUp(at(x, 1000.0)));
    renderer.handled(seq);
    let seq = renderer.input(InputEvent::PointerDown(Pointer { buttons: 1, ..at(x, 10.0) }));
    let turned = renderer.handled(seq).expect("a frame").scroll.y;
    assert_eq!(turned, scroll.y - HEIGHT as f32);
}

fn text_is_selected_and_copied() {
    let (_zygote, mut renderer) =
        page("<body style='margin:0;font:20px monospace'><div>one two three</div><div>four</div>");
    renderer.input(InputEvent::PointerMove(at(1.0, 10.0)));
    renderer.input(InputEvent::PointerDown(Pointer { buttons: 1, ..at(1.0, 10.0) }));
    renderer.input(InputEvent::PointerMove(Pointer { buttons: 1, ..at(40.0, 10.0) }));
    let seq = renderer.input(InputEvent::PointerUp(at(40.0, 10.0)));
    // With the last event, or with one before it.
    let last = renderer.handled(seq);
    let is_frame = |message: &FromRenderer| matches!(message, FromRenderer::Frame(_));
    assert!(last.is_some() || renderer.heard.iter().any(is_frame), "a selection is drawn");
    assert_eq!(renderer.copied(), "one");
    for expected in ["two", "one two three"] {
        // Once to begin with, and once more for the word, or the paragraph.
        renderer.heard.clear();
        click(&mut renderer, at(65.0, 10.0));
        if expected == "two" {
            click(&mut renderer, at(65.0, 10.0));
        }
        assert_eq!(renderer.copied(), expected);
    }
    renderer.command(ToRenderer::Edit(Edit::SelectAll));
    assert_eq!(renderer.copied(), "one two three\nfour");
}

fn a_field_is_edited() {
    let (_zygote, mut renderer) = page("<body style='margin:0'><input autofocus style='width:300px;height:40px'>");
    click(&mut renderer, at(100.0, 20.0));
    renderer.input(InputEvent::Text("früh".to_owned()));
    renderer.command(ToRenderer::Edit(Edit::Paste("er\nA".to_owned())));
    renderer.input(key("Backspace"));
    renderer.command(ToRenderer::Edit(Edit::SelectAll));
    assert_eq!(renderer.copied(), "früher");
    renderer.command(ToRenderer::Edit(Edit::Cut));
    renderer.until(|message| (*message == FromRenderer::Copied(Some("früher".to_owned()))).then_some(()));
    renderer.input(key("x"));
    renderer.command(ToRenderer::Edit(Edit::SelectAll));
    assert_eq!(renderer.copied(), "x");
}

fn input_that_changes_nothing() {
    let (_zygote, mut renderer) = page("<p>text");
    let seq = renderer.input(InputEvent::PointerMove(at(300.0, 400.0)));
    renderer.handled(seq);
    let seq = renderer.input(InputEvent::PointerMove(at(301.0, 401.0)));
    assert_eq!(renderer.handled(seq), None);
    let seq = renderer.input(key("F9"));
    assert_eq!(renderer.handled(seq), None);
}

fn a_form_is_sent_by_address() {
    let (_zygote, mut renderer) =
        page("<body style='margin:0'><form action='/find'><input name=q value='a b' style='height:40px'></form>");
    click(&mut renderer, at(20.0, 20.0));
    renderer.input(key("Enter"));
    assert_eq!(navigation(&mut renderer), ("http://site.test/find?q=a+b".to_owned(), Target::Current));
}

fn a_choice_is_made_and_sent() {
    const FORM: &str = "<body style='margin:0'><form action='/find'>\
        <select name=s style='height:40px;width:100px'><option>one<optgroup><option value=2 selected>two<option disabled>no\
        </optgroup><option> three </select><input name=q></form>";
    for (keys, clicks, expected) in [
        (&[][..], 0, "2"),
        (&["ArrowDown", "ArrowDown"], 0, "three"),
        (&["ArrowUp"], 0, "one"),
        (&["End", "ArrowUp"], 0, "2"),
        (&[], 2, "one"),
    ] {
        let (_zygote, mut renderer) = page(FORM);
        for _ in 0..clicks {
            click(&mut renderer, at(20.0, 20.0));
        }
        if clicks == 0 {
            renderer.input(key("Tab"));
        }
        for name in keys {
            let seq = renderer.input(key(name));
            renderer.handled(seq);
        }
        renderer.input(key("Tab"));
        renderer.input(key("Enter"));
        assert_eq!(navigation(&mut renderer).0, format!("http://site.test/find?s={expected}&q="));
    }
}

fn positions_follow_scale_and_zoom() {
    let (_zygote, mut renderer) = page(LINK);
    renderer.resize(Viewport { width: WIDTH, height: HEIGHT, scale: 1.5, zoom: 2.0, dark: false });
    // 200 CSS pixels are 400 window pixels at this zoom, and 600 device pixels at this scale.
    renderer.frame();
    click(&mut renderer, at(390.0, 90.0));
    assert_eq!(navigation(&mut renderer).0, "http://site.test/next?a=1");
    renderer.input(InputEvent::PointerMove(at(410.0, 10.0)));
    renderer.until(|message| matches!(message, FromRenderer::Hover { link: None, .. }).then_some(()));
}
