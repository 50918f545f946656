//! What was achieved, layer by layer. Nothing here says what was asked for.
//!
//! Contract:
//! - every layer of [`Name`] is in a [`Report`] once, in the order of application;
//! - [`State::On`] is said only after the kernel was asked and said so; `evidence` tells how;
//! - [`State::Off`] carries a reason that a person can act on.

use std::borrow::Cow;
use std::fmt;

/// The layers, in the order in which they are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[repr(u8)]
pub enum Name {
    /// A user namespace of its own: `user_namespaces(7)`.
    UserNamespace,
    /// A PID namespace whose first process is the confined one: `pid_namespaces(7)`.
    PidNamespace,
    /// A network namespace without a usable interface: `network_namespaces(7)`.
    NetNamespace,
    /// `ipc_namespaces(7)`.
    IpcNamespace,
    /// `uts_namespaces(7)`.
    UtsNamespace,
    /// `mount_namespaces(7)`, with an empty and unwritable root: `pivot_root(2)`.
    EmptyRoot,
    /// No capabilities, no groups, locked securebits: `capabilities(7)`.
    Privileges,
    /// `PR_SET_NO_NEW_PRIVS(2const)`.
    NoNewPrivs,
    /// No descriptors but the listed ones: `close_range(2)`.
    Descriptors,
    /// No environment.
    Environment,
    /// `setrlimit(2)`.
    Limits,
    /// `PR_SET_DUMPABLE(2const)`.
    NotDumpable,
    /// `PR_SET_MDWE(2const)`.
    WriteXorExecute,
    /// `landlock(7)`.
    Landlock,
    /// `seccomp(2)`.
    Seccomp,
}

impl Name {
    /// Every layer, in order.
    pub const ALL: [Self; 15] = [
        Self::UserNamespace,
        Self::PidNamespace,
        Self::NetNamespace,
        Self::IpcNamespace,
        Self::UtsNamespace,
        Self::EmptyRoot,
        Self::Privileges,
        Self::NoNewPrivs,
        Self::Descriptors,
        Self::Environment,
        Self::Limits,
        Self::NotDumpable,
        Self::WriteXorExecute,
        Self::Landlock,
        Self::Seccomp,
    ];

    /// A short name for tables and command lines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserNamespace => "user-namespace",
            Self::PidNamespace => "pid-namespace",
            Self::NetNamespace => "net-namespace",
            Self::IpcNamespace => "ipc-namespace",
            Self::UtsNamespace => "uts-namespace",
            Self::EmptyRoot => "empty-root",
            Self::Privileges => "privileges",
            Self::NoNewPrivs => "no-new-privs",
            Self::Descriptors => "descriptors",
            Self::Environment => "environment",
            Self::Limits => "limits",
            Self::NotDumpable => "not-dumpable",
            Self::WriteXorExecute => "write-xor-execute",
            Self::Landlock => "landlock",
            Self::Seccomp => "seccomp",
        }
    }

    /// What an attacker inside loses by it.
    #[must_use]
    pub fn stops(self) -> &'static str {
        match self {
            Self::UserNamespace => {
                "power over anything outside: its capabilities count only inside, and then they are dropped"
            }
            Self::PidNamespace => "naming, signalling or tracing any process but itself",
            Self::NetNamespace => "every network address, and the abstract sockets of display servers and D-Bus",
            Self::IpcNamespace => "System V shared memory, queues and semaphores, and POSIX queues of other programs",
            Self::UtsNamespace => "changing the machine's name",
            Self::EmptyRoot => "every path: there is one empty directory, and nothing can be made in it",
            Self::Privileges => "root's powers, one by one, and files that a group may read",
            Self::NoNewPrivs => "gaining rights through a set-user-id program",
            Self::Descriptors => "files, sockets and terminals that were left open by whoever started it",
            Self::Environment => "secrets in variables, and steering libraries through them",
            Self::Limits => "eating the machine: memory, processes, descriptors, files, core dumps",
            Self::NotDumpable => "being traced or read by other processes of the same user, and core dumps",
            Self::WriteXorExecute => "making written memory executable",
            Self::Landlock => {
                "opening, making or changing files, TCP, abstract sockets and signals outside, without any namespace"
            }
            Self::Seccomp => "all of the kernel that a renderer does not need",
        }
    }

    /// The layer of that short name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.as_str() == text)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A set of layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Layers(u16);

impl Layers {
    /// All of them.
    pub const ALL: Self = Self((1 << Name::ALL.len()) - 1);
    /// None.
    pub const NONE: Self = Self(0);

    /// Whether the layer is in the set.
    #[must_use]
    pub const fn has(self, name: Name) -> bool {
        self.0 & (1 << name as u8) != 0
    }

    /// The set without this layer.
    #[must_use]
    pub const fn without(self, name: Name) -> Self {
        Self(self.0 & !(1 << name as u8))
    }

    /// The set with this layer.
    #[must_use]
    pub const fn with(self, name: Name) -> Self {
        Self(self.0 | 1 << name as u8)
    }

