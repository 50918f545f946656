//! What is written where the user says, and what becomes of what was there.

use bulkhead_destination::{WriteError, write};
use nix::libc;
use nix::sys::stat::Mode;
use nix::unistd::{Uid, geteuid, mkfifo};
use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use tempfile::TempDir;

const NOBODY: u32 = 65_534;

/// Bytes that another process writes.
const LONG: usize = 100_000;

/// Says to this program, started once more, where it is to write.
const DESTINATION: &str = "BULKHEAD_TEST_DESTINATION";

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn failure(path: &Path) -> io::Error {
    match write(path, b"new") {
        Err(WriteError::Failed { path: named, source }) => {
            assert_eq!(named, path);
            source
        }
        other => panic!("{}: {other:?}", path.display()),
    }
}

#[test]
fn a_new_file_has_the_permissions_that_the_umask_leaves() {
    let directory = directory();
    let (new, usual) = (directory.path().join("new"), directory.path().join("usual"));
    File::create(&usual).unwrap();
    write(&new, b"bytes").unwrap();
    assert_eq!(fs::read(&new).unwrap(), b"bytes");
    assert_eq!(mode(&new), mode(&usual));
    assert_eq!(names(directory.path()), ["new", "usual"]);
}

#[test]
fn a_plain_file_is_replaced_as_a_whole_and_keeps_its_permissions() {
    let directory = directory();
    let path = directory.path().join("file");
    fs::write(&path, "a longer text than the new one").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    let mut reader = File::open(&path).unwrap();
    write(&path, b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(mode(&path), 0o640);
    assert_eq!(names(directory.path()), ["file"]);
    let mut before = String::new();
    reader.read_to_string(&mut before).unwrap();
    assert_eq!(before, "a longer text than the new one", "whoever reads the old one, reads all of it");
}

#[test]
fn links_stay_and_what_they_lead_to_is_written() {
    let directory = directory();
    let at = |name: &str| directory.path().join(name);
    fs::create_dir(at("below")).unwrap();
    fs::write(at("below/file"), "old").unwrap();
    symlink("file", at("below/near")).unwrap();
    symlink("below/near", at("far")).unwrap();
    symlink(at("below/missing"), at("dangling")).unwrap();
    write(&at("far"), b"new").unwrap();
    write(&at("dangling"), b"made").unwrap();
    assert_eq!(fs::read(at("below/file")).unwrap(), b"new");
    assert_eq!(fs::read(at("below/missing")).unwrap(), b"made");
    for link in ["far", "below/near", "dangling"] {
        assert!(fs::symlink_metadata(at(link)).unwrap().is_symlink(), "{link}");
    }
    assert_eq!(names(&at("below")), ["file", "missing", "near"]);
}

#[test]
fn a_circle_of_links_is_an_error() {
    let directory = directory();
    symlink("b", directory.path().join("a")).unwrap();
    symlink("a", directory.path().join("b")).unwrap();
    assert_eq!(failure(&directory.path().join("a")).raw_os_error(), Some(libc::ELOOP));
}

#[test]
fn a_fifo_is_written_to() {
    let directory = directory();
    let path = directory.path().join("fifo");
    mkfifo(&path, Mode::S_IRWXU).unwrap();
    let reader = thread::spawn({
        let path = path.clone();
        move || fs::read(path).unwrap()
    });
    write(&path, b"through").unwrap();
    assert_eq!(reader.join().unwrap(), b"through");
    assert!(fs::symlink_metadata(&path).unwrap().file_type().is_fifo());
}

#[test]
fn a_socket_is_written_to() {
    let directory = directory();
    let path = directory.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    write(&path, b"through").unwrap();
    let mut received = Vec::new();
    listener.accept().unwrap().0.read_to_end(&mut received).unwrap();
    assert_eq!(received, b"through");
    assert!(fs::symlink_metadata(&path).unwrap().file_type().is_socket());
}

#[test]
fn a_device_is_written_to_and_its_errors_are_told() {
    write(Path::new("/dev/null"), b"nothing").unwrap();
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    assert_eq!(failure(Path::new("/dev/full")).raw_os_error(), Some(libc::ENOSPC));
    assert!(fs::metadata("/dev/full").unwrap().file_type().is_char_device());
    let link = directory();
    symlink("/dev/full", link.path().join("link")).unwrap();
    assert_eq!(failure(&link.path().join("link")).raw_os_error(), Some(libc::ENOSPC));
}

#[test]
fn a_descriptor_of_this_process_is_written_to_where_it_is() {
    let directory = directory();
    let path = directory.path().join("log");
    fs::write(&path, "before, ").unwrap();
    let log = File::options().append(true).open(&path).unwrap();
    let (mut reader, writer) = io::pipe().unwrap();
    let number = |descriptor: i32| PathBuf::from(format!("/proc/self/fd/{descriptor}"));
    write(&number(log.as_raw_fd()), b"after").unwrap();
    write(&PathBuf::from(format!("/dev/fd/{}", writer.as_raw_fd())), b"through").unwrap();
    symlink(number(writer.as_raw_fd()), directory.path().join("link")).unwrap();
    write(&directory.path().join("link"), b", too").unwrap();
    drop(writer);
    let mut received = String::new();
    reader.read_to_string(&mut received).unwrap();
    assert_eq!(received, "through, too");
    assert_eq!(fs::read_to_string(&path).unwrap(), "before, after");
    assert_eq!(failure(&number(1_000_000)).raw_os_error(), Some(libc::EBADF));
}

#[test]
fn a_socket_that_does_not_block_is_waited_for() {
    let (near, mut far) = std::os::unix::net::UnixStream::pair().unwrap();
    near.set_nonblocking(true).unwrap();
    let bytes = vec![7; 4 << 20];
    let reader = thread::spawn(move || {
        let mut received = Vec::new();
        far.read_to_end(&mut received).unwrap();
        received
    });
    write(&PathBuf::from(format!("/proc/self/fd/{}", near.as_raw_fd())), &bytes).unwrap();
    drop(near);
    assert!(reader.join().unwrap() == bytes);
}

#[test]
fn what_is_no_file_is_an_error_with_the_name() {
    let directory = directory();
    for path in [directory.path().to_owned(), directory.path().join("new/"), directory.path().join("..")] {
        assert_eq!(failure(&path).kind(), io::ErrorKind::IsADirectory, "{}", path.display());
    }
    let missing = directory.path().join("missing/file");
    assert_eq!(failure(&missing).kind(), io::ErrorKind::NotFound);
    let text = write(&missing, b"").unwrap_err().to_string();
    assert!(text.contains(missing.to_str().unwrap()) && text.contains("No such file"), "{text}");
}

/// What this program does when it is started by another test: writes, and says how that went.
#[test]
fn written_by_another_process() {
    let Some(path) = std::env::var_os(DESTINATION) else { return };
    match write(Path::new(&path), &[b'n'; LONG]) {
        Ok(()) => println!("<written>"),
        Err(error) => println!("<{error}>"),
    }
}

#[test]
fn a_process_that_is_killed_in_the_middle_leaves_the_old_file_and_nothing_else() {
    let directory = directory();
    let path = directory.path().join("file");
    for before in [None, Some("the old one")] {
        if let Some(before) = before {
            fs::write(&path, before).unwrap();
        }
        let there = names(directory.path());
        // One block of 512 or 1,024 bytes can be written; then the kernel sends SIGXFSZ.
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -f 1 && exec \"$0\" --exact written_by_another_process --nocapture"]);
        let status = command.arg(std::env::current_exe().unwrap()).env(DESTINATION, &path).status().unwrap();
        assert_eq!(status.signal(), Some(libc::SIGXFSZ), "{status}");
        assert_eq!(names(directory.path()), there);
        assert_eq!(fs::read_to_string(&path).ok().as_deref(), before);
    }
}

