//! The whole interface, drawn into memory over a real browser that has no zygote: every tab's process fails to start.

use super::theme::{self, Palette};
use super::{Command, Ui, address_bar};
use crate::process_table::ProcessTable;
use bulkhead_broker::browser::{Activity, Browser, Config, Isolation, PageArea};
use bulkhead_broker::death::Death;
use bulkhead_broker::fetch::LocalFetcher;
use bulkhead_broker::frames::{Canvas, intersection};
use bulkhead_broker::memory::Budget;
use bulkhead_broker::sandbox_board::SandboxBoard;
use bulkhead_pages::{NoProviders, Pages};
use bulkhead_shared::ids::TabId;
use egui::{Event, Id, Key, Modifiers, PointerButton, Pos2, accesskit};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

const START: &str = "bulkhead://start";
const WIDTH: usize = 900;
const HEIGHT: usize = 600;

struct Harness {
    browser: Browser,
    table: ProcessTable,
    ui: Ui,
    woken: crossbeam_channel::Receiver<()>,
    pixels: Vec<u32>,
}

impl Harness {
    fn new() -> Self {
        Self::with_sandbox(true)
    }

    fn with_sandbox(sandbox: bool) -> Self {
        let (waker, woken) = crossbeam_channel::unbounded();
        let board = SandboxBoard::default();
        let pages = Arc::new(Pages::new(Vec::new, board.clone(), Arc::new(NoProviders)));
        let browser = Browser::start(Config {
            isolation: Isolation {
                zygote: "zygote",
                executable: "/nonexistent/bulkhead".into(),
                sandbox,
                memory: Budget::of_this_machine(),
            },
            fetcher: Arc::new(LocalFetcher::new(Arc::clone(&pages) as _)),
            area: PageArea { width: 1, height: 1, scale: 1.0, dark: false },
            pages,
            board,
            wake: Arc::new(move || waker.send(()).unwrap_or_default()),
        })
        .unwrap();
        let table = ProcessTable::default();
        let ui = Ui::new(table.clone());
        Self { browser, table, ui, woken, pixels: vec![0; WIDTH * HEIGHT] }
    }

    /// Opens a tab and waits until its process has failed to start.
    fn open(&mut self, url: &str) -> TabId {
        let id = self.browser.open_tab(Url::parse(url).unwrap(), true);
        self.wait(|browser| browser.tab(id).unwrap().activity() == Activity::Crashed);
        id
    }

    fn wait(&mut self, done: impl Fn(&Browser) -> bool) {
        let events = self.browser.events();
        loop {
            events.try_iter().for_each(|event| self.browser.handle(event));
            if done(&self.browser) {
                return;
            }
            self.woken.recv_timeout(Duration::from_secs(20)).expect("it happens in time");
        }
    }

    fn draw(&mut self, dark: bool) {
        let mut canvas = Canvas { pixels: &mut self.pixels, width: WIDTH, height: HEIGHT };
        self.ui.draw(&mut self.browser, 1.0, dark, &mut canvas);
    }

    /// Runs the interface with these events, then for what follows from them, then once more, since
    /// `egui::Context::read_response` lags behind by one.
    fn run(&mut self, events: Vec<Event>) {
        for events in [events, Vec::new(), Vec::new()] {
            self.update(events);
        }
    }

    fn update(&mut self, events: Vec<Event>) -> egui::PlatformOutput {
        let size = egui::vec2(WIDTH as f32, HEIGHT as f32);
        let screen_rect = Some(egui::Rect::from_min_size(Pos2::ZERO, size));
        let input = egui::RawInput { screen_rect, events, ..Default::default() };
        self.ui.run(&mut self.browser, input, (WIDTH as u32, HEIGHT as u32)).platform
    }

    fn click(&mut self, id: Id, button: PointerButton) {
        let pos = self.ui.context().read_response(id).expect("it was drawn").rect.center();
        let press = |pressed| Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE };
        self.run(vec![Event::PointerMoved(pos)]);
        self.run(vec![press(true)]);
        self.run(vec![press(false)]);
    }

    fn pixel(&self, x: usize, y: usize) -> u32 {
        self.pixels[y * WIDTH + x]
    }

    fn address(&self) -> String {
        self.browser.active().unwrap().url().unwrap().to_string()
    }
}

