//! Why a layer cannot be had on this machine, and what to do about it, in words.
//!
//! Contract: [`explain_namespace`] and [`explain_landlock`] are functions of what was observed alone; [`Facts::read`]
//! observes.

use nix::errno::Errno;
use std::fs;

/// What the machine says about the things that forbid layers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// `/proc/sys/user/max_user_namespaces`.
    pub max_user_namespaces: Option<u64>,
    /// `/proc/sys/kernel/apparmor_restrict_unprivileged_userns`: Ubuntu 23.10 and later.
    pub apparmor_restricts: Option<u64>,
    /// `/proc/sys/kernel/unprivileged_userns_clone`: Debian and Arch kernels.
    pub unprivileged_clone: Option<u64>,
    /// Seccomp filters that this process already had: a container's, for one.
    pub filters: u64,
    /// The program's path, for a remedy that names it.
    pub program: String,
}

impl Facts {
    /// Reads them from `/proc`.
    #[must_use]
    pub fn read() -> Self {
        let number = |path: &str| fs::read_to_string(path).ok()?.trim().parse().ok();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        Self {
            max_user_namespaces: number("/proc/sys/user/max_user_namespaces"),
            apparmor_restricts: number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
            unprivileged_clone: number("/proc/sys/kernel/unprivileged_userns_clone"),
            // Linux before 5.9 tells only the mode, not the number.
            filters: field("Seccomp_filters:").or_else(|| field("Seccomp:")).unwrap_or(0),
            program: fs::read_link("/proc/self/exe")
                .map_or_else(|_| "bulkhead".into(), |path| path.display().to_string()),
        }
    }
}

pub(crate) fn namespace(user: bool, errno: Errno) -> String {
    explain_namespace(user, errno, &Facts::read())
}

/// Why a namespace was refused with this error.
#[must_use]
pub fn explain_namespace(user: bool, errno: Errno, facts: &Facts) -> String {
    match errno {
        Errno::ENOSPC | Errno::EUSERS if facts.max_user_namespaces == Some(0) => NO_USER_NAMESPACES.to_owned(),
        Errno::ENOSPC | Errno::EUSERS => format!("{errno}: {LIMIT_REACHED}"),
        Errno::EPERM | Errno::EACCES if facts.unprivileged_clone == Some(0) => ONLY_ROOT.to_owned(),
        Errno::EPERM | Errno::EACCES if facts.apparmor_restricts.is_some_and(|value| value != 0) => {
            apparmor(&facts.program)
        }
        Errno::EPERM | Errno::EACCES | Errno::ENOSYS if facts.filters > 0 => format!("{errno}: {FILTERED}"),
        Errno::EPERM | Errno::EACCES if user => format!("{errno}: {CHROOT}"),
        Errno::EPERM | Errno::EACCES => format!("{errno}: a security module or the lack of CAP_SYS_ADMIN forbids it"),
        Errno::ENOSYS | Errno::EINVAL => format!("{errno}: this kernel was built without it"),
        errno => format!("{errno}"),
    }
}

const NO_USER_NAMESPACES: &str = "user namespaces are switched off (user.max_user_namespaces is 0). \
    Remedy: sudo sysctl -w user.max_user_namespaces=15000";

const LIMIT_REACHED: &str = "the limit on the number of namespaces, or on their nesting, is reached. \
    Remedy: raise the limits user.max_*_namespaces with sysctl";

const ONLY_ROOT: &str = "this kernel lets only root make user namespaces. \
    Remedy: sudo sysctl -w kernel.unprivileged_userns_clone=1";

const FILTERED: &str = "a seccomp filter that was there before forbids it: a container's, most likely. \
    Remedy: allow clone, unshare and mount for this container, or start it with its own sandbox instead";

const CHROOT: &str = "this process may not make user namespaces: it is in a chroot, or a security module forbids it";

