//! How a shell builds a pipeline: `lab shell "ls | wc -l"`.
//!
//! A pipe between each two programs, a process for each program, standard output and input redirected into the pipes, and
//! then the program in place of the copy of the shell. The shell itself must close its ends, or no reader sees an end of file.

use crate::error::{Call, Error, Result};
use crate::fork::{Exit, fork};
use crate::narrate::{Narrator, title};
use nix::fcntl::OFlag;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::unistd::{AccessFlags, access, dup2_stdin, dup2_stdout, execv, pipe2};
use std::ffi::CString;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;

const SHELL: Narrator = Narrator::new("shell");

/// One program with its arguments.
type Words = Vec<String>;

/// Runs a pipeline of any length, telling each step.
///
/// # Errors
/// [`Error::Input`] for a pipeline that does not parse or a program that is not found.
pub fn run(line: &str) -> Result<()> {
    let commands = parse(line)?;
    // Before the first fork, so that a pipeline with an unknown program starts nothing.
    let programs = commands.iter().map(|words| find(&words[0])).collect::<Result<Vec<_>>>()?;
    title(format!("shell: {} processes, {} pipes: {line}", commands.len(), commands.len() - 1));
    let mut children = Vec::new();
    let mut input: Option<OwnedFd> = None;
    for (index, (words, program)) in commands.iter().zip(&programs).enumerate() {
        let (next_input, output) = if index + 1 < commands.len() {
            let (reader, writer) = pipe2(OFlag::O_CLOEXEC).call("pipe(2)")?;
            SHELL.says(format!("pipe() -> read end {}, write end {}", reader.as_raw_fd(), writer.as_raw_fd()));
            (Some(reader), Some(writer))
        } else {
            (None, None)
        };
        let keep: Vec<_> = input.iter().chain(&output).map(AsRawFd::as_raw_fd).collect();
        let child = fork(&keep, || become_program(words, program, input.as_ref(), output.as_ref()))?;
        SHELL.says(format!("fork() -> {}, which becomes {:?}", child.pid(), words.join(" ")));
        children.push((child, words));
        // This drops the shell's own copies of the ends that the child has now.
        input = next_input;
        if output.is_some() {
            SHELL.says("close() my copy of the write end: else the reader would never see the end of file");
        }
    }
    for (mut child, words) in children {
        let exit = child.wait()?;
        let why = if exit == Exit::Signal(Signal::SIGPIPE) { ": nobody read on" } else { "" };
        SHELL.says(format!("waitid({}) -> {}: {exit}{why}", child.pid(), words[0]));
    }
    Ok(())
}

/// In the child: redirects, and becomes the program.
fn become_program(words: &Words, program: &CString, input: Option<&OwnedFd>, output: Option<&OwnedFd>) -> Result<()> {
    let child = Narrator::new("child");
    if let Some(input) = input {
        child.says(format!("dup2({}, 0): what I read comes from the pipe", input.as_raw_fd()));
        dup2_stdin(input).call("dup2(2)")?;
    }
    if let Some(output) = output {
        child.says(format!("dup2({}, 1), execv({:?}): what I write goes into the pipe", output.as_raw_fd(), words[0]));
        dup2_stdout(output).call("dup2(2)")?;
    } else {
        child.says(format!("execv({:?}): what I write goes to the terminal", words[0]));
    }
    default_sigpipe()?;
    let arguments = words.iter().map(|word| c_string(word)).collect::<Result<Vec<_>>>()?;
    execv(program, &arguments).map(|never| match never {}).call(format!("execv({:?})", words[0]))
}

/// Rust ignores SIGPIPE; a program must not inherit that.
#[expect(unsafe_code, reason = "sigaction(2)")]
fn default_sigpipe() -> Result<()> {
    let action = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SAFETY: the default action is no function.
    unsafe { sigaction(Signal::SIGPIPE, &action) }.map(drop).call("sigaction(2)")
}

/// A program along PATH, as a shell looks for it.
fn find(name: &str) -> Result<CString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let candidates: Vec<PathBuf> = if name.contains('/') {
        vec![name.into()]
    } else {
        std::env::split_paths(&path).map(|directory| directory.join(name)).collect()
    };
    match candidates.iter().find(|file| file.is_file() && access(*file, AccessFlags::X_OK).is_ok()) {
        Some(file) => c_string(&file.to_string_lossy()),
        None => Err(Error::Input(format!("{name}: no such program along PATH"))),
    }
}

fn c_string(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error::Input(format!("{text:?}: an argument cannot contain a zero byte")))
}

/// Splits at `|` and at spaces, with single and double quotes and backslashes as a shell has them.
fn parse(line: &str) -> Result<Vec<Words>> {
    let mut commands = vec![Words::new()];
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(characters.next()),
            (Some(_), character) => word.get_or_insert_default().push(character),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, '|') => {
                commands.last_mut().into_iter().for_each(|words| words.extend(word.take()));
                commands.push(Words::new());
            }
            (None, space) if space.is_whitespace() => {
                commands.last_mut().into_iter().for_each(|words| words.extend(word.take()));
            }
            (None, character) => word.get_or_insert_default().push(character),
        }
    }
    commands.last_mut().into_iter().for_each(|words| words.extend(word.take()));
    match (quote, commands.iter().any(Vec::is_empty)) {
        (Some(quote), _) => Err(Error::Input(format!("an open quote {quote} in: {line}"))),
        (None, true) => Err(Error::Input(format!("nothing before or after a | in: {line:?}"))),
        (None, false) => Ok(commands),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_bars_split_as_in_a_shell() {
        let words = parse(r#"printf 'a|b\n' "c d" e\ f | wc -l|cat"#).unwrap();
        assert_eq!(words, [vec!["printf", r"a|b\n", "c d", "e f"], vec!["wc", "-l"], vec!["cat"]]);
        assert_eq!(parse("echo ''").unwrap(), [vec!["echo", ""]]);
    }

    #[test]
    fn half_pipelines_are_refused() {
        for line in ["", "|", "ls |", "| wc", "ls || wc", "echo 'a"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
