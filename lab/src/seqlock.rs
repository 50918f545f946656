//! A seqlock: the latest value, whole, without ever making the writer wait.
//!
//! The writer makes a counter odd, writes, makes it even again. A reader that saw an odd counter, or another one after reading
//! than before, reads again. Guarantee: what a reader gets was written as a whole; not that it gets every value. The words are
//! relaxed atomics: reading while the other writes is then no undefined behaviour, only a value to throw away.

use crate::error::{Error, Result};
use crate::fork::fork;
use crate::memory::{Shared, anonymous};
use crate::narrate::{Narrator, note, title};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::fence;
use std::time::{Duration, Instant};

/// Words of a value.
pub const WORDS: usize = 8;

/// A value: all words are the same in what the demonstrations write, so that a torn one shows.
pub type Value = [u64; WORDS];

/// Where the words begin, after the counter.
const VALUE: usize = 64;

/// Writes `value`. There must be one writer only.
pub fn write(memory: &Shared, value: &Value) {
    let counter = memory.long(0);
    let before = counter.load(Relaxed);
    counter.store(before + 1, Relaxed);
    // No word may be seen before the odd counter.
    fence(Release);
    for (index, word) in value.iter().enumerate() {
        memory.long(VALUE + 8 * index).store(*word, Relaxed);
    }
    counter.store(before + 2, Release);
}

/// One attempt to read: `None` when a write was under way.
#[must_use]
pub fn try_read(memory: &Shared) -> Option<Value> {
    let counter = memory.long(0);
    let before = counter.load(Acquire);
    let value = std::array::from_fn(|index| memory.long(VALUE + 8 * index).load(Relaxed));
    // The words must be read before the counter is read again.
    fence(Acquire);
    (before.is_multiple_of(2) && counter.load(Relaxed) == before).then_some(value)
}

/// Demonstration: a writer that never waits, a reader that never sees half a value.
///
/// # Errors
/// What a call says; [`Error::Broken`] for a torn value.
pub fn demo() -> Result<()> {
    title("shm, with a seqlock: the latest value, whole, and the writer never waits");
    let fd = anonymous(4096)?;
    let memory = Shared::map(&fd, 4096)?;
    let (writer, reader) = (Narrator::new("writer"), Narrator::new("reader"));
    let child = fork(&[], || {
        writer.says(format!("writes {WORDS} equal words, again and again; counter odd, words, counter even"));
        let mut number = 0;
        loop {
            number += 1;
            write(&memory, &[number; WORDS]);
        }
    })?;
    let (mut whole, mut again) = (0u64, 0u64);
    let until = Instant::now() + Duration::from_millis(200);
    while whole == 0 || Instant::now() < until {
        child.peer().still_there()?;
        for _ in 0..1000 {
            match try_read(&memory) {
                Some(value) if value.iter().any(|word| *word != value[0]) => {
                    return Err(Error::Broken(format!("a torn value: {value:?}")));
                }
                Some(value) => whole += u64::from(value[0] > 0),
                None => again += 1,
            }
        }
    }
    reader.says(format!("{whole} whole values, 0 torn ones; {again} times a write was under way and I read again"));
    note("Guarantee: never half a value, and a writer that waits for nobody. Not: every value. For one writer.");
    Ok(())
}
