//! The rules of the links, each with a name: what a renderer is ended for, and what its crash page says.

use bulkhead_shared::packet::Corrupt;

/// A rule of a link that a renderer broke. The first words of each are its name.
///
/// No honest renderer breaks one, whatever its page and its user do: `Honest` says of each why not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// The packet itself is wrong. Honest: packets are made by the same serialiser, carry no descriptor, and fit: what can be long in
    /// a message is cut where it is made, to lengths that are asserted to fit in `shared/src/limits.rs`.
    #[error("{0}")]
    Packet(Corrupt),
    /// A control record that does not decode. Honest: records are of one length and written whole.
    #[error("a control record that does not decode")]
    ControlRecord,
    /// A pong to a ping that was never sent. Honest: it answers each ping once, and one ping is under way at most.
    #[error("a pong to no ping")]
    UnexpectedPong,
    /// More records of last words than [`bulkhead_shared::limits::LAST_WORDS`]. Honest: it exits after the first, or after those that
    /// the first leads to.
    #[error("last words without an end")]
    EndlessLastWords,
    /// More messages than [`bulkhead_shared::limits::MESSAGES_PER_WINDOW`], or more bytes than
    /// [`bulkhead_shared::limits::MESSAGE_BYTES_PER_WINDOW`]. Honest: it paces itself
    /// ([`bulkhead_shared::limits::MESSAGES_PER_SECOND`]), and the sum of that and of what fits its socket is asserted to be less.
    #[error("too many messages in a short time")]
    Flood,
    /// More navigations than [`bulkhead_shared::limits::NAVIGATION_FLOOD`]. Honest: it paces these as well. Those over
    /// [`bulkhead_shared::limits::NAVIGATIONS_PER_WINDOW`] are refused.
    #[error("too many navigations in a short time")]
    NavigationFlood,
    /// It closed a link and lives on. Honest: its links close with it.
    #[error("it closed its {0}")]
    ClosedLink(&'static str),
    /// It did not say that it is ready within [`bulkhead_shared::limits::SPAWN`]. Honest: it has seen nothing of a page by then, and
    /// takes some milliseconds; a machine that makes it take seconds is not a page's doing.
    #[error("it was not ready in time")]
    NotReady,
    /// A message that has no place yet ([`bulkhead_shared::protocol`]). Honest: it says that it is ready before its event loop, and speaks
    /// of documents that it was handed.
    #[error("a message that has no place in this phase: {0}")]
    OutOfPhase(&'static str),
    /// It said so twice. Honest: it says so before its event loop.
    #[error("it was ready twice")]
    ReadyTwice,
    /// A surface that this renderer was not granted, or no longer has. Honest: it draws into the newest that it has read. A frame in
    /// one that was withdrawn meanwhile is void; more than are remembered cannot be unread, since one at a time is sent.
    #[error("a frame in a surface that is not its own")]
    UnknownSurface,
    /// A slot number beyond the surface. Honest: it has three.
    #[error("a frame in a slot that does not exist")]
    UnknownSlot,
    /// A slot that the broker still reads. Honest: a slot is its own again when it reads that it is.
    #[error("a frame in a slot that it does not hold")]
    SlotNotHeld,
    /// A frame before the last one was shown. Honest: it waits for that.
    #[error("a frame before the last one was shown")]
    FrameInFlight,
    /// A rectangle that is not within the surface. Honest: it is found by comparing two slots of that surface.
    #[error("damage outside of the surface")]
    DamageOutside,
    /// A document that was never committed into this renderer. Honest: it speaks of the newest that it has read, and the broker
    /// remembers more than can be unread ([`bulkhead_shared::limits::NAVIGATIONS_KEPT`]).
    #[error("a navigation that is not its own")]
    UnknownNavigation,
    /// It acknowledges input that was never sent. Honest: it repeats the number that it was sent.
    #[error("it answered an input event that was not sent")]
    UnknownInput,
    /// A request's name that is in use, or used up. Honest: its stub counts, over all documents.
    #[error("a request with a used name")]
    RequestReused,
    /// More than [`bulkhead_shared::limits::FETCHES_IN_FLIGHT`]. Honest: its stub has as many under way as were not answered to it, and
    /// here they end when the answer leaves; those of a document before count neither there nor here.
    #[error("too many fetches at once")]
    TooManyFetches,
    /// A URL over [`bulkhead_shared::limits::URL_BYTES`]. Honest: it sends none, in none of the messages that have one. A URL that
    /// does not parse, or grows over this when it is brought into its normal form, is refused.
    #[error("a URL that is too long")]
    LongUrl,
    /// A title over [`bulkhead_shared::limits::TITLE_BYTES`]. Honest: it cuts titles.
    #[error("a title that is too long")]
    LongTitle,
    /// A line of a log over [`bulkhead_shared::limits::LOG_BYTES`]. Honest: it cuts lines.
    #[error("a line of its log that is too long")]
    LongLog,
    /// A copied or selected text over [`bulkhead_shared::limits::CLIPBOARD_BYTES`]. Honest: it cuts both.
    #[error("a copied text that is too long")]
    LongCopy,
    /// It wants to write to the clipboard, or to the primary selection, though the user copied or selected nothing. Honest: it answers
    /// an edit command, once.
    #[error("a copy that nobody asked for")]
    UnaskedCopy,
    /// A length or position that is no number within [`bulkhead_shared::limits::CSS_PIXELS`]. Honest: it brings each within bounds,
    /// whatever layout came to ([`bulkhead_shared::uplink::ScrollState::bounded`]).
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
