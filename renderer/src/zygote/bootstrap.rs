//! The zygote's first link: an `ipc-channel` one-shot server, whose name goes up the bootstrap pipe.
//!
//! Contract:
//! - the broker connects and at once sends a hello ([`HELLO`]), so that the server's socket and directory in the temp
//!   directory exist for milliseconds only;
//! - a broker that dies in just that window leaves nothing there: the parent-death signal is `SIGTERM` then, and its handler
//!   unlinks both;
//! - from then on the parent-death signal is `SIGKILL`.

use bulkhead_shared::zygote::{Downlink, HELLO};
use ipc_channel::ipc::{IpcOneShotServer, IpcReceiver};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask};
use std::ffi::CString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Why the zygote could not be reached.
#[derive(Debug, thiserror::Error)]
pub(super) enum BootstrapError {
    /// The broker died before its death could be noticed by signal.
    #[error("the broker is gone")]
    BrokerGone,
    /// The server, or the pipe.
    #[error("bootstrap: {0}")]
    Io(#[from] io::Error),
    /// Signals.
    #[error("bootstrap: {0}")]
    System(#[from] Errno),
    /// The first message did not arrive.
    #[error("bootstrap: {0}")]
    Hello(#[from] ipc_channel::IpcError),
    /// The first message was not a hello.
    #[error("bootstrap: the broker's first message names {0}")]
    NoHello(bulkhead_shared::ids::RendererId),
}

/// The paths that the `SIGTERM` handler removes, as leaked C strings: socket, directory.
static SOCKET: AtomicPtr<libc::c_char> = AtomicPtr::new(std::ptr::null_mut());
static DIRECTORY: AtomicPtr<libc::c_char> = AtomicPtr::new(std::ptr::null_mut());

/// Lets the broker connect.
pub(super) fn connect(bootstrap: OwnedFd, socket: BorrowedFd<'_>) -> Result<IpcReceiver<Downlink>, BootstrapError> {
    let term = SigSet::from(Signal::SIGTERM);
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&term), None)?;
    die_with_parent(Signal::SIGTERM, socket)?;

    let (server, name) = IpcOneShotServer::<Downlink>::new()?;
    clean_up_on_term(Path::new(&name))?;
    sigprocmask(SigmaskHow::SIG_UNBLOCK, Some(&term), None)?;

    let mut pipe = File::from(bootstrap);
    writeln!(pipe, "{name}")?;
    drop(pipe);
    let (receiver, hello) = server.accept()?;

    die_with_parent(Signal::SIGKILL, socket)?;
    let action = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    set_action(&action)?;
    if hello.renderer == HELLO { Ok(receiver) } else { Err(BootstrapError::NoHello(hello.renderer)) }
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

fn clean_up_on_term(socket: &Path) -> Result<(), BootstrapError> {
    let c_string = |path: &Path| CString::new(path.as_os_str().as_encoded_bytes()).map_err(|_| Errno::EINVAL);
    let directory = socket.parent().ok_or(Errno::EINVAL)?;
    SOCKET.store(c_string(socket)?.into_raw(), Ordering::Relaxed);
    DIRECTORY.store(c_string(directory)?.into_raw(), Ordering::Relaxed);
    let action = SigAction::new(SigHandler::Handler(on_term), SaFlags::empty(), SigSet::empty());
    Ok(set_action(&action)?)
}

#[expect(unsafe_code, reason = "a signal handler may only do what signal-safety(7) allows")]
fn set_action(action: &SigAction) -> nix::Result<()> {
    // SAFETY: `on_term`, the only handler that is ever passed, calls unlink, rmdir and _exit, which are async-signal-safe.
    unsafe { sigaction(Signal::SIGTERM, action) }.map(drop)
}

#[expect(unsafe_code, reason = "unlink(2) and rmdir(2) by themselves: a signal handler may not allocate")]
extern "C" fn on_term(_signal: i32) {
    // SAFETY: both pointers were stored before this handler was installed, come from `CString::into_raw` and are never freed.
    unsafe {
        libc::unlink(SOCKET.load(Ordering::Relaxed));
        libc::rmdir(DIRECTORY.load(Ordering::Relaxed));
    }
    crate::process::exit::now(128 + libc::SIGTERM)
}
