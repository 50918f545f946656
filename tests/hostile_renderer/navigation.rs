//! Renderers that break no rule of their links, and want to be where they may not: what they ask for is refused.

use crate::common::{self, AREA, at, click, fails, open, press, tab, url, wait, wait_tab};
use crate::peer::Peer;
use bulkhead_broker::fetch::{FetchError, FetchRequest, Fetched, Fetcher, LocalFetcher};
use bulkhead_shared::downlink::ToRenderer;
use bulkhead_shared::ids::TabId;
use bulkhead_shared::input::{InputEvent, Key, Modifiers};
use bulkhead_shared::uplink::{Cursor, FromRenderer, Target};
use bulkhead_ui::headless::{Headless, LoadError};
use libtest_mimic::{Failed, Trial};
use std::fs;
use std::sync::{Arc, Condvar, Mutex};
use url::Url;

/// What nobody but the user is to see.
const SECRET: &str = "TOP SECRET";

pub(crate) fn trials() -> Vec<Trial> {
    let tests: [(&str, fn()); 9] = [
        ("a page that leads to files that are not its own is refused, also by reload, back and reopen", launders),
        ("a page that leads to an address that it may not is refused, also by reload, back and reopen", disguises),
        ("a page that navigates by itself takes no place in the history", wanders),
        ("a page that navigates does not displace the navigation of the user", displaces),
        ("a process that does not paint is not clicked, and nothing of another's stands under its address", is_silent),
        ("a page opens one tab for a click", opens_one_tab_for_a_click),
        (
            "a page opens one tab for a key, and none for Escape, for a key that repeats or for a modifier",
            opens_one_tab_for_a_key,
        ),
        ("a page that the user has left opens no tab", opens_none_from_behind),
        ("what a page has said of itself goes with it", leaves_nothing_behind),
    ];
    tests
        .into_iter()
        .map(|(name, test)| {
            Trial::test(name, move || -> Result<(), Failed> {
                test();
                Ok(())
            })
        })
        .collect()
}

/// What the renderer of a document with this name does; whether there is such a name.
pub(crate) fn act(peer: &mut Peer, name: &str) -> bool {
    let has = |text: &str| peer.body.windows(text.len()).any(|window| window == text.as_bytes());
    if has("class=\"failure\"") {
        // An error page, and those after it that come into the same process.
        for slot in [0, 1].into_iter().cycle() {
            peer.say(&FromRenderer::Frame(peer.frame(slot)));
            peer.say(&FromRenderer::Loaded { navigation: peer.navigation, failed: 0 });
            peer.await_document();
        }
        return true;
    }
    if has(SECRET) {
        peer.paint();
        peer.title("leaked");
        return true;
    }
    match name {
        "launder" => {
            peer.paint();
            let target = String::from_utf8(peer.body.clone()).expect("a URL");
            peer.navigate(&target, Target::Current);
        }
        "wander" => {
            peer.paint();
            let own = peer.url.clone();
            (0..10).for_each(|n| peer.navigate(&format!("{own}#{n}"), Target::Current));
            peer.title("wandered");
        }
        "displace" => {
            peer.paint();
            let own = peer.url.clone();
            peer.await_command(|command| {
                matches!(command, ToRenderer::Input { event: InputEvent::PointerMove(_), .. })
            });
            peer.navigate(&format!("{own}#here"), Target::Current);
            peer.navigate(&format!("{own}?there"), Target::Current);
            peer.navigate("data:text/plain,nowhere", Target::Current);
            peer.title("tried");
        }
        "silent" => {
            let clicked = |command: &ToRenderer| match command {
                ToRenderer::Input { event: InputEvent::PointerDown(_) | InputEvent::PointerUp(_), .. } => {
                    Some("clicked")
                }
                ToRenderer::Input { event: InputEvent::Key(_) | InputEvent::Text(_), .. } => Some("typed"),
                ToRenderer::Input { event: InputEvent::PointerMove(_), .. } => Some("moved"),
                _ => None,
            };
            let mut said = "";
            peer.await_command(|command| {
                said = clicked(command).unwrap_or_default();
                !said.is_empty()
            });
            peer.title(said);
        }
        "pop up" | "pop up quietly" => {
            peer.paint();
            loop {
                let mut what = String::new();
                peer.await_command(|command| {
                    what = match command {
                        // The quiet one keeps its click for later.
                        ToRenderer::Input { .. } if name == "pop up quietly" => String::new(),
                        ToRenderer::Input { event: InputEvent::PointerDown(_), .. } => "down".to_owned(),
                        ToRenderer::Input { event: InputEvent::PointerUp(_), .. } => "up".to_owned(),
                        ToRenderer::Input { event: InputEvent::Key(key), .. } if key.pressed => {
                            format!("{}{}", key.key, if key.repeat { " again" } else { "" })
                        }
                        ToRenderer::Hide { .. } => "hidden".to_owned(),
                        _ => String::new(),
                    };
                    !what.is_empty()
                });
                (0..2).for_each(|_| peer.navigate("about:blank", Target::NewForegroundTab));
                peer.title(&what);
            }
        }
        "decorate" => {
            let navigation = peer.navigation;
            peer.paint();
            peer.say(&FromRenderer::Cursor { navigation, cursor: Cursor::Wait });
            peer.say(&FromRenderer::TextFocus { navigation, focused: true });
            peer.say(&FromRenderer::Hover { navigation, link: Some("about:blank".to_owned()) });
            peer.title("decorated");
        }
        _ if name.starts_with("about:") || peer.url.starts_with("file:") => peer.paint(),
        _ => return false,
    }
    true
}

