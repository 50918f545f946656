//! `memfd` and seals: shared memory without a name, which can be made a constant.
//!
//! memfd_create(2), fcntl(2) `F_ADD_SEALS`. Whoever gets the descriptor has the memory, and nobody else; a seal can never be
//! taken off again, so that a receiver checks once and may then rely on it.

use crate::error::{Call, Error, Result};
use crate::fork::{Exit, fork};
use crate::memory::{Shared, anonymous};
use crate::narrate::{Narrator, note, title};
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::signal::Signal;
use nix::unistd::{ftruncate, write};
use std::os::fd::{AsFd, AsRawFd};

const PARENT: Narrator = Narrator::new("parent");
const CHILD: Narrator = Narrator::new("child");

/// What makes memory a constant: nobody can write to it, shrink it, grow it, or seal it differently.
pub const CONSTANT: SealFlag =
    SealFlag::F_SEAL_WRITE.union(SealFlag::F_SEAL_SHRINK).union(SealFlag::F_SEAL_GROW).union(SealFlag::F_SEAL_SEAL);

/// Seals memory for ever. No writable mapping of it may be left.
///
/// # Errors
/// What `fcntl(2)` says; EBUSY while a writable mapping exists.
pub fn seal(fd: impl AsFd) -> Result<()> {
    fcntl(fd, FcntlArg::F_ADD_SEALS(CONSTANT)).map(drop).call("fcntl(F_ADD_SEALS)")
}

/// Without seals a peer can end us; with them it can do nothing.
///
/// # Errors
/// What a call says.
pub fn demo() -> Result<()> {
    title("memfd without seals: the other process takes the memory away");
    let fd = anonymous(4096)?;
    PARENT.says(format!("memfd_create() -> {}, ftruncate(4096): memory without a name", fd.as_raw_fd()));
    let mut reader = fork(&[fd.as_raw_fd()], || {
        let memory = Shared::map(&fd, 4096)?;
        CHILD.says("mapped it; ftruncate(0), as a hostile or faulty peer might do; and now I read it ...");
        ftruncate(&fd, 0).call("ftruncate(2)")?;
        CHILD.says(format!("read {}: it survived?", memory.peek(0)));
        Ok(())
    })?;
    let exit = reader.wait()?;
    PARENT.says(format!("waitid({}) -> {exit}: there is no page behind the address any more", reader.pid()));
    expect(exit == Exit::Signal(Signal::SIGBUS), "a read beyond the end")?;

    title("memfd with seals: a constant");
    let fd = anonymous(4096)?;
    let memory = Shared::map(&fd, 4096)?;
    memory.write(0, b"a constant");
    let busy = seal(&fd);
    PARENT.says(format!("written; F_ADD_SEALS while it is mapped writable: {}", text(&busy)));
    drop(memory);
    seal(&fd)?;
    PARENT.says("munmap(), and again: F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL are on, for ever");
    let child = fork(&[fd.as_raw_fd()], || {
        let attempts = [
            ("write()", write(&fd, b"x").map(drop).call("write(2)")),
            ("ftruncate(0)", ftruncate(&fd, 0).call("ftruncate(2)")),
            ("mmap(PROT_WRITE)", Shared::map(&fd, 4096).map(drop)),
        ];
        for (attempt, result) in &attempts {
            CHILD.says(format!("{attempt}: {}", text(result)));
        }
        let mut bytes = [0; 10];
        Shared::map_to_read(&fd, 4096)?.read(0, &mut bytes);
        CHILD.says(format!("mmap(PROT_READ): {:?}", String::from_utf8_lossy(&bytes)));
        expect(attempts.iter().all(|(_, result)| result.is_err()), "a change of a sealed memfd")
    })?;
    child.join()?;
    expect(busy.is_err(), "a seal under a writable mapping")?;
    note("In the browser: surfaces are sealed against shrinking, fetched bodies against every change.");
    Ok(())
}

fn text(result: &Result<()>) -> String {
    result.as_ref().map_or_else(ToString::to_string, |()| "it worked".into())
}

fn expect(held: bool, what: &str) -> Result<()> {
    if held { Ok(()) } else { Err(Error::Broken(format!("{what} did not end as it must"))) }
}
