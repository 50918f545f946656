//! From the fork to the event loop: what makes the child a renderer, in a fixed order.
//!
//! Afterwards the process needs no file, no new socket, no environment and no `/proc` any more. The sandbox closes around it
//! between the last step here and the first byte of a page.

use super::NewRenderer;
use crate::engine::Engine;
use crate::event_loop::{self, Links};
use crate::process::title::TitleArea;
use crate::process::{descriptors, exit, last_words, limits};
use bulkhead_shared::packet::PacketSocket;
use nix::sys::prctl;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use nix::unistd::{ForkResult, Pid, getppid};
use std::os::fd::{AsFd, AsRawFd};

/// fork(2).
#[expect(unsafe_code, reason = "after a fork, only the calling thread exists")]
pub(super) fn fork() -> nix::Result<ForkResult> {
    // SAFETY: this process has one thread (the zygote's contract, which a test checks), so no lock is held by another one,
    // and the child may go on as any process.
    unsafe { nix::unistd::fork() }
}

/// Sets the child up, and is the renderer until it ends.
pub(super) fn become_renderer(new: NewRenderer, zygote: Pid, title: TitleArea, engine: Engine) -> ! {
    if prctl::set_pdeathsig(Signal::SIGKILL).is_err() || getppid() != zygote {
        exit::now(exit::DONE);
    }
    last_words::install(new.control_write.as_fd());
    let kept = [new.uplink.as_raw_fd(), new.control_read.as_raw_fd(), new.control_write.as_raw_fd(), new.downlink_fd];
    if descriptors::silence_standard_streams().and_then(|()| descriptors::close_all_but(&kept)).is_err() {
        exit::now(exit::SETUP);
    }
    let command_line = format!("bulkhead --type=renderer --tab={} --renderer={}", new.tab.0, new.id.0);
    title.set("bh-renderer", &command_line);
    limits::limit_renderer();
    let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);

    let links = Links {
        uplink: PacketSocket::from(new.uplink),
        control_read: new.control_read,
        control_write: new.control_write,
        downlink: new.downlink.receiver,
        downlink_fd: new.downlink_fd,
    };
    event_loop::run(links, engine)
}
