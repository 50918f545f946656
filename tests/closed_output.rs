//! Standard output that nobody reads to its end (`bulkhead demo | head -1`), or that cannot be written: the program ends in
//! order, with all its processes, and quietly where there is nothing to complain about.

mod common;

use common::{descendants, executable, is_running};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::pipe2;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// As a shell says it: 128 and the number of SIGPIPE.
const ENDED_BY_SIGPIPE: i32 = 141;

/// Where it complains.
const COMPLAINT: &str = "stderr";

/// Starts the program without a display, in this directory.
fn start(arguments: &[&str], directory: &Path, output: impl Into<Stdio>) -> Child {
    let complaint = File::create(directory.join(COMPLAINT)).unwrap();
    let mut command = Command::new(executable());
    // What a show leaves goes there, too.
    command.args(arguments).current_dir(directory).env("TMPDIR", directory).stdout(output).stderr(complaint);
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("RUST_LOG").spawn().expect("it starts")
}

/// Waits for its end; returns exit code and complaint.
fn end(mut child: Child, directory: &Path) -> (Option<i32>, String) {
    let code = child.wait().unwrap().code();
    (code, fs::read_to_string(directory.join(COMPLAINT)).unwrap())
}

#[test]
fn a_show_that_nobody_watches_to_its_end_ends_quietly_and_leaves_no_process() {
    let directory = tempfile::tempdir().unwrap();
    // A pipe that holds one write: the program is never more than one ahead of its reader.
    let (reader, writer) = pipe2(OFlag::O_DIRECT | OFlag::O_CLOEXEC).unwrap();
    fcntl(&writer, FcntlArg::F_SETPIPE_SZ(1)).unwrap();
    let show = start(&["demo", "--headless"], directory.path(), writer);
    let mut lines = BufReader::new(File::from(reader)).lines().map(Result::unwrap);
    let renderers = lines.by_ref().filter(|line| line.trim_start().starts_with("renderer")).take(4).count();
    let processes = descendants(show.id().cast_signed());
    assert_eq!((renderers, processes.len()), (4, 5), "four renderers and their zygote");

    drop(lines);
    let (code, complaint) = end(show, directory.path());

    let left: Vec<_> = processes.into_iter().filter(|pid| is_running(*pid)).collect();
    assert_eq!((code, complaint.as_str()), (Some(ENDED_BY_SIGPIPE), ""));
    assert!(left.is_empty(), "it has ended before {left:?}");
}

#[test]
fn nobody_reads_a_single_line() {
    // A plain start, and a report that comes when all is done.
    for arguments in [&[][..], &["sandbox", "--json"]] {
        let directory = tempfile::tempdir().unwrap();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (code, complaint) = end(start(arguments, directory.path(), writer), directory.path());
        assert_eq!((code, complaint.as_str()), (Some(ENDED_BY_SIGPIPE), ""), "{arguments:?}");
    }
}

#[test]
fn a_full_disk_is_an_error_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let (code, complaint) = end(start(&[], directory.path(), full), directory.path());
    assert_eq!(code, Some(1));
    assert!(complaint.starts_with("bulkhead: cannot write to standard output: No space left"), "{complaint}");
}
