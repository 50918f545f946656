//! The servers: the registry's daemon and the bank's, with the server's stub that both have.
//!
//! The stub receives a message, unmarshals it, calls the procedure, marshals the result. It keeps each answer by the client's
//! number of the call: a call that comes again is answered from there and not carried out again. That is *at most once*.

use super::wire::{Call, Procedure, Reply};
use crate::error::{Call as _, Error, Result};
use crate::narrate::Narrator;
use std::collections::{HashMap, VecDeque};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

/// Answers that are kept. A client that repeats an older call than these would have it carried out again.
const KEPT: usize = 1024;

/// What a service does with a call.
pub trait Service {
    /// The result of a procedure, or why there is none.
    ///
    /// # Errors
    /// A text for the client.
    fn perform(&mut self, procedure: &Procedure) -> Result<i32, String>;

    /// Whether this answer is to be lost on its way, for the demonstration.
    fn loses(&mut self, _procedure: &Procedure) -> bool {
        false
    }
}

/// Serves `service` at a socket, for ever.
///
/// # Errors
/// What a call says; [`Error::Deadline`] when no call comes for `limit`.
pub fn serve(who: Narrator, socket: &UdpSocket, service: &mut impl Service, limit: Option<Duration>) -> Result<()> {
    let mut answered: HashMap<(SocketAddr, u32, u32), Reply> = HashMap::new();
    let mut order = VecDeque::new();
    let mut buffer = [0; 1024];
    socket.set_read_timeout(limit).call("setsockopt(SO_RCVTIMEO)")?;
    loop {
        let (length, from) = match socket.recv_from(&mut buffer) {
            Ok(received) => received,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                return Err(Error::Deadline { after: limit.unwrap_or_default(), why: "no client has called".into() });
            }
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => continue,
            Err(error) => return Err(error).call("recvfrom(2)"),
        };
        let call = match Call::decode(&buffer[..length]) {
            Ok(call) => call,
            Err(why) => {
                who.says(format!("{length} bytes from {from}: refused: {why}"));
                continue;
            }
        };
        let key = (from, call.client, call.request);
        let (reply, known) = match answered.get(&key) {
            Some(reply) => (reply.clone(), true),
            None => {
                let result = service.perform(&call.procedure);
                (Reply { client: call.client, request: call.request, result }, false)
            }
        };
        let Call { request, procedure, .. } = &call;
        if known {
            who.says(format!("request {request} again: answered from memory, not carried out again"));
        } else {
            who.says(format!("request {request} from process {}: {procedure:?} -> {:?}", call.client, reply.result));
            answered.insert(key, reply.clone());
            order.push_back(key);
            if order.len() > KEPT {
                order.pop_front().and_then(|oldest| answered.remove(&oldest));
            }
        }
        if !known && service.loses(procedure) {
            who.says(format!("the answer to request {request} gets lost on its way (on purpose)"));
        } else {
            socket.send_to(reply.encode().bytes(), from).call("sendto(2)")?;
        }
    }
}

/// The registry: which service is at which port.
#[derive(Debug, Default)]
pub struct Registry {
    ports: HashMap<String, i32>,
}

impl Service for Registry {
    fn perform(&mut self, procedure: &Procedure) -> Result<i32, String> {
        match procedure {
            Procedure::Register(name, port) => {
                self.ports.insert(name.clone(), *port);
                Ok(0)
            }
            Procedure::Lookup(name) => {
                self.ports.get(name).copied().ok_or(format!("no service {name:?} is registered"))
            }
            _ => Err("this is the registry: register and lookup only".into()),
        }
    }
}

/// The bank: a service with a memory.
#[derive(Debug, Default)]
pub struct Bank {
    accounts: HashMap<String, i32>,
    answers_to_lose: u32,
}

impl Bank {
    /// A bank of whose answers to deposits so many get lost.
    #[must_use]
    pub fn losing(answers: u32) -> Self {
        Self { answers_to_lose: answers, ..Self::default() }
    }
}

impl Service for Bank {
    fn perform(&mut self, procedure: &Procedure) -> Result<i32, String> {
        match procedure {
            Procedure::Add(a, b) => a.checked_add(*b).ok_or("the sum is too large".into()),
            Procedure::Divide(a, b) => a.checked_div(*b).ok_or(format!("{a} divided by {b} is no number")),
            Procedure::Deposit(account, amount) => {
                let balance = self.accounts.entry(account.clone()).or_default();
                *balance = balance.checked_add(*amount).ok_or("the balance is too large")?;
                Ok(*balance)
            }
            Procedure::Sleep(milliseconds) => {
                std::thread::sleep(Duration::from_millis((*milliseconds).clamp(0, 10_000).unsigned_abs().into()));
                Ok(*milliseconds)
            }
            _ => Err("this is the bank: no register, no lookup".into()),
        }
    }

    fn loses(&mut self, procedure: &Procedure) -> bool {
        let lost = matches!(procedure, Procedure::Deposit(..)) && self.answers_to_lose > 0;
        self.answers_to_lose -= u32::from(lost);
        lost
    }
}
