//! A siege in a process of its own, and its report as it is written.
//!
//! Contract:
//! - the process leads a group, which its browser and their renderers are in, and is ended with it; what there is to attack is removed
//!   by a keeper, whatever ends the siege ([`crate::World`]);
//! - it dies with the thread that has started it (prctl(2), `PR_SET_PDEATHSIG`), so that no siege outlives who reads its report;
//! - the report is bounded: who writes more, or longer lines, is ended.

use crate::report::{LINE_BYTES, LINES, Line};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, getpid, getppid};
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How to start one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The program that becomes a siege with `--type=siege`.
    pub program: PathBuf,
    /// Whether its renderers are confined.
    pub confined: bool,
    /// Whether to find out as well which layer stands behind which.
    pub in_depth: bool,
}

/// A siege, to be ended from any thread. Copies of it mean the same one.
#[derive(Clone, Debug, Default)]
pub struct Siege(Arc<Mutex<State>>);

#[derive(Debug, Default)]
enum State {
    #[default]
    NotStarted,
    Running(Child),
    Ended,
}

/// Why there is no more of a report.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The pipe.
    #[error("cannot read the report: {0}")]
    Read(#[from] io::Error),
    /// It is longer than a report can be.
    #[error("the report is too long")]
    TooLong,
    /// A line that is none.
    #[error("a line of the report does not decode: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It said itself that it cannot go on.
    #[error("{0}")]
    Failed(String),
    /// It ended before its report did.
    #[error("it ended too early: {0}")]
    CutShort(String),
}

impl Siege {
    /// Starts it, unless it was ended already. To be called once, on a thread that lives as long as it is to run.
    ///
    /// # Errors
    /// Why the program does not start.
    pub fn start(&self, launch: &Launch) -> io::Result<Report> {
        let mut state = self.lock();
        if !matches!(*state, State::NotStarted) {
            return Err(io::Error::other("it was ended before it began"));
        }
        let (output, child) = spawn(launch).map_err(|error| {
            io::Error::new(error.kind(), format!("cannot start {}: {error}", launch.program.display()))
        })?;
        *state = State::Running(child);
        drop(state);
        Ok(Report { siege: self.clone(), output: BufReader::new(output), lines: 0, is_over: false })
    }

    /// Ends it with all of its processes, if it runs.
    pub fn end(&self) {
        let mut state = self.lock();
        match &*state {
            State::Running(child) => kill_group(child),
            State::NotStarted => *state = State::Ended,
            State::Ended => {}
        }
    }