/// Has an ordinary user write to `path`; `None` where there is nobody who could become one.
fn as_nobody(path: &Path) -> Option<String> {
    if !geteuid().is_root() {
        eprintln!("not tried: it takes root to become somebody else");
        return None;
    }
    // The user cannot read everything that root can.
    let copy = directory();
    fs::set_permissions(copy.path(), Permissions::from_mode(0o755)).unwrap();
    let program = copy.path().join("program");
    // By another process: what a thread of this one forks meanwhile would hold the copy open for writing, and execve(2) would say ETXTBSY.
    assert!(Command::new("cp").arg(std::env::current_exe().unwrap()).arg(&program).status().unwrap().success());
    let mut command = Command::new(&program);
    command.args(["--exact", "written_by_another_process", "--nocapture"]).env(DESTINATION, path);
    let output = command.uid(NOBODY).gid(NOBODY).current_dir("/").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (_, said) = text.split_once('<').expect("it says how it went");
    Some(said.split_once('>').unwrap().0.to_owned())
}

fn give(path: &Path, mode: u32, owner: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    nix::unistd::chown(path, Some(Uid::from_raw(owner)), None).unwrap();
}

#[test]
fn a_file_in_a_directory_that_may_not_be_written_is_written_in_place() {
    let directory = directory();
    let path = directory.path().join("file");
    fs::write(&path, vec![b'o'; 2 * LONG]).unwrap();
    if geteuid().is_root() {
        give(directory.path(), 0o755, 0);
        give(&path, 0o600, NOBODY);
    }
    let Some(said) = as_nobody(&path) else { return };
    assert_eq!(said, "written");
    assert_eq!(fs::read(&path).unwrap().len(), LONG);
    assert_eq!(fs::metadata(&path).unwrap().uid(), NOBODY);
}

