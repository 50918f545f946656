//! Documents: what is drawn, fetched, titled, reported as loaded.

use crate::Test;
use crate::broker::{HEIGHT, Renderer, WIDTH, Zygote, eventually};
use bulkhead_shared::body::Body;
use bulkhead_shared::downlink::{Edit, ToRenderer, Viewport};
use bulkhead_shared::ids::RequestId;
use bulkhead_shared::limits::FETCHES_PER_DOCUMENT;
use bulkhead_shared::uplink::{BodyMeta, FromRenderer, Grant, Rect};
use std::os::fd::AsFd;

pub(crate) const TESTS: &[Test] = &[
    ("a_page_is_drawn_titled_and_reported_in_this_order", a_page_is_drawn_titled_and_reported),
    ("a_page_waits_for_its_style_sheet", a_page_waits_for_its_style_sheet),
    ("what_fails_is_counted_and_holds_nothing_up", what_fails_is_counted_and_holds_nothing_up),
    ("a_failed_image_shows_its_alternative_text", a_failed_image_shows_its_text),
    ("a_hidden_page_loads_and_draws_nothing", a_hidden_page_loads_and_draws_nothing),
    ("a_hidden_page_gives_its_surface_up", a_hidden_page_gives_its_surface_up),
    ("a_surface_that_overtakes_the_hiding_before_it_is_kept", a_surface_that_overtakes_the_hiding_before_it_is_kept),
    ("an_unchanged_page_is_drawn_again_on_request_only", an_unchanged_page_is_drawn_again_on_request_only),
    ("a_resize_is_drawn_into_the_new_surface", a_resize_is_drawn_into_the_new_surface),
    ("text_and_images_are_shown_by_themselves", text_and_images_are_shown_by_themselves),
    ("a_huge_image_and_a_broken_one_are_no_harm", a_huge_image_and_a_broken_one_are_no_harm),
    ("text_is_drawn_where_no_font_is_installed", text_is_drawn_where_no_font_is_installed),
    ("an_endless_import_comes_to_an_end", an_endless_import_comes_to_an_end),
    ("a_million_nested_elements_end_in_a_picture", a_million_nested_elements_end_in_a_picture),
    ("an_animation_moves_and_an_idle_page_does_not", an_animation_moves_and_an_idle_page_does_not),
];

const RED: u32 = 0x00ff_0000;
const GREEN: u32 = 0x0000_8000;

fn respond(renderer: &Renderer, request: RequestId, mime: &str, bytes: &[u8]) {
    let body = Body::from_bytes(bytes).unwrap();
    let meta = BodyMeta { length: body.length(), mime: mime.to_owned() };
    renderer.grant(&Grant::Response { request, result: Ok(meta) }, &[body.as_fd()]);
}

fn refuse(renderer: &Renderer, request: RequestId) {
    renderer.grant(&Grant::Response { request, result: Err("not found".to_owned()) }, &[]);
}

fn fetch(renderer: &mut Renderer) -> (RequestId, String) {
    renderer.until(|message| match message {
        FromRenderer::Fetch { request, url, .. } => Some((*request, url.clone())),
        _ => None,
    })
}

fn a_page_is_drawn_titled_and_reported() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.show();
    let navigation = renderer.open("<title> A\n title</title><body style='background:red'>");
    let frame = renderer.frame();
    assert_eq!(frame.navigation, navigation);
    assert_eq!(frame.damage, Rect { x: 0, y: 0, width: WIDTH, height: HEIGHT });
    assert_eq!(renderer.pixel(&frame, WIDTH / 2, HEIGHT - 1), RED);
    assert!(frame.began <= frame.done);
    assert_eq!(renderer.loaded(navigation), 0);
    assert!(renderer.heard.contains(&FromRenderer::Title { navigation, title: "A title".to_owned() }));
}

