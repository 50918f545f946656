//! The browser's own pages: HTML that the broker makes, and what it is made with.
//!
//! Contract:
//! - a page is found by name in one static table, [`SITE`]; no name reaches the disk;
//! - every value that came from outside is escaped (`html.rs`);
//! - a page that has to be there at once (start, errors) carries its style sheet inside and needs no second fetch.

mod attack;
mod debug;
mod demo;
mod errors;
mod frame;
mod html;
mod lab;
mod processes;
mod providers;
mod sandbox;
mod site;
mod start;
mod words;

pub use attack::attack;
pub use debug::{DEBUG_PAGES, DebugAction, DebugPage, debug_fault};
pub use errors::{Failure, error_page};
pub(crate) use lab::lab;
pub use processes::{ProcessKind, ProcessRow, processes};
pub use providers::{LabRun, NoProviders, Providers};
pub use sandbox::sandbox;
pub use site::{Content, Entry, LivePage, SITE, find, live_page};
pub use words::Words;

/// The page that a new tab shows.
pub const START_URL: &str = "bulkhead://start";
