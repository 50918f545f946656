//! The benchmark.

pub mod statistics;
