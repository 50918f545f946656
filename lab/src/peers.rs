//! The field's own links, behind the same contract: `ipc-channel` and `iceoryx2`.
//!
//! `ipc-channel` (Servo's) sends typed messages over Unix sockets. `iceoryx2` shares memory without a daemon: a sample is
//! written once into the publisher's memory, and its place goes through a lock-free queue; its subscriber polls, or sleeps with
//! the help of a second, event service. Both are copied into and out of here, as in every link of the lab.

use crate::error::{Call, Error, Result};
use crate::fork::Peer;
use crate::futex::NOTICE;
use crate::link::{Endpoint, Link, Side};
use crate::names::Directory;
use iceoryx2::port::listener::Listener;
use iceoryx2::port::notifier::Notifier;
use iceoryx2::port::publisher::Publisher;
use iceoryx2::port::subscriber::Subscriber;
use iceoryx2::port::{BackpressureAction, LoanError};
use iceoryx2::prelude::*;
use ipc_channel::ipc::{IpcBytesReceiver, IpcBytesSender, bytes_channel};
use nix::sched::sched_yield;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Two channels of bytes.
struct Channels {
    out: IpcBytesSender,
    input: IpcBytesReceiver,
}

impl Endpoint for Channels {
    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.send(bytes).call("ipc-channel send")
    }

    fn recv(&mut self, buffer: &mut [u8]) -> Result<()> {
        let bytes = self.input.recv().map_err(|error| match error {
            ipc_channel::IpcError::Disconnected => Error::Closed,
            error => foreign("ipc-channel", error),
        })?;
        if bytes.len() != buffer.len() {
            return Err(Error::Corrupt(format!("{} bytes instead of {}", bytes.len(), buffer.len())));
        }
        buffer.copy_from_slice(&bytes);
        Ok(())
    }
}

fn foreign(library: &str, error: impl Display) -> Error {
    Error::Broken(format!("{library}: {error}"))
}

/// Two `ipc-channel`s.
///
/// # Errors
/// What `socketpair(2)` says.
pub fn ipc_channel_link() -> Result<Link> {
    // The library does not tell its descriptors: they are those that there were not before.
    let before = descriptors();
    let (down, down_far) = bytes_channel().call("ipc-channel")?;
    let (up_far, up) = bytes_channel().call("ipc-channel")?;
    let keep: Vec<RawFd> = descriptors().difference(&before).copied().collect();
    Ok(Link {
        child: Side::new(&keep, move |_| Ok(Channels { out: up_far, input: down_far })),
        parent: Side::new(&[], move |_| Ok(Channels { out: down, input: up })),
    })
}

fn descriptors() -> BTreeSet<RawFd> {
    let entries = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The longest sample.
const SAMPLE_BYTES: usize = 1 << 20;
/// How long the two wait for one another's ports.
const PATIENCE: Duration = Duration::from_secs(10);
/// Looks for a sample between two looks for the peer.
const LOOKS: u32 = 1 << 14;

type Service = ipc::Service;

/// What `iceoryx2` keeps in the file system for one link; removed when the side that opened it is gone.
#[derive(Debug)]
struct Traces {
    directory: Directory,
    prefix: String,
    owner: u32,
}

impl Drop for Traces {
    fn drop(&mut self) {
        if self.owner == std::process::id() {
            // What a killed peer has left in /dev/shm, besides what the library has removed itself.
            for entry in std::fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
                if entry.file_name().to_string_lossy().starts_with(&self.prefix) {
                    let _ = std::fs::remove_file(entry.path());
                }
            }
        }
    }
}

/// A publisher and a subscriber, and with them perhaps a notifier and a listener.
struct Samples {
    publisher: Publisher<Service, [u8], ()>,
    subscriber: Subscriber<Service, [u8], ()>,
    events: Option<(Notifier<Service>, Listener<Service>)>,
    peer: Peer,
    alone: bool,
    _node: Node<Service>,
    _traces: Arc<Traces>,
}

impl Samples {
    /// Publishes one sample; `false` when it could not be made, or reached nobody.
    fn publish(&self, chunk: &[u8]) -> Result<bool> {
        let sample = match self.publisher.loan_slice_uninit(chunk.len()) {
            Ok(sample) => sample,
            Err(LoanError::ExceedsMaxLoans | LoanError::OutOfMemory) => return Ok(false),
            Err(error) => return Err(foreign("iceoryx2", error)),
        };
        match sample.write_from_slice(chunk).send() {
            // A subscriber is counted a moment before it can be reached.
            Ok(recipients) => Ok(recipients > 0),
            Err(_) if self.peer.is_gone() => Err(Error::Closed),
            Err(error) => Err(foreign("iceoryx2", error)),
        }
    }
}