fn a_page_waits_for_its_style_sheet() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.show();
    let navigation = renderer.open("<head><link rel=stylesheet href='../a.css'></head><p>text");
    let (request, url) = fetch(&mut renderer);
    assert_eq!(url, "http://site.test/a.css");
    respond(&renderer, request, "text/css", b"body { background: green }");
    let frame = renderer.frame();
    assert_eq!(renderer.pixel(&frame, 0, 0), GREEN);
    assert_eq!(renderer.loaded(navigation), 0);
}

fn what_fails_is_counted_and_holds_nothing_up() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.show();
    let navigation = renderer.open("<head><link rel=stylesheet href=a.css></head><img src=b.png><img src='http://['>");
    for _ in 0..2 {
        let (request, _) = fetch(&mut renderer);
        refuse(&renderer, request);
    }
    assert_eq!(renderer.loaded(navigation), 2);
}

fn a_failed_image_shows_its_text() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.show();
    let navigation = renderer.open("<p>See <img src=a.png alt='a ship'>, <img src=b.png alt=''>here.");
    for _ in 0..2 {
        let (request, _) = fetch(&mut renderer);
        refuse(&renderer, request);
    }
    renderer.loaded(navigation);
    renderer.command(ToRenderer::Edit(Edit::SelectAll));
    assert_eq!(renderer.copied(), "See a ship, here.");
}

fn a_hidden_page_loads_and_draws_nothing() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.load("<title>t</title><p>text");
    renderer.show();
    renderer.frame();
    assert!(!renderer.heard.iter().any(|message| matches!(message, FromRenderer::Frame(_))));
}

fn a_hidden_page_gives_its_surface_up() {
    // The mappings of a confined process are not told to every user.
    let mut zygote = Zygote::start_unconfined();
    let mut renderer = zygote.fork();
    renderer.show();
    renderer.load("<p>text");
    let mapped = |pid: i32| std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap().contains("bulkhead-surface");
    assert!(mapped(renderer.pid));
    let shown = renderer.surface.as_ref().unwrap().0;
    renderer.command(ToRenderer::Hide { surface: shown });
    eventually("the surface is unmapped", || !mapped(renderer.pid));
    renderer.show();
    assert_eq!(renderer.frame().surface, renderer.surface.as_ref().unwrap().0);
}

fn a_surface_that_overtakes_the_hiding_before_it_is_kept() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.show();
    renderer.load("<p>text");
    let before = renderer.surface.as_ref().unwrap().0;
    // The surface comes over the other link, and may be there first.
    renderer.show();
    renderer.frame();
    renderer.command(ToRenderer::Hide { surface: before });
    renderer.command(ToRenderer::Show);
    renderer.command(ToRenderer::Repaint);
    assert_eq!(renderer.frame().surface, renderer.surface.as_ref().unwrap().0);
}

fn an_unchanged_page_is_drawn_again_on_request_only() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.show();
    renderer.load("<p>text");
    renderer.heard.clear();
    renderer.command(ToRenderer::Repaint);
    assert_eq!(renderer.frame().damage, Rect { x: 0, y: 0, width: WIDTH, height: HEIGHT });
    assert!(renderer.heard.is_empty(), "{:?}", renderer.heard);
}

fn a_resize_is_drawn_into_the_new_surface() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.show();
    renderer.load("<body style='margin:0'><div style='width:100px;height:100px;background:red'></div>");
    renderer.resize(Viewport { width: 400, height: 300, scale: 1.5, zoom: 2.0, dark: false });
    let surface = renderer.surface.as_ref().unwrap().0;
    let frame = renderer.until(|message| match message {
        FromRenderer::Frame(frame) if frame.surface == surface => Some(*frame),
        _ => None,
    });
    assert_eq!(renderer.pixel(&frame, 299, 299), RED);
    assert_ne!(renderer.pixel(&frame, 301, 10), RED);
}

