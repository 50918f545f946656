//! What a renderer holds of its links.

use crate::downlink::ToRenderer;
use crate::packet::PacketSocket;
use ipc_channel::ipc::IpcReceiver;
use std::os::fd::OwnedFd;

/// A renderer's ends of its links. The broker notices when one of them is closed.
#[derive(Debug)]
pub struct RendererEnds {
    /// Its uplink, non-blocking.
    pub uplink: PacketSocket,
    /// The read end of the control pipe that comes from the broker.
    pub control_read: OwnedFd,
    /// The write end of the one that goes there.
    pub control_write: OwnedFd,
    /// Its downlink.
    pub downlink: IpcReceiver<ToRenderer>,
}
