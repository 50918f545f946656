//! New tabs, reload after a kill, kill to crash page.

use super::figure::Figure;
use super::{Run, WINDOW, milliseconds, monotonic, open, page, wait_tab};
use anyhow::Context;
use bulkhead_broker::browser::Tab;
use bulkhead_broker::frames::Canvas;
use bulkhead_shared::pidfd::Pidfd;
use bulkhead_ui::headless::Headless;
use bulkhead_ui::views::Ui;
use nix::unistd::Pid;
use std::path::PathBuf;
use std::process::Command;
use url::Url;

/// The times of one new tab, in nanoseconds.
struct Opened {
    asked: u64,
    forked: u64,
    began: u64,
    done: u64,
    shown: u64,
    /// What the renderer's sandbox took, as it says itself, from before the fork.
    confined: u64,
}

fn measure(headless: &mut Headless, url: &Url) -> anyhow::Result<Opened> {
    let asked = monotonic();
    let tab = headless.browser.open_tab(url.clone(), true);
    wait_tab(headless, tab, |tab| tab.pid().is_some())?;
    let forked = monotonic();
    wait_tab(headless, tab, painted)?;
    let shown = monotonic();
    let frame =
        headless.browser.tab(tab).and_then(|tab| tab.front.as_ref()).context("a painted tab has a frame")?.frame;
    headless.wait_loaded(tab, super::PATIENCE)?;
    headless.browser.close_tab(tab);
    let confined = headless.browser.sandbox().map_or(0, |report| report.microseconds.saturating_mul(1000));
    Ok(Opened { asked, forked, began: frame.began, done: frame.done, shown, confined })
}

fn painted(tab: &Tab) -> bool {
    tab.document.as_ref().is_some_and(|document| document.painted)
}

/// From the click on "+" to the first frame of the start page, in all and by stage.
pub(super) fn new_tab(run: &Run) -> anyhow::Result<Vec<Figure>> {
    let mut headless = run.browser(WINDOW)?;
    let start = Url::parse(bulkhead_broker::internal_pages::START_URL)?;
    open(&mut headless, &start)?;
    let opened = (0..run.tries(40)).map(|_| measure(&mut headless, &start)).collect::<anyhow::Result<Vec<_>>>()?;
    headless.shutdown();
    let stage = |name: &str, from: fn(&Opened) -> u64, to: fn(&Opened) -> u64| {
        let samples = opened.iter().map(|times| milliseconds(from(times), to(times)));
        Figure::new(format!("new_tab_first_frame{name}"), "ms", samples.collect())
    };
    Ok(vec![
        stage("", |t| t.asked, |t| t.shown),
        stage(".fork", |t| t.asked, |t| t.forked),
        stage(".fetch_parse_layout", |t| t.forked, |t| t.began),
        stage(".paint", |t| t.began, |t| t.done),
        stage(".present", |t| t.done, |t| t.shown),
        Figure::new("confinement", "ms", opened.iter().map(|times| times.confined as f64 / 1e6).collect()),
    ])
}

/// The same with the index page of the Rust standard library, or the long page that ships.
pub(super) fn new_tab_long(run: &Run) -> anyhow::Result<Vec<Figure>> {
    let mut headless = run.browser(WINDOW)?;
    let url = long_page()?;
    open(&mut headless, &url)?;
    let opened = (0..run.tries(16)).map(|_| measure(&mut headless, &url)).collect::<anyhow::Result<Vec<_>>>()?;
    headless.shutdown();
    let samples = opened.iter().map(|times| milliseconds(times.asked, times.shown)).collect();
    Ok(vec![Figure::new("new_tab_first_frame_std", "ms", samples)])
}

fn long_page() -> anyhow::Result<Url> {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().ok();
    let installed = sysroot
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map(|sysroot| PathBuf::from(sysroot.trim()).join("share/doc/rust/html/std/index.html"))
        .filter(|path| path.is_file());
    match installed.map(Url::from_file_path) {
        Some(Ok(url)) => Ok(url),
        _ => page("demo/long.html"),
    }
}

/// `SIGKILL` to the crash page in the window's pixels, and "reload" to the page being back.
pub(super) fn kill_and_reload(run: &Run) -> anyhow::Result<Vec<Figure>> {
    let mut headless = run.browser(WINDOW)?;
    let tab = open(&mut headless, &Url::parse(bulkhead_broker::internal_pages::START_URL)?)?;
    let mut ui = Ui::new(headless.processes().clone());
    let mut pixels = vec![0; WINDOW.width as usize * WINDOW.height as usize];
    let (width, height) = (WINDOW.width as usize, WINDOW.height as usize);
    let mut draw = |headless: &mut Headless| {
        let mut canvas = Canvas { pixels: &mut pixels, width, height };
        ui.draw(&mut headless.browser, WINDOW.scale, WINDOW.dark, &mut canvas);
    };
    draw(&mut headless);
    let (mut to_crash_page, mut to_paint) = (Vec::new(), Vec::new());
    for _ in 0..run.tries(40) {
        let pid = headless.browser.tab(tab).and_then(Tab::pid).context("a loaded tab has a process")?;
        let killed = monotonic();
        Pidfd::open(Pid::from_raw(pid))?.signal(libc::SIGKILL)?;
        wait_tab(&mut headless, tab, |tab| tab.death().is_some())?;
        draw(&mut headless);
        to_crash_page.push(milliseconds(killed, monotonic()));
        let asked = monotonic();
        headless.browser.reload(tab);
        wait_tab(&mut headless, tab, painted)?;
        to_paint.push(milliseconds(asked, monotonic()));
        headless.wait_loaded(tab, super::PATIENCE)?;
    }
    headless.shutdown();
    Ok(vec![Figure::new("reload_after_kill", "ms", to_paint), Figure::new("kill_to_crash_page", "ms", to_crash_page)])
}
