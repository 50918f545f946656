//! No environment, and none of its text left in memory.
//!
//! Contract: `environ` is empty, and the strings that it pointed to are overwritten: a process can read its own memory, whatever
//! the sandbox, and a variable may hold a secret. Better still is to start the zygote without any.

use crate::report::{Layer, Name};
use crate::sys;

pub(crate) fn apply() -> Layer {
    let bytes = sys::wipe_environment();
    if sys::environment_is_empty() {
        Layer::on(Name::Environment, format!("environ is empty; {bytes} bytes of it are overwritten"))
    } else {
        Layer::off(Name::Environment, "clearenv left something")
    }
}
