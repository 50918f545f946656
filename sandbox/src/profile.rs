//! System-call profiles as data: a table of rows from which the filter ([`crate::seccomp`]) and the page for people
//! ([`page`]) are both made.
//!
//! Contract:
//! - a call without a row is a violation: the process reports it and dies (see [`crate::violation`]);
//! - a row's reason says what the program needs the call for, not what the call does; and who makes it, by name: what has no
//!   caller has no row;
//! - tests look at the low 32 bits of an argument, as the kernel does with every `int`; the one exception is
//!   [`Is::Null`];
//! - a row that is answered softly never reaches the kernel's code for the call.

pub mod net;
pub mod page;
pub mod renderer;

use crate::syscalls::Arch;

/// A list of what one kind of process may call.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// Its name.
    pub name: &'static str,
    /// What kind of process it is for.
    pub about: &'static str,
    /// What may be called, and what is answered softly.
    pub rows: &'static [Row],
}

/// One system call.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its name. On an architecture that has no such call, the row does not count.
    pub call: &'static str,
    /// What happens.
    pub verdict: Verdict,
    /// Who makes it: functions of this project between backticks, and of others by their names.
    pub callers: &'static str,
    /// What for.
    pub why: &'static str,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug)]
pub enum Verdict {
    /// It is made.
    Always,
    /// It is made if one of these cases fits; else it is a violation.
    When(&'static [Case]),
    /// It is not made, and the caller is given this answer, an error or [`DONE`], if one of these cases fits (or if
    /// there is none to fit); else it is a violation, or, where the same call has another row, up to that.
    Answered(Named, &'static [Case]),
}

/// Tests of which all must hold.
pub type Case = &'static [Test];

/// A test of one argument.
#[derive(Clone, Copy, Debug)]
pub struct Test {
    /// Which, from 0.
    pub argument: u8,
    /// What it is called in the manual.
    pub name: &'static str,
    /// What it must be.
    pub is: Is,
}

/// What an argument must be.
#[derive(Clone, Copy, Debug)]
pub enum Is {
    /// One of these.
    OneOf(&'static [Named]),
    /// Anything but this.
    Not(Named),
    /// Made of these bits alone; 0 is.
    Within(&'static [Named]),
    /// A null pointer.
    Null,
}

/// A constant with its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// As in the manual.
    pub name: &'static str,
    /// Its value.
    pub value: u32,
}

/// One constant of `libc` with its name.
macro_rules! name {
    ($name:ident) => {
        $crate::profile::Named { name: stringify!($name), value: libc::$name as u32 }
    };
}
pub(crate) use name;

/// Constants of `libc` with their names.
macro_rules! named {
    ($($name:ident),+ $(,)?) => { &[$($crate::profile::name!($name)),+] };
}
pub(crate) use named;

/// The answer of a call that only says that it was made.
pub const DONE: Named = Named { name: "success, and nothing is done,", value: 0 };

/// A row that is always allowed.
const fn always(call: &'static str, callers: &'static str, why: &'static str) -> Row {
    Row { call, verdict: Verdict::Always, callers, why }
}

/// A row that is allowed in some cases.
const fn when(call: &'static str, callers: &'static str, cases: &'static [Case], why: &'static str) -> Row {
    Row { call, verdict: Verdict::When(cases), callers, why }
}

/// A row that is answered softly, in some cases or always.
const fn answered(
    call: &'static str,
    callers: &'static str,
    error: Named,
    cases: &'static [Case],
    why: &'static str,
) -> Row {
    Row { call, verdict: Verdict::Answered(error, cases), callers, why }
}

const fn test(argument: u8, name: &'static str, is: Is) -> Test {
    Test { argument, name, is }
}

impl Profile {
    /// Names of the calls that are made without a condition, on that architecture.
    pub fn always(&self, arch: Arch) -> impl Iterator<Item = &'static str> {
        self.having(arch, |verdict| matches!(verdict, Verdict::Always))
    }

    /// Names of the calls that are made under a condition, on that architecture.
    pub fn conditional(&self, arch: Arch) -> impl Iterator<Item = &'static str> {
        self.having(arch, |verdict| matches!(verdict, Verdict::When(_)))
    }

    /// Names of the calls that are answered softly, on that architecture.
    pub fn soft(&self, arch: Arch) -> impl Iterator<Item = &'static str> {
        self.having(arch, |verdict| matches!(verdict, Verdict::Answered(..)))
    }

    fn having(&self, arch: Arch, is: fn(&Verdict) -> bool) -> impl Iterator<Item = &'static str> {
        self.rows.iter().filter(move |row| is(&row.verdict) && arch.number(row.call).is_some()).map(|row| row.call)
    }
}
