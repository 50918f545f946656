//! What one renderer has asked for and was not answered yet.
//!
//! Contract: requests wait here, as permits, until their turn comes; a few at a time are with the workers. Those of a document
//! before are given up.

use crate::fetch::Ticket;
use crate::policy::Permit;
use bulkhead_shared::ids::RequestId;
use std::collections::{BTreeMap, VecDeque};

/// The fetches of one renderer that are under way.
#[derive(Debug, Default)]
pub(super) struct Fetching {
    waiting: VecDeque<(RequestId, Permit)>,
    with_workers: BTreeMap<RequestId, Ticket>,
}

impl Fetching {
    /// Notes a request; its turn comes.
    pub(super) fn push(&mut self, request: RequestId, permit: Permit) {
        self.waiting.push_back((request, permit));
    }

    /// Whether a request waits for its turn.
    pub(super) fn wants_more(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The next request for a worker.
    pub(super) fn next(&mut self) -> Option<(RequestId, Permit)> {
        self.waiting.pop_front()
    }

    /// A worker has it.
    pub(super) fn begun(&mut self, request: RequestId, ticket: Ticket) {
        self.with_workers.insert(request, ticket);
    }

    /// A worker is done with it. Whether anybody still wants it.
    pub(super) fn done(&mut self, request: RequestId) -> bool {
        self.with_workers.remove(&request).is_some()
    }

    /// How many are with workers.
    pub(super) fn with_workers(&self) -> usize {
        self.with_workers.len()
    }

    /// Gives everything up.
    pub(super) fn give_up(&mut self) {
        self.waiting.clear();
        self.with_workers.clear();
    }
}
