//! Broker and zygote. The zygote is trusted code and never sees a byte of a page, so here `ipc-channel` may be believed;
//! still each side checks what it gets, because a check is cheaper than an argument.

use crate::downlink::ToRenderer;
use crate::ids::{RendererId, TabId};
use ipc_channel::ipc::IpcReceiver;
use serde::{Deserialize, Serialize};

/// The renderer that is named in the first [`Downlink`], which serves nobody: the broker sends it right after it has
/// connected, so that the zygote's one-shot server has its first message and takes its name off the file system.
pub const HELLO: RendererId = RendererId(0);

/// What the zygote writes to the bootstrap pipe, as one line, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bootstrap {
    /// It waits for the broker on an `ipc-channel` one-shot server of this name.
    Listening(String),
    /// It cannot, for this reason, and ends.
    Failed(String),
}

impl Bootstrap {
    const LISTENING: &str = "listening";
    const FAILED: &str = "failed";

    /// The line, without its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        let (word, text) = match self {
            Self::Listening(name) => (Self::LISTENING, name),
            Self::Failed(why) => (Self::FAILED, why),
        };
        // A name has no line breaks; a reason loses them.
        format!("{word} {}", text.replace('\n', " "))
    }

    /// The same back; `None` for any other line.
    #[must_use]
    pub fn from_line(line: &str) -> Option<Self> {
        match line.split_once(' ')? {
            (Self::LISTENING, name) => Some(Self::Listening(name.to_owned())),
            (Self::FAILED, why) => Some(Self::Failed(why.to_owned())),
            _ => None,
        }
    }
}

/// Broker to zygote over a `SOCK_SEQPACKET` socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToZygote {
    /// With three descriptors, in this order: the renderer's end of its uplink, the read end of its control pipe, the
    /// write end of the other; and a fourth, the cgroup that it is to be born in, where it has one. A [`Downlink`] of the
    /// same renderer follows on the `ipc-channel`.
    Fork {
        /// The new process's name.
        renderer: RendererId,
        /// The tab that it will serve; for `ps`.
        tab: TabId,
    },
    /// Give a renderer the share of the CPU that befits its tab, where no cgroup does. One that has ended needs none. Not answered.
    Share {
        /// Which.
        renderer: RendererId,
        /// Whether its tab is on display.
        visible: bool,
    },
}

/// Zygote to broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromZygote {
    /// The engine is warm.
    Warm {
        /// How many font faces were found.
        fonts: u32,
    },
    /// With one descriptor: the pidfd.
    Forked {
        /// Which.
        renderer: RendererId,
        /// As the broker's PID namespace counts.
        pid: i32,
        /// Whether it was born in the cgroup that came with the request: not where a filter forbids clone3(2).
        in_cgroup: bool,
    },
    /// `fork(2)` failed.
    NotForked {
        /// Which.
        renderer: RendererId,
        /// `errno`.
        errno: i32,
    },
    /// A renderer was waited for.
    Exited {
        /// Which.
        renderer: RendererId,
        /// How it ended.
        status: ExitStatus,
    },
}

/// A wait status (wait(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExitStatus {
    /// `WIFEXITED`, with the exit code.
    Exited(i32),
    /// `WIFSIGNALED`, with the signal's number.
    Signalled(i32),
}

/// Broker to zygote over `ipc-channel`: the receiving end of a new renderer's downlink.
#[derive(Debug, Serialize, Deserialize)]
pub struct Downlink {
    /// Whose.
    pub renderer: RendererId,
    /// The end that the renderer will read.
    pub receiver: IpcReceiver<ToRenderer>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bootstrap_line_comes_back_as_it_was() {
        for said in [Bootstrap::Listening("/tmp/a b/socket".to_owned()), Bootstrap::Failed("no place".to_owned())] {
            assert_eq!(Bootstrap::from_line(&said.to_line()), Some(said));
        }
        assert_eq!(Bootstrap::Failed("two\nlines".to_owned()).to_line(), "failed two lines");
        assert_eq!(Bootstrap::from_line("/tmp/socket"), None);
    }
}
