//! Runs the attempts, and shows for each which layer stands behind which.

use super::judge::{Verdict, judge};
use super::launch::{LaunchError, Launcher};
use super::{Attempt, By, CATALOGUE, World};
use bulkhead_sandbox::{Layers, Name};
use std::fmt::Write;

/// The attempts, a world to make them in, and a way to get them into a process.
#[derive(Debug)]
pub struct Suite<L> {
    launcher: L,
    world: World,
}

/// What came of one attempt.
#[derive(Debug)]
pub struct Tried {
    /// Which.
    pub attempt: &'static Attempt,
    /// How it went, first with all the layers, then each time without those that stopped it before. The last is either
    /// something other than a layer, or the only one.
    pub steps: Vec<Verdict>,
}

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// With these layers, once.
    Once(Layers),
    /// With all layers, and then without those that stopped it, until nothing does.
    ToTheEnd,
}

/// More layers than there are cannot stop an attempt; a rule, or success, comes last.
const STEPS_AT_MOST: usize = Name::ALL.len() + 1;

impl<L: Launcher> Suite<L> {
    /// A suite over a world of its own.
    pub fn new(launcher: L, world: World) -> Self {
        Self { launcher, world }
    }

    /// Makes every attempt, and hands each result to `progress` as it comes.
    ///
    /// # Errors
    /// Where no process can be made.
    pub fn run(&mut self, depth: Depth, mut progress: impl FnMut(&Tried)) -> Result<Vec<Tried>, LaunchError> {
        CATALOGUE
            .iter()
            .copied()
            .flatten()
            .map(|attempt| {
                let tried = self.try_one(attempt, depth)?;
                progress(&tried);
                Ok(tried)
            })
            .collect()
    }

    /// Makes one attempt.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn try_one(&mut self, attempt: &'static Attempt, depth: Depth) -> Result<Tried, LaunchError> {
        let (mut layers, to_the_end) = match depth {
            Depth::Once(layers) => (layers, false),
            Depth::ToTheEnd => (Layers::ALL, true),
        };
        if let Some(why) = self.world.lacks(attempt) {
            return Ok(Tried { attempt, steps: vec![Verdict::Unable(why)] });
        }
        let mut steps = Vec::new();
        for _ in 0..STEPS_AT_MOST {
            let verdict = self.step(attempt, layers)?;
            let stopped_by = if let Verdict::Stopped(By::Layer(name)) = verdict { Some(name) } else { None };
            steps.push(verdict);
            match stopped_by {
                Some(name) if to_the_end => layers = layers.without(name),
                _ => break,
            }
        }
        Ok(Tried { attempt, steps })
    }

    fn step(&mut self, attempt: &Attempt, layers: Layers) -> Result<Verdict, LaunchError> {
        let mut targets = self.world.targets().clone();
        targets.kept = self.launcher.kept();
        let seen = self.launcher.launch(attempt, &targets, layers)?;
        let verdict = judge(attempt, &seen, &self.world.harms());
        if verdict == Verdict::Attained {
            // What it did may show late, and would then be charged to the next attempt.
            self.world = World::create();
        }
        Ok(verdict)
    }
}

impl Tried {
    /// What came of it with all the layers that it was tried with.
    #[must_use]
    pub fn first(&self) -> &Verdict {
        self.steps.first().unwrap_or(&Verdict::Attained)
    }

    /// Whether it was stopped, or could not be tried.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        matches!(self.first(), Verdict::Stopped(_) | Verdict::Unable(_))
    }

    /// Whether anything was seen that nobody expected.
    #[must_use]
    pub fn is_explained(&self) -> bool {
        !self.steps.iter().any(|step| matches!(step, Verdict::Unexplained(_)))
    }

    /// The layers that stopped it, in the order in which they did.
    #[must_use]
    pub fn layers(&self) -> Vec<Name> {
        let layer = |step: &Verdict| if let Verdict::Stopped(By::Layer(name)) = step { Some(*name) } else { None };
        self.steps.iter().filter_map(layer).collect()
    }
}

/// The matrix, attempt by layer, as Markdown: 1 is what stops an attempt, 2 what stops it without that, and so on.
#[must_use]
pub fn matrix(tried: &[Tried]) -> String {
    let mut text = String::from("| attempt |");
    for name in Name::ALL {
        let _ = write!(text, " {name} |");
    }
    text.push_str(" then |\n|---|");
    text.push_str(&"---|".repeat(Name::ALL.len() + 1));
    text.push('\n');
    for tried in tried {
        let layers = tried.layers();
        let _ = write!(text, "| {} |", tried.attempt.name);
        for name in Name::ALL {
            match layers.iter().position(|layer| *layer == name) {
                Some(position) => {
                    let _ = write!(text, " {} |", position + 1);
                }
                None => text.push_str("  |"),
            }
        }
        let _ = writeln!(text, " {} |", tried.steps.last().map_or_else(String::new, Verdict::in_words));
    }
    text
}

impl Verdict {
    /// In words.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Stopped(By::Layer(name)) => format!("stopped by {name}"),
            Self::Stopped(By::Rule(why)) => format!("stopped: {why}"),
            Self::Attained => "it works".to_owned(),
            Self::Unable(reason) => format!("not tried: {reason}"),
            Self::Unexplained(seen) => format!("UNEXPLAINED: {seen}"),
        }
    }
}