#[test]
fn a_file_that_is_write_protected_stays_in_a_directory_that_is_not() {
    let directory = directory();
    let path = directory.path().join("file");
    fs::write(&path, "old").unwrap();
    if geteuid().is_root() {
        give(directory.path(), 0o755, NOBODY);
        give(&path, 0o444, NOBODY);
    }
    let Some(said) = as_nobody(&path) else { return };
    assert!(said.contains("Permission denied"), "{said}");
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(directory.path()), ["file"]);
}

#[test]
fn somebody_else_s_file_stays_somebody_else_s() {
    let directory = directory();
    let path = directory.path().join("file");
    fs::write(&path, "old").unwrap();
    if !geteuid().is_root() {
        return eprintln!("not tried: it takes root to give a file away");
    }
    give(&path, 0o600, NOBODY);
    write(&path, b"new").unwrap();
    assert_eq!((fs::metadata(&path).unwrap().uid(), mode(&path)), (NOBODY, 0o600));
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn what_a_stranger_has_put_into_a_shared_directory_is_not_trusted() {
    if !geteuid().is_root() {
        return eprintln!("not tried: it takes root to make a stranger's files");
    }
    let directory = directory();
    let at = |name: &str| directory.path().join(name);
    fs::write(at("treasure"), "root's").unwrap();
    fs::write(at("file"), "bait").unwrap();
    symlink("treasure", at("link")).unwrap();
    mkfifo(&at("fifo"), Mode::S_IRWXU).unwrap();
    give(&at("file"), 0o666, NOBODY);
    give(&at("fifo"), 0o666, NOBODY);
    nix::unistd::fchownat(
        nix::fcntl::AT_FDCWD,
        &at("link"),
        Some(Uid::from_raw(NOBODY)),
        None,
        nix::fcntl::AtFlags::AT_SYMLINK_NOFOLLOW,
    )
    .unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o1777)).unwrap();
    for name in ["file", "link", "fifo"] {
        let error = failure(&at(name));
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{name}");
        assert!(error.to_string().contains("somebody else"), "{name}: {error}");
    }
    assert_eq!(fs::read(at("treasure")).unwrap(), b"root's");
    assert_eq!(fs::read(at("file")).unwrap(), b"bait");
}
