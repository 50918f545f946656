//! The order of the layers. Each is applied when those that it needs are there, and none that it would take away is gone.

use crate::fork::Entered;
use crate::policy::{Policy, Refused};
use crate::report::{Layer, Name, Report};
use crate::seccomp::Filters;
use crate::status::Unread;
use crate::sys::{self, PrctlOption};
use crate::syscalls::Arch;
use crate::{descriptors, environment, landlock, limits, memory, privileges, root};
use std::borrow::Cow;
use std::time::Instant;

/// Confines the calling process, a child of [`crate::fork`], for good. To be called right before the first untrusted byte.
///
/// Afterwards the process can read, write, and receive on what it kept, compute, and end. It dies with its parent.
///
/// # Errors
/// [`Refused`] where the machine grants less than [`Policy::minimum`]: the process, confined as far as it is, must end.
pub fn confine(policy: &Policy<'_>, entered: Entered) -> Result<Report, Refused> {
    let asked = |name| policy.layers.has(name);
    let began = entered.began;
    let mut record = Record::of(entered.namespaces, began);

    // While there are a /proc and a /dev. The second file is for what the kernel shows before the filter.
    let (unread, early) = (Unread::open(), Unread::open());
    let prepared = descriptors::Prepared::open();
    let before = early.map(Unread::read).unwrap_or_default();

    if asked(Name::EmptyRoot) && entered.mount_namespace {
        record.replace(Name::EmptyRoot, root::apply);
    }
    let dropped = asked(Name::Privileges).then(|| privileges::drop_all(!entered.layers.has(Name::UserNamespace)));
    record.push(Layer::not_asked(Name::Privileges));
    record.apply(Name::NoNewPrivs, asked, privileges::no_new_privs);
    // After the last change of identity, which would undo it. It fails only for a signal that is none.
    let _ = sys::prctl(PrctlOption::SetParentDeathSignal, libc::SIGKILL as u64, 0);

    record.push(if asked(Name::Descriptors) {
        descriptors::apply(prepared, policy.keep, unread.as_ref().map(Unread::file))
    } else {
        prepared.discard()
    });
    record.apply(Name::Environment, asked, environment::apply);
    record.apply(Name::Limits, asked, || limits::apply(policy.limits));
    record.apply(Name::NotDumpable, asked, memory::not_dumpable);
    record.apply(Name::WriteXorExecute, asked, memory::write_xor_execute);
    let filters_before = before.field("Seccomp_filters").and_then(|text| text.parse().ok()).unwrap_or(0);
    record.apply(Name::Landlock, asked, || landlock::apply(filters_before));

    let filters = asked(Name::Seccomp).then(|| filters(policy)).transpose();
    let installed = filters.as_ref().map(|filters| filters.as_deref().map(Filters::install));
    // What the kernel shows now decides what is reported of privileges and filter.
    let status = unread.map(Unread::read).unwrap_or_default();
    record.push(match (&filters, installed) {
        (Ok(Some(filters)), Ok(Some(installed))) => filters.judge(&status, &before, installed),
        (Err(error), _) => Layer::off(Name::Seccomp, error.to_string()),
        _ => Layer::not_asked(Name::Seccomp),
    });
    if let Some(dropped) = dropped {
        record.replace(Name::Privileges, |_| privileges::judge(&status, &dropped, entered.groups));
    }
    policy.minimum.check(record.finish(began))
}

fn filters<'a>(policy: &Policy<'a>) -> Result<Cow<'a, Filters>, crate::seccomp::CompileError> {
    match policy.filters {
        Some(filters) => Ok(Cow::Borrowed(filters)),
        None => Filters::compile(policy.profile, Arch::THIS).map(Cow::Owned),
    }
}

/// The report as it grows, with the time that each layer took.
struct Record {
    layers: Vec<Layer>,
    last: Instant,
}

impl Record {
    fn of(mut layers: Vec<Layer>, began: Instant) -> Self {
        if let Some(first) = layers.first_mut() {
            first.microseconds = since(began);
        }
        Self { layers, last: Instant::now() }
    }

    fn apply(&mut self, name: Name, asked: impl Fn(Name) -> bool, layer: impl FnOnce() -> Layer) {
        let layer = if asked(name) { layer() } else { Layer::not_asked(name) };
        self.push(layer);
    }

    fn push(&mut self, layer: Layer) {
        let microseconds = since(self.last);
        self.last = Instant::now();
        self.layers.push(Layer { microseconds, ..layer });
    }

    /// Puts a layer in place of what is known of it so far.
    fn replace(&mut self, name: Name, layer: impl FnOnce(Layer) -> Layer) {
        let Some(slot) = self.layers.iter_mut().find(|layer| layer.name == name) else { return };
        let new = layer(slot.clone());
        let microseconds = slot.microseconds + since(self.last);
        self.last = Instant::now();
        *slot = Layer { microseconds, ..new };
    }

    fn finish(self, began: Instant) -> Report {
        Report { layers: self.layers, microseconds: since(began) }
    }
}

fn since(instant: Instant) -> u64 {
    u64::try_from(instant.elapsed().as_micros()).unwrap_or(u64::MAX)
}