fn key(key: Key) -> Event {
    Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE }
}

fn rgb(colour: egui::Color32) -> u32 {
    u32::from_be_bytes([0, colour.r(), colour.g(), colour.b()])
}

#[test]
fn each_part_has_the_colour_of_the_theme() {
    let mut harness = Harness::new();
    for dark in [false, true] {
        harness.draw(dark);
        let palette = Palette::of(dark);
        let page = harness.ui.page_area();
        assert_eq!(harness.pixel(WIDTH - 4, 4), rgb(palette.strip));
        assert_eq!(harness.pixel(4, 60), rgb(palette.bar));
        assert_eq!(harness.pixel(WIDTH / 2, HEIGHT - 8), rgb(palette.bar));
        assert_eq!(harness.pixel(WIDTH / 2, (page.y + page.height / 2) as usize), rgb(palette.page));
        assert_eq!(harness.browser.area().dark, dark);
        assert_eq!((harness.browser.area().width, harness.browser.area().height), (page.width, page.height));
    }
}

#[test]
fn everything_has_a_name_for_assistive_technology() {
    let mut harness = Harness::new();
    harness.open("data:text/html,hello");
    harness.ui.context().enable_accesskit();
    let update = harness.update(Vec::new()).accesskit_update.expect("a tree");
    let labels: Vec<_> = update.nodes.iter().filter_map(|(_, node)| node.label().or(node.value())).collect();
    for expected in ["New tab", "Back", "Forward", "Reload (F5)", "Close tab", "Processes", "Address", "crashed"] {
        assert!(labels.iter().any(|label| label.contains(expected)), "{expected} in {labels:?}");
    }
    assert!(update.nodes.iter().any(|(_, node)| node.role() == accesskit::Role::Tab));
}

#[test]
fn a_crash_page_covers_the_page_area_and_says_why() {
    let mut harness = Harness::new();
    harness.open("data:text/html,hello");
    harness.ui.context().enable_accesskit();
    let update = harness.update(Vec::new()).accesskit_update.expect("a tree");
    let says = |text: &str| update.nodes.iter().any(|(_, node)| node.value().is_some_and(|value| value.contains(text)));
    let death = harness.browser.active().unwrap().death().unwrap().to_string();
    assert!(says(&death), "{death}");
    assert!(!harness.ui.is_page_at(harness.ui.page_rect().center()));
    harness.draw(true);
    assert_eq!(harness.pixel(2, HEIGHT - 40), rgb(Palette::of(true).bar));
}

#[test]
fn when_the_browser_has_failed_a_bar_and_every_tab_say_so() {
    let mut harness = Harness::new();
    let tabs = [harness.open("data:text/html,one"), harness.browser.open_tab(Url::parse(START).unwrap(), false)];
    harness
        .browser
        .handle(bulkhead_broker::events::Event::Failed("the I/O thread panicked: as a bug would".to_owned()));
    harness.browser.reload(tabs[0]);
    harness.wait(|browser| {
        let failed = |id: &TabId| browser.tab(*id).unwrap().death() == Some(&Death::BrowserFailed);
        tabs.iter().all(failed)
    });
    harness.ui.context().enable_accesskit();
    let update = harness.update(Vec::new()).accesskit_update.expect("a tree");
    let says = |node: &accesskit::Node| {
        node.label().or(node.value()).is_some_and(|text| text.contains("as a bug would. Nothing works any more"))
    };
    assert!(update.nodes.iter().any(|(_, node)| says(node)));
}

#[test]
fn without_a_sandbox_a_bar_warns_for_as_long_as_the_window_is_open() {
    for sandbox in [true, false] {
        let mut harness = Harness::with_sandbox(sandbox);
        harness.open("data:text/html,hello");
        harness.ui.context().enable_accesskit();
        for _ in 0..3 {
            let update = harness.update(Vec::new()).accesskit_update.expect("a tree");
            let says = |node: &accesskit::Node| {
                node.label().or(node.value()).is_some_and(|text| text.contains("--no-sandbox: a page"))
            };
            assert_eq!(update.nodes.iter().any(|(_, node)| says(node)), !sandbox);
            harness.ui.perform(&mut harness.browser, Command::NewTab);
            harness.ui.perform(&mut harness.browser, Command::Reload);
        }
    }
}

