//! What `/proc` tells of a process: its memory, its CPU time, when it was started.
//!
//! Contract:
//! - these files can be read of a process that is not dumpable too, except where `/proc` hides others' processes (`hidepid`), and
//!   except for `smaps_rollup`;
//! - a process that has ended has none of this: `None`. A pid and the time of the start name one process only.
//!
//! Sources: proc_pid_stat(5), proc_pid_status(5), proc_pid_smaps(5).

use std::fs;
use std::time::Duration;

/// The unit of times in `/proc/PID/stat`: `USER_HZ`, which the kernel's ABI fixes at 100 (include/asm-generic/param.h).
pub const TICKS_PER_SECOND: f64 = 100.0;

/// From `/proc/PID/stat`, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// CPU time, of user and system.
    pub used: u64,
    /// When it was started, since boot: tells it from a later process with the same pid.
    pub started: u64,
}

impl Times {
    /// Of this process, now.
    #[must_use]
    pub fn of(pid: i32) -> Option<Self> {
        Self::parse(&read(pid, "stat")?)
    }

    /// The name in the line's parentheses may hold anything, so it is skipped from the right.
    fn parse(stat: &str) -> Option<Self> {
        let (_, rest) = stat.rsplit_once(')')?;
        // The first field here is field 3 of the manual page.
        let field = |number: usize| rest.split_whitespace().nth(number.checked_sub(3)?)?.parse::<u64>().ok();
        Some(Self { used: field(14)?.saturating_add(field(15)?), started: field(22)? })
    }

    /// How long ago the process was started.
    #[must_use]
    pub fn age(self) -> Duration {
        let uptime = fs::read_to_string("/proc/uptime").ok();
        let uptime = uptime.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or_default();
        Duration::try_from_secs_f64(uptime - self.started as f64 / TICKS_PER_SECOND).unwrap_or_default()
    }
}

/// Bytes of anonymous memory of a process, swapped out or not.
#[must_use]
pub fn anonymous(pid: i32) -> Option<u64> {
    let status = read(pid, "status")?;
    // A process that has ended has no memory, and no such lines. A kernel without swap may lack the second.
    let kilobytes = kilobytes(&status, "RssAnon:")?.saturating_add(kilobytes(&status, "VmSwap:").unwrap_or(0));
    Some(kilobytes.saturating_mul(1024))
}

/// Bytes that would be free again if the process ended. Of one that is not dumpable, its anonymous pages only.
#[must_use]
pub fn private_bytes(pid: i32) -> u64 {
    match read(pid, "smaps_rollup") {
        Some(rollup) => kilobytes(&rollup, "Private_").unwrap_or(0).saturating_mul(1024),
        None => anonymous(pid).unwrap_or(0),
    }
}

fn read(pid: i32, file: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/{pid}/{file}")).ok()
}

/// The sum of the lines `NAME... 123 kB`; `None` where there is no such line.
fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let lines = text.lines().filter(|line| line.starts_with(name));
    lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).reduce(u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_process_name_does_not_shift_the_fields() {
        let stat = "7 (a) R 1 ) S 1 7 7 0 -1 0 0 0 0 0 30 12 0 0 20 0 1 0 900 0 0";
        assert_eq!(Times::parse(stat), Some(Times { used: 42, started: 900 }));
        assert_eq!(Times::parse("7 (a"), None);
        assert_eq!(Times::parse("7 (a) R 1"), None);
    }

    #[test]
    fn lines_of_one_beginning_are_summed_up() {
        let rollup = "Rss: 100 kB\nPrivate_Clean:  4 kB\nPrivate_Dirty: 38 kB\nShared_Clean: 9 kB\n";
        assert_eq!(kilobytes(rollup, "Private_"), Some(42));
        assert_eq!(kilobytes(rollup, "Swap"), None);
        assert_eq!(kilobytes("Private_Clean: x kB\n", "Private_"), None);
    }

    #[test]
    fn nobody_knows_of_a_process_that_is_not_there() {
        assert_eq!((anonymous(i32::MAX), Times::of(i32::MAX), private_bytes(i32::MAX)), (None, None, 0));
    }
}
