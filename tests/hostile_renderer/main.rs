//! The peer that lies on every link: a zygote whose renderers are hostile, in the place of the real one.
//!
//! The broker under test is the real one. This program starts itself as its zygote; each renderer it forks reads from its
//! document's URL which attack to make (`attacks.rs`). Every attack must end that renderer, and it alone, with the named
//! violation, while a polite renderer beside it goes on painting.

mod attacks;
mod chatter;
#[path = "../common/mod.rs"]
mod common;
mod copies;
mod navigation;
mod peer;

use attacks::{ATTACKS, Attack};
use bulkhead_broker::browser::{Isolation, PageArea, Tab};
use bulkhead_broker::death::Death;
use bulkhead_broker::memory::{Budget, Exhausted};
use bulkhead_shared::downlink::Edit;
use bulkhead_shared::input::InputEvent;
use bulkhead_shared::pidfd::Pidfd;
use bulkhead_ui::headless::Headless;
use common::{browser_from, pid, repaint, tab, url, wait_tab};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    if std::env::args().any(|argument| argument == "--type=zygote") {
        peer::zygote(|peer, name| {
            let attack = ATTACKS.iter().find(|attack| attack.name == name);
            attack.map(|attack| (attack.make)(peer)).is_some() || navigation::act(peer, name)
        });
    }
    let arguments = Arguments::from_args();
    let mut trials: Vec<_> = ATTACKS.iter().map(|attack| Trial::test(attack.name, || fails_alone(attack))).collect();
    trials.push(Trial::test("a surface cannot be truncated, grown or unsealed by its renderer", surface_stays));
    trials.push(Trial::test("memory over a tab's budget", || hoards("hoard", TAB_SMALL, |used, gone| {
        matches!(gone, Exhausted::Tab { used: seen, allowed } if *seen >= used && *allowed == TAB_SMALL.tab)
    })));
    trials.push(Trial::test("memory over a tab's budget, while nobody has to do with it", || {
        hoards("hoard quietly", TAB_SMALL, |_, gone| matches!(gone, Exhausted::Tab { .. }))
    }));
    trials.push(Trial::test("memory over the budget of all", || hoards("hoard", ALL_SMALL, |used, gone| {
        matches!(gone, Exhausted::All { used: seen, allowed } if *seen >= used && *allowed == ALL_SMALL.all)
    })));
    trials.push(Trial::test("copies that come too late for the clipboard", copies::late_answers_are_dropped));
    trials.push(Trial::test("copies all at once", copies::only_the_newest_question_has_an_answer));
    trials.push(Trial::test("titles without end, of a tab behind", chatter::titles_draw_slowly));
    trials.extend(navigation::trials());
    trials.push(Trial::test("a URL that is none is answered", none_is_answered));
    trials.push(Trial::test("not to read is no offence, and grows nothing", deaf_grows_nothing));
    trials.push(Trial::test("whoever keeps every surface has little", collects_little));
    trials.push(Trial::test("what a process is handed counts over all its documents", keeps_no_more_than_a_tab_may));
    trials.push(Trial::test("bodies that are not read hold few descriptors", askers_hold_few_descriptors));
    libtest_mimic::run(&arguments, trials).exit();
}

fn open(headless: &mut Headless, attack: &str) -> bulkhead_shared::ids::TabId {
    headless.browser.open_tab(url(&format!("data:text/plain,{attack}")), true)
}

fn hostile_browser() -> Headless {
    browser_from(std::env::current_exe().expect("this program has a path"))
}

fn fails_alone(attack: &Attack) -> Result<(), Failed> {
    let mut headless = hostile_browser();
    let bystander = open(&mut headless, "polite");
    common::loaded(&mut headless, bystander);
    let attacker = open(&mut headless, attack.name);
    wait_tab(&mut headless, attacker, "the attacker's process", |tab| tab.pid().is_some());
    let attackers_pid = pid(&headless, attacker);

    (attack.provoke)(&mut headless, attacker);
    wait_tab(&mut headless, attacker, "its end", |tab| tab.death().is_some());

    let Some(Death::Violation(violation)) = tab(&headless, attacker).death() else {
        return Err(format!("not a violation: {:?}", tab(&headless, attacker).death()).into());
    };
    if !attack.violations.contains(&violation.name().as_str()) {
        return Err(format!("expected one of {:?}, got {violation:?}", attack.violations).into());
    }
    assert!(Pidfd::open(attackers_pid).is_err(), "its process is gone");
    headless.browser.select(bystander);
    repaint(&mut headless);
    assert!(tab(&headless, bystander).death().is_none());
    headless.shutdown();
    Ok(())
}