#[test]
fn what_is_typed_becomes_the_address_on_enter_and_is_forgotten_on_escape() {
    let mut harness = Harness::new();
    harness.open("data:text/html,hello");
    harness.ui.perform(&mut harness.browser, Command::FocusAddress);
    harness.run(vec![]);
    assert!(harness.ui.has_keyboard());
    harness.run(vec![Event::Text("about:blank".to_owned()), key(Key::Escape)]);
    assert!(!harness.ui.has_keyboard());
    assert_eq!(harness.address(), "data:text/html,hello");

    harness.ui.perform(&mut harness.browser, Command::FocusAddress);
    harness.run(vec![]);
    harness.run(vec![Event::Text("about:blank".to_owned()), key(Key::Enter)]);
    assert_eq!(harness.address(), "about:blank", "what was there was selected, so typing replaced it");
    assert!(!harness.ui.has_keyboard());
}

#[test]
fn what_was_typed_and_is_no_address_stays_to_be_corrected() {
    let mut harness = Harness::new();
    harness.open("data:text/html,hello");
    harness.ui.perform(&mut harness.browser, Command::FocusAddress);
    harness.run(vec![]);
    harness.run(vec![Event::Text("what is ipc?".to_owned()), key(Key::Enter)]);
    let address = |harness: &Harness| crate::address::shown(harness.browser.active().unwrap());
    assert_eq!(address(&harness), "what is ipc?");
    harness.ui.perform(&mut harness.browser, Command::Reload);
    assert_eq!(address(&harness), "what is ipc?");
    harness.ui.perform(&mut harness.browser, Command::Back);
    assert_eq!(address(&harness), "data:text/html,hello");
    harness.wait(|browser| browser.active().is_some_and(|tab| tab.pending.is_none()));
    harness.ui.perform(&mut harness.browser, Command::Forward);
    assert_eq!(address(&harness), "what is ipc?");
    harness.ui.perform(&mut harness.browser, Command::CloseActive);
    harness.ui.perform(&mut harness.browser, Command::ReopenTab);
    assert_eq!(address(&harness), "what is ipc?");

    harness.ui.perform(&mut harness.browser, Command::FocusAddress);
    harness.run(vec![]);
    harness.run(vec![key(Key::End), key(Key::Backspace), key(Key::Enter)]);
    assert_eq!(address(&harness), "what is ipc", "it can be corrected");
}

#[test]
fn what_is_typed_right_after_the_shortcut_is_not_lost() {
    let mut harness = Harness::new();
    harness.open("data:text/html,hello");
    harness.run(vec![]);
    harness.ui.perform(&mut harness.browser, Command::FocusAddress);
    assert!(harness.ui.has_keyboard(), "before anything is drawn");
    harness.run(vec![Event::Text("about:".to_owned()), Event::Text("blank".to_owned())]);
    harness.run(vec![key(Key::Enter)]);
    assert_eq!(harness.address(), "about:blank");
}

#[test]
fn another_tab_has_the_keyboard_in_its_page() {
    let mut harness = Harness::new();
    harness.open("data:text/html,1");
    harness.open("data:text/html,2");
    harness.run(vec![]);
    harness.ui.perform(&mut harness.browser, Command::FocusAddress);
    harness.run(vec![]);
    harness.ui.perform(&mut harness.browser, Command::PreviousTab);
    harness.run(vec![]);
    assert!(!harness.ui.has_keyboard());
}

#[test]
fn a_click_into_the_address_bar_selects_all_of_it() {
    let mut harness = Harness::new();
    harness.open("data:text/html,hello");
    harness.run(vec![]);
    harness.click(address_bar::id(), PointerButton::Primary);
    harness.run(vec![Event::Text("about:blank".to_owned()), key(Key::Enter)]);
    assert_eq!(harness.address(), "about:blank");
}

