//! A real zygote and the renderers it forks, driven as the broker drives them. This executable is both: started with
//! `--type=zygote` it is the zygote; else it runs the tests, one after the other, each with a zygote of its own.

mod broker;
mod copying;
mod crashes;
mod forms;
mod input;
mod lifecycle;
mod pages;

use bulkhead_renderer::{Confined, ZygoteArgs, zygote_main};
use std::process::ExitCode;
use std::time::Instant;

type Test = (&'static str, fn());

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--type=zygote") {
        let sandbox = !std::env::args().any(|argument| argument == "--no-sandbox");
        return match zygote_main(ZygoteArgs { socket: 3, bootstrap: 4, sandbox }, Confined::show_pages) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    let filter: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if std::env::args().any(|argument| argument == "--list") {
        all().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let mut failed = 0;
    for (name, test) in
        all().filter(|(name, _)| filter.is_empty() || filter.iter().any(|part| name.contains(part.as_str())))
    {
        let began = Instant::now();
        let passed = std::panic::catch_unwind(test).is_ok();
        failed += u32::from(!passed);
        println!("test {name} ... {} ({} ms)", if passed { "ok" } else { "FAILED" }, began.elapsed().as_millis());
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn all() -> impl Iterator<Item = Test> {
    [lifecycle::TESTS, pages::TESTS, input::TESTS, forms::TESTS, copying::TESTS, crashes::TESTS]
        .into_iter()
        .flatten()
        .copied()
}
