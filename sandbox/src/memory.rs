//! Nobody reads this process's memory, and nothing that it wrote is ever executed.
//!
//! Contract:
//! - not dumpable: no core file, no `ptrace(2)` by others of the same user, `/proc/PID` is root's
//!   (PR_SET_DUMPABLE(2const));
//! - memory-deny-write-execute: the kernel itself refuses a mapping that is writable and executable, and making one
//!   executable that was not (PR_SET_MDWE(2const), Linux 6.3). Where the kernel has none, the system call filter still
//!   refuses `PROT_EXEC` in every mapping and every change of one, which is stricter, and this layer reports itself as
//!   off.

use crate::report::{Layer, Name};
use crate::sys::{self, PrctlOption};
use nix::errno::Errno;

const PR_MDWE_REFUSE_EXEC_GAIN: u64 = 1;

pub(crate) fn not_dumpable() -> Layer {
    let set = sys::prctl(PrctlOption::SetDumpable, 0, 0);
    match sys::prctl(PrctlOption::GetDumpable, 0, 0) {
        Ok(0) => Layer::on(Name::NotDumpable, "PR_GET_DUMPABLE answers 0"),
        got => Layer::off(Name::NotDumpable, format!("PR_SET_DUMPABLE: {set:?}, PR_GET_DUMPABLE: {got:?}")),
    }
}

pub(crate) fn write_xor_execute() -> Layer {
    let set = sys::prctl(PrctlOption::SetWriteXorExecute, PR_MDWE_REFUSE_EXEC_GAIN, 0);
    let got = sys::prctl(PrctlOption::GetWriteXorExecute, 0, 0).unwrap_or(0);
    if u64::from(got.cast_unsigned()) & PR_MDWE_REFUSE_EXEC_GAIN != 0 {
        return Layer::on(Name::WriteXorExecute, format!("PR_GET_MDWE answers {got}"));
    }
    match set {
        Err(Errno::EINVAL) => Layer::off(
            Name::WriteXorExecute,
            "this kernel has no PR_SET_MDWE; the seccomp filter refuses PROT_EXEC all the same. Remedy: Linux 6.3 or \
             later",
        ),
        other => Layer::off(Name::WriteXorExecute, format!("PR_SET_MDWE: {other:?}, PR_GET_MDWE: {got}")),
    }
}