    /// Ends it and waits for that.
    fn finish(&self) -> Option<ExitStatus> {
        let State::Running(mut child) = std::mem::replace(&mut *self.lock(), State::Ended) else { return None };
        // It may have ended by itself: then only its group is left, if anything is.
        let ended = child.try_wait().ok().flatten();
        if ended.is_none() {
            kill_group(&child);
        }
        ended.or_else(|| child.wait().ok())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change is complete when it is made.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The process leads its group, and was not waited for: the number is the group's.
#[expect(clippy::disallowed_methods, reason = "the group is that of a child that was not waited for")]
fn kill_group(child: &Child) {
    if let Ok(number @ 1..) = i32::try_from(child.id()) {
        // ESRCH: all of it is gone.
        let _ = killpg(Pid::from_raw(number), Signal::SIGKILL);
    }
}

#[expect(unsafe_code, reason = "what happens between fork and exec is up to the caller to keep async-signal-safe")]
fn spawn(launch: &Launch) -> io::Result<(ChildStdout, Child)> {
    // The end of a pipe that has no other: as /dev/null, which need not be there.
    let (nothing_to_read, _) = io::pipe()?;
    let mut command = Command::new(&launch.program);
    command
        .arg0("bulkhead")
        .arg("--type=siege")
        .args((!launch.confined).then_some("--no-sandbox"))
        .args(launch.in_depth.then_some("--in-depth"))
        .stdin(nothing_to_read)
        .stdout(Stdio::piped())
        .process_group(0);
    let parent = getpid();
    // SAFETY: between fork and exec the closure makes two system calls, prctl and getppid, which are async-signal-safe; it
    // allocates nothing and takes no lock.
    unsafe {
        command.pre_exec(move || {
            set_pdeathsig(Signal::SIGKILL)?;
            // It may have ended before that.
            if getppid() == parent { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
        });
    }
    let mut child = command.spawn()?;
    match child.stdout.take() {
        Some(output) => Ok((output, child)),
        None => Err(io::Error::other("it has no standard output")),
    }
}

/// The lines of a siege's report, as they come. Dropped, it ends the siege and waits for it.
#[derive(Debug)]
pub struct Report {
    siege: Siege,
    output: BufReader<ChildStdout>,
    lines: usize,
    is_over: bool,
}

impl Report {
    fn read(&mut self) -> Result<Line, ReadError> {
        let mut text = Vec::new();
        let most = LINE_BYTES as u64 + 1;
        self.output.by_ref().take(most).read_until(b'\n', &mut text)?;
        self.lines += 1;
        if text.len() > LINE_BYTES || self.lines > LINES {
            return Err(ReadError::TooLong);
        }
        if text.last() != Some(&b'\n') {
            let status = self.siege.finish().map_or_else(|| "it was ended".to_owned(), |status| status.to_string());
            return Err(ReadError::CutShort(status));
        }
        match serde_json::from_slice(&text)? {
            Line::Fails(why) => Err(ReadError::Failed(why)),
            line => Ok(line),
        }
    }
}

impl Iterator for Report {
    type Item = Result<Line, ReadError>;

    /// The next line; the last is [`Line::Ends`] or an error.
    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let line = self.read();
        self.is_over = matches!(line, Ok(Line::Ends(_)) | Err(_));
        Some(line)
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.siege.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// Reads what a shell script says in the place of a siege.
    fn report(script: &str) -> Vec<Result<Line, ReadError>> {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("siege");
        // By another process: what a thread of this one forks meanwhile would hold it open for writing, and execve(2) would say ETXTBSY.
        let mut write = std::process::Command::new("sh");
        write.args(["-c", "printf '#!/bin/sh\n%s\n' \"$1\" >\"$0\""]).arg(&program).arg(script);
        assert!(write.status().unwrap().success());
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let siege = Siege::default();
        siege.start(&Launch { program, confined: true, in_depth: false }).unwrap().collect()
    }

    const BEGINS: &str = r#"echo '{"begins":{"attempts":1,"in_depth":0}}'"#;
    const ENDS: &str = r#"echo '{"ends":{"stopped":1,"not_stopped":0,"not_tried":0,"unharmed":true}}'"#;

    #[test]
    fn a_report_ends_with_its_last_line_whatever_comes_after_that() {
        let lines = report(&format!("{BEGINS}; {ENDS}; {ENDS}; exec sleep 1000"));
        assert!(matches!(lines.as_slice(), [Ok(Line::Begins { attempts: 1, .. }), Ok(Line::Ends(_))]), "{lines:?}");
    }

    #[test]
    fn what_is_no_report_is_refused() {
        let last = |script: &str| report(script).pop().unwrap().unwrap_err();
        assert!(matches!(last(&format!("{BEGINS}; exit 3")), ReadError::CutShort(status) if status.contains('3')));
        assert!(matches!(last("echo '{\"begins\":'; sleep 1000"), ReadError::Malformed(_)));
        assert!(matches!(last("exec yes 1 | tr -d '\\n'"), ReadError::TooLong));
        assert!(matches!(last(&format!("while :; do {BEGINS}; done")), ReadError::TooLong));
        assert!(matches!(last("echo '{\"fails\":\"why\"}'"), ReadError::Failed(why) if why == "why"));
    }

    #[test]
    fn one_that_was_ended_before_it_began_does_not_start() {
        let siege = Siege::default();
        siege.end();
        let launch = Launch { program: "/bin/true".into(), confined: true, in_depth: false };
        assert!(siege.start(&launch).is_err());
    }
}