const MIB: u64 = 1 << 20;
const TAB_SMALL: Budget = Budget { tab: 128 * MIB, all: 4096 * MIB };
const ALL_SMALL: Budget = Budget { tab: 4096 * MIB, all: 128 * MIB };

/// Who uses more memory than it may is ended, and nobody else.
fn hoards(attack: &str, memory: Budget, expected: impl Fn(u64, &Exhausted) -> bool) -> Result<(), Failed> {
    let executable = std::env::current_exe()?;
    let mut headless = common::browser_with(Isolation { executable, memory, ..common::isolation() });
    let bystander = open(&mut headless, "polite");
    common::loaded(&mut headless, bystander);
    let hoarder = open(&mut headless, attack);
    wait_tab(&mut headless, hoarder, "its end", |tab| tab.death().is_some());
    let Some(Death::OutOfMemory(gone)) = tab(&headless, hoarder).death() else {
        return Err(format!("not out of memory: {:?}", tab(&headless, hoarder).death()).into());
    };
    if !expected(memory.tab.min(memory.all), gone) {
        return Err(format!("{gone:?}").into());
    }
    headless.browser.select(bystander);
    repaint(&mut headless);
    assert!(tab(&headless, bystander).death().is_none());
    headless.shutdown();
    Ok(())
}

fn none_is_answered() -> Result<(), Failed> {
    let mut headless = hostile_browser();
    let id = open(&mut headless, "none");
    wait_tab(&mut headless, id, "the answer", |tab| tab.title().starts_with("none:") || tab.death().is_some());
    assert!(tab(&headless, id).title().starts_with("none: Err("), "{}", tab(&headless, id).title());
    headless.shutdown();
    Ok(())
}

/// How many surfaces of this size this process maps; other trials have others.
fn surfaces_mapped(width: usize, height: usize) -> usize {
    let length = (width * height * 4 * bulkhead_shared::limits::SURFACE_SLOTS).next_multiple_of(4096);
    let maps = std::fs::read_to_string("/proc/self/maps").expect("/proc");
    let lengths = maps.lines().filter(|line| line.contains("memfd:bulkhead-surface")).filter_map(|line| {
        let (start, end) = line.split_whitespace().next()?.split_once('-')?;
        Some(usize::from_str_radix(end, 16).ok()? - usize::from_str_radix(start, 16).ok()?)
    });
    lengths.filter(|mapped| *mapped == length).count()
}

/// A renderer that reads neither link while its user resizes, zooms, edits, and goes back and forth.
fn deaf_grows_nothing() -> Result<(), Failed> {
    const SIZES: [(u32, u32); 2] = [(1009, 211), (1013, 223)];
    let mut headless = hostile_browser();
    let bystander = open(&mut headless, "polite");
    common::loaded(&mut headless, bystander);
    let deaf = open(&mut headless, "deaf");
    wait_tab(&mut headless, deaf, "its process", |tab| tab.pid().is_some());
    for n in 0..2000 {
        let (width, height) = SIZES[n % 2];
        let area = headless.browser.area();
        headless.browser.set_area(PageArea { width, height, ..area });
        headless.browser.set_zoom(deaf, 1.0 + (n % 2) as f32);
        headless.browser.edit(Edit::Paste("x".repeat(1000)));
        headless.browser.repaint();
        headless.browser.input(InputEvent::PointerMove(common::at(1.0, n as f32)));
        if n % 100 == 0 {
            headless.browser.select(bystander);
            headless.browser.select(deaf);
        }
    }
    headless.browser.select(bystander);
    // What came before it in the mailbox is done once the bystander has painted.
    repaint(&mut headless);
    headless.browser.select(deaf);
    headless.browser.select(bystander);
    repaint(&mut headless);
    assert_eq!(tab(&headless, deaf).death(), None);
    let mapped: usize = SIZES.iter().map(|(width, height)| surfaces_mapped(*width as usize, *height as usize)).sum();
    assert!(mapped <= 8, "{mapped} surfaces are mapped");
    headless.browser.end_process(deaf);
    wait_tab(&mut headless, deaf, "its end", |tab| tab.death() == Some(&Death::EndedByUser));
    headless.shutdown();
    Ok(())
}

