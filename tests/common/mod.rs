//! What the tests share: a browser without a window over the real processes, and ways to wait for what it does.
#![allow(dead_code, reason = "each test uses its part")]

pub(crate) mod forbid;
pub(crate) mod siege;

use bulkhead_broker::browser::{Browser, Isolation, PageArea, Tab, Zygote};
use bulkhead_broker::memory::Budget;
use bulkhead_shared::ids::TabId;
use bulkhead_shared::input::{Button, InputEvent, Key, Modifiers, Pointer};
use bulkhead_shared::pidfd::Pidfd;
use bulkhead_ui::headless::{Headless, LoadError};
use nix::unistd::Pid;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// A deadline that is only there for failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The page area of the tests.
pub(crate) const AREA: PageArea = PageArea { width: 640, height: 480, scale: 1.0, dark: false };

/// The program under test.
pub(crate) fn executable() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_bulkhead"))
}

/// A browser whose zygote is warm.
pub(crate) fn browser() -> Headless {
    browser_from(executable())
}

/// The same, with another program as its zygote.
pub(crate) fn browser_from(executable: PathBuf) -> Headless {
    browser_with(Isolation { executable, ..isolation() })
}

/// How the program under test keeps pages apart.
pub(crate) fn isolation() -> Isolation {
    Isolation { executable: executable(), zygote: "zygote", sandbox: true, memory: Budget::of_this_machine() }
}

/// A browser that keeps pages apart like this, and whose zygote is warm.
pub(crate) fn browser_with(isolation: Isolation) -> Headless {
    let mut headless = Headless::start(isolation, AREA).expect("the browser starts");
    wait(&mut headless, "the zygote to be warm", |browser| matches!(browser.zygote(), Zygote::Warm { .. }));
    headless
}

/// Waits for something, or fails and says for what.
pub(crate) fn wait(headless: &mut Headless, what: &str, done: impl FnMut(&Browser) -> bool) {
    let came = headless.wait(PATIENCE, done);
    assert!(came, "waited in vain for {what}; tabs: {:#?}", headless.browser.tabs());
}

/// Waits for something of one tab.
pub(crate) fn wait_tab(headless: &mut Headless, id: TabId, what: &str, mut done: impl FnMut(&Tab) -> bool) {
    wait(headless, what, |browser| browser.tab(id).is_some_and(&mut done));
}

/// Waits for something that the browser is not told of.
pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while !done() {
        assert!(std::time::Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A page of HTML, as a `data:` URL.
pub(crate) fn html(source: &str) -> Url {
    let encoded = percent_encoding::utf8_percent_encode(source, percent_encoding::NON_ALPHANUMERIC);
    Url::parse(&format!("data:text/html,{encoded}")).expect("a data URL parses")
}

/// A URL that is known to be one.
pub(crate) fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

/// Opens a page in front and waits until it is complete.
pub(crate) fn open(headless: &mut Headless, url: Url) -> TabId {
    let tab = headless.browser.open_tab(url, true);
    loaded(headless, tab);
    tab
}

/// Waits until the tab's page is complete.
pub(crate) fn loaded(headless: &mut Headless, tab: TabId) {
    let result = headless.wait_loaded(tab, PATIENCE);
    assert_eq!(result, Ok(()), "{:#?}", headless.browser.tab(tab));
}

/// Waits until the tab's page has failed to load, and returns why.
pub(crate) fn fails(headless: &mut Headless, tab: TabId) -> LoadError {
    headless.wait_loaded(tab, PATIENCE).expect_err("the page does not load")
}

/// The tab.
pub(crate) fn tab(headless: &Headless, id: TabId) -> &Tab {
    headless.browser.tab(id).expect("the tab is there")
}

/// The pid of the tab's process.
pub(crate) fn pid(headless: &Headless, id: TabId) -> Pid {
    Pid::from_raw(tab(headless, id).pid().expect("the tab has a process"))
}

/// `SIGKILL`, as from a terminal.
pub(crate) fn kill_process(pid: Pid) {
    signal_process(pid, libc::SIGKILL);
}

/// Sends one process a signal.
pub(crate) fn signal_process(pid: Pid, signal: i32) {
    let process = Pidfd::open(pid).expect("the process is there");
    process.signal(signal).expect("it can be sent a signal");
}

/// The pixel of the page on display, as `0x00RRGGBB`.
pub(crate) fn pixel(headless: &Headless, x: usize, y: usize) -> u32 {
    let (pixels, area) = headless.page().expect("a page is on display");
    pixels[y * area.width as usize + x]
}

/// All pixels of the page on display.
pub(crate) fn picture(headless: &Headless) -> Vec<u32> {
    headless.page().expect("a page is on display").0.to_vec()
}

/// Has the page on display drawn anew and waits for the frame.
pub(crate) fn repaint(headless: &mut Headless) {
    let before = headless.presented().frames;
    headless.browser.repaint();
    wait_frame(headless, before);
}

/// Waits until a frame more than `before` was presented.
pub(crate) fn wait_frame(headless: &mut Headless, before: u64) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while headless.presented().frames <= before {
        let mut events = 0;
        headless.wait(Duration::from_millis(200), |_| {
            events += 1;
            events > 1
        });
        assert!(std::time::Instant::now() < deadline, "waited in vain for a frame");
    }
}

/// Waits until the page on display looks so.
pub(crate) fn wait_picture(headless: &mut Headless, what: &str, looks: impl Fn(&[u32]) -> bool) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while !headless.page().is_some_and(|(pixels, _)| looks(pixels)) {
        assert!(std::time::Instant::now() < deadline, "waited in vain for {what}");
        headless.wait(Duration::from_millis(20), |_| false);
    }
}

/// The main button, at a place of the page.
pub(crate) fn at(x: f32, y: f32) -> Pointer {
    Pointer { x, y, button: Button::Main, buttons: 0, modifiers: Modifiers::default() }
}

/// Moves there and clicks.
pub(crate) fn click(headless: &mut Headless, pointer: Pointer) {
    let buttons = match pointer.button {
        Button::Main => 1,
        Button::Secondary => 2,
        Button::Middle => 4,
        Button::Back => 8,
        Button::Forward => 16,
    };
    headless.browser.input(InputEvent::PointerMove(pointer));
    headless.browser.input(InputEvent::PointerDown(Pointer { buttons, ..pointer }));
    headless.browser.input(InputEvent::PointerUp(pointer));
}

/// Presses and releases a key.
pub(crate) fn press(headless: &mut Headless, key: &str) {
    let text = (key.chars().count() == 1).then(|| key.to_owned());
    for pressed in [true, false] {
        headless.browser.input(InputEvent::Key(Key {
            key: key.to_owned(),
            text: text.clone().filter(|_| pressed),
            modifiers: Modifiers::default(),
            pressed,
            repeat: false,
        }));
    }
}

/// The processes that descend from this one, from `/proc/PID/task/TID/children`.
pub(crate) fn descendants(pid: i32) -> Vec<i32> {
    let mut found = Vec::new();
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    for task in tasks {
        let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        for child in children.split_whitespace().filter_map(|child| child.parse().ok()) {
            found.push(child);
            found.extend(descendants(child));
        }
    }
    found
}

/// Whether there is such a process, and it has not ended.
pub(crate) fn is_running(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // After the name in parentheses comes the state; a zombie runs no more.
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with(['Z', 'X']))
}
