//! Attempts to break out of a renderer, made by one that is there to be lost: what the broker orders, for the attack suite
//! to run in real renderers.
//!
//! Contract:
//! - the order gives a renderer no power: each is assumed to be compromised, so whatever it does on command it may do anyway;
//! - the renderer first says [`crate::uplink::FromRenderer::Compromised`], then is granted one surface and one document, so
//!   that it has something to abuse, then makes its attempt, and ends;
//! - what came of a system call is said in its last words ([`crate::control::Cause::Attempt`]); what came of an abuse, the
//!   broker sees for itself.

use bulkhead_siege::Targets;
use serde::{Deserialize, Serialize};

/// What is to be tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attempt {
    /// A row of [`bulkhead_siege::CATALOGUE`].
    System {
        /// Its name there.
        name: String,
        /// What there is to attack.
        targets: Targets,
        /// Whether to make it in the targets' directory, so that what works does no harm elsewhere. Only where nothing
        /// confines the process: to a confined one, going there is out of the question.
        there: bool,
    },
    /// An abuse of what it has.
    Abuse(Abuse),
}

macro_rules! abuses {
    ($($(#[$doc:meta])* $variant:ident $name:literal $tries:literal,)+) => {
        /// What a renderer may do with its links and its memory that no honest one does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "each says what it is in `tries`")]
        pub enum Abuse { $($variant),+ }

        impl Abuse {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// A short name, unique.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What it tries, in words.
            #[must_use]
            pub fn tries(self) -> &'static str {
                match self { $(Self::$variant => $tries),+ }
            }
        }
    };
}

abuses! {
    ForeignSurface "links-foreign-surface" "sends a frame in the surface of another renderer",
    UnknownSurface "links-unknown-surface" "sends a frame in a surface that never was",
    UnknownSlot "links-unknown-slot" "sends a frame in a slot beyond its surface",
    Replay "links-replay" "sends the same frame again, while the broker reads it",
    DamageOutside "links-damage-outside" "has the broker copy pixels from outside of the surface",
    NoNumber "links-no-number" "sends a scroll position that is no number",
    ForeignNavigation "links-foreign-navigation" "sets the title of another renderer's document",
    UnsentInput "links-unsent-input" "answers an input event that was never sent",
    UsedRequest "links-used-request" "asks twice under one name",
    LongUrl "links-long-url" "asks for a URL that is too long",
    LongTitle "links-long-title" "sets a title that is too long",
    UnaskedCopy "links-unasked-copy" "writes to the clipboard, though nobody copied anything",
    NavigationFlood "links-navigation-flood" "opens tabs without end",
    FetchFlood "links-fetch-flood" "asks for files without end, and reads no answer",
    Flood "links-flood" "sends messages without end",
    ReadyTwice "links-ready-twice" "says twice that it is ready, the second time with a better report",
    CompromisedTwice "links-compromised-twice" "asks for more to abuse",
    Oversized "links-oversized" "sends a packet over the size limit",
    Garbage "links-garbage" "sends a packet of garbage",
    Truncated "links-truncated" "sends a packet that ends early",
    Trailing "links-trailing" "sends a message with bytes after it",
    Empty "links-empty" "sends an empty packet",
    Descriptor "links-descriptor" "sends a descriptor where none is expected",
    DescriptorFlood "links-descriptor-flood" "sends as many descriptors as fit, without end",
    ControlGarbage "links-control-garbage" "writes garbage to its control pipe",
    UnaskedPong "links-unasked-pong" "answers a ping that was never sent",
    EndlessLastWords "links-endless-last-words" "says what it dies of, and lives on to say more",
    CloseControl "links-close-control" "closes its control pipe and lives on",
    CloseUplink "links-close-uplink" "closes its uplink and lives on",
    HalfClose "links-half-close" "shuts down half of its uplink and lives on",
    Hoard "memory-hoard" "uses more and more memory",
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_none_is_also_a_system_calls() {
        let names: BTreeSet<_> = Abuse::ALL.iter().map(|abuse| abuse.name()).collect();
        assert_eq!(names.len(), Abuse::ALL.len());
        assert!(names.iter().all(|name| bulkhead_siege::find(name).is_none()));
    }
}
