//! Confines a process by every layer that Linux offers, and reports what each layer really achieved.
//!
//! A program that is to be trusted forks a child, the child confines itself right before it reads the first byte that
//! is not, and from then on it can compute, use what it kept, and end: no file, no network, no other process, and a
//! third of the system calls of a browser's renderer elsewhere. All of it works for ordinary users.
//!
//! ```no_run
//! use bulkhead_sandbox::{Policy, spawn};
//!
//! let child = spawn(&Policy::renderer(), |report| {
//!     // Here is nothing left but what `Policy::keep` lists.
//!     i32::from(!report.is_complete())
//! })?;
//! println!("{:?}", child.wait()?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Whoever forks many children of one kind, as a zygote does, calls [`Plan::find`] and [`seccomp::Filters::compile`]
//! once, and [`fork()`] and [`confine()`] for each.
//!
//! # Where to read
//!
//! | module | what |
//! |---|---|
//! | [`fork()`], [`namespaces`] | the child, and what is its own from the start |
//! | [`confine()`] | the order of the layers |
//! | `root`, `privileges`, `descriptors`, `environment`, `memory`, `landlock` | a layer each |
//! | [`limits`], [`profile`] | layers that are data |
//! | [`seccomp`] | from a profile to a filter |
//! | [`violation`] | last words of a process that broke its profile |
//! | [`report`], [`hint`] | what was achieved, and what to do about the rest |
//! | [`outside`] | the same, as the kernel shows it to another process |
//! | [`private`] | a directory that no other user can reach |
//!
//! The proof that it holds is a crate of its own, `bulkhead-siege`: a compromised process tries everything.
//!
//! # What it does not do
//!
//! The child can burn CPU time and use the memory that the limits leave it; it can attack the kernel through the calls
//! that the profile leaves it, and the CPU through side channels; and it can send anything over what it kept: whoever
//! reads the other end must not trust it.

mod confine;
mod descriptors;
pub mod entries;
mod environment;
mod fork;
pub mod hint;
mod landlock;
pub mod limits;
mod memory;
pub mod namespaces;
pub mod outside;
mod policy;
pub mod private;
mod privileges;
pub mod profile;
pub mod report;
mod root;
pub mod seccomp;
mod status;
mod sys;
pub mod syscalls;
pub mod violation;

pub use confine::confine;
pub use fork::{Child, EXIT_PANIC, EXIT_REFUSED, Entered, Fork, ForkError, fork, fork_helper, fork_into, spawn};
pub use namespaces::Plan;
pub use policy::{Minimum, Policy, Refused};
pub use profile::Profile;
pub use report::{Layer, Layers, Name, Report, State};
pub use sys::exit_now;
pub use syscalls::Arch;
pub use violation::Violation;
