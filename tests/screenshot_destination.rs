//! `--screenshot=FILE`: FILE is written to as what it is, and nothing else is left. What kinds there are, is tested with the crate
//! that writes them (`destination/`); here, that the program uses it, and what it says.

mod common;

use common::executable;
use std::fs::{self, File};
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn screenshot(destination: &str, directory: &Path) -> Command {
    let mut command = Command::new(executable());
    command.args(["--headless", "--window-size=64,48", &format!("--screenshot={destination}"), "about:blank"]);
    command.current_dir(directory);
    command
}

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn names(directory: &Path) -> Vec<String> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A whole PNG file, nothing before and nothing behind it.
fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(PNG) && bytes.ends_with(b"IEND\xaeB`\x82")
}

#[test]
fn a_dash_is_standard_output() {
    let directory = directory();
    let output = screenshot("-", directory.path()).output().unwrap();
    assert!(output.status.success(), "{}", complaint(&output));
    assert!(is_picture(&output.stdout));
    assert!(names(directory.path()).is_empty());
}

#[test]
fn standard_output_by_its_file_name_is_written_to_where_it_is() {
    let directory = directory();
    let log = directory.path().join("log");
    fs::write(&log, "before\n").unwrap();
    let append = File::options().append(true).open(&log).unwrap();
    let status = screenshot("/dev/stdout", directory.path()).stdout(append).status().unwrap();
    assert!(status.success());
    let written = fs::read(&log).unwrap();
    assert!(written.strip_prefix(b"before\n").is_some_and(is_picture));
    assert_eq!(names(directory.path()), ["log"]);
}

#[test]
fn nobody_who_reads_the_picture_is_no_complaint() {
    let directory = directory();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = screenshot("-", directory.path()).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!((output.status.code(), complaint(&output).as_str()), (Some(141), ""));
}

#[test]
fn a_fifo_and_a_link_stay_what_they_are() {
    let directory = directory();
    let at = |name: &str| directory.path().join(name);
    nix::unistd::mkfifo(&at("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let reader = std::thread::spawn({
        let fifo = at("fifo");
        move || fs::read(fifo).unwrap()
    });
    assert!(screenshot("fifo", directory.path()).status().unwrap().success());
    assert!(is_picture(&reader.join().unwrap()));
    assert!(fs::symlink_metadata(at("fifo")).unwrap().file_type().is_fifo());

    fs::create_dir(at("below")).unwrap();
    symlink("below/picture.png", at("link")).unwrap();
    assert!(screenshot("link", directory.path()).status().unwrap().success());
    assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
    assert!(is_picture(&fs::read(at("below/picture.png")).unwrap()));
}

#[test]
fn a_link_with_the_name_of_a_temporary_file_is_not_followed() {
    let directory = directory();
    let at = |name: &str| directory.path().join(name);
    fs::write(at("treasure"), "mine").unwrap();
    // What such a file was once called.
    symlink("treasure", at("out.png.part")).unwrap();
    assert!(screenshot("out.png", directory.path()).status().unwrap().success());
    assert_eq!(fs::read(at("treasure")).unwrap(), b"mine");
    assert!(fs::symlink_metadata(at("out.png.part")).unwrap().is_symlink());
}

#[test]
fn a_device_that_is_full_is_an_error_that_names_it() {
    let directory = directory();
    let output = screenshot("/dev/full", directory.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(complaint(&output).contains("cannot write /dev/full: No space left"), "{}", complaint(&output));
    assert!(fs::metadata("/dev/full").unwrap().file_type().is_char_device());
}
