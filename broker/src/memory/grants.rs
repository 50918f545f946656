//! What the broker has handed down to renderers: the bytes of documents and of what these load.
//!
//! Contract:
//! - a renderer may keep what it was handed, mapped or not, and nobody can see whether it does; so everything counts from before its
//!   first byte is read until the process is gone, over all documents that the process shows;
//! - what would go over is refused, and nobody is ended for asking: a page can ask for as much as it likes;
//! - a process is handed as much as a tab may use ([`Budget::tab`]). Where all processes together were handed more than all tabs may
//!   use, none gets more than an equal share; so those that take much do not starve those that take little;
//! - a document goes into a process only while half of that is left ([`Allowance::takes_document`]), else the tab gets a new one;
//!   so every document has half at least for what it loads, however long its tab stays within one site.

use super::Budget;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes in a page of memory, the least that a body takes.
const PAGE: u64 = 4096;

/// What all processes were handed.
#[derive(Clone, Debug)]
pub struct Grants(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    budget: Budget,
    ledger: Mutex<Ledger>,
}

#[derive(Debug, Default)]
struct Ledger {
    processes: u64,
    granted: u64,
}

/// What one process was handed, and may still be. The process counts as gone once nobody has it any more.
#[derive(Clone, Debug)]
pub struct Allowance(Arc<Account>);

#[derive(Debug)]
struct Account {
    shared: Arc<Shared>,
    granted: Mutex<u64>,
}

/// The process was handed as much as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this tab was handed as much as a tab may use")]
pub struct Spent;

/// Room for a body that is not handed down yet; dropped, it is given back.
#[derive(Debug)]
pub struct Reservation {
    account: Arc<Account>,
    bytes: u64,
}

impl Grants {
    /// Nothing was handed down yet.
    #[must_use]
    pub fn new(budget: Budget) -> Self {
        Self(Arc::new(Shared { budget, ledger: Mutex::default() }))
    }

    /// An allowance for a new process.
    #[must_use]
    pub fn open(&self) -> Allowance {
        let mut ledger = self.0.ledger();
        ledger.processes = ledger.processes.saturating_add(1);
        Allowance(Arc::new(Account { shared: Arc::clone(&self.0), granted: Mutex::new(0) }))
    }
}

impl Shared {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger {
    /// What each process may be handed, where all are handed so many bytes.
    fn share(&self, budget: Budget, granted: u64) -> u64 {
        let equal = budget.all.checked_div(self.processes).unwrap_or(budget.all);
        if granted > budget.all { budget.tab.min(equal) } else { budget.tab }
    }
}

impl Account {
    /// Takes bytes, as far as the process may have them.
    fn take(&self, bytes: u64) -> Result<(), Spent> {
        if self.count(bytes, true) { Ok(()) } else { Err(Spent) }
    }

    /// Counts bytes, if `limited` only as far as the process may have them. Whether they are counted.
    fn count(&self, bytes: u64, limited: bool) -> bool {
        let mut ledger = self.shared.ledger();
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        let (mine, all) = (granted.saturating_add(bytes), ledger.granted.saturating_add(bytes));
        if limited && mine > ledger.share(self.shared.budget, all) {
            return false;
        }
        (*granted, ledger.granted) = (mine, all);
        true
    }

    fn give_back(&self, bytes: u64) {
        let mut ledger = self.shared.ledger();
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        *granted = granted.saturating_sub(bytes);
        ledger.granted = ledger.granted.saturating_sub(bytes);
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let granted = *self.granted.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut ledger = self.shared.ledger();
        ledger.granted = ledger.granted.saturating_sub(granted);
        ledger.processes = ledger.processes.saturating_sub(1);
    }
}

impl Allowance {
    /// Takes room for a body of so many bytes, before they are read.
    ///
    /// # Errors
    /// [`Spent`] where the process may not have as many.
    pub fn reserve(&self, bytes: u64) -> Result<Reservation, Spent> {
        let bytes = cost(bytes);
        self.0.take(bytes)?;
        Ok(Reservation { account: Arc::clone(&self.0), bytes })
    }

    /// Counts a document that is handed down.
    pub fn charge_document(&self, bytes: u64) {
        self.0.count(cost(bytes), false);
    }

