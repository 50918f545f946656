//! Inline elements as boxes: the room that they take in a line, and where they are.

pub(super) mod fragments;
pub(super) mod spacing;
