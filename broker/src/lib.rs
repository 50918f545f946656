//! stub

pub mod address;
pub mod policy;
