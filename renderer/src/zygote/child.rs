//! From the fork to the event loop: what makes the child a renderer, in a fixed order. What it does then is a function that the
//! zygote was started with ([`Life`]): it shows pages, unless this is the zygote of an attack suite.
//!
//! The sandbox closes around it as the last step before the first byte of a page. From then on the process needs no file, no
//! new socket, no environment and no `/proc`, and would not get them.

use super::NewRenderer;
use super::sandbox::Sandbox;
use crate::engine::Engine;
use crate::event_loop::{self, Links};
use crate::log;
use crate::pace::Pace;
use crate::process::title::TitleArea;
use crate::process::{exit, last_words};
use bulkhead_sandbox::{Entered, Report};
use bulkhead_shared::control::Cause;
use bulkhead_shared::ends::RendererEnds;
use bulkhead_shared::ids::TabId;
use bulkhead_shared::packet::PacketSocket;
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use std::cell::RefCell;
use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, RawFd};
use std::time::Instant;

/// Sets the child up, and lives its life until it ends.
#[expect(unsafe_code, reason = "ipc-channel does not lend its descriptor")]
pub(super) fn become_renderer(
    new: NewRenderer,
    title: TitleArea,
    sandbox: &Sandbox,
    entered: Entered,
    engine: Engine,
    life: Life,
) -> ! {
    last_words::install(new.control_write.as_fd());
    log::begin();
    let command_line = format!("bulkhead --type=renderer --tab={} --renderer={}", new.tab.0, new.id.0);
    title.set("bh-renderer", &command_line);
    let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);
    // SAFETY: the receiver in `new.downlink` owns this descriptor, and lives as long as `new`, beyond this borrow.
    let downlink = unsafe { BorrowedFd::borrow_raw(new.downlink_fd) };
    let keep = [new.uplink.as_fd(), new.control_read.as_fd(), new.control_write.as_fd(), downlink];
    let report = match sandbox.close(entered, &keep, new.control_write.as_fd()) {
        Ok(report) => report,
        Err(refused) => last_words::die(Cause::Unconfined, 0, 0, refused.to_string().as_bytes(), exit::SETUP),
    };

    let ends = RendererEnds {
        uplink: PacketSocket::from(new.uplink),
        control_read: new.control_read,
        control_write: new.control_write,
        downlink: new.downlink.receiver,
    };
    life(Confined { tab: new.tab, report, ends, downlink_fd: new.downlink_fd, engine })
}

/// What a forked process does once it is confined: [`Confined::show_pages`], for a renderer.
pub type Life = fn(Confined) -> !;

/// A forked process that is confined, and has seen no byte of a page.
pub struct Confined {
    /// The tab that it serves.
    pub tab: TabId,
    /// What the sandbox came to.
    pub report: Report,
    /// Its links.
    pub ends: RendererEnds,
    downlink_fd: RawFd,
    engine: Engine,
}

impl Confined {
    /// Is a renderer until a link closes.
    pub fn show_pages(self) -> ! {
        let Self { report, ends, downlink_fd, engine, .. } = self;
        let RendererEnds { uplink, control_read, control_write, downlink } = ends;
        let pace = RefCell::new(Pace::new(Instant::now()));
        event_loop::run(Links { uplink, control_read, control_write, downlink, downlink_fd, pace }, engine, report)
    }
}

impl fmt::Debug for Confined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confined").field("tab", &self.tab).field("report", &self.report).finish_non_exhaustive()
    }
}
