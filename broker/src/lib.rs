//! The trusted core of the broker, the one process that owns the tabs, the policy, and the authority over files.
//!
//! It parses no web content. It starts the zygote, asks it for a renderer per tab, listens to those renderers as to
//! enemies, and hands on what they draw. What the user sees of it (window, interface, the browser's own pages) is a client of this crate.
//!
//! Two threads carry it, each an event loop over one enum:
//!
//! | thread | waits for | owns |
//! |---|---|---|
//! | main | [`events::Event`], and what the user does | [`browser::Browser`]: tabs, history, what is on display |
//! | `broker-io` | [`events::ToIo`], sockets, pipes, pidfds | [`io`]: every descriptor of every link, and its validation |
//!
//! Besides them, each renderer has a writer thread for its downlink, whose `send` may block, and a few workers fetch.

// The trust rule, kept by machine: nothing here goes on with a wrong number, ends a thread because a number or a place was not as
// expected, or drops an error unseen. Each case has its branch, so that what is new falls into none that was written before it. Tests may.
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

pub mod browser;
pub mod death;
pub mod events;
pub mod fetch;
pub mod frames;
pub mod inbox;
pub mod internal_pages;
pub mod io;
pub mod memory;
pub mod notice;
pub mod policy;
pub mod proc;
pub mod sandbox_board;