    /// Whether the process may be handed another document of so many bytes.
    #[must_use]
    pub fn takes_document(&self, bytes: u64) -> bool {
        let ledger = self.0.shared.ledger();
        let granted = *self.0.granted.lock().unwrap_or_else(PoisonError::into_inner);
        granted.saturating_add(cost(bytes)) <= ledger.share(self.0.shared.budget, ledger.granted) / 2
    }
}

impl Reservation {
    /// Makes room for a body that turns out to have so many bytes.
    ///
    /// # Errors
    /// [`Spent`] where the process may not have as many.
    pub fn grow_to(&mut self, bytes: u64) -> Result<(), Spent> {
        let more = cost(bytes).saturating_sub(self.bytes);
        self.account.take(more)?;
        self.bytes = self.bytes.saturating_add(more);
        Ok(())
    }

    /// Gives back what a body of so many bytes does not need.
    pub fn shrink_to(&mut self, bytes: u64) {
        let less = self.bytes.saturating_sub(cost(bytes));
        self.account.give_back(less);
        self.bytes = self.bytes.saturating_sub(less);
    }

    /// The body is handed down: from now on its process has it.
    pub fn hand_down(mut self) {
        self.bytes = 0;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.account.give_back(self.bytes);
    }
}

/// What a body takes: whole pages, and one for what the kernel keeps of each file.
fn cost(bytes: u64) -> u64 {
    bytes.div_ceil(PAGE).saturating_add(1).saturating_mul(PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAB: u64 = 100 * PAGE;

    fn grants(all: u64) -> Grants {
        Grants::new(Budget { tab: TAB, all })
    }

    fn pages(count: u64) -> u64 {
        // One more is the file's own.
        (count - 1) * PAGE
    }

    #[test]
    fn what_was_handed_down_counts_until_the_process_is_gone() {
        let grants = grants(u64::MAX);
        let process = grants.open();
        process.reserve(pages(60)).unwrap().hand_down();
        assert_eq!(process.reserve(pages(41)).unwrap_err(), Spent);
        process.reserve(pages(40)).unwrap().hand_down();
        drop(process);
        assert_eq!(grants.0.ledger().granted, 0);
        assert!(grants.open().reserve(pages(100)).is_ok());
    }

    #[test]
    fn what_was_not_handed_down_is_given_back() {
        let grants = grants(u64::MAX);
        let process = grants.open();
        drop(process.reserve(pages(100)).unwrap());
        let mut room = process.reserve(pages(100)).unwrap();
        room.shrink_to(pages(10));
        room.grow_to(pages(20)).unwrap();
        assert_eq!(room.grow_to(pages(101)).unwrap_err(), Spent);
        room.hand_down();
        assert!(process.reserve(pages(80)).is_ok());
        assert_eq!(grants.0.ledger().granted, pages(21));
    }

    #[test]
    fn a_document_finds_half_of_the_allowance_left() {
        let process = grants(u64::MAX).open();
        assert!(process.takes_document(pages(50)) && !process.takes_document(pages(51)));
        process.charge_document(pages(30));
        assert!(process.takes_document(pages(20)) && !process.takes_document(pages(21)));
        // The first document of a process is never refused.
        process.charge_document(pages(1000));
        assert_eq!(process.reserve(0).unwrap_err(), Spent);
    }

    #[test]
    fn those_that_take_much_leave_an_equal_share_to_those_that_take_little() {
        let grants = grants(200 * PAGE);
        let (greedy, modest) = ([grants.open(), grants.open(), grants.open()], grants.open());
        for process in &greedy[..2] {
            process.reserve(pages(100)).unwrap().hand_down();
        }
        assert_eq!(greedy[2].reserve(pages(51)).unwrap_err(), Spent);
        assert!(modest.reserve(pages(50)).is_ok());
    }

    #[test]
    fn many_small_bodies_cost_what_the_kernel_keeps_of_each() {
        let process = grants(u64::MAX).open();
        let small = (0..1000).map_while(|_| process.reserve(1).ok()).map(Reservation::hand_down).count();
        assert_eq!(small, 50);
    }
}
