//! The narrator: who does what, line by line, as it happens.
//!
//! Contract:
//! - a line is `[pid role] text` and goes out in one `write(2)`, so that lines of several processes never mix;
//! - a note, which no process says, is indented text without a pid;
//! - a reader that has gone away (`lab pipe | head -1`) does not disturb the demonstration.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// Tells what one process does.
#[derive(Clone, Copy, Debug)]
pub struct Narrator {
    role: &'static str,
}

impl Narrator {
    /// A narrator for this process in this role. The pid is asked for at each line, so that it is right after a fork.
    #[must_use]
    pub const fn new(role: &'static str) -> Self {
        Self { role }
    }

    /// What this process does.
    pub fn says(&self, text: impl Display) {
        let (pid, role) = (std::process::id(), self.role);
        match io::stdout().is_terminal() {
            true => line(&format!("\x1b[{}m[{pid} {role}]\x1b[0m {text}\n", colour(role))),
            false => line(&format!("[{pid} {role}] {text}\n")),
        }
    }
}

/// What no process says: a title, or why something is as it is.
pub fn note(text: impl Display) {
    line(&format!("  {text}\n"));
}

/// The title of a demonstration.
pub fn title(text: impl Display) {
    match io::stdout().is_terminal() {
        true => line(&format!("\x1b[1m{text}\x1b[0m\n")),
        false => line(&format!("{text}\n")),
    }
}

/// Bytes as they are, for tables that are built elsewhere.
pub fn line(text: &str) {
    // Standard output is line-buffered by the library, which writes each complete line at once; the lock keeps it so. A
    // closed standard output is no error of the demonstration.
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Each role its own colour, the same in every run.
fn colour(role: &str) -> u32 {
    31 + role.bytes().map(u32::from).sum::<u32>() % 6
}
