//! Names that cross a link.
//!
//! Contract:
//! - a name is meaningful only on the link that it arrived on: the broker looks it up in that renderer's own table, and
//!   another renderer's name resolves to nothing;
//! - names are never used again within one run, so a stale one resolves to nothing either.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

id!(
    /// A tab of the window. It outlives the processes that serve it.
    TabId, u32, "tab "
);
id!(
    /// One renderer process. A tab has a new one after each crash and each change of site.
    RendererId, u32, "renderer "
);
id!(
    /// One navigation: a document that the broker committed into a renderer.
    NavigationId, u32, "navigation "
);
id!(
    /// One set of three slots of pixels, of one size.
    SurfaceId, u32, "surface "
);
id!(
    /// One fetch, named by the renderer that asked for it.
    RequestId, u32, "request "
);
id!(
    /// One input event of one renderer: the broker counts each renderer's events from 1, so a number tells nothing of what the
    /// user does elsewhere. A renderer acknowledges the last that it has handled.
    InputSeq, u32, "input "
);

/// Hands out names, each once.
#[derive(Debug, Default)]
pub struct Counter(u32);

impl Counter {
    /// The newest number, or 0.
    #[must_use]
    pub fn last(&self) -> u32 {
        self.0
    }

    /// The next number. Starts at 1, so that 0 never names anything.
    ///
    /// # Panics
    /// After 4 billion names; only the broker counts with it.
    #[expect(
        clippy::expect_used,
        reason = "a name used twice would be worse, and a thousand names a second last for seven weeks"
    )]
    pub fn mint(&mut self) -> u32 {
        self.0 = self.0.checked_add(1).expect("the counter has names left");
        self.0
    }
}
