//! What `ps` shows of this process: the command line, rewritten in place.
//!
//! The kernel keeps the addresses of the argument and environment strings, which lie one after the other at the upper end of
//! the stack, and reads `/proc/PID/cmdline` from there: proc(5), `arg_start` to `env_end` of `/proc/self/stat`. Whoever
//! writes there writes the command line. No part of a renderer reads its arguments or its environment.

use nix::sys::prctl;
use std::ffi::CString;
use std::io;

/// Where the kernel reads the command line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TitleArea {
    start: usize,
    length: usize,
}

impl TitleArea {
    /// Finds it. Reads a file, so a zygote does this, before it forks.
    ///
    /// # Errors
    /// `/proc` is not there, or not as proc(5) describes it.
    pub(crate) fn find() -> io::Result<Self> {
        Self::parse(&std::fs::read_to_string("/proc/self/stat")?).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    fn parse(stat: &str) -> Option<Self> {
        // The second field, the name in parentheses, may hold spaces and parentheses itself.
        let (_, after_name) = stat.rsplit_once(')')?;
        // `after_name` begins with field 3; arg_start, arg_end, env_start and env_end are 48 to 51.
        let mut addresses = after_name.split_ascii_whitespace().skip(48 - 3).map(str::parse::<usize>);
        let start = addresses.next()?.ok()?;
        let arg_end = addresses.next()?.ok()?;
        let env_start = addresses.next()?.ok()?;
        let env_end = addresses.next()?.ok()?;
        let end = if env_start == arg_end { env_end } else { arg_end };
        (start != 0 && end > start).then(|| Self { start, length: end - start })
    }

    /// Makes `name` the process's name and `title` its command line, and wipes the environment strings: `/proc/PID/environ`
    /// shows nothing then.
    #[expect(
        unsafe_code,
        reason = "the command line is rewritten where the kernel reads it, and the environment cleared"
    )]
    pub(crate) fn set(self, name: &str, title: &str) {
        if let Ok(name) = CString::new(name) {
            let _ = prctl::set_name(&name);
        }
        // SAFETY: this process has one thread, and no code of it holds a reference into the environment.
        unsafe {
            libc::clearenv();
        }
        let length = title.len().min(self.length - 1);
        // SAFETY: `start..start + length` is the area that the kernel has reported, mapped writable at the upper end of the
        // stack for as long as the process lives. Nothing refers to it: the environment was cleared above, and the arguments
        // are read by `main` only, before any fork. The last byte stays 0, since `length` is less than the area's.
        unsafe {
            let area = std::ptr::with_exposed_provenance_mut::<u8>(self.start);
            std::ptr::write_bytes(area, 0, self.length);
            std::ptr::copy_nonoverlapping(title.as_ptr(), area, length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_found_whatever_the_process_is_called() {
        let fields: Vec<String> = (3..=52).map(|n| (n * 100).to_string()).collect();
        let area = TitleArea::parse(&format!("1 (a) b) {}", fields.join(" "))).unwrap();
        assert_eq!((area.start, area.length), (4800, 100));
    }

    #[test]
    fn environment_strings_that_follow_the_arguments_belong_to_the_area() {
        let mut fields: Vec<String> = (3..=52).map(|n| (n * 100).to_string()).collect();
        fields[50 - 3] = "4900".to_owned();
        let area = TitleArea::parse(&format!("1 (x) {}", fields.join(" "))).unwrap();
        assert_eq!((area.start, area.length), (4800, 300));
    }

    #[test]
    fn a_stat_line_that_is_cut_short_has_no_area() {
        assert!(TitleArea::parse("1 (x) S 1 1").is_none());
        assert!(TitleArea::parse("").is_none());
    }
}
