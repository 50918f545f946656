//! The same mechanisms as a running browser uses them: `lab chrome`.
//!
//! [`describe`] reads, from `/proc` and from the kernel's list of Unix sockets, which pipes, sockets and memory the processes of a
//! tree have in common: it asks the kernel, not the browser, so that what it says is what there is. It works on every tree of
//! processes; the roles that it names are Bulkhead's.
//!
//! A process that is not dumpable (a sandboxed renderer, for everybody but root) does not show its descriptors. What it has is
//! then seen from the other end.

mod census;
mod connections;
mod roles;
mod sockets;

use census::census;
pub use census::{Access, Descriptor, Kind, Process};
pub use connections::Connection;
use connections::connections;

use crate::error::{Error, Result};
use serde::Serialize;
use std::fmt;

/// A tree of processes, and what connects them.
#[derive(Clone, Debug, Serialize)]
pub struct Description {
    /// The root and its descendants, the root first.
    pub processes: Vec<Process>,
    /// What two or more of them have in common.
    pub connections: Vec<Connection>,
}

/// Describes the processes of the tree under `root`: a browser's broker, for instance.
///
/// # Errors
/// [`Error::Input`] when there is no such process.
pub fn describe(root: i32) -> Result<Description> {
    let processes = census(root)?;
    let connections = connections(&processes, &sockets::peers());
    Ok(Description { processes, connections })
}

/// The process id of a running browser's broker: the parent of a zygote. (A renderer has the zygote's name for a moment after
/// the fork; its parent has that name, too.)
///
/// # Errors
/// [`Error::Input`] when there is none.
pub fn find_broker() -> Result<i32> {
    let processes = census::all();
    let is_zygote = |process: &&census::Process| process.name == "bh-zygote";
    let of_a_zygote = |child: &&census::Process| processes.iter().any(|it| it.pid == child.parent && is_zygote(&it));
    let zygote = processes.iter().filter(is_zygote).find(|child| !of_a_zygote(child));
    zygote
        .map(|zygote| zygote.parent)
        .ok_or_else(|| Error::Input("no Bulkhead is running here: start one, or give a pid: `lab chrome PID`".into()))
}

impl fmt::Display for Description {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "processes:")?;
        for process in &self.processes {
            let descriptors = match &process.descriptors {
                Some(descriptors) => format!("{} descriptors", descriptors.len()),
                None => "does not show its descriptors: not dumpable".into(),
            };
            let Process { pid, parent, name, .. } = process;
            writeln!(formatter, "  {pid:>7}  {name:<16} child of {parent}, {descriptors}")?;
        }
        writeln!(formatter, "what connects them:")?;
        for connection in &self.connections {
            writeln!(formatter, "  {connection}")?;
        }
        Ok(())
    }
}
