//! The attack suite in processes of its own, without a browser: which layer stops each attempt, and which stands behind it.

use bulkhead_sandbox::Layers;
use bulkhead_siege::judge::Verdict;
use bulkhead_siege::suite::{Depth, Suite, Tried, matrix};
use bulkhead_siege::{By, ForkLauncher, World};
use serde_json::{Value, json};
use std::error::Error;
use std::process::ExitCode;

const USAGE: &str = "usage: attack [--json|--matrix|--off]
  tries to break out; exit code 1 if anything succeeds or is unexplained
  --off   without a sandbox, to show that the attempts work";

type Outcome = Result<ExitCode, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let shape = match arguments.as_slice() {
        [] => Shape::Text,
        ["--json"] => Shape::Json,
        ["--matrix"] => Shape::Matrix,
        ["--off"] => Shape::Off,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    attack(shape).unwrap_or_else(|error| {
        eprintln!("attack: {error}");
        ExitCode::FAILURE
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Json,
    Matrix,
    Off,
}

fn attack(shape: Shape) -> Outcome {
    let depth = match shape {
        Shape::Off => Depth::Once(Layers::NONE),
        Shape::Json => Depth::Once(Layers::ALL),
        Shape::Text | Shape::Matrix => Depth::ToTheEnd,
    };
    let mut suite = Suite::new(ForkLauncher::new()?, World::create());
    let tried = suite.run(depth, |tried| {
        if matches!(shape, Shape::Text | Shape::Off) {
            let steps: Vec<_> = tried.steps.iter().map(Verdict::in_words).collect();
            println!("{:<26} {}", tried.attempt.name, steps.join(" | "));
        }
    })?;
    match shape {
        Shape::Json => println!("{}", json!({ "attempts": tried.iter().map(attempt_as_json).collect::<Vec<_>>() })),
        Shape::Matrix => print!("{}", matrix(&tried)),
        Shape::Text | Shape::Off => {}
    }
    let stopped = tried.iter().filter(|tried| tried.is_harmless()).count();
    let unexplained = tried.iter().filter(|tried| !tried.is_explained()).count();
    eprintln!("{stopped} of {} attempts came to nothing, {unexplained} are unexplained", tried.len());
    let good = unexplained == 0 && (shape == Shape::Off || stopped == tried.len());
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn attempt_as_json(tried: &Tried) -> Value {
    let (stopped, by) = match tried.first() {
        Verdict::Stopped(By::Layer(name)) => (Value::Bool(true), vec![name.as_str()]),
        Verdict::Stopped(By::Rule(why)) => (Value::Bool(true), vec![*why]),
        Verdict::Unable(reason) => (Value::Null, vec![reason.as_str()]),
        Verdict::Attained | Verdict::Unexplained(_) => (Value::Bool(false), Vec::new()),
    };
    json!({ "name": tried.attempt.name, "tries": tried.attempt.tries, "stopped": stopped, "by": by })
}
