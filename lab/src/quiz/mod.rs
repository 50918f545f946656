//! The lecture's quiz, answered by measurement.
//!
//! "A process produces 100MB data in memory. You want to share the data with two other processes so that each of which can
//! access half the data (50MB each). What IPC mechanism will you use and why?"
//!
//! For each mechanism, a producer makes the data, then starts two consumers, gets each its half, and each sums it. Time runs
//! from the moment when the data is there until both sums are known; every sum is checked. A consumer has its half in memory,
//! not merely seen it pass, since the quiz asks for access. Memory is the proportional set size (pages that several processes
//! share are counted once in all) of the three processes when both consumers have their half, before anything is freed.

mod answer;
mod plot;
mod report;

pub use answer::{ANSWERS, Answer};
pub use report::{Quiz, Row};

use crate::error::{Call, Error, Result};
use crate::fork::fork;
use crate::narrate::note;
use indicatif::ProgressBar;
use nix::fcntl::OFlag;
use nix::unistd::pipe2;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;

/// What the producer makes.
pub const BYTES: usize = 100_000_000;
/// What each consumer gets.
pub const HALF: usize = BYTES / 2;

/// What one run of one answer has shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// From "the data is there" to "both sums are known".
    pub nanoseconds: u64,
    /// Proportional set size of producer and consumers, in bytes.
    pub memory: [u64; 3],
}

/// What the quiz would take without inter-process communication, in nanoseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Alone {
    /// A plain pass over all of the data in one process.
    pub pass: u64,
    /// The start of two processes, until both do something.
    pub start: u64,
}

/// The word at a place of the data: without a pattern, so that a wrong half has a wrong sum.
pub(crate) fn word(place: usize) -> u64 {
    (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

/// The right sum of a half, computed without the data.
pub(crate) fn right_sum(half: usize) -> u64 {
    (half * HALF / 8..(half + 1) * HALF / 8).fold(0, |sum, place| sum.wrapping_add(word(place)))
}

/// The sum of the words of `bytes`.
pub(crate) fn sum(bytes: &[u8]) -> u64 {
    let words = bytes.as_chunks().0.iter();
    words.fold(0, |sum, word| sum.wrapping_add(u64::from_ne_bytes(*word)))
}

/// Runs every answer `rounds` times, or the one of this name.
///
/// # Errors
/// [`Error::Broken`] for a wrong sum; [`Error::Input`] for an unknown name; what a call says.
pub fn run(rounds: usize, only: Option<&str>) -> Result<Quiz> {
    let chosen: Vec<&Answer> = ANSWERS.iter().filter(|answer| only.is_none_or(|name| name == answer.name)).collect();
    if chosen.is_empty() {
        let names: Vec<_> = ANSWERS.iter().map(|answer| answer.name).collect();
        return Err(Error::Input(format!(
            "there is no answer {}; there are: {}",
            only.unwrap_or(""),
            names.join(", ")
        )));
    }
    let sums = [right_sum(0), right_sum(1)];
    let progress = ProgressBar::new((chosen.len() * rounds) as u64);
    let mut runs: Vec<Vec<Run>> = chosen.iter().map(|_| Vec::new()).collect();
    let mut alone = Vec::new();
    let mut skipped = vec![None; chosen.len()];
    // Round by round, so that a disturbance of the machine does not hit one answer alone.
    for _ in 0..rounds {
        alone.push(in_a_process("alone", || answer::alone(sums))?);
        for ((answer, runs), skipped) in chosen.iter().zip(&mut runs).zip(&mut skipped) {
            progress.set_message(answer.name);
            match in_a_process(answer.name, || answer::produce(answer, sums)) {
                Ok(run) => runs.push(run),
                Err(Error::Unavailable { why, .. }) => *skipped = Some(why),
                Err(error) => return Err(error),
            }
            progress.inc(1);
        }
    }
    progress.finish_and_clear();
    for (answer, why) in chosen.iter().zip(&skipped) {
        if let Some(why) = why {
            note(format!("{} is skipped: {why}", answer.name));
        }
    }
    Ok(Quiz::new(&chosen, &runs, &alone))
}

/// The result of `body` in a process of its own, so that its memory and its descriptors are its own.
pub(crate) fn in_a_process<T: Serialize + DeserializeOwned>(
    name: &'static str,
    body: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC).call("pipe(2)")?;
    let process = fork(&[writer.as_raw_fd()], || {
        let result = match body() {
            Err(Error::Unavailable { why, .. }) => Err(why),
            result => Ok(result?),
        };
        let text = serde_json::to_vec(&result).map_err(|error| Error::Broken(error.to_string()))?;
        File::from(writer.try_clone().call("dup(2)")?).write_all(&text).call("write(2)")
    })?;
    drop(writer);
    let mut text = String::new();
    File::from(reader).read_to_string(&mut text).call("read(2)")?;
    process.join().map_err(|error| Error::Broken(format!("{name}: {error}")))?;
    let result: Result<T, String> = serde_json::from_str(&text).map_err(|error| Error::Corrupt(error.to_string()))?;
    result.map_err(|why| Error::Unavailable { mechanism: name, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_the_data_is_the_right_sum() {
        let bytes: Vec<u8> = (0..HALF / 8).flat_map(|place| word(place).to_ne_bytes()).collect();
        assert_eq!(sum(&bytes), right_sum(0));
        assert_ne!(right_sum(0), right_sum(1));
    }
}