    /// As bits, the first layer lowest.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0 as u32
    }

    /// From bits; those of no layer are dropped.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits as u16 & Self::ALL.0)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The layers in it, in order.
    pub fn iter(self) -> impl Iterator<Item = Name> {
        Name::ALL.into_iter().filter(move |name| self.has(*name))
    }
}

impl FromIterator<Name> for Layers {
    fn from_iter<T: IntoIterator<Item = Name>>(names: T) -> Self {
        names.into_iter().fold(Self::NONE, Self::with)
    }
}

/// How far a layer got.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum State {
    /// All of it, as the kernel confirms.
    On,
    /// A part; the text says what is missing and why.
    Partial(String),
    /// Nothing; the text says why, and what to do about it.
    Off(String),
}

/// One layer, as achieved.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Layer {
    /// Which.
    pub name: Name,
    /// How far it got.
    pub state: State,
    /// What an attacker loses by it.
    pub stops: Cow<'static, str>,
    /// How it was verified.
    pub evidence: String,
    /// What it took to apply and verify it. What the namespaces took together, the fork included, is with the first of
    /// them.
    pub microseconds: u64,
}

impl Layer {
    pub(crate) fn new(name: Name, state: State, evidence: impl Into<String>) -> Self {
        Self { name, state, stops: Cow::Borrowed(name.stops()), evidence: evidence.into(), microseconds: 0 }
    }

    pub(crate) fn on(name: Name, evidence: impl Into<String>) -> Self {
        Self::new(name, State::On, evidence)
    }

    pub(crate) fn partial(name: Name, missing: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self::new(name, State::Partial(missing.into()), evidence)
    }

    pub(crate) fn off(name: Name, reason: impl Into<String>) -> Self {
        Self::new(name, State::Off(reason.into()), "")
    }

    /// The layer was taken out by [`crate::Policy::layers`].
    pub(crate) fn not_asked(name: Name) -> Self {
        Self::off(name, "not asked for")
    }

    /// `On` where nothing is missing, `Partial` otherwise.
    pub(crate) fn judged(name: Name, missing: &[String], evidence: impl Into<String>) -> Self {
        if missing.is_empty() { Self::on(name, evidence) } else { Self::partial(name, missing.join("; "), evidence) }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            State::On => write!(f, "{:<18} on       {}", self.name, self.evidence),
            State::Partial(missing) => write!(f, "{:<18} partial  {missing}; {}", self.name, self.evidence),
            State::Off(reason) => write!(f, "{:<18} OFF      {reason}", self.name),
        }
    }
}

/// All layers, as achieved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Report {
    /// In the order of application.
    pub layers: Vec<Layer>,
    /// What all of it took, from before the fork.
    pub microseconds: u64,
}

impl Report {
    /// The state of one layer.
    #[must_use]
    pub fn state(&self, name: Name) -> Option<&State> {
        self.layers.iter().find(|layer| layer.name == name).map(|layer| &layer.state)
    }

    /// Whether a layer is on, be it in part.
    #[must_use]
    pub fn is_on(&self, name: Name) -> bool {
        matches!(self.state(name), Some(State::On | State::Partial(_)))
    }

    /// The layers that are on, be it in part.
    #[must_use]
    pub fn on(&self) -> Layers {
        Name::ALL.into_iter().filter(|name| self.is_on(*name)).collect()
    }

    /// Layers that are off.
    pub fn missing(&self) -> impl Iterator<Item = &Layer> {
        self.layers.iter().filter(|layer| matches!(layer.state, State::Off(_)))
    }

    /// Layers that are on in part.
    pub fn partial(&self) -> impl Iterator<Item = &Layer> {
        self.layers.iter().filter(|layer| matches!(layer.state, State::Partial(_)))
    }

    /// Whether every layer is wholly on.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        Name::ALL.into_iter().all(|name| self.state(name) == Some(&State::On))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for layer in &self.layers {
            writeln!(f, "{layer}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_what_was_put_in() {
        let set: Layers = [Name::Landlock, Name::Seccomp].into_iter().collect();
        assert!(set.has(Name::Landlock) && !set.has(Name::EmptyRoot));
        assert_eq!(set.without(Name::Landlock).iter().collect::<Vec<_>>(), [Name::Seccomp]);
        assert_eq!(Layers::ALL.iter().count(), Name::ALL.len());
        assert!(Layers::NONE.is_empty());
    }

    #[test]
    fn names_parse_back() {
        for name in Name::ALL {
            assert_eq!(Name::parse(name.as_str()), Some(name));
        }
    }

    #[test]
    fn a_report_with_a_gap_is_not_complete() {
        let mut report = Report { layers: Name::ALL.map(|name| Layer::on(name, "")).to_vec(), microseconds: 0 };
        assert!(report.is_complete());
        report.layers[3] = Layer::partial(Name::IpcNamespace, "half", "");
        assert!(!report.is_complete() && report.is_on(Name::IpcNamespace));
        report.layers.pop();
        assert!(!report.is_on(Name::Seccomp));
    }
}
