//! Names and numbers of system calls, for both architectures on either.
//!
//! [`Arch::name`] neither allocates nor locks, so that a signal handler may call it.

mod aarch64;
mod x86_64;

/// An architecture that profiles are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[allow(non_camel_case_types, reason = "that is what they are called")]
pub enum Arch {
    /// 64-bit x86, without the x32 interface.
    x86_64,
    /// 64-bit ARM, without the 32-bit interface.
    aarch64,
}

impl Arch {
    /// Both.
    pub const ALL: [Self; 2] = [Self::x86_64, Self::aarch64];

    /// The one that this program was compiled for.
    #[cfg(target_arch = "x86_64")]
    pub const THIS: Self = Self::x86_64;
    /// The one that this program was compiled for.
    #[cfg(target_arch = "aarch64")]
    pub const THIS: Self = Self::aarch64;

    fn table(self) -> &'static [(u16, &'static str)] {
        match self {
            Self::x86_64 => x86_64::NAMES,
            Self::aarch64 => aarch64::NAMES,
        }
    }

    /// As `uname -m` says it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::x86_64 => "x86_64",
            Self::aarch64 => "aarch64",
        }
    }

    /// `AUDIT_ARCH_*` of linux/audit.h: what a filter and a `SIGSYS` see.
    #[must_use]
    pub const fn audit(self) -> u32 {
        match self {
            Self::x86_64 => 0xc000_003e,
            Self::aarch64 => 0xc000_00b7,
        }
    }

    /// The number of the call of that name, or `None` where this architecture has none.
    #[must_use]
    pub fn number(self, name: &str) -> Option<i64> {
        self.table().iter().find(|(_, other)| *other == name).map(|(number, _)| i64::from(*number))
    }

    /// The name of the call with that number.
    #[must_use]
    pub fn name(self, number: i64) -> Option<&'static str> {
        self.table().iter().find(|(other, _)| i64::from(*other) == number).map(|(_, name)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_c_library() {
        for (name, number) in [
            ("read", libc::SYS_read),
            ("mmap", libc::SYS_mmap),
            ("clone3", libc::SYS_clone3),
            ("rt_sigreturn", libc::SYS_rt_sigreturn),
            ("newfstatat", libc::SYS_newfstatat),
            ("restart_syscall", libc::SYS_restart_syscall),
            ("mseal", libc::SYS_mseal),
        ] {
            assert_eq!(Arch::THIS.number(name), Some(number), "{name}");
            assert_eq!(Arch::THIS.name(number), Some(name));
        }
    }

    #[test]
    fn each_number_and_each_name_is_there_once_and_in_order() {
        for arch in Arch::ALL {
            assert!(arch.table().is_sorted_by(|a, b| a.0 < b.0), "{arch:?}");
            let mut names: Vec<_> = arch.table().iter().map(|(_, name)| name).collect();
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{arch:?}");
        }
    }

    #[test]
    fn what_an_architecture_lacks_has_no_number() {
        assert_eq!(Arch::aarch64.number("poll"), None);
        assert_eq!(Arch::aarch64.number("open"), None);
        assert_eq!(Arch::x86_64.number("open"), Some(2));
        assert_eq!(Arch::aarch64.number("openat"), Some(56));
        assert_eq!(Arch::x86_64.name(1 << 30), None);
    }
}
