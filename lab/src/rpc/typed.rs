//! The same service through `ipc-channel`: the compiler writes the stubs.
//!
//! A request is an `enum` that derives `Serialize`; the answer's channel travels inside the request, as a descriptor beside the
//! bytes. The server's name is handed to the client once, instead of a registry.

use crate::error::{Error, Result};
use crate::fork::fork;
use crate::names::Directory;
use crate::narrate::{Narrator, note, title};
use ipc_channel::ipc::{IpcOneShotServer, IpcSender, channel};
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::time::Duration;

const CLIENT: Narrator = Narrator::new("client");
const SERVER: Narrator = Narrator::new("server");
/// How long the client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the client asks.
#[derive(Debug, Serialize, Deserialize)]
enum Request {
    Add(i32, i32, IpcSender<Result<i32, String>>),
    Divide(i32, i32, IpcSender<Result<i32, String>>),
}

/// Two calls, one of which fails.
///
/// # Errors
/// What the library says.
pub fn demo() -> Result<()> {
    title("rpc, through ipc-channel: typed, and the answer's channel is in the request");
    // `ipc-channel` would put its socket where every user may look.
    let directory = Directory::new()?;
    let _ = tempfile::env::override_temp_dir(directory.path());
    let (bootstrap, name) = IpcOneShotServer::<IpcSender<Request>>::new().map_err(foreign)?;
    let server = fork(&[], || {
        let (sender, requests) = channel().map_err(foreign)?;
        IpcSender::connect(name.clone())
            .and_then(|client| client.send(sender).map_err(std::io::Error::other))
            .map_err(foreign)?;
        while let Ok(request) = requests.recv() {
            SERVER.says(format!("recv() -> {}", describe(&request)));
            let (answer, to) = match request {
                Request::Add(a, b, to) => (a.checked_add(b).ok_or("the sum is too large".to_owned()), to),
                Request::Divide(a, b, to) => (a.checked_div(b).ok_or(format!("{a} divided by {b} is no number")), to),
            };
            to.send(answer).map_err(foreign)?;
        }
        SERVER.says("the client has dropped its sender: the end");
        Ok(())
    })?;
    server.peer().still_there()?;
    let (_, requests) = bootstrap.accept().map_err(foreign)?;
    for make in [|to| Request::Add(2, 3, to), |to| Request::Divide(1, 0, to)] {
        let (to, answers) = channel().map_err(foreign)?;
        let request = make(to);
        let text = describe(&request);
        requests.send(request).map_err(foreign)?;
        let answer =
            answers.try_recv_timeout(PATIENCE).map_err(|error| Error::Broken(format!("ipc-channel: {error:?}")))?;
        CLIENT.says(format!("{text} -> {answer:?}"));
    }
    drop(requests);
    server.join()?;
    note("No marshalling to write, no port to find. But its receiver believes its sender, so that the browser uses it");
    note("downhill only: from the broker to a renderer, never back. A renderer's fetch is a call over its own socket,");
    note(
        "with checked lengths, as in wire.rs: renderer (stub) -> broker (policy) -> net process, the body as a memfd.",
    );
    Ok(())
}

fn describe(request: &Request) -> String {
    match request {
        Request::Add(a, b, _) => format!("Add({a}, {b})"),
        Request::Divide(a, b, _) => format!("Divide({a}, {b})"),
    }
}

fn foreign(error: impl Display) -> Error {
    Error::Broken(format!("ipc-channel: {error}"))
}
