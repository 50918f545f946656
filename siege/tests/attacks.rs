//! Everything that a compromised process was thought to try comes to nothing, and would not without the sandbox.

#[path = "../../sandbox/tests/support/mod.rs"]
mod support;

use bulkhead_sandbox::{Layers, Name};
use bulkhead_siege::judge::Verdict;
use bulkhead_siege::suite::{Depth, Suite, Tried, matrix};
use bulkhead_siege::{By, ForkLauncher, World};
use nix::unistd::geteuid;
use std::collections::BTreeSet;
use support::{Outcome, kernel, run};

fn main() {
    run(&[
        ("every_attempt_is_stopped", every_attempt_is_stopped),
        ("behind_a_layer_stands_another", behind_a_layer_stands_another),
        ("without_the_sandbox_attempts_succeed", without_the_sandbox_attempts_succeed),
        ("without_the_filter_what_matters_is_still_stopped", without_the_filter_what_matters_is_still_stopped),
        ("the_matrix_shows_each_attempt", the_matrix_shows_each_attempt),
    ]);
}

fn attack(depth: Depth) -> Vec<Tried> {
    let mut suite = Suite::new(ForkLauncher::new().expect("a launcher"), World::create());
    let tried = suite.run(depth, |_| ()).expect("the suite runs");
    let unexplained: Vec<_> = tried.iter().filter(|tried| !tried.is_explained()).map(in_words).collect();
    assert!(unexplained.is_empty(), "{unexplained:#?}");
    // They are no part of what a test shows, and so are named.
    let untried = tried.iter().filter(|tried| tried.steps.iter().any(|step| matches!(step, Verdict::Unable(_))));
    untried.for_each(|tried| println!("    {}", in_words(tried)));
    tried
}

fn in_words(tried: &Tried) -> String {
    let steps: Vec<_> = tried.steps.iter().map(Verdict::in_words).collect();
    format!("{}: {}", tried.attempt.name, steps.join(" | "))
}

fn every_attempt_is_stopped() -> Outcome {
    let tried = attack(Depth::Once(Layers::ALL));
    let successful: Vec<_> = tried.iter().filter(|tried| !tried.is_harmless()).map(in_words).collect();
    assert!(successful.is_empty(), "{successful:#?}");
    assert!(tried.len() >= 60);
    Ok(())
}

/// Every layer that can stop anything by itself is seen to do so, once those in front of it are gone.
fn behind_a_layer_stands_another() -> Outcome {
    let tried = attack(Depth::ToTheEnd);
    let seen: BTreeSet<Name> = tried.iter().flat_map(Tried::layers).collect();
    // Being undumpable protects against others, who are not part of the suite.
    let mut expected: BTreeSet<Name> = Name::ALL.into_iter().filter(|name| *name != Name::NotDumpable).collect();
    if !geteuid().is_root() {
        // Only root can make the set-user-id program that it stops.
        expected.remove(&Name::NoNewPrivs);
    }
    assert!(seen.is_subset(&expected), "{:?}", seen.difference(&expected));
    let unseen: Vec<_> = expected.difference(&seen).copied().collect();
    assert!(unseen.iter().all(|name| kernel::lacks(*name).is_some()), "{unseen:?}");
    let deep = tried.iter().filter(|tried| tried.layers().len() >= 2).count();
    assert!(deep * 10 >= tried.len() * 7, "only {deep} of {} attempts meet a second layer", tried.len());
    kernel::but_for(unseen)
}

/// The suite can fail: else it would prove nothing.
fn without_the_sandbox_attempts_succeed() -> Outcome {
    let tried = attack(Depth::Once(Layers::NONE));
    let successful = tried.iter().filter(|tried| *tried.first() == Verdict::Attained).count();
    // An ordinary user may do less, sandbox or not.
    let least = if geteuid().is_root() { 75 } else { 50 };
    assert!(successful * 100 >= tried.len() * least, "{successful} of {}", tried.len());
    let by_layer = |tried: &&Tried| matches!(tried.first(), Verdict::Stopped(By::Layer(_)));
    assert_eq!(tried.iter().filter(by_layer).count(), 0, "no layer is on, so none stops anything");
    Ok(())
}

/// What reaches others (files, processes, networks) is stopped by other layers too: a hole in the filter is no hole in
/// the sandbox.
fn without_the_filter_what_matters_is_still_stopped() -> Outcome {
    use bulkhead_siege::Category;
    let tried = attack(Depth::Once(Layers::ALL.without(Name::Seccomp)));
    let outward = [
        Category::Files,
        Category::Programs,
        Category::Processes,
        Category::Network,
        Category::Namespaces,
        Category::Sharing,
    ];
    let successful: Vec<_> = tried
        .iter()
        .filter(|tried| outward.contains(&tried.attempt.category) && !tried.is_harmless())
        .map(in_words)
        .collect();
    assert!(successful.is_empty(), "{successful:#?}");
    Ok(())
}

fn the_matrix_shows_each_attempt() -> Outcome {
    let tried = attack(Depth::Once(Layers::ALL));
    let matrix = matrix(&tried);
    assert_eq!(matrix.lines().count(), tried.len() + 2);
    let columns = |line: &str| line.matches('|').count();
    assert!(matrix.lines().all(|line| columns(line) == Name::ALL.len() + 3), "{matrix}");
    Ok(())
}
