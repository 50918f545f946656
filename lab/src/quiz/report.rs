//! What the quiz has shown: medians, a table, and why.

use super::{Alone, Answer, BYTES, Run, plot};
use crate::bench::statistics::{median, noise_percent};
use crate::error::{Call, Error, Result};
use crate::narrate::{line, note, title};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The result of the quiz.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Quiz {
    /// Bytes of data.
    pub bytes: usize,
    /// Each answer, the fastest first.
    pub rows: Vec<Row>,
    /// Without inter-process communication: medians.
    pub alone: Alone,
    /// What the `memfd` answer takes, in parts of a pass and the start of two processes; the median over the rounds.
    pub memfd_over_alone: Option<f64>,
}

/// One answer's result.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// How often each byte is copied.
    pub copies: u32,
    /// Rounds measured.
    pub rounds: usize,
    /// Median.
    pub nanoseconds: f64,
    /// Spread of the rounds: half the distance of the quartiles, in parts of the median.
    pub noise_percent: f64,
    /// Bytes, of producer and consumers: medians.
    pub memory: [f64; 3],
}

impl Quiz {
    pub(super) fn new(answers: &[&Answer], runs: &[Vec<Run>], alone: &[Alone]) -> Self {
        let mut rows: Vec<Row> = answers.iter().zip(runs).filter(|(_, runs)| !runs.is_empty()).map(row).collect();
        rows.sort_by(|a, b| a.nanoseconds.total_cmp(&b.nanoseconds));
        let memfd = answers.iter().position(|answer| answer.name == "memfd").and_then(|index| runs.get(index));
        // Round by round: what slowed one down then has slowed the other down too.
        let ratio = |(run, alone): (&Run, &Alone)| run.nanoseconds as f64 / (alone.pass + alone.start) as f64;
        let ratios: Option<Vec<f64>> = memfd.map(|runs| runs.iter().zip(alone).map(ratio).collect());
        Self {
            bytes: BYTES,
            rows,
            alone: Alone {
                pass: median(alone.iter().map(|alone| alone.pass as f64)) as u64,
                start: median(alone.iter().map(|alone| alone.start as f64)) as u64,
            },
            memfd_over_alone: ratios.filter(|ratios| !ratios.is_empty()).map(median),
        }
    }

    /// Writes `quiz.json` and `quiz.svg` into a directory, which is made if there is none.
    ///
    /// # Errors
    /// What writing says.
    pub fn save(&self, directory: &Path) -> Result<()> {
        let json = serde_json::to_string_pretty(self).map_err(|error| Error::Broken(error.to_string()))?;
        std::fs::create_dir_all(directory).call(format!("mkdir({})", directory.display()))?;
        for (name, text) in [("quiz.json", json), ("quiz.svg", plot::bars(self)?)] {
            bulkhead_destination::write(&directory.join(name), text.as_bytes())?;
        }
        Ok(())
    }

    /// The table, and why.
    pub fn print(&self) {
        title("quiz: 100 MB in one process's memory, half of it for each of two others, every sum checked");
        line("  answer             copies  time, ms     +-    memory of the three, MB\n");
        for row in &self.rows {
            let memory = row.memory.map(|bytes| bytes / 1e6);
            let sum: f64 = memory.iter().sum();
            line(&format!(
                "  {:<18} {:>6} {:>9.1} {:>6.0}%   {sum:>6.0} = {:.0} + {:.0} + {:.0}\n",
                row.name,
                row.copies,
                row.nanoseconds / 1e6,
                row.noise_percent,
                memory[0],
                memory[1],
                memory[2]
            ));
        }
        let (pass, start) = (self.alone.pass as f64 / 1e6, self.alone.start as f64 / 1e6);
        note(format!(
            "Without any IPC: one process passes over the data in {pass:.1} ms; two processes start in {start:.1} ms."
        ));
        if let Some(ratio) = self.memfd_over_alone {
            note(format!("memfd takes {ratio:.2} times the two together: sharing itself costs next to nothing."));
        }
        note(
            "Why: the data is made once and read twice. A memfd (or POSIX shm) lets all three map the same pages: no copy,",
        );
        note(
            "one time the memory, and both consumers read at the same time. Synchronisation, the price of shared memory, is",
        );
        note(
            "one event here: the data is complete before it is shared, and the seals keep it so, for consumers that need not",
        );
        note(
            "trust the producer. shm has a name that any process of the user can open, and no seals. A fork after the data",
        );
        note(
            "was made shares it too, if the consumers may be copies of the producer. Everything else copies each byte once or",
        );
        note(
            "twice, and keeps it two or three times; that is right for messages, for other machines, and for secrets.",
        );
    }
}

fn row((answer, runs): (&&Answer, &Vec<Run>)) -> Row {
    let times: Vec<f64> = runs.iter().map(|run| run.nanoseconds as f64).collect();
    Row {
        name: answer.name.into(),
        copies: answer.copies,
        rounds: runs.len(),
        nanoseconds: median(times.iter().copied()),
        noise_percent: noise_percent(&times),
        memory: std::array::from_fn(|index| median(runs.iter().map(|run| run.memory[index] as f64))),
    }
}
