//! What there is to attack: files, a process, listeners, queues, a terminal; made for the purpose, and watched.
//!
//! Contract:
//! - each part is as open as it can be to the process that attacks it, so that only a sandbox stands before it, and closed to
//!   every other user: what has a name lies in a private directory, what has a number belongs to who attacks;
//! - a part that the machine does not let be made is missing, with the reason ([`World::lacks`]); the others are there;
//! - [`World::harms`] looks from outside whether anything was touched;
//! - all of it is gone when the world is dropped, and when its maker is killed (`keeper.rs`). What a run has left whose keeper was
//!   killed too, the next one removes.
//!
//! | file | holds |
//! |---|---|
//! | `files.rs` | the directory that attempts start in |
//! | `victim.rs` | a process |
//! | `listeners.rs` | sockets |
//! | `memory.rs` | System V shared memory |
//! | `keeper.rs` | queues and a semaphore, and the process that removes what has a name |
//! | `record.rs` | what that is, for the next run |
//! | `leaks.rs` | descriptors that were left open |

mod files;
mod keeper;
mod leaks;
mod listeners;
mod memory;
mod record;
mod victim;

use super::{Attempt, Part, Sysv, Targets};
use bulkhead_sandbox::namespaces::NOBODY;
use bulkhead_sandbox::private::{self, Directory};
use files::Files;
use keeper::Keeper;
use leaks::Leaks;
use listeners::Listeners;
use memory::SharedMemory;
use nix::unistd::geteuid;
use record::Record;
use std::fmt::Display;
use std::os::fd::AsFd;
use victim::Victim;

/// How the names of its directories begin.
const PREFIX: &str = "bulkhead-attack-";

/// A path has to fit into 4096 bytes, and something is in it.
const LONGEST_PATH: usize = 4000;

/// What there is to attack. Each part was made whole or is not there, and each ends itself, in this order.
#[derive(Debug)]
pub struct World {
    targets: Targets,
    missing: Missing,
    victim: Option<Victim>,
    listeners: Listeners,
    files: Option<Files>,
    _leaks: Leaks,
    _memory: Option<SharedMemory>,
    _keeper: Option<Keeper>,
    /// After its keeper, who removes it.
    _directory: Option<Directory>,
}

/// What is not there, and why.
#[derive(Debug, Default)]
struct Missing(Vec<(Part, String)>);

impl Missing {
    /// What was made, or nothing, and the reason is noted.
    fn note<T, E: Display>(&mut self, part: Part, made: Result<T, E>) -> Option<T> {
        made.map_err(|why| self.0.push((part, why.to_string()))).ok()
    }
}

impl World {
    /// Makes what can be made. The victim, a fork of the calling process, dies with the calling thread.
    #[must_use]
    pub fn create() -> Self {
        clear_leftovers();
        let (mut targets, mut missing) = (Targets::default(), Missing::default());
        // Where root confines, the attempts are made by nobody.
        let owner = geteuid().is_root().then_some(NOBODY);
        let directory = missing.note(Part::Files, Directory::create(PREFIX, LONGEST_PATH));
        let keeper =
            Keeper::start(directory.as_ref(), owner).map_err(|error| format!("no process to keep it: {error}"));
        let files = make_files(directory.as_ref(), &mut missing);
        targets.directory = files.as_ref().map(Files::path).unwrap_or_default();
        let leaks = Leaks::open(files.as_ref(), &mut missing);
        targets.leaked = leaks.numbers;
        let listeners = Listeners::create(&mut targets, &mut missing);
        let memory = missing.note(Part::SysvMemory, SharedMemory::create(owner));
        targets.sysv.memory = memory.as_ref().map_or(-1, SharedMemory::id);
        keep(keeper.as_ref(), &mut targets, &mut missing);
        let victim = Victim::start(leaks.numbers.file).and_then(|victim| Ok((victim.number()?, victim)));
        let victim = missing.note(Part::Victim, victim).map(|(number, victim)| {
            targets.victim = number;
            victim
        });
        targets.victim_address = Victim::address();
        targets.environment = crate::environment();
        Self {
            targets,
            missing,
            victim,
            listeners,
            files,
            _leaks: leaks,
            _memory: memory,
            _keeper: keeper.ok(),
            _directory: directory,
        }
    }

    /// What the attempts get to know.
    #[must_use]
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// Why an attempt cannot be made, where what it needs is not there.
    #[must_use]
    pub fn lacks(&self, attempt: &Attempt) -> Option<String> {
        let (part, why) = self.missing.0.iter().find(|(part, _)| attempt.needs.contains(part))?;
        Some(format!("there is no {part}: {why}"))
    }

    /// What was touched, as seen from outside. A world that was harmed is to be replaced.
    #[must_use]
    pub fn harms(&self) -> Vec<&'static str> {
        let dead = self.victim.as_ref().is_some_and(Victim::is_dead);
        let written_to = !dead && self.victim.as_ref().is_some_and(Victim::was_written_to);
        let connected = self.files.as_ref().is_some_and(Files::was_connected_to);
        let changed = self.files.as_ref().is_some_and(Files::were_changed);
        let touched = [
            (dead, "the victim was ended"),
            (written_to, "the victim's memory was written to"),
            (connected, "a socket in the file system was connected to"),
            (changed, "files were changed"),
        ];
        let touched = touched.into_iter().chain(self.listeners.arrivals());
        touched.filter(|(touched, _)| *touched).map(|(_, what)| what).collect()
    }
}

/// Removes what earlier runs have left whose keepers were killed.
fn clear_leftovers() {
    for directory in private::leftovers(PREFIX) {
        Record::read(directory.as_fd()).iter().for_each(Record::remove);
    }
}

fn make_files(directory: Option<&Directory>, missing: &mut Missing) -> Option<Files> {
    let mut files = missing.note(Part::Files, Files::create(directory?))?;
    let runnable = files.can_be_run();
    missing.note(Part::Program, runnable.clone());
    let made = runnable.and_then(|()| files.add_set_user_id_program());
    missing.note(Part::SetUserIdProgram, made);
    let socket = files.add_socket();
    missing.note(Part::SocketFile, socket);
    Some(files)
}

fn keep(keeper: Result<&Keeper, &String>, targets: &mut Targets, missing: &mut Missing) {
    let keeper = keeper.map_err(Clone::clone);
    let of = |what: fn(&Keeper) -> nix::Result<i32>| {
        keeper.clone().and_then(|keeper| what(keeper).map_err(|errno| errno.to_string()))
    };
    let (queue, semaphore) = (of(Keeper::queue), of(Keeper::semaphore));
    targets.sysv = Sysv {
        queue: missing.note(Part::SysvQueue, queue).unwrap_or(-1),
        semaphore: missing.note(Part::SysvSemaphore, semaphore).unwrap_or(-1),
        ..targets.sysv
    };
    let queue = keeper.and_then(|keeper| keeper.posix_queue().map_err(|errno| errno.to_string()));
    targets.queue = missing.note(Part::PosixQueue, queue).unwrap_or_default();
}
