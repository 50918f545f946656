//! The documents say what is so: each path that they name is there, each `Type::function` is in the code, the tours of
//! ARCHITECTURE.md are in the order of the marks in the code, and the table of who else's code runs in the trusted process is that
//! of `cargo metadata`.

mod crates;
mod documents;
mod names;
mod source;
mod tours;
