//! Confine this function in a forked child.
//!
//! ```console
//! $ cargo run --release -p bulkhead-sandbox --example confine
//! ```

use bulkhead_sandbox::{Policy, spawn};
use std::io::{Read, Write};
use std::os::fd::AsFd;

/// Stands for code that reads what nobody trusts. It may do what it likes: it has a pipe, and nothing else.
fn untrusted() -> String {
    "what was computed".to_owned()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut result, pipe) = std::io::pipe()?;
    let keep = [pipe.as_fd()];
    let policy = Policy { keep: &keep, ..Policy::renderer() };
    let child = spawn(&policy, |_| i32::from((&pipe).write_all(untrusted().as_bytes()).is_err()))?;
    drop(pipe);
    let mut text = String::new();
    result.read_to_string(&mut text)?;
    println!("{text:?}, and then {:?}", child.wait()?);
    Ok(())
}
