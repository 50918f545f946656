//! The I/O thread, `broker-io`: every descriptor of every link, one event loop.
//!
//! It waits (epoll(7)) for the zygote's socket and pidfd, each renderer's uplink, control pipe and pidfd, and for
//! [`ToIo`] from the main thread and the fetch workers. It validates what renderers say, passes on what is valid, and
//! ends the rest. It never blocks on a renderer: sockets and pipes are non-blocking, what does not fit waits in a
//! bounded queue, and the downlink has a thread of its own.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | the handle, and how the thread starts |
//! | `reactor/` | the event loop |
//! | `session.rs` | one renderer: its links, and the road from life to death |
//! | `input.rs` | what the user does to its page |
//! | `hang.rs` | when a renderer counts as unresponsive |
//! | `uplink.rs` | the broker's end of one uplink |
//! | `control.rs` | its ends of one renderer's control pipes |
//! | `downlink.rs` | the writer thread of one downlink, and what waits for it |
//! | `fetching.rs` | what one renderer has asked for |
//! | `descriptors.rs` | how many descriptors the broker has, and for whom it keeps them |
//! | `nursery.rs` | the zygote's life, and the renderers that wait to be forked |
//! | `launcher.rs` | the thread that starts zygotes |
//! | `zygote.rs` | starting one, and talking to it |
//! | `process.rs` | one renderer's process, as the kernel knows it |
//! | `backlog.rs` | what it has said that the main thread has not taken yet |
//! | `clock.rs` | time, without what the browser was stopped for |
//! | `poller.rs` | epoll, with typed tokens |
//! | `running.rs` | the I/O threads of this process, for whoever ends them from outside |

mod backlog;
mod clock;
mod control;
mod descriptors;
mod downlink;
mod fetching;
mod hang;
mod input;
mod launcher;
mod nursery;
mod parts;
mod poller;
mod process;
mod reactor;
mod running;
mod session;
mod uplink;
mod zygote;

use crate::browser::Notifier;
use crate::events::{Event, ToIo};
use crate::fetch::Fetcher;
use crate::memory::cgroup::Cgroup;
use crate::memory::grants::Grants;
use crate::memory::{Bounds, Budget};
pub use backlog::Receipt;
use crossbeam_channel::{Receiver, Sender, unbounded};
use nix::sys::eventfd::{EfdFlags, EventFd};
use running::Alive;
pub use running::end_all;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

/// Why the broker could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A thread could not be made.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
    /// epoll or eventfd could not be made.
    #[error("cannot wait for events: {0}")]
    System(#[from] nix::Error),
}

/// How pages are kept apart: which program forks their processes, what confines these, and what they may use.
#[derive(Clone, Debug)]
pub struct Isolation {
    /// The program to become the zygote: this one, `/proc/self/exe`, but in tests.
    pub executable: PathBuf,
    /// As what it is started: the value of its flag `--type`.
    pub zygote: &'static str,
    /// Whether it confines its renderers: only `--no-sandbox` says no.
    pub sandbox: bool,
    /// What tabs may use of the machine's memory.
    pub memory: Budget,
}

/// The main thread's hold on the I/O thread.
#[derive(Debug)]
pub struct Io {
    mailbox: Mailbox,
    thread: JoinHandle<()>,
    bounds: Bounds,
    grants: Grants,
}

/// Where messages to the I/O thread go.
#[derive(Clone, Debug)]
pub struct Mailbox {
    sender: Sender<ToIo>,
    bell: Arc<EventFd>,
}

/// The other side of it.
#[derive(Debug)]
struct Letters {
    receiver: Receiver<ToIo>,
    bell: Arc<EventFd>,
}

impl Mailbox {
    /// Makes one, and where its messages arrive.
    fn new() -> nix::Result<(Self, Letters)> {
        let bell = Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?);
        let (sender, receiver) = unbounded();
        Ok((Self { sender, bell: Arc::clone(&bell) }, Letters { receiver, bell }))
    }

    /// Sends one message. Once the thread is gone, nobody misses it.
    pub fn send(&self, message: ToIo) {
        if self.sender.send(message).is_ok() {
            self.ring();
        }
    }

    /// Wakes the thread.
    fn ring(&self) {
        #[expect(
            clippy::let_underscore_must_use,
            reason = "it fails only when the counter is at its maximum, and then the bell rings already"
        )]
        let _ = self.bell.write(1);
    }
}

impl Io {
    /// Starts the thread, and through it the zygote.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start(isolation: Isolation, notify: Notifier, fetcher: Arc<dyn Fetcher>) -> Result<Self, StartError> {
        descriptors::raise_limit();
        let grants = Grants::new(isolation.memory);
        let cgroup = Cgroup::take_over(isolation.memory);
        let bounds = Bounds {
            budget: isolation.memory,
            cgroup: match &cgroup {
                Ok(cgroup) => Ok(cgroup.path().display().to_string()),
                Err(why) => Err(why.to_string()),
            },
        };
        let (mailbox, letters) = Mailbox::new()?;
        let alarm = notify.clone();
        let reactor = reactor::Reactor::new(isolation, cgroup.ok(), letters, mailbox.clone(), notify, fetcher)?;
        let alive = running::note(mailbox.clone());
        let thread =
            std::thread::Builder::new().name("broker-io".to_owned()).spawn(move || watched(reactor, &alarm, alive))?;
        Ok(Self { mailbox, thread, bounds, grants })
    }

    /// How the renderers' memory is bounded.
    #[must_use]
    pub fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// What the renderers were handed.
    #[must_use]
    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// Sends one message to the thread.
    pub fn send(&self, message: ToIo) {
        self.mailbox.send(message);
    }

    /// Ends every process, then the thread.
    pub fn shutdown(self) {
        self.send(ToIo::Shutdown);
        if self.thread.join().is_err() {
            tracing::debug!("the I/O thread has panicked");
        }
    }
}

/// Runs the event loop, and tells the main thread if it ends otherwise than by [`ToIo::Shutdown`]. Nothing of the reactor is used
/// after a panic: it is gone by then, and with it, through the thread that started it, the zygote.
fn watched(reactor: reactor::Reactor, alarm: &Notifier, alive: Alive) {
    let _until_the_end = alive;
    let why = match catch_unwind(AssertUnwindSafe(|| reactor.run())) {
        Ok(Ok(())) => return,
        Ok(Err(errno)) => format!("the I/O thread cannot wait for events: {errno}"),
        Err(panic) => format!("the I/O thread panicked: {}", panic_message(&*panic)),
    };
    alarm.send(Event::Failed(why));
}

/// The text of a panic.
fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("without a word")
}
