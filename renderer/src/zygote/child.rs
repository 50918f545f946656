//! From the fork to the event loop: what makes the child a renderer, in a fixed order.
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
use bulkhead_sandbox::Entered;
use bulkhead_shared::control::Cause;
use bulkhead_shared::packet::PacketSocket;
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use std::cell::RefCell;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

/// Sets the child up, and is the renderer until it ends.
#[expect(unsafe_code, reason = "ipc-channel does not lend its descriptor")]
pub(super) fn become_renderer(
    new: NewRenderer,
    title: TitleArea,
    sandbox: &Sandbox,
    entered: Entered,
    engine: Engine,
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

    let links = Links {
        uplink: PacketSocket::from(new.uplink),
        control_read: new.control_read,
        control_write: new.control_write,
        downlink: new.downlink.receiver,
        downlink_fd: new.downlink_fd,
        pace: RefCell::new(Pace::new(Instant::now())),
    };
    event_loop::run(links, engine, report)
}