#[test]
fn tabs_are_selected_and_closed_with_the_mouse() {
    let mut harness = Harness::new();
    let tabs: Vec<_> = (0..3).map(|n| harness.open(&format!("data:text/html,{n}"))).collect();
    harness.run(vec![]);
    let name = |tab: TabId| Id::new(("tab", tab));
    harness.click(name(tabs[0]), PointerButton::Primary);
    assert_eq!(harness.browser.active().unwrap().id, tabs[0]);
    harness.click(name(tabs[1]), PointerButton::Middle);
    assert!(harness.browser.tab(tabs[1]).is_none());
    harness.click(name(tabs[2]).with("close"), PointerButton::Primary);
    assert_eq!(harness.browser.tabs().len(), 1);
}

#[test]
fn the_process_table_lies_over_the_page_and_leaves_no_trace() {
    let mut harness = Harness::new();
    harness.table.note(&harness.browser);
    harness.draw(false);
    let before = harness.pixels.clone();
    harness.ui.perform(&mut harness.browser, Command::ProcessTable);
    (0..3).for_each(|_| harness.draw(false));
    let centre = harness.ui.page_rect().center();
    assert_ne!(harness.pixels, before);
    assert!(!harness.ui.is_page_at(centre));
    harness.ui.perform(&mut harness.browser, Command::ProcessTable);
    (0..2).for_each(|_| harness.draw(false));
    assert!(harness.pixels == before, "all of it is drawn over");
    assert!(harness.ui.is_page_at(centre));
}

#[test]
fn characters_that_the_interface_s_own_fonts_lack_are_found_in_the_machine_s() {
    const ALEF: char = '\u{5d0}';
    let fonts = bulkhead_fonts::font_files(&bulkhead_fonts::FontConfig::of_this_machine().directories);
    if !fonts.iter().any(|path| path.ends_with("DejaVuSans.ttf")) {
        return eprintln!("not tried: there is no font here that is known to have the character");
    }
    let mut harness = Harness::new();
    harness.open("data:text/html,hello");
    harness.run(vec![]);
    let has = |harness: &Harness| harness.ui.context().fonts_mut(|fonts| fonts.has_glyph(&theme::font(14.0), ALEF));
    assert!(!has(&harness) && !harness.ui.awaits_fonts(), "nothing is looked for that is not shown");
    harness.ui.perform(&mut harness.browser, Command::FocusAddress);
    harness.run(vec![]);
    harness.update(vec![Event::Text(ALEF.to_string())]);
    assert!(harness.ui.awaits_fonts());
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while harness.ui.awaits_fonts() {
        assert!(std::time::Instant::now() < deadline, "the search does not end");
        std::thread::sleep(Duration::from_millis(5));
        harness.update(vec![]);
    }
    assert!(has(&harness));
}

#[test]
fn an_idle_interface_does_not_ask_to_be_run_again() {
    let mut harness = Harness::new();
    harness.open("data:text/html,hello");
    harness.draw(false);
    harness.draw(false);
    let input = egui::RawInput::default();
    let output = harness.ui.run(&mut harness.browser, input, (WIDTH as u32, HEIGHT as u32));
    assert_eq!(output.repaint_after, None);
}

#[test]
fn an_interface_that_lies_beside_the_page_damages_nothing_of_it() {
    let mut harness = Harness::new();
    harness.draw(false);
    harness.draw(false);
    let output = harness.ui.run(&mut harness.browser, egui::RawInput::default(), (WIDTH as u32, HEIGHT as u32));
    let page = harness.ui.page_area();
    for damage in output.damage {
        assert_eq!(intersection(damage, page), Default::default(), "{damage:?}");
    }
}

#[test]
fn windows_of_any_size_are_drawn() {
    let mut harness = Harness::new();
    for n in 0..30 {
        harness.open(&format!("data:text/html,<title>{n}"));
    }
    for (width, height) in [(1, 1), (40, 30), (300, 90), (301, 120), (4000, 64)] {
        let mut pixels = vec![0; width * height];
        let mut canvas = Canvas { pixels: &mut pixels, width, height };
        for scale in [1.0, 1.25, 2.0] {
            harness.ui.draw(&mut harness.browser, scale, true, &mut canvas);
        }
    }
}
