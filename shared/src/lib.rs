//! What the processes of Bulkhead say to one another, and through what.
//!
//! Both sides of every link depend on this crate and on nothing of each other. It holds no window, no engine and no
//! network code: only names, bounds, messages, and the five kinds of link.
//!
//! | module | link or notion |
//! |---|---|
//! | [`ids`] | names that cross a link: tabs, renderers, surfaces, requests, navigations |
//! | [`limits`] | every cap on what a peer may send, with its reason |
//! | [`control`] | the control pipes: ping, shutdown, last words |
//! | [`downlink`] | broker to renderer, over `ipc-channel` |
//! | [`uplink`] | renderer to broker, over a `SOCK_SEQPACKET` socket; and the descriptors that come down it |
//! | [`packet`] | that socket: one message, one packet, with `SCM_RIGHTS` |
//! | [`pidfd`] | a process by descriptor: signals to it, notice of its death |
//! | [`surface`] | pixels in a sealed `memfd` that both sides map |
//! | [`body`] | fetched bytes in a sealed, read-only `memfd` |
//! | [`ends`] | a renderer's ends of all of these |
//! | [`protocol`] | each message, who says it, in which phase, how often, under which caps |
//! | [`place`] | where in the source a process failed |
//! | [`zygote`] | what broker and zygote say to each other |
//! | [`input`] | events of mouse and keyboard, free of any window system |

// The trust rule, kept by machine: nothing here indexes, unwraps or reckons with a peer's number without having looked at it, drops
// an error unseen, or has a new message fall into a branch that was written before it. Tests may.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::let_underscore_must_use,
        clippy::string_slice,
        clippy::unwrap_used,
        clippy::wildcard_enum_match_arm
    )
)]

pub mod body;
pub mod control;
pub mod downlink;
pub mod ends;
pub mod ids;
pub mod input;
pub mod limits;
pub mod packet;
pub mod pidfd;
pub mod place;
pub mod protocol;
pub mod reserved;
pub mod surface;
pub mod uplink;
pub mod zygote;

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    /// Also in a release build: see the workspace's profile.
    #[test]
    #[should_panic(expected = "attempt to add with overflow")]
    fn a_sum_that_overflows_panics() {
        let _ = black_box(u32::MAX) + black_box(1);
    }
}
