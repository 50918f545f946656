//! A frame's way: the hop between the processes, the repaint, the copy, and from input to frame.

use super::figure::Figure;
use super::{Run, WINDOW, floor, milliseconds, monotonic, open, page, wait_tab};
use bulkhead_broker::browser::PageArea;
use bulkhead_shared::ids::TabId;
use bulkhead_shared::input::{Button, InputEvent, Key, Modifiers, Pointer};
use bulkhead_shared::uplink::Frame;
use bulkhead_ui::headless::Headless;
use url::Url;

/// One try: what was done, and the frame that came of it.
struct Shown {
    asked: u64,
    frame: Frame,
    shown: u64,
}

impl Shown {
    fn total(&self) -> f64 {
        milliseconds(self.asked, self.shown)
    }

    fn paint(&self) -> f64 {
        milliseconds(self.frame.began, self.frame.done)
    }

    fn hop(&self) -> f64 {
        milliseconds(self.frame.done, self.shown)
    }
}

/// Does something that brings a new frame, and waits for it.
fn frame_after(headless: &mut Headless, tab: TabId, act: impl FnOnce(&mut Headless)) -> anyhow::Result<Shown> {
    headless.settle();
    let asked = monotonic();
    act(headless);
    wait_tab(headless, tab, |tab| tab.front.as_ref().is_some_and(|front| front.frame.began > asked))?;
    let shown = monotonic();
    let frame = headless.browser.tab(tab).and_then(|tab| tab.front.as_ref()).map(|front| front.frame);
    frame.map(|frame| Shown { asked, frame, shown }).ok_or_else(|| anyhow::anyhow!("the tab lost its frame"))
}

/// The renderer's "done" to the pixels being readable in the broker, beside a bare wake. On a small page area, so that the
/// copy, which is measured by itself, takes no time.
pub(super) fn hop(run: &Run) -> anyhow::Result<Vec<Figure>> {
    let mut headless = run.browser(PageArea { width: 64, height: 64, ..WINDOW })?;
    let tab = open(&mut headless, &Url::parse("data:text/html,<title>small</title>small")?)?;
    let mut samples = Vec::new();
    for _ in 0..run.tries(1000) {
        samples.push(frame_after(&mut headless, tab, |headless| headless.browser.repaint())?.hop());
    }
    headless.shutdown();
    let wake = floor::eventfd_wake(run.tries(4000))?;
    Ok(vec![Figure::new("frame_hop", "ms", samples).beside(&wake), wake])
}

/// A text page of 1920 by 1080 pixels: all of it repainted, all of it copied.
pub(super) fn full_hd(run: &Run) -> anyhow::Result<Vec<Figure>> {
    let mut headless = run.browser(PageArea { width: 1920, height: 1080, ..WINDOW })?;
    let tab = open(&mut headless, &page("demo/typography.html")?)?;
    let (mut repaint, mut copy) = (Vec::new(), Vec::new());
    for _ in 0..run.tries(200) {
        repaint.push(frame_after(&mut headless, tab, |headless| headless.browser.repaint())?.paint());
        copy.push(headless.presented().copy.as_secs_f64() * 1e3);
    }
    headless.shutdown();
    let memcpy = floor::memcpy_1080p(run.tries(200));
    Ok(vec![
        Figure::new("repaint_1080p", "ms", repaint),
        Figure::new("frame_copy_1080p", "ms", copy).beside(&memcpy),
        memcpy,
    ])
}

/// A key press in a form field to the new frame in the presenter's buffer; `.overhead` is what is not painting.
pub(super) fn input(run: &Run) -> anyhow::Result<Vec<Figure>> {
    let mut headless = run.browser(WINDOW)?;
    let form = "data:text/html,<body style='margin:0'><textarea style='width:90vw;height:90vh'></textarea>";
    let tab = open(&mut headless, &Url::parse(form)?)?;
    let at = Pointer { x: 100.0, y: 100.0, button: Button::Main, buttons: 1, modifiers: Modifiers::default() };
    // It is the press that shows: the field has the focus then.
    frame_after(&mut headless, tab, |headless| {
        headless.browser.input(InputEvent::PointerDown(at));
        headless.browser.input(InputEvent::PointerUp(Pointer { buttons: 0, ..at }));
    })?;
    let (mut total, mut overhead) = (Vec::new(), Vec::new());
    for n in 0..run.tries(200) {
        let letter = if n % 12 == 11 { " " } else { "a" }.to_owned();
        let key = Key {
            text: Some(letter.clone()),
            key: letter,
            modifiers: Modifiers::default(),
            pressed: true,
            repeat: false,
        };
        let shown = frame_after(&mut headless, tab, |headless| headless.browser.input(InputEvent::Key(key)))?;
        total.push(shown.total());
        overhead.push(shown.total() - shown.paint());
    }
    headless.shutdown();
    Ok(vec![Figure::new("input_to_frame", "ms", total), Figure::new("input_to_frame.overhead", "ms", overhead)])
}