fn browser() -> Headless {
    common::browser_from(std::env::current_exe().expect("this program has a path"))
}

fn act_as(name: &str) -> Url {
    url(&format!("data:text/plain,{name}"))
}

/// Opens the page and waits until it is refused what it asks for, in the same tab.
fn refused(headless: &mut Headless, id: TabId) {
    let refusal = |tab: &bulkhead_broker::browser::Tab| {
        assert_ne!(tab.title(), "leaked", "{tab:#?}");
        tab.pending.is_none() && tab.document.as_ref().is_some_and(|document| document.error.is_some())
    };
    wait_tab(headless, id, "the refusal", refusal);
    let failure = fails(headless, id);
    assert!(matches!(&failure, LoadError::Failed(why) if !why.is_empty()), "{failure:?}");
}

/// Refused, and still refused when the user loads it again in each way that does not name the address.
fn stays_refused(headless: &mut Headless, id: TabId) {
    refused(headless, id);
    let navigation = |headless: &Headless| tab(headless, id).document.as_ref().map(|document| document.navigation);
    let again = |headless: &mut Headless, act: fn(&mut Headless, TabId)| {
        let before = navigation(headless);
        act(headless, id);
        wait_tab(headless, id, "another document", |tab| {
            tab.pending.is_none() && tab.document.as_ref().map(|document| document.navigation) != before
        });
    };
    again(headless, |headless, id| headless.browser.reload(id));
    refused(headless, id);
    let refused_at = tab(headless, id).url().cloned();
    again(headless, |headless, id| headless.browser.navigate(id, url("about:blank")));
    again(headless, |headless, id| headless.browser.back(id));
    refused(headless, id);
    headless.browser.close_tab(id);
    let id = headless.browser.reopen_tab().expect("the tab comes back");
    refused(headless, id);
    assert_eq!(tab(headless, id).url().cloned(), refused_at);
    headless.browser.close_tab(id);
}

fn launders() {
    let directory = tempfile::tempdir().expect("a directory");
    let (site, other) = (directory.path().join("site"), directory.path().join("other"));
    for parent in [&site.join(".git"), &other] {
        fs::create_dir_all(parent).expect("a directory");
    }
    let targets = [
        site.join("secret.txt"),
        site.join("id_rsa"),
        site.join(".env"),
        site.join(".git/config"),
        site.join(".secret.html"),
        other.join("secret.html"),
    ];
    for target in &targets {
        fs::write(target, SECRET).expect("a file");
    }
    let mut headless = browser();
    let mut urls: Vec<_> = targets.iter().map(|target| Url::from_file_path(target).expect("a URL")).collect();
    // Its own memory, under a file's name.
    urls.push(url("file:///proc/self/fd/0"));
    urls.push(url("file:///proc/self/environ"));
    for target in urls {
        let page = site.join("launder.html");
        fs::write(&page, target.as_str()).expect("a file");
        let id = headless.browser.open_tab(Url::from_file_path(&page).expect("a URL"), true);
        stays_refused(&mut headless, id);
    }
    headless.shutdown();
}