/// A profile that allows user namespaces and restricts nothing else, as Ubuntu ships them for browsers.
fn apparmor(program: &str) -> String {
    format!(
        "AppArmor restricts user namespaces to programs with a profile (Ubuntu 23.10 and later). \
         Remedy: printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\n\
         profile bulkhead \"{program}\" flags=(unconfined) {{\\n  userns,\\n}}\\n' | \
         sudo tee /etc/apparmor.d/bulkhead && sudo apparmor_parser -r /etc/apparmor.d/bulkhead"
    )
}

pub(crate) fn seccomp(error: &str) -> String {
    explain_seccomp(error, &Facts::read())
}

/// Why a filter is refused, `error` being what the kernel says.
#[must_use]
pub fn explain_seccomp(error: &str, facts: &Facts) -> String {
    if facts.filters > 0 { format!("{error}: {NO_FILTER}") } else { format!("{error}: {NO_SECCOMP}") }
}

const NO_FILTER: &str = "a seccomp filter that was there before forbids adding one: a container's, most likely. \
    Remedy: allow seccomp and prctl for this container";

const NO_SECCOMP: &str = "this kernel has no filters for system calls (CONFIG_SECCOMP_FILTER). Remedy: another kernel";

/// Why Landlock is not to be had.
#[must_use]
pub fn explain_landlock(errno: Errno, facts: &Facts) -> String {
    match errno {
        Errno::EOPNOTSUPP => NOT_STARTED.to_owned(),
        Errno::ENOSYS | Errno::EPERM if facts.filters > 0 => format!(
            "{errno}: the kernel lacks Landlock, or a seccomp filter that was there before forbids it (a container's)"
        ),
        Errno::ENOSYS => NOT_BUILT.to_owned(),
        errno => format!("{errno}"),
    }
}

const NOT_STARTED: &str = "Landlock is built into this kernel but was not started. \
    Remedy: add `landlock` to the lsm= list on the kernel's command line \
    (see /sys/kernel/security/lsm for what is there now)";

const NOT_BUILT: &str = "this kernel has no Landlock. \
    Remedy: Linux 5.13 or later, built with CONFIG_SECURITY_LANDLOCK";

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts { max_user_namespaces: Some(1000), program: "/opt/bulkhead".into(), ..Facts::default() }
    }

    #[test]
    fn each_known_refusal_gets_its_own_remedy() {
        let off = Facts { max_user_namespaces: Some(0), ..facts() };
        assert!(explain_namespace(true, Errno::ENOSPC, &off).contains("sysctl -w user.max_user_namespaces"));
        assert!(explain_namespace(true, Errno::ENOSPC, &facts()).contains("nesting"));
        let ubuntu = Facts { apparmor_restricts: Some(1), ..facts() };
        let text = explain_namespace(true, Errno::EPERM, &ubuntu);
        assert!(text.contains("\"/opt/bulkhead\"") && text.contains("apparmor_parser"));
        let debian = Facts { unprivileged_clone: Some(0), ..facts() };
        assert!(explain_namespace(true, Errno::EPERM, &debian).contains("unprivileged_userns_clone=1"));
        let container = Facts { filters: 1, ..facts() };
        assert!(explain_namespace(true, Errno::EPERM, &container).contains("seccomp filter"));
        assert!(explain_namespace(true, Errno::EPERM, &facts()).contains("chroot"));
    }

    #[test]
    fn a_refused_filter_is_told_from_a_kernel_without_filters() {
        assert!(explain_seccomp("EPERM", &Facts { filters: 1, ..facts() }).contains("container"));
        assert!(explain_seccomp("EINVAL", &facts()).contains("CONFIG_SECCOMP_FILTER"));
    }

    #[test]
    fn landlock_that_is_not_started_is_told_from_landlock_that_is_not_there() {
        assert!(explain_landlock(Errno::EOPNOTSUPP, &facts()).contains("lsm="));
        assert!(explain_landlock(Errno::ENOSYS, &facts()).contains("5.13"));
        assert!(explain_landlock(Errno::ENOSYS, &Facts { filters: 1, ..facts() }).contains("seccomp filter"));
    }
}
