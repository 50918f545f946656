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
use bulkhead_broker::browser::Isolation;
use bulkhead_broker::death::Death;
use bulkhead_broker::headless::Headless;
use bulkhead_broker::memory::{Budget, Exhausted};
use bulkhead_shared::pidfd::Pidfd;
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

fn surface_stays() -> Result<(), Failed> {
    let mut headless = hostile_browser();
    let id = open(&mut headless, "truncate");
    wait_tab(&mut headless, id, "the report", |tab| tab.title().starts_with("truncate:"));
    assert_eq!(tab(&headless, id).title(), "truncate: EPERM EPERM EPERM");
    headless.shutdown();
    Ok(())
}