fn disguises() {
    let directory = tempfile::tempdir().expect("a directory");
    let page = directory.path().join("launder.html");
    let mut headless = browser();
    for target in ["data:text/plain,nobody".to_owned(), "bulkhead://kill".to_owned(), "bulkhead://start".to_owned()] {
        fs::write(&page, &target).expect("a file");
        let id = headless.browser.open_tab(Url::from_file_path(&page).expect("a URL"), true);
        stays_refused(&mut headless, id);
    }
    headless.shutdown();
}

fn wanders() {
    let directory = tempfile::tempdir().expect("a directory");
    let page = directory.path().join("wander.html");
    fs::write(&page, "").expect("a file");
    let mut headless = browser();
    let id = headless.browser.open_tab(Url::from_file_path(&page).expect("a URL"), true);
    wait_tab(&mut headless, id, "the page to have wandered", |tab| tab.title() == "wandered");
    assert_eq!(tab(&headless, id).url().and_then(Url::fragment), Some("9"));
    assert!(!tab(&headless, id).history.can_go_back(), "{:#?}", tab(&headless, id).history);
    headless.shutdown();
}

/// A fetcher that has documents with "slow" in their address wait.
struct Slow {
    fetcher: LocalFetcher,
    may_go_on: Arc<(Mutex<bool>, Condvar)>,
}

impl Fetcher for Slow {
    fn fetch(&self, request: &FetchRequest) -> Result<Fetched, FetchError> {
        if request.permit.url().as_str().contains("slow") {
            let (may_go_on, changed) = &*self.may_go_on;
            let mut may = may_go_on.lock().expect("a lock");
            while !*may {
                may = changed.wait(may).expect("a lock");
            }
        }
        self.fetcher.fetch(request)
    }
}

fn displaces() {
    let directory = tempfile::tempdir().expect("a directory");
    for name in ["displace.html", "slow.html"] {
        fs::write(directory.path().join(name), name).expect("a file");
    }
    let file = |name| Url::from_file_path(directory.path().join(name)).expect("a URL");
    let may_go_on = Arc::new((Mutex::new(false), Condvar::new()));
    let slow = |fetcher| Arc::new(Slow { fetcher, may_go_on: Arc::clone(&may_go_on) }) as Arc<dyn Fetcher>;
    let executable = std::env::current_exe().expect("this program has a path");
    let isolation = bulkhead_broker::browser::Isolation { executable, ..common::isolation() };
    let mut headless = Headless::start_fetching(isolation, AREA, slow).expect("the browser starts");
    let id = headless.browser.open_tab(file("displace.html"), true);
    wait_tab(&mut headless, id, "its frame", |tab| tab.shows_document());

    headless.browser.navigate(id, file("slow.html"));
    headless.browser.input(InputEvent::PointerMove(at(1.0, 1.0)));
    wait_tab(&mut headless, id, "the page to have tried", |tab| tab.title() == "tried");
    let pending = tab(&headless, id).pending.as_ref().map(|pending| pending.url.clone());
    assert_eq!(pending, Some(file("slow.html")));
    let (lock, changed) = &*may_go_on;
    *lock.lock().expect("a lock") = true;
    changed.notify_all();
    wait_tab(&mut headless, id, "the page of the user", |tab| {
        tab.history.current().is_some_and(|entry| entry.url == file("slow.html"))
    });
    assert!(tab(&headless, id).document.as_ref().is_some_and(|document| document.error.is_none()));
    headless.shutdown();
}

