//! System V shared memory to attack. Nobody can find it by a key, and the kernel removes it with the last process that has it
//! mapped: it was marked for that when it was made (shmctl(2), `IPC_RMID`).

use crate::raw::{self, sys};
use nix::errno::Errno;

/// A page of it.
#[derive(Debug)]
pub(super) struct SharedMemory {
    id: usize,
    address: usize,
}

impl SharedMemory {
    /// Makes it, for this user or, where this is root, for `owner`.
    pub(super) fn create(owner: Option<u32>) -> Result<Self, Errno> {
        let id = sys!(SYS_shmget, libc::IPC_PRIVATE, 4096_usize, libc::IPC_CREAT | 0o600)?;
        let mapped = raw::give_away(raw::Ipc::Memory, id, owner).and_then(|()| sys!(SYS_shmat, id, 0_usize, 0_i32));
        let marked = sys!(SYS_shmctl, id, libc::IPC_RMID, 0_usize);
        let memory = Self { id, address: mapped? };
        marked.map(|_| memory)
    }

    /// Its identifier.
    pub(super) fn id(&self) -> i32 {
        self.id as i32
    }
}

impl Drop for SharedMemory {
    fn drop(&mut self) {
        let _ = sys!(SYS_shmdt, self.address);
    }
}
