//! The lab: every mechanism of inter-process communication of an operating-systems lecture, runnable and measured.
//!
//! Contract:
//! - each mechanism is a file of its own, short enough to project on a wall: `demo` is the slide as a program, `link` the same
//!   mechanism behind the contract that all share ([`link`]), so that tests, quiz and benchmark run the same code;
//! - [`run`] is the command line; it works in a child of its own ([`supervise`]), so that nothing is left behind.

pub mod ancillary;
pub mod bench;
pub mod check;
pub mod chrome;
mod cli;
pub mod deadline;
pub mod error;
pub mod eventfd;
pub mod fifo;
pub mod fork;
pub mod futex;
pub mod inet;
pub mod link;
pub mod mailbox;
pub mod memfd;
pub mod memory;
pub mod mqueue;
pub mod names;
pub mod narrate;
pub mod peers;
pub mod pidfd;
pub mod pipe;
pub mod quiz;
pub mod ring;
pub mod rpc;
pub mod seqlock;
pub mod serve;
pub mod shell;
pub mod shm;
pub mod signal;
pub mod socket;
pub mod splice;
pub mod stream;
pub mod supervise;
pub mod torn;
pub mod uring;
pub mod vmread;

pub use cli::{Command, Lab, run};
