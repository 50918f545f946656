//! How much memory a renderer has made its own, read from outside.
//!
//! Contract:
//! - counted are anonymous pages, in memory or swapped out (`RssAnon` and `VmSwap` of proc_pid_status(5)), beyond those that it
//!   was born with: these it shares with the zygote, and the zygote's count tells how many they are, since the renderer's own may
//!   have risen before anybody looks. Surfaces and bodies are the broker's to grant, and bounded where they are;
//! - the profile leaves a renderer no other kind of memory to make.

/// The count of one process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meter {
    born_with: u64,
    used: u64,
}

impl Meter {
    /// For a process that was forked from one with so many bytes.
    pub(crate) fn born_with(bytes: u64) -> Self {
        Self { born_with: bytes, used: 0 }
    }

    /// Notes what the process has now. Whether it has grown.
    pub(crate) fn note(&mut self, bytes: u64) -> bool {
        let before = std::mem::replace(&mut self.used, bytes.saturating_sub(self.born_with));
        self.used > before
    }

    /// Bytes of its own, when it was last read.
    pub(crate) fn used(&self) -> u64 {
        self.used
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proc::anonymous;

    #[test]
    fn only_what_was_made_since_is_counted() {
        const CHUNK: usize = 64 << 20;
        let mut meter = Meter::born_with(anonymous(std::process::id().cast_signed()).unwrap());
        let hoard = std::hint::black_box(vec![1_u8; CHUNK]);
        assert!(meter.note(anonymous(std::process::id().cast_signed()).unwrap()));
        // The kernel keeps these counts in parts for each processor, and other tests run beside this one.
        assert!(meter.used() > CHUNK as u64 / 2, "{}", meter.used());
        drop(hoard);
    }
}
