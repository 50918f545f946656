//! The order of the layers. Each is applied when those that it needs are there, and none that it would take away is gone.

use crate::fork::Entered;
use crate::policy::{Policy, Refused};
use crate::report::{Layer, Name, Report};
use crate::seccomp::Filters;
use crate::status::{Status, Unread};
use crate::sys::{self, PrctlOption};
use crate::syscalls::Arch;
use crate::{descriptors, environment, landlock, limits, memory, privileges, root};

/// Confines the calling process, a child of [`crate::fork`], for good. To be called right before the first untrusted byte.
///
/// Afterwards the process can read, write, and receive on what it kept, compute, and end. It dies with its parent.
///
/// # Errors
/// [`Refused`] where the machine grants less than [`Policy::minimum`]: the process, confined as far as it is, must end.
pub fn confine(policy: &Policy<'_>, entered: Entered) -> Result<Report, Refused> {
    let layers = policy.layers;
    let apply = |name, layer: &mut dyn FnMut() -> Layer| if layers.has(name) { layer() } else { Layer::not_asked(name) };

    // While there is a /proc. The second is for what the kernel shows before the filter.
    let (unread, early) = (Unread::open(), Unread::open());
    let descriptors = descriptors::Prepared::open();
    let before = early.map(Unread::read).unwrap_or_default();

    let mut report = entered.namespaces;
    let namespace = report.pop().filter(|layer| layer.name == Name::EmptyRoot);
    report.push(match namespace {
        Some(namespace) if layers.has(Name::EmptyRoot) && entered.mount_namespace => root::apply(namespace),
        Some(refused) => refused,
        None => Layer::not_asked(Name::EmptyRoot),
    });

    let dropped = layers.has(Name::Privileges).then(|| privileges::drop_all(!entered.layers.has(Name::UserNamespace)));
    let privileges_at = report.len();
    report.push(apply(Name::NoNewPrivs, &mut privileges::no_new_privs));
    // After the last change of identity, which would undo it.
    let bound = sys::prctl(PrctlOption::SetParentDeathSignal, libc::SIGKILL as u64, 0);

    report.push(if layers.has(Name::Descriptors) {
        descriptors::apply(descriptors, policy.keep, unread.as_ref().map(Unread::file))
    } else {
        descriptors.discard()
    });
    report.push(apply(Name::Environment, &mut environment::apply));
    report.push(apply(Name::Limits, &mut || limits::apply(policy.limits)));
    report.push(apply(Name::NotDumpable, &mut memory::not_dumpable));
    report.push(apply(Name::WriteXorExecute, &mut memory::write_xor_execute));
    report.push(apply(Name::Landlock, &mut landlock::apply));
    debug_assert!(bound.is_ok(), "PR_SET_PDEATHSIG fails only for a signal that is none");

    let seccomp = layers.has(Name::Seccomp).then(|| filters(policy)).transpose();
    let installed = seccomp.as_ref().ok().and_then(Option::as_ref).map(Filters::install);
    let status = unread.map(Unread::read).unwrap_or_default();
    report.push(match (&seccomp, installed) {
        (Ok(Some(filters)), Some(installed)) => filters.judge(&status, &before, installed),
        (Err(error), _) => Layer::off(Name::Seccomp, error.to_string()),
        _ => Layer::not_asked(Name::Seccomp),
    });
    report.insert(privileges_at, judge_privileges(&status, dropped.as_ref(), entered.groups));
    policy.minimum.check(Report { layers: report })
}

fn filters(policy: &Policy<'_>) -> Result<Filters, crate::seccomp::CompileError> {
    match policy.filters {
        Some(filters) => Ok(filters.clone()),
        None => Filters::compile(policy.profile, Arch::THIS),
    }
}

fn judge_privileges(status: &Status, dropped: Option<&privileges::Dropped>, groups: usize) -> Layer {
    match dropped {
        Some(dropped) => privileges::judge(status, dropped, groups),
        None => Layer::not_asked(Name::Privileges),
    }
}
