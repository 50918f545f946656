//! Shared memory without synchronisation: the torn read, made visible.
//!
//! The lecture: "BUT, you have to synchronize". This is what happens without: the reader sees a value of which one part is
//! new and one part is old, which the writer has never written.

use crate::error::{Error, Result};
use crate::fork::fork;
use crate::futex::Semaphore;
use crate::memory::{Shared, anonymous};
use crate::narrate::{Narrator, note, title};
use crate::seqlock::{Value, WORDS};
use std::rc::Rc;
use std::time::{Duration, Instant};

const WRITER: Narrator = Narrator::new("writer");
const READER: Narrator = Narrator::new("reader");
/// How long the demonstrations look.
const LOOK: Duration = Duration::from_millis(200);
/// How long at most until a first torn value shows, on a machine where the two take turns on one processor.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the value is, and where the semaphore that guards it.
const VALUE: usize = 64;
const SEMAPHORE: usize = 0;

fn write(memory: &Shared, number: u64) {
    (0..WORDS).for_each(|index| memory.poke(VALUE + 8 * index, number));
}

fn read(memory: &Shared) -> Value {
    std::array::from_fn(|index| memory.peek(VALUE + 8 * index))
}

fn is_torn(value: &Value) -> bool {
    value.iter().any(|word| *word != value[0])
}

/// Demonstration: without synchronisation.
///
/// # Errors
/// What a call says; [`Error::Broken`] if no torn value showed.
pub fn demo() -> Result<()> {
    title("shm, without synchronisation: a torn read");
    let memory = Shared::map(anonymous(4096)?, 4096)?;
    let child = fork(&[], || {
        WRITER.says(format!("writes {WORDS} equal words, again and again, and tells nobody when"));
        let mut number = 0;
        loop {
            number += 1;
            write(&memory, number);
        }
    })?;
    let (mut reads, mut torn, mut example) = (0u64, 0u64, None);
    let start = Instant::now();
    while start.elapsed() < LOOK || (torn == 0 && start.elapsed() < PATIENCE) {
        child.peer().still_there()?;
        for _ in 0..1000 {
            let value = read(&memory);
            reads += 1;
            if is_torn(&value) {
                torn += 1;
                example = Some(value);
            }
        }
    }
    match example {
        Some(value) => {
            READER.says(format!("{torn} of {reads} reads were torn, such as {value:?}"));
            note("The words of one value must be equal: this one was never written by anybody.");
            Ok(())
        }
        None => Err(Error::Broken(format!("{reads} reads, and none was torn"))),
    }
}

/// Demonstration: the same, guarded by a semaphore.
///
/// # Errors
/// What a call says; [`Error::Broken`] for a torn value.
pub fn guarded() -> Result<()> {
    title("shm, with a semaphore (a futex): one at a time");
    let fd = anonymous(4096)?;
    let map = || Ok::<_, Error>(Rc::new(Shared::map(&fd, 4096)?));
    let memory = map()?;
    let semaphore = Semaphore::new(Rc::clone(&memory), SEMAPHORE);
    semaphore.post();
    let child = fork(&[], || {
        WRITER.says("acquire, write, post, again and again");
        let parent = crate::fork::Peer::parent()?;
        (1..).try_for_each(|number| {
            semaphore.acquire(&parent)?;
            write(&memory, number);
            semaphore.post();
            Ok(())
        })
    })?;
    let mut values = 0u64;
    let start = Instant::now();
    while start.elapsed() < LOOK {
        semaphore.acquire(&child.peer())?;
        let value = read(&memory);
        semaphore.post();
        values += 1;
        if is_torn(&value) {
            return Err(Error::Broken(format!("a torn value: {value:?}")));
        }
    }
    READER.says(format!("{values} reads between acquire and post, 0 torn"));
    note("Guarantee: one process at a time. Price: they wait for one another, and one that dies inside locks all out.");
    Ok(())
}
