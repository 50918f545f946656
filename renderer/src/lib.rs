//! The zygote, and the renderers that it forks: one untrusted process for each tab, from HTML to pixels.
//!
//! The way through, in the order of a page's life:
//!
//! | module | job |
//! |---|---|
//! | `zygote` | warms the engine up and forks |
//! | `process` | makes the forked process a renderer: descriptors, name, limits, last words |
//! | `event_loop` | one poll, one enum of everything that can happen |
//! | `renderer` | what is done about each |
//! | `refresh_timer` | when a document that wants to be followed by another is |
//! | `fetch` | the client stub of the fetch procedure call |
//! | `engine` | the adapter of Blitz: documents, input, pictures |
//! | `fonts` | found and mapped before the fork |
//! | `images`, `svg` | what the engine is not given as it is |
//! | `frames` | the slots that pictures are drawn into |
//! | `faults` | real faults, on command |
//!
//! A renderer is assumed to be compromised by what it shows. Nothing in this crate is relied on by the broker; what it takes
//! care of is that a renderer that is *not* compromised keeps the rules.

mod engine;
mod event_loop;
mod faults;
mod fetch;
mod fonts;
mod frames;
mod images;
pub mod log;
mod pace;
mod process;
mod refresh_timer;
mod renderer;
mod svg;
mod zygote;

pub use zygote::{Confined, Life, ZygoteArgs, ZygoteError, zygote_main};
