//! What `/proc` says of a process (proc(5)).

use anyhow::Context;
use std::fs;
use std::io::ErrorKind;

/// Memory of a process in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    /// Pages that no other process maps.
    pub(super) private: u64,
    /// The same, and of each shared page its part.
    pub(super) proportional: u64,
}

/// From `smaps_rollup`; `None` where the kernel keeps it from this user, as it does for processes that are not dumpable.
pub(super) fn memory(pid: i32) -> anyhow::Result<Option<Memory>> {
    let text = match fs::read_to_string(format!("/proc/{pid}/smaps_rollup")) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("memory of {pid}")),
    };
    let sum = |prefix: &str| -> u64 {
        let lines = text.lines().filter(|line| line.starts_with(prefix));
        lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum::<u64>() * 1024
    };
    Ok(Some(Memory { private: sum("Private_Clean:") + sum("Private_Dirty:"), proportional: sum("Pss:") }))
}

/// CPU time that a process has used, all its threads together, in nanoseconds. From each thread's `schedstat`, which counts
/// in nanoseconds where `stat` counts in hundredths of a second.
pub(super) fn cpu(pid: i32) -> anyhow::Result<u64> {
    let mut total = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
        total += text.split_whitespace().next().and_then(|first| first.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(total)
}