/// A renderer that keeps every surface, while its window is resized and its tab is hidden and shown.
fn collects_little() -> Result<(), Failed> {
    let mut headless = hostile_browser();
    let bystander = open(&mut headless, "polite");
    common::loaded(&mut headless, bystander);
    let collector = open(&mut headless, "collector");
    let (mut surfaces, mut memories) = (0, 0);
    for n in 0..200 {
        wait_tab(&mut headless, collector, "another surface to be taken", |tab| {
            let title = tab.title();
            let mut numbers = title.split(' ').skip(1).filter_map(|number| number.parse::<usize>().ok());
            let (now, memories_now) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
            let more = now > surfaces;
            if more {
                (surfaces, memories) = (now, memories_now);
            }
            more || tab.death().is_some()
        });
        assert_eq!(tab(&headless, collector).death(), None);
        if n % 3 == 0 {
            headless.browser.select(bystander);
            headless.browser.select(collector);
        } else {
            let area = headless.browser.area();
            headless.browser.set_area(PageArea { width: 400 + 3 * n, height: 300, ..area });
        }
    }
    assert!(surfaces >= 200 && memories <= 8, "{surfaces} surfaces in {memories} pieces of memory");
    headless.shutdown();
    Ok(())
}

/// A site with a hostile page of that name, and something large and something small beside it.
fn site(page: &str, small: usize) -> std::io::Result<(tempfile::TempDir, url::Url)> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join(page);
    std::fs::File::create(directory.path().join("large.png"))?.set_len(20 * MIB)?;
    std::fs::write(directory.path().join("small.png"), vec![b'x'; small])?;
    std::fs::write(&path, "a page")?;
    Ok((directory, url::Url::from_file_path(path).expect("an absolute path")))
}

/// A renderer that keeps all that it is handed, while its page is loaded again and again.
fn keeps_no_more_than_a_tab_may() -> Result<(), Failed> {
    let (_directory, page) = site("keeper", 1)?;
    let executable = std::env::current_exe()?;
    let mut headless = common::browser_with(Isolation { executable, memory: TAB_SMALL, ..common::isolation() });
    let keeper = headless.browser.open_tab(page, true);
    let (mut processes, mut last) = (std::collections::BTreeSet::new(), None);
    for _ in 0..20 {
        let navigation = |tab: &Tab| tab.document.as_ref().map(|document| document.navigation);
        wait_tab(&mut headless, keeper, "what it keeps", |tab| {
            let current = navigation(tab).filter(|current| Some(*current) != last);
            let title = current.map(|navigation| format!("kept {navigation} "));
            tab.death().is_some() || tab.pid().is_some() && title.is_some_and(|title| tab.title().starts_with(&title))
        });
        last = navigation(tab(&headless, keeper));
        assert_eq!(tab(&headless, keeper).death(), None);
        let title = tab(&headless, keeper).title();
        let kept: u64 = title.rsplit(' ').next().and_then(|bytes| bytes.parse().ok()).expect("a number");
        assert!((100 * MIB..=TAB_SMALL.tab).contains(&kept), "{title}");
        processes.insert(pid(&headless, keeper));
        headless.browser.reload(keeper);
    }
    assert_eq!(processes.len(), 20, "a process that was handed too much gets no other document");
    headless.shutdown();
    Ok(())
}

/// Three renderers that ask and do not read, beside one that asks for the same and does.
fn askers_hold_few_descriptors() -> Result<(), Failed> {
    // No other trial has a body of this length.
    const SMALL: usize = 7919;
    let (_directory, page) = site("asker", SMALL)?;
    let mut headless = hostile_browser();
    let askers: Vec<_> = (0..3).map(|_| headless.browser.open_tab(page.clone(), true)).collect();
    for asker in &askers {
        wait_tab(&mut headless, *asker, "it to ask", |tab| {
            tab.document.as_ref().is_some_and(|shown| shown.loaded.is_some())
        });
    }
    let (_other, page) = site("keeper", SMALL)?;
    let reader = headless.browser.open_tab(page, true);
    wait_tab(&mut headless, reader, "what it was handed", |tab| tab.title().starts_with("kept "));
    let held = std::fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| std::fs::metadata(entry.ok()?.path()).ok())
        .filter(|file| file.len() == SMALL as u64)
        .count();
    // Besides those that wait, each of the workers may have one, and the file that it reads.
    let most = 3 * bulkhead_shared::limits::BODIES_WAITING + 8;
    assert!(held > 0 && held <= most, "{held} bodies are open");
    assert!(askers.iter().all(|asker| tab(&headless, *asker).death().is_none()));
    headless.shutdown();
    Ok(())
}

fn surface_stays() -> Result<(), Failed> {
    let mut headless = hostile_browser();
    let id = open(&mut headless, "truncate");
    wait_tab(&mut headless, id, "the report", |tab| tab.title().starts_with("truncate:"));
    assert_eq!(tab(&headless, id).title(), "truncate: EPERM EPERM EPERM");
    headless.shutdown();
    Ok(())
}