impl Endpoint for Samples {
    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        for chunk in bytes.chunks(SAMPLE_BYTES) {
            while !self.publish(chunk)? {
                self.peer.still_there()?;
            }
            if let Some((notifier, _)) = &self.events {
                notifier.notify().map_err(|error| foreign("iceoryx2", error))?;
            }
        }
        Ok(())
    }

    fn recv(&mut self, buffer: &mut [u8]) -> Result<()> {
        for chunk in buffer.chunks_mut(SAMPLE_BYTES) {
            let mut gone = false;
            let mut looks = 0;
            let sample = loop {
                if let Some(sample) = self.subscriber.receive().map_err(|error| foreign("iceoryx2", error))? {
                    break sample;
                }
                if gone {
                    return Err(Error::Closed);
                }
                looks += 1;
                match &self.events {
                    Some((_, listener)) => {
                        let come = listener.timed_wait(|_| (), NOTICE).map_err(|error| foreign("iceoryx2", error))?;
                        gone = come == 0 && self.peer.is_gone();
                    }
                    // On one processor, spinning would only delay the other process.
                    None if self.alone => {
                        let _ = sched_yield();
                        gone = looks % 256 == 0 && self.peer.is_gone();
                    }
                    None => gone = looks % LOOKS == 0 && self.peer.is_gone(),
                }
            };
            if sample.len() != chunk.len() {
                return Err(Error::Corrupt(format!("{} bytes instead of {}", sample.len(), chunk.len())));
            }
            chunk.copy_from_slice(&sample);
        }
        Ok(())
    }
}

/// `iceoryx2`, polled.
///
/// # Errors
/// What making its directory says.
pub fn iceoryx2_link() -> Result<Link> {
    samples_link(false)
}

/// `iceoryx2` with its event service, so that the receiver sleeps.
///
/// # Errors
/// What making its directory says.
pub fn iceoryx2_event_link() -> Result<Link> {
    samples_link(true)
}

fn samples_link(events: bool) -> Result<Link> {
    set_log_level(LogLevel::Fatal);
    let directory = Directory::new()?;
    let file = directory.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let traces = Arc::new(Traces { directory, prefix: format!("{file}_"), owner: std::process::id() });
    let side = |parent: bool| {
        let traces = Arc::clone(&traces);
        Side::new(&[], move |peer| join(traces, peer, parent, events))
    };
    Ok(Link { child: side(false), parent: side(true) })
}

fn join(traces: Arc<Traces>, peer: Peer, parent: bool, events: bool) -> Result<Samples> {
    let lift = |error: &dyn Display| foreign("iceoryx2", error);
    let mut config = Config::default();
    config.global.prefix = FileName::new(traces.prefix.as_bytes()).map_err(|error| lift(&error))?;
    let root: PathBuf = traces.directory.path().to_owned();
    config.global.set_root_path(&Path::new(root.as_os_str().as_encoded_bytes()).map_err(|error| lift(&error))?);
    let node = NodeBuilder::new()
        .config(&config)
        .signal_handling_mode(SignalHandlingMode::Disabled)
        .create::<Service>()
        .map_err(|error| lift(&error))?;
    let start = Instant::now();
    let (out, input) = if parent { ("down", "up") } else { ("up", "down") };
    let service = |name: &str| {
        let name: ServiceName = name.try_into().map_err(|error| foreign("iceoryx2", error))?;
        // The other side may be making it at this moment.
        retry(start, || {
            node.service_builder(&name)
                .publish_subscribe::<[u8]>()
                .enable_safe_overflow(false)
                .history_size(0)
                .subscriber_max_buffer_size(2)
                .max_publishers(1)
                .max_subscribers(1)
                .open_or_create()
        })
    };
    let event = |name: &str| {
        let name: ServiceName = name.try_into().map_err(|error| foreign("iceoryx2", error))?;
        retry(start, || node.service_builder(&name).event().open_or_create())
    };
    let (out_service, input_service) = (service(out)?, service(input)?);
    let watched = peer.clone();
    let publisher = out_service
        .publisher_builder()
        .initial_max_slice_len(SAMPLE_BYTES)
        .backpressure_strategy(BackpressureStrategy::RetryUntilDelivered)
        .set_backpressure_handler(move |_| match watched.is_gone() {
            true => BackpressureAction::DiscardDataAndFail,
            false => BackpressureAction::Retry,
        })
        .create()
        .map_err(|error| lift(&error))?;
    let subscriber = input_service.subscriber_builder().create().map_err(|error| lift(&error))?;
    let events = if events {
        let notifier = event(&format!("{out}-event"))?.notifier_builder().create().map_err(|error| lift(&error))?;
        let listener = event(&format!("{input}-event"))?.listener_builder().create().map_err(|error| lift(&error))?;
        Some((notifier, listener))
    } else {
        None
    };
    // What is published before the other side has subscribed is lost.
    while out_service.dynamic_config().number_of_subscribers() == 0
        || input_service.dynamic_config().number_of_publishers() == 0
    {
        peer.still_there()?;
        if start.elapsed() > PATIENCE {
            return Err(Error::Deadline { after: PATIENCE, why: "iceoryx2's other side does not subscribe".into() });
        }
        let _ = sched_yield();
    }
    // A subscriber that has not connected before the publisher ends would not get what it had published; this connects it.
    subscriber.has_samples().map_err(|error| lift(&error))?;
    let alone = crate::ring::share_one_processor(peer.pid());
    Ok(Samples { publisher, subscriber, events, peer, alone, _node: node, _traces: traces })
}

fn retry<T, E: Display>(start: Instant, mut call: impl FnMut() -> Result<T, E>) -> Result<T> {
    loop {
        match call() {
            Err(error) if start.elapsed() > PATIENCE => return Err(foreign("iceoryx2", error)),
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
            Ok(value) => return Ok(value),
        }
    }
}