fn is_silent() {
    let mut headless = browser();
    let id = open(&mut headless, act_as("polite"));
    assert!(headless.page().is_some());
    headless.browser.navigate(id, act_as("silent"));
    let silent = |tab: &bulkhead_broker::browser::Tab| {
        tab.history.current().is_some_and(|entry| entry.url == act_as("silent")) && tab.pid().is_some()
    };
    wait_tab(&mut headless, id, "the process that does not paint", silent);
    assert!(headless.page().is_none(), "the pixels of the page before are gone");
    click(&mut headless, at(10.0, 10.0));
    press(&mut headless, "a");
    headless.browser.input(InputEvent::Text("pasted".to_owned()));
    // Its first word is of the first event that arrives.
    headless.browser.input(InputEvent::PointerMove(at(20.0, 20.0)));
    wait_tab(&mut headless, id, "its first word", |tab| !tab.title().contains("silent"));
    assert_eq!(tab(&headless, id).title(), "moved");
    headless.shutdown();
}

fn opens_one_tab_for_a_click() {
    let mut headless = browser();
    let id = headless.browser.open_tab(act_as("pop up"), true);
    wait_tab(&mut headless, id, "its frame", |tab| tab.shows_document());
    headless.browser.input(InputEvent::PointerDown(at(10.0, 10.0)));
    wait_tab(&mut headless, id, "what it does at the press", |tab| tab.title() == "down");
    assert_eq!(headless.browser.tabs().len(), 2);
    headless.browser.select(id);
    headless.browser.input(InputEvent::PointerUp(at(10.0, 10.0)));
    wait_tab(&mut headless, id, "what it does at the release", |tab| tab.title() == "up");
    assert_eq!(headless.browser.tabs().len(), 2, "a click is one thing");
    headless.shutdown();
}

fn opens_one_tab_for_a_key() {
    let mut headless = browser();
    let id = headless.browser.open_tab(act_as("pop up"), true);
    wait_tab(&mut headless, id, "its frame", |tab| tab.shows_document());
    let mut key = |name: &str, repeat: bool| {
        headless.browser.select(id);
        let (key, modifiers) = (name.to_owned(), Modifiers::default());
        headless.browser.input(InputEvent::Key(Key { key, text: None, modifiers, pressed: true, repeat }));
        let title = format!("{name}{}", if repeat { " again" } else { "" });
        wait_tab(&mut headless, id, "what it does at the key", |tab| tab.title() == title);
        headless.browser.tabs().len()
    };
    assert_eq!(key("Escape", false), 1);
    assert_eq!(key("Shift", false), 1);
    assert_eq!(key("Enter", true), 1);
    assert_eq!(key("Enter", false), 2);
    assert_eq!(key("Enter", true), 2);
    headless.shutdown();
}

fn opens_none_from_behind() {
    let mut headless = browser();
    let other = open(&mut headless, act_as("polite"));
    let id = headless.browser.open_tab(act_as("pop up quietly"), true);
    wait_tab(&mut headless, id, "its frame", |tab| tab.shows_document());
    headless.browser.input(InputEvent::PointerDown(at(10.0, 10.0)));
    headless.browser.select(other);
    wait_tab(&mut headless, id, "what it does behind", |tab| tab.title() == "hidden");
    assert_eq!(headless.browser.tabs().len(), 2);
    assert_eq!(headless.browser.active().map(|tab| tab.id), Some(other));
    headless.shutdown();
}

fn leaves_nothing_behind() {
    let mut headless = browser();
    let id = headless.browser.open_tab(act_as("decorate"), true);
    wait_tab(&mut headless, id, "its decoration", |tab| tab.title() == "decorated");
    assert!(tab(&headless, id).page.text_focus && tab(&headless, id).page.hover.is_some());
    headless.browser.navigate(id, url("about:blank"));
    wait(&mut headless, "the page after it", |browser| {
        browser.tab(id).is_some_and(|tab| {
            tab.history.current().is_some_and(|entry| entry.url.as_str() == "about:blank") && tab.shows_document()
        })
    });
    let page = &tab(&headless, id).page;
    assert_eq!((page.cursor, page.text_focus, &page.hover), (Cursor::Default, false, &None));
    headless.shutdown();
}
