//! What makes a forked process a renderer: its descriptors, its name, its limits, its last words.
//!
//! Everything here works on the calling process as a whole and is called in the zygote, or once in a new child while it
//! still has a single thread.

pub(crate) mod descriptors;
pub(crate) mod exit;
pub(crate) mod last_words;
pub(crate) mod limits;
pub(crate) mod title;
