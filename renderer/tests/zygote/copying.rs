//! What is copied of a selection, and selecting beyond the edge of the view.

use crate::Test;
use crate::broker::HEIGHT;
use crate::input::{at, page};
use bulkhead_shared::downlink::{Edit, ToRenderer};
use bulkhead_shared::input::{InputEvent, Pointer};
use bulkhead_shared::uplink::FromRenderer;

pub(crate) const TESTS: &[Test] = &[
    ("copied_text_has_the_lines_of_its_blocks", copied_text_has_the_lines_of_its_blocks),
    ("a_part_of_two_blocks_is_copied", a_part_of_two_blocks_is_copied),
    ("a_selection_beyond_the_edge_scrolls_the_page", a_selection_beyond_the_edge_scrolls),
];

fn copied_text_has_the_lines_of_its_blocks() {
    for (html, expected) in [
        ("<p>one\n two<p>three", "one two\n\nthree"),
        ("<h1>one</h1><div>two<div>three</div>four</div>", "one\n\ntwo\nthree\nfour"),
        ("<div>one<br>two<br></div><div>three</div>", "one\ntwo\nthree"),
        ("<div>a <b>b </b> c&nbsp;d</div>e", "a b c d\ne"),
        ("<pre>one\n  two\n\nthree\n</pre><p>four", "one\n  two\n\nthree\n\nfour"),
        ("<table><tr><td>a<td>b<td>c<tr><td>d<td><td>f<tr><td><td>h</table>x", "a\tb\tc\nd\t\tf\n\th\nx"),
        ("<table><tr><th>a<td><p>b<p>c</table>", "a\tb\n\nc"),
        ("<ul><li>one<li>two<ul><li>three</ul></ul>", "one\ntwo\nthree"),
        ("<ol style='list-style-position:inside'><li>one<li>two</ol>", "one\ntwo"),
        ("<style>q::before{content:'<<'}p::after{content:'!'}</style><p>a <q>b</q> c<p>d", "a b c\n\nd"),
        ("<div>a <span style='display:inline-block'>b</span> c <span style='display:none'>no</span>d</div>", "a b c d"),
        ("<div>a <span style='visibility:hidden'>no</span>b</div>", "a b"),
        ("<div>a <select><option>no</select><textarea>no</textarea><input value=no> b</div>c", "a  b\nc"),
        ("<div style='text-transform:uppercase'>a <span style='display:inline-block'>b</span> c</div>", "A B C"),
        ("<div style='display:flex'><div>a</div><div>b</div></div>", "a\nb"),
        ("<dl><dt>a<dd>b</dl>", "a\nb"),
    ] {
        let (_zygote, mut renderer) = page(html);
        renderer.command(ToRenderer::Edit(Edit::SelectAll));
        assert_eq!(renderer.copied(), expected, "{html}");
    }
}

fn a_part_of_two_blocks_is_copied() {
    let (_zygote, mut renderer) =
        page("<body style='margin:0;font:20px/30px monospace'><div>one two</div><p style='margin:0'>three <b>four</b>");
    renderer.input(InputEvent::PointerMove(at(50.0, 15.0)));
    renderer.input(InputEvent::PointerDown(Pointer { buttons: 1, ..at(50.0, 15.0) }));
    renderer.input(InputEvent::PointerMove(Pointer { buttons: 1, ..at(97.0, 45.0) }));
    renderer.input(InputEvent::PointerUp(at(97.0, 45.0)));
    assert_eq!(renderer.copied(), "two\n\nthree fo");
}

fn a_selection_beyond_the_edge_scrolls() {
    let lines: String = (0..200).map(|number| format!("<div>line {number}</div>")).collect();
    let (_zygote, mut renderer) = page(&format!("<body style='margin:0;font:20px/20px monospace'>{lines}"));
    renderer.input(InputEvent::PointerMove(at(1.0, 10.0)));
    renderer.input(InputEvent::PointerDown(Pointer { buttons: 1, ..at(1.0, 10.0) }));
    renderer.input(InputEvent::PointerMove(Pointer { buttons: 1, ..at(30.0, 100.0) }));
    // One move beyond the edge; from then on the page moves by itself.
    let held = Pointer { buttons: 1, ..at(60.0, HEIGHT as f32 + 30.0) };
    renderer.input(InputEvent::PointerMove(held));
    renderer.until(|message| match message {
        FromRenderer::Frame(frame) if frame.scroll.y > 500.0 => Some(()),
        _ => None,
    });
    // Back within the view it stops.
    let seq = renderer.input(InputEvent::PointerMove(Pointer { buttons: 1, ..at(60.0, 100.0) }));
    renderer.handled(seq);
    let seq = renderer.input(InputEvent::PointerUp(at(60.0, 100.0)));
    let stopped = renderer.handled(seq).map(|frame| frame.scroll.y);
    let copied = renderer.copied();
    assert!(copied.starts_with("line 0\nline 1\n") && copied.lines().count() > 25, "{copied}");
    renderer.command(ToRenderer::Repaint);
    let after = renderer.frame().scroll.y;
    assert!(stopped.is_none_or(|stopped| stopped == after), "{stopped:?} {after}");
}
