//! Landlock: every right that the kernel knows is handled, and none is granted.
//!
//! It needs neither root nor a namespace, so it holds where those are forbidden; where they are not, it holds after an
//! escape from them. Descriptors that are open already keep working.
//!
//! Contract:
//! - files: no opening, making, renaming, truncating, linking, no `ioctl` on devices, as far as the kernel's ABI goes;
//! - TCP: no bind, no connect (ABI 4); abstract Unix sockets and signals do not leave the domain (ABI 6);
//! - where the kernel offers more, that too: Unix sockets in the file system (ABI 9), UDP (ABI 10). A kernel without
//!   those does not make the layer partial: a path or a network is what they need, and other layers take those away;
//! - what is reported is what a probe was answered *after* the domain was entered.

use crate::hint::{Facts, explain_landlock};
use crate::report::{Layer, Name};
use crate::sys;
use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr, Scope,
};
use std::fs::File;
use std::io;
use std::net::{TcpListener, UdpSocket};

/// The newest that the crate knows. Older kernels get what they have: the set is cut to it, at best effort.
const NEWEST: ABI = ABI::V10;

/// What came with which ABI, for saying what an older kernel lacks.
const CAME_WITH: [(i64, &str); 5] = [
    (2, "moving files between directories (Linux 5.19)"),
    (3, "truncating files (Linux 6.2)"),
    (4, "TCP (Linux 6.7)"),
    (5, "ioctl on devices (Linux 6.10)"),
    (6, "abstract sockets and signals (Linux 6.12)"),
];

/// `filters` is how many system call filters there were before.
pub(crate) fn apply(filters: u64) -> Layer {
    let abi = match sys::landlock_abi() {
        Ok(abi) => abi,
        Err(errno) => {
            return Layer::off(Name::Landlock, explain_landlock(errno, &Facts { filters, ..Facts::default() }));
        }
    };
    if let Err(reason) = enter() {
        return Layer::off(Name::Landlock, reason);
    }
    let mut missing: Vec<_> =
        CAME_WITH.iter().filter(|(since, _)| abi < *since).map(|(_, what)| format!("not covered: {what}")).collect();
    let directory = answer(File::open("/"));
    if directory != "EACCES" {
        missing.push(format!("opening / was answered with {directory}"));
    }
    let mut evidence = format!("ABI {abi}; opening /: {directory}");
    if abi >= 4 {
        let tcp = answer(TcpListener::bind("127.0.0.1:0"));
        if tcp != "EACCES" {
            missing.push(format!("binding a TCP socket was answered with {tcp}"));
        }
        evidence.push_str(&format!("; binding TCP: {tcp}"));
    }
    if abi >= 6 {
        evidence.push_str("; abstract sockets and signals scoped");
    }
    if abi >= 10 {
        let udp = answer(UdpSocket::bind("127.0.0.1:0"));
        if udp != "EACCES" {
            missing.push(format!("binding a UDP socket was answered with {udp}"));
        }
        evidence.push_str(&format!("; binding UDP: {udp}"));
    }
    Layer::judged(Name::Landlock, &missing, evidence)
}

fn enter() -> Result<(), String> {
    let restrict = || {
        Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .scope(Scope::from_all(NEWEST))?
            .create()?
            .no_new_privs(true)
            .restrict_self()
    };
    restrict().map(drop).map_err(|error| error.to_string())
}

fn answer<T>(result: io::Result<T>) -> String {
    match result {
        Ok(_) => "success".to_owned(),
        Err(error) => error
            .raw_os_error()
            .map_or_else(|| error.to_string(), |number| format!("{:?}", nix::errno::Errno::from_raw(number))),
    }
}
