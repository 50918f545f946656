//! stub

pub mod address;
pub mod fetch;
pub mod pages;
pub mod policy;