fn text_and_images_are_shown_by_themselves() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.show();
    let text = renderer.open_as("file:///a/notes.txt", "text/plain", b"some <b>text</b>", None);
    renderer.loaded(text);
    assert!(renderer.heard.contains(&FromRenderer::Title { navigation: text, title: "notes.txt".to_owned() }));
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='200' height='200'><rect width='200' height='200' fill='red'/></svg>";
    let image = renderer.open_as("file:///a/red.svg", "image/svg+xml", svg, None);
    renderer.heard.clear();
    renderer.loaded(image);
    let frame = renderer.heard.iter().rev().find_map(|message| match message {
        FromRenderer::Frame(frame) if frame.navigation == image => Some(*frame),
        FromRenderer::Fetch { url, .. } => panic!("a fetch of {url}"),
        _ => None,
    });
    assert_eq!(renderer.pixel(&frame.expect("a frame before `Loaded`"), WIDTH / 2, HEIGHT / 2), RED);
}

fn a_huge_image_and_a_broken_one_are_no_harm() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.show();
    let navigation = renderer.open("<img src=huge.png><img src=broken.png>");
    let mut huge = Vec::new();
    png::Encoder::new(&mut huge, 30_000, 30_000).write_header().unwrap();
    // Signature and header, and then the beginning of the pixels.
    huge.truncate(8 + 25);
    huge.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    let (first, _) = fetch(&mut renderer);
    respond(&renderer, first, "image/png", &huge);
    let (second, _) = fetch(&mut renderer);
    respond(&renderer, second, "image/png", b"\x89PNG\r\n\x1a\n and no more");
    assert_eq!(renderer.loaded(navigation), 1, "the huge one counts as failed");
    renderer.ping(1);
}

fn text_is_drawn_where_no_font_is_installed() {
    let empty = tempfile::tempdir().unwrap();
    let config = empty.path().join("fonts.conf");
    std::fs::write(&config, format!("<fontconfig><dir>{}</dir></fontconfig>", empty.path().display())).unwrap();
    let mut zygote = Zygote::start_with(|command| {
        command.env("FONTCONFIG_FILE", &config);
    });
    assert_eq!(zygote.fonts, 0);
    let mut renderer = zygote.fork();
    renderer.show();
    renderer.open("<p>Text <b>bold</b> <i>italics</i> <code>code</code>");
    let frame = renderer.frame();
    assert!(renderer.ink(&frame, 0..HEIGHT) > 200, "no text is to be seen");
}

fn an_endless_import_comes_to_an_end() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.show();
    let navigation = renderer.open("<style>@import 'a.css'</style><p>text");
    let mut asked = 0;
    loop {
        match renderer.hear() {
            FromRenderer::Fetch { request, .. } => {
                asked += 1;
                respond(&renderer, request, "text/css", b"@import 'b.css'; @import 'c/d.css'; p { color: red }");
            }
            FromRenderer::Loaded { navigation: loaded, .. } if loaded == navigation => break,
            _ => {}
        }
    }
    assert!((2..=FETCHES_PER_DOCUMENT).contains(&asked), "{asked} fetches");
}

fn a_million_nested_elements_end_in_a_picture() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.show();
    renderer.load(&"<div>".repeat(1_000_000));
}

fn an_animation_moves_and_an_idle_page_does_not() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.show();
    renderer.load("<style>@keyframes a { to { background: blue } } body { animation: a 1s infinite }</style>");
    let frames = [renderer.frame(), renderer.frame(), renderer.frame()];
    assert!(frames.windows(2).all(|pair| pair[1].began > pair[0].began + 10_000_000));
    renderer.load("<p>still");
    renderer.heard.clear();
    // Were there frames to come, they would come before the answer to the input that follows the last of them.
    let seq = renderer.input(bulkhead_shared::input::InputEvent::Focus(true));
    renderer.handled(seq);
    assert!(renderer.heard.is_empty(), "{:?}", renderer.heard);
}
