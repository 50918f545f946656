//! The rules of the links, each with a name: what a renderer is ended for, and what its crash page says.

use bulkhead_shared::packet::Corrupt;

/// A rule of a link that a renderer broke. The first words of each are its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// The packet itself is wrong.
    #[error("{0}")]
    Packet(Corrupt),
    /// A control record that does not decode.
    #[error("a control record that does not decode")]
    ControlRecord,
    /// A pong to a ping that was never sent.
    #[error("a pong to no ping")]
    UnexpectedPong,
    /// More records of last words than [`bulkhead_shared::limits::LAST_WORDS`].
    #[error("last words without an end")]
    EndlessLastWords,
    /// More messages than [`bulkhead_shared::limits::MESSAGES_PER_WINDOW`], or more bytes than
    /// [`bulkhead_shared::limits::MESSAGE_BYTES_PER_WINDOW`].
    #[error("too many messages in a short time")]
    Flood,
    /// More navigations than [`bulkhead_shared::limits::NAVIGATIONS_PER_WINDOW`].
    #[error("too many navigations in a short time")]
    NavigationFlood,
    /// It does not read its downlink.
    #[error("it stopped reading its downlink")]
    DownlinkNotRead,
    /// It does not read its uplink.
    #[error("it stopped reading its uplink")]
    UplinkNotRead,
    /// It closed a link and lives on.
    #[error("it closed its {0}")]
    ClosedLink(&'static str),
    /// It did not say that it is ready within [`bulkhead_shared::limits::SPAWN`].
    #[error("it was not ready in time")]
    NotReady,
    /// It said so twice.
    #[error("it was ready twice")]
    ReadyTwice,
    /// A surface that this renderer was not granted, or no longer has.
    #[error("a frame in a surface that is not its own")]
    UnknownSurface,
    /// A slot number beyond the surface.
    #[error("a frame in a slot that does not exist")]
    UnknownSlot,
    /// A slot that the broker still reads.
    #[error("a frame in a slot that it does not hold")]
    SlotNotHeld,
    /// A frame before the last one was shown.
    #[error("a frame before the last one was shown")]
    FrameInFlight,
    /// A rectangle that is not within the surface.
    #[error("damage outside of the surface")]
    DamageOutside,
    /// A document that was never committed into this renderer.
    #[error("a navigation that is not its own")]
    UnknownNavigation,
    /// It acknowledges input that was never sent.
    #[error("it answered an input event that was not sent")]
    UnknownInput,
    /// A request's name that is in use, or used up.
    #[error("a request with a used name")]
    RequestReused,
    /// More than [`bulkhead_shared::limits::FETCHES_IN_FLIGHT`].
    #[error("too many fetches at once")]
    TooManyFetches,
    /// A URL over [`bulkhead_shared::limits::URL_BYTES`].
    #[error("a URL that is too long")]
    LongUrl,
    /// A URL that is none.
    #[error("a URL that does not parse")]
    BadUrl,
    /// A title over [`bulkhead_shared::limits::TITLE_BYTES`].
    #[error("a title that is too long")]
    LongTitle,
    /// A line of a log over [`bulkhead_shared::limits::LOG_BYTES`].
    #[error("a line of its log that is too long")]
    LongLog,
    /// A copied or selected text over [`bulkhead_shared::limits::CLIPBOARD_BYTES`].
    #[error("a copied text that is too long")]
    LongCopy,
    /// It wants to write to the clipboard, or to the primary selection, though the user copied or selected nothing.
    #[error("a copy that nobody asked for")]
    UnaskedCopy,
    /// It plays the compromised renderer, though the broker did not ask for that.
    #[error("an attempt that nobody asked for")]
    UnaskedAttempt,
    /// A length or position that is no finite number.
    #[error("a position that is no number")]
    BadNumber,
}

impl Violation {
    /// Its name, as in `UnknownSurface`.
    #[must_use]
    pub fn name(&self) -> String {
        let debug = format!("{self:?}");
        debug.split(['(', ' ']).next().unwrap_or_default().to_owned()
    }
}
