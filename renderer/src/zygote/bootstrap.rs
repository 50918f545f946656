//! The zygote's first link: an `ipc-channel` one-shot server, whose name goes up the bootstrap pipe.
//!
//! Contract:
//! - the socket lies in a private directory ([`Directory`]) for which no place has to be named: the first one that will do is
//!   taken. `ipc-channel` alone would make it where `TMPDIR` says, readable for all, cut the path of a longer one, and panic
//!   where there is none;
//! - the broker connects and at once sends a hello ([`HELLO`]), so that all of it exists for milliseconds only;
//! - a broker that dies in just that window leaves nothing there: the parent-death signal is `SIGTERM` then, and its handler
//!   removes it. So it does where a terminal asks all of them to end, by Ctrl+C or by being closed. What a zygote has left that
//!   was killed itself, the next one removes;
//! - a zygote that cannot go on says why, on the pipe;
//! - from then on the parent-death signal is `SIGKILL`.

use bulkhead_sandbox::private::{self, Directory, NoPlace};
use bulkhead_shared::zygote::{Bootstrap, Downlink, HELLO};
use ipc_channel::ipc::{IpcOneShotServer, IpcReceiver};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask};
use std::ffi::CString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::atomic::{AtomicPtr, Ordering};

/// How the name of its directory begins.
const PREFIX: &str = "bulkhead-zygote-";

/// A socket's path has 107 bytes at most (unix(7)); `ipc-channel` adds a directory and a name of its own.
const LONGEST_PATH: usize = 107 - "/.tmpXXXXXX/socket".len();

/// Why the zygote could not be reached.
#[derive(Debug, thiserror::Error)]
pub(super) enum BootstrapError {
    /// The broker died before its death could be noticed by signal.
    #[error("the broker is gone")]
    BrokerGone,
    /// There is nowhere to listen.
    #[error(transparent)]
    NoPlace(#[from] NoPlace),
    /// The server.
    #[error("cannot listen on a socket in {directory}: {error}")]
    Listen {
        /// Where.
        directory: String,
        /// What it says.
        error: io::Error,
    },
    /// The pipe.
    #[error("cannot write to the bootstrap pipe: {0}")]
    Pipe(io::Error),
    /// Signals.
    #[error("cannot arrange for the broker's end: {0}")]
    System(#[from] Errno),
    /// The first message did not arrive.
    #[error("the broker's first message did not come: {0}")]
    Hello(#[from] ipc_channel::IpcError),
    /// The first message was not a hello.
    #[error("the broker's first message names {0}")]
    NoHello(bulkhead_shared::ids::RendererId),
}

/// The signals that ask a program to end. One that was ignored before stays so.
const ASKING: [Signal; 3] = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP];

/// What their handler removes, as leaked C strings: the socket, its directory, and the private one around it.
static SOCKET: AtomicPtr<libc::c_char> = AtomicPtr::new(std::ptr::null_mut());
static DIRECTORY: AtomicPtr<libc::c_char> = AtomicPtr::new(std::ptr::null_mut());
static PRIVATE: AtomicPtr<libc::c_char> = AtomicPtr::new(std::ptr::null_mut());

/// Lets the broker connect.
pub(super) fn connect(pipe: &mut File, socket: BorrowedFd<'_>) -> Result<IpcReceiver<Downlink>, BootstrapError> {
    let asking = SigSet::from_iter(ASKING);
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&asking), None)?;
    die_with_parent(Signal::SIGTERM, socket)?;

    drop(private::leftovers(PREFIX));
    let directory = Directory::create(PREFIX, LONGEST_PATH)?;
    let (server, name) = listen(directory.path())?;
    let handled = clean_up_when_asked(Path::new(&name))?;
    sigprocmask(SigmaskHow::SIG_UNBLOCK, Some(&asking), None)?;

    say(pipe, &Bootstrap::Listening(name))?;
    let (receiver, hello) = server.accept()?;
    // While whatever ends this process still leads to its removal.
    drop(directory);

    die_with_parent(Signal::SIGKILL, socket)?;
    let action = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    handled.into_iter().try_for_each(|signal| set_action(signal, &action).map(drop))?;
    if hello.renderer == HELLO { Ok(receiver) } else { Err(BootstrapError::NoHello(hello.renderer)) }
}

/// Writes a line to the bootstrap pipe.
pub(super) fn say(pipe: &mut File, said: &Bootstrap) -> Result<(), BootstrapError> {
    writeln!(pipe, "{}", said.to_line()).map_err(BootstrapError::Pipe)
}

fn listen(directory: &Path) -> Result<(IpcOneShotServer<Downlink>, String), BootstrapError> {
    // Once per process, and no temporary file of this one lies elsewhere.
    let _ = tempfile::env::override_temp_dir(directory);
    IpcOneShotServer::new()
        .map_err(|error| BootstrapError::Listen { directory: directory.display().to_string(), error })
}

/// Arranges for `signal` when the parent dies. A parent that was dead before is seen on the socket, whose other end it alone
/// held.
fn die_with_parent(signal: Signal, socket: BorrowedFd<'_>) -> Result<(), BootstrapError> {
    prctl::set_pdeathsig(signal)?;
    let mut state = [PollFd::new(socket, PollFlags::empty())];
    poll(&mut state, PollTimeout::ZERO)?;
    if state[0].revents().is_some_and(|events| events.contains(PollFlags::POLLHUP)) {
        return Err(BootstrapError::BrokerGone);
    }
    Ok(())
}

/// Returns the signals that are handled from now on.
fn clean_up_when_asked(socket: &Path) -> Result<Vec<Signal>, BootstrapError> {
    let c_string = |path: &Path| CString::new(path.as_os_str().as_encoded_bytes()).map_err(|_| Errno::EINVAL);
    let directory = socket.parent().ok_or(Errno::EINVAL)?;
    let private = directory.parent().ok_or(Errno::EINVAL)?;
    SOCKET.store(c_string(socket)?.into_raw(), Ordering::Relaxed);
    DIRECTORY.store(c_string(directory)?.into_raw(), Ordering::Relaxed);
    PRIVATE.store(c_string(private)?.into_raw(), Ordering::Relaxed);
    let action = SigAction::new(SigHandler::Handler(when_asked), SaFlags::empty(), SigSet::from_iter(ASKING));
    let mut handled = Vec::new();
    for signal in ASKING {
        let before = set_action(signal, &action)?;
        if matches!(before.handler(), SigHandler::SigIgn) {
            set_action(signal, &before)?;
        } else {
            handled.push(signal);
        }
    }
    Ok(handled)
}

#[expect(unsafe_code, reason = "a signal handler may only do what signal-safety(7) allows")]
fn set_action(signal: Signal, action: &SigAction) -> nix::Result<SigAction> {
    // SAFETY: `when_asked`, the only handler that is ever passed, calls unlink, rmdir and _exit, which are async-signal-safe.
    unsafe { sigaction(signal, action) }
}

#[expect(unsafe_code, reason = "unlink(2) and rmdir(2) by themselves: a signal handler may not allocate")]
extern "C" fn when_asked(signal: i32) {
    // SAFETY: all pointers were stored before this handler was installed, come from `CString::into_raw` and are never freed.
    unsafe {
        libc::unlink(SOCKET.load(Ordering::Relaxed));
        libc::rmdir(DIRECTORY.load(Ordering::Relaxed));
        libc::rmdir(PRIVATE.load(Ordering::Relaxed));
    }
    crate::process::exit::now(128 + signal)
}
