//! What the user sees: a client of the core, by the same door as every other. Commands go in, events come out; nothing of it stands in
//! the path of an event between the core and a renderer.
//!
//! | module | holds |
//! |---|---|
//! | [`window`] | the desktop's window: winit, the clipboard, pixels on the screen |
//! | [`address`] | what a person types becomes a URL, and a URL what a person reads |
//! | [`views`] | the browser's interface around the page: tab strip, toolbar, crash page |
//! | [`process_table`] | the processes and what they use |
//! | [`headless`] | the presenter without a window |

pub mod address;
pub mod headless;
pub mod process_table;
pub mod views;
pub mod window;
