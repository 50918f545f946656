//! Remote procedure calls: a function call that happens in another process.
//!
//! The lecture's figures as a program: client's stub, marshalled parameters, a registry that knows the port, server's stub. Over
//! UDP on loopback, since there a message can get lost, which is what makes a remote call different from a local one.

pub mod client;
pub mod server;
pub mod typed;
pub mod wire;

use crate::error::{Call as _, Error, Result};
use crate::fork::fork;
use crate::narrate::{Narrator, note, title};
use client::{CallError, Client};
use server::{Bank, Registry, serve};
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};
use wire::Procedure;

const CLIENT: Narrator = Narrator::new("client");
const SERVER: Narrator = Narrator::new("server");
const REGISTRY: Narrator = Narrator::new("registry");
/// The name that the service is registered under.
const BANK: &str = "bank";
/// How long the server may take to register.
const PATIENCE: Duration = Duration::from_secs(5);

/// Registry, server and client: a call that works, one that fails, one that times out, one whose answer gets lost.
///
/// # Errors
/// What a call says; [`Error::Broken`] when a result is not the right one.
pub fn demo() -> Result<()> {
    title("rpc: a registry, a server, and a client that calls a function of the server's");
    let (registry_socket, server_socket) = (bind(0)?, bind(0)?);
    let registry_port = port(&registry_socket)?;
    let registry = fork(&[registry_socket.as_raw_fd()], || {
        REGISTRY.says(format!("a daemon at port {registry_port}, which everybody knows"));
        serve(REGISTRY, &registry_socket, &mut Registry::default(), None)
    })?;
    let server = fork(&[server_socket.as_raw_fd()], || {
        register(registry_port, BANK, port(&server_socket)?)?;
        serve(SERVER, &server_socket, &mut Bank::losing(1), None)
    })?;
    drop((registry_socket, server_socket));
    let mut bank = locate_patiently(registry_port)?;
    bank.show = true;
    // A machine may be so busy that an answer is late; then these calls are simply sent again.
    bank.tries = 50;

    title("a call that works");
    expect(bank.call(Procedure::Add(2, 3)), "Ok(5)")?;
    title("a call that fails: the error comes back as a value");
    bank.show = false;
    expect(bank.call(Procedure::Divide(1, 0)), "the server says: 1 divided by 0 is no number")?;
    title("a call that times out: the client cannot know whether it was carried out");
    bank.show = true;
    bank.tries = 2;
    expect(
        bank.call(Procedure::Sleep(400)),
        "no answer after 2 attempts of 100ms: it may have been carried out, or not",
    )?;
    title("an answer that gets lost: the call is sent again with the same number, and carried out once");
    bank.tries = 50;
    expect(bank.call(Procedure::Deposit("Zoe".into(), 100)), "Ok(100)")?;
    note("At most once: the server has kept the answer by client and request number. The account has 100, not 200.");
    title("the same with a new number each time: carried out twice");
    bank.show = false;
    expect(bank.call(Procedure::Deposit("Adam".into(), 100)), "Ok(100)")?;
    expect(bank.call(Procedure::Deposit("Adam".into(), 100)), "Ok(200)")?;
    note("So a stub that repeats calls must number them. (TCP numbers its bytes, but not across two connections.)");
    drop((registry, server));
    typed::demo()
}

fn expect(result: Result<i32, CallError>, expected: &str) -> Result<()> {
    let text = match result {
        Err(CallError::Local(error)) => return Err(error),
        Err(error) => error.to_string(),
        Ok(number) => format!("Ok({number})"),
    };
    CLIENT.says(format!("the call returns: {text}"));
    if text == expected { Ok(()) } else { Err(Error::Broken(format!("{text} instead of {expected}"))) }
}

fn bind(port: u16) -> Result<UdpSocket> {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => Error::Input(format!("port {port} is in use by another program")),
        _ => Error::Input(format!("bind(port {port}): {error}")),
    })
}

fn port(socket: &UdpSocket) -> Result<u16> {
    Ok(socket.local_addr().call("getsockname(2)")?.port())
}

fn register(registry: u16, name: &str, port: u16) -> Result<()> {
    SERVER.says(format!("registering {name:?} at port {port} with the registry at port {registry}"));
    let registered = Client::new(registry)?.call(Procedure::Register(name.into(), port.into()));
    registered.map(drop).map_err(|error| told(error, registry))
}

/// The bank's stub, as soon as the bank is registered.
fn locate_patiently(registry: u16) -> Result<Client> {
    let start = Instant::now();
    loop {
        match Client::locate(registry, BANK) {
            Ok(client) => return Ok(client),
            Err(error) if start.elapsed() > PATIENCE => return Err(told(error, registry)),
            Err(CallError::Failed(_) | CallError::Timeout { .. }) => std::thread::sleep(Duration::from_millis(5)),
            Err(CallError::Local(error)) => return Err(error),
        }
    }
}

/// What the user is told of a call that did not work.
fn told(error: CallError, registry: u16) -> Error {
    match error {
        CallError::Local(error) => error,
        CallError::Timeout { .. } => {
            Error::Input(format!("nobody answers at port {registry}: is `lab rpc registry --port {registry}` running?"))
        }
        failed @ CallError::Failed(_) => Error::Input(failed.to_string()),
    }
}

/// `lab rpc registry`.
///
/// # Errors
/// [`Error::Input`] for a port in use; [`Error::Deadline`] when nobody calls for `limit`.
pub fn run_registry(number: u16, limit: Duration) -> Result<()> {
    let socket = bind(number)?;
    REGISTRY.says(format!("a daemon at port {}; Ctrl-C ends it", port(&socket)?));
    serve(REGISTRY, &socket, &mut Registry::default(), Some(limit))
}

/// `lab rpc serve`.
///
/// # Errors
/// [`Error::Input`] when there is no registry; [`Error::Deadline`] when nobody calls for `limit`.
pub fn run_server(registry: u16, name: &str, limit: Duration) -> Result<()> {
    let socket = bind(0)?;
    register(registry, name, port(&socket)?)?;
    serve(SERVER, &socket, &mut Bank::default(), Some(limit))
}

/// `lab rpc call`.
///
/// # Errors
/// [`Error::Input`] when there is no registry, no such service, or the procedure fails.
pub fn run_call(registry: u16, name: &str, procedure: Procedure) -> Result<()> {
    let mut client = Client::locate(registry, name).map_err(|error| told(error, registry))?;
    client.show = true;
    let result = client.call(procedure).map_err(|error| match error {
        CallError::Local(error) => error,
        error => Error::Input(error.to_string()),
    })?;
    CLIENT.says(format!("the call returns: {result}"));
    Ok(())
}
