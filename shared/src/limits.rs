//! Every cap on what a peer may send, each with its reason.
//!
//! Contract:
//! - an honest renderer keeps below each of them by itself, whatever its page and its user do: what is longer is cut, refused or
//!   held back where it is made;
//! - so whoever exceeds one lies, and is ended for it;
//! - where the broker cannot tell a lie from a slow machine, it holds back or refuses instead of ending;
//! - caps that depend on each other are related by assertions at compile time, at the end of this file.

use std::time::Duration;

/// Bytes in one packet of the uplink. The largest legitimate message is a URL or a copied text with its header; the
/// kernel's default `SO_SNDBUF` (208 KiB) still takes it in one piece.
pub const PACKET_BYTES: usize = 64 * 1024;

/// Descriptors in one packet where descriptors are expected at all: three for a fork request, one for a surface, a
/// document, a body or a pidfd. Up the uplink come none.
pub const PACKET_DESCRIPTORS: usize = 4;

/// Room in a packet for everything of a message but its one long text: names, numbers, a MIME type.
pub const HEADER_BYTES: usize = 1024;

/// Bytes that may wait in one direction of a packet socket, as the kernel counts them: with its own record of each packet. It is the
/// kernel's default (208 KiB), asked for by name, since an administrator may have chosen another one.
pub const SOCKET_BYTES: usize = 208 * 1024;

/// The kernel counts at least this for a packet, however short.
pub const PACKET_OVERHEAD: usize = 512;

/// Bytes of a URL in its normal form, as `url::Url` writes it. Chromium's `kMaxURLChars` is 2 MiB; no server accepts more than a few
/// tens of kilobytes, and ours has to fit a packet.
pub const URL_BYTES: usize = 32 * 1024;

/// Bytes of a link's address that is shown while the pointer is over it. No status bar shows more.
pub const HOVER_BYTES: usize = 2048;

/// Bytes in a title. A tab shows some thirty characters, a tooltip a few hundred.
pub const TITLE_BYTES: usize = 1024;

/// Bytes in a line of a renderer's log: a message with a long URL.
pub const LOG_BYTES: usize = 1024;

/// Lines of its log that a renderer sends in one [`RATE_WINDOW`], and that are written. A page can make a renderer log more, so what is
/// beyond is left out, and counted.
pub const LOG_LINES: u32 = 32;

/// Bytes of text that a page may put on the clipboard in one copy. It has to fit a packet.
pub const CLIPBOARD_BYTES: usize = 60 * 1024;

/// A copied text comes within this time after the user asked for it, or is not put on the clipboard any more: by then the user
/// may have copied something else.
pub const COPY: Duration = Duration::from_secs(1);

/// Width and height of a surface in pixels. `vello_cpu` addresses pixels with `u16`; no display is wider.
pub const SURFACE_SIDE: u32 = 16_384;

/// Bytes of one surface, three slots together: an 8K window, times three. More would let a window resize exhaust memory.
pub const SURFACE_BYTES: usize = 3 * 4 * 7680 * 4320;

/// Slots of a surface: the one on display, the one in flight, the one being drawn.
pub const SURFACE_SLOTS: usize = 3;

/// Fetches that one renderer may have under way at once: the rest waits in its stub. Chromium starts to throttle at 10 a host; the
/// long pages of the Rust documentation ask for 20 at once.
pub const FETCHES_IN_FLIGHT: usize = 64;

/// Of these, so many are worked on or wait to be handed over at once. Each of them may hold a descriptor of the broker.
pub const BODIES_WAITING: usize = 16;

/// Fetches for one document, in all. Ends an endless `@import` loop or a page that polls.
pub const FETCHES_PER_DOCUMENT: u32 = 4096;

/// Bytes of one fetched body. A renderer holds the parsed form too, which is several times as large.
pub const BODY_BYTES: u64 = 64 * 1024 * 1024;

/// Messages that one renderer may send in one [`RATE_WINDOW`].
pub const MESSAGES_PER_WINDOW: u32 = 6_000;

/// Bytes of those messages.
pub const MESSAGE_BYTES_PER_WINDOW: usize = 16 * 1024 * 1024;

/// The period over which the two above count.
pub const RATE_WINDOW: Duration = Duration::from_secs(RATE_WINDOW_SECONDS as u64);

const RATE_WINDOW_SECONDS: u32 = 3;

/// Messages that an honest renderer sends in a second, over a longer time; as many again at once. What is more waits with it.
pub const MESSAGES_PER_SECOND: u32 = 1_000;

/// Bytes of messages that it sends in a second, and as many again at once.
pub const MESSAGE_BYTES_PER_SECOND: usize = 3 * 1024 * 1024;

/// Navigations of a page that are heeded in one [`RATE_WINDOW`]: Chromium allows 200 in 10 s. A held Enter key makes 30 a second
/// on a link: what is more is refused.
pub const NAVIGATIONS_PER_WINDOW: u32 = 60;

/// Navigations that only a lie asks for in one [`RATE_WINDOW`].
pub const NAVIGATION_FLOOD: u32 = 1_000;

/// Navigations that an honest renderer asks for in a second, and as many again at once.
pub const NAVIGATIONS_PER_SECOND: u32 = 15;

/// Bytes down an uplink that its renderer has not read, as the kernel counts them, from which on the broker holds back what is
/// still to come.
pub const UNREAD_BYTES: usize = 24 * 1024;

/// Documents of one renderer that are remembered, so that what it says of one before the newest is known for that.
pub const NAVIGATIONS_KEPT: usize = 64;

/// Edit commands that may wait for a renderer that does not read its downlink: further ones are dropped, as input is.
pub const EDITS_WAITING: usize = 16;

/// Messages that are taken from one renderer before the others' turn comes.
pub const MESSAGES_PER_TURN: usize = 64;

/// Messages of one renderer that the main thread may not have taken yet; its uplink is read on when it has. A main thread that is not kept by
/// anything takes each within a millisecond.
pub const UNTAKEN_MESSAGES: usize = 512;

/// Bytes of those messages: of the longest, a few.
pub const UNTAKEN_BYTES: usize = 512 * 1024;

/// Records that are taken from one control pipe before the others' turn comes. An honest renderer has one pong to say, or last
/// words and those of what they led to.
pub const RECORDS_PER_TURN: usize = 16;

/// Records of last words that a renderer may write: a panic's, those of the abort that follows, and some to spare. Who goes on
/// does not die of it.
pub const LAST_WORDS: u32 = 8;

/// Input events that one renderer may have unanswered. Further ones wait in the broker, where moves of the mouse become one; a
/// mouse that reports 1000 times a second sends 16 between two frames.
pub const INPUT_IN_FLIGHT: u32 = 64;

/// Input events that may wait for one renderer; moves of the mouse in a row are one. A person needs many seconds for as many, so the
/// page hangs, and will not want the rest afterwards: further presses are dropped.
pub const INPUT_BACKLOG: usize = 256;

/// A renderer that leaves an input event or a ping unanswered for this long is shown as unresponsive. Chromium's
/// `kHungRendererDelay` is 15 s; a person wonders after two.
pub const HANG: Duration = Duration::from_secs(4);

/// While a document loads, its renderer is pinged this long after each answer.
pub const PING_PAUSE: Duration = Duration::from_secs(1);

/// A renderer that works has its memory looked at this often. Touching memory goes at 1 to 2 GiB/s, so between two looks
/// less than half of a tab's budget comes by, and the kernel's limit is not far beyond.
pub const MEMORY_PAUSE: Duration = Duration::from_millis(100);

/// All renderers are looked at this often, whether they work or not: one wake-up for all. One that is compromised may work
/// without having been given anything to do; the kernel's own limit holds until it is seen.
pub const MEMORY_REST: Duration = Duration::from_secs(10);

/// A renderer counts as working for this long after it was sent something or said something, or has grown.
pub const MEMORY_STIR: Duration = Duration::from_secs(1);

/// Fork requests that the zygote may have unanswered; the others wait in the broker. The links to it take many times as many, so
/// sending never waits for a zygote that does not read.
pub const FORKS_IN_FLIGHT: usize = 8;

/// The zygote answers a fork request within this time, or is ended, and with it every renderer: so it has the time even on a
/// machine that swaps. A fork takes some milliseconds.
pub const FORK: Duration = Duration::from_secs(10);

/// A renderer that the zygote could not be asked for within this time is not started: both start-up deadlines of a zygote, and a
/// fork.
pub const BIRTH: Duration = Duration::from_secs(ZYGOTE_LAUNCH.as_secs() + ZYGOTE_START.as_secs() + FORK.as_secs());

/// A forked renderer says that it is ready within this time, or is ended.
pub const SPAWN: Duration = Duration::from_secs(10);

/// A renderer that was asked to end has this long before it is killed.
pub const SHUTDOWN: Duration = Duration::from_millis(500);

/// A process that was killed is gone within this time, or is waited for no longer: one that waits for a device that does not answer
/// cannot even be killed (state D of ps(1)).
pub const KILL: Duration = Duration::from_secs(2);

/// After a process is seen to be gone, the zygote's report of its wait status is awaited this long.
pub const WAIT_STATUS: Duration = Duration::from_millis(500);

/// The zygote says where to connect within this time after its exec, before its warm-up.
pub const ZYGOTE_CONNECT: Duration = Duration::from_secs(10);

/// A zygote is started and connected to within this time: [`ZYGOTE_CONNECT`], and its fork and exec.
pub const ZYGOTE_LAUNCH: Duration = Duration::from_secs(15);

/// The broker waits this long for the zygote's warm-up. On a slow disk the fonts take the longest.
pub const ZYGOTE_START: Duration = Duration::from_secs(60);

/// A zygote that was warm for this long has not failed: when it ends, the next is started at once.
pub const ZYGOTE_STEADY: Duration = Duration::from_secs(10);

/// Where a zygote ends early again, the pause before the next. It doubles each time, up to [`ZYGOTE_PAUSE_MOST`].
pub const ZYGOTE_PAUSE: Duration = Duration::from_millis(250);

/// The longest such pause.
pub const ZYGOTE_PAUSE_MOST: Duration = Duration::from_secs(30);

/// Documents in a tab's back/forward list: Chromium's `kMaxSessionHistoryEntries`.
pub const HISTORY_ENTRIES: usize = 50;

/// CSS pixels beyond which no position or length counts. Chromium's `LayoutUnit` ends at 2^25.
pub const CSS_PIXELS: f32 = WHOLE_CSS_PIXELS as f32;

/// The same, as a whole number.
pub const WHOLE_CSS_PIXELS: u32 = 1 << 25;

/// What a renderer may send in one [`RATE_WINDOW`] if it sends `per_second`, as many at once before that, and what lay in the socket
/// besides while the broker did not read. A sum that does not fit is above every limit.
const fn most_in_window(per_second: usize, in_socket: usize) -> usize {
    per_second.saturating_mul((RATE_WINDOW_SECONDS as usize).saturating_add(1)).saturating_add(in_socket)
}

/// Packets that fit a socket.
const PACKETS_IN_SOCKET: usize = SOCKET_BYTES / PACKET_OVERHEAD;

// Each message with a long text fits a packet, and a packet fits a socket beside what holds the broker back.
const _: () = assert!(URL_BYTES + HEADER_BYTES <= PACKET_BYTES);
const _: () = assert!(CLIPBOARD_BYTES + HEADER_BYTES <= PACKET_BYTES);
const _: () = assert!(TITLE_BYTES + HEADER_BYTES <= PACKET_BYTES);
const _: () = assert!(LOG_BYTES + HEADER_BYTES <= PACKET_BYTES);
const _: () = assert!(HOVER_BYTES <= URL_BYTES);
const _: () = assert!(UNREAD_BYTES + 2 * PACKET_BYTES <= SOCKET_BYTES);
// A renderer that paces itself cannot flood, even where the broker reads all that has waited at once.
const _: () = assert!(most_in_window(MESSAGES_PER_SECOND as usize, PACKETS_IN_SOCKET) < MESSAGES_PER_WINDOW as usize);
const _: () = assert!(most_in_window(MESSAGE_BYTES_PER_SECOND, SOCKET_BYTES) < MESSAGE_BYTES_PER_WINDOW);
const _: () = assert!(most_in_window(NAVIGATIONS_PER_SECOND as usize, PACKETS_IN_SOCKET) < NAVIGATION_FLOOD as usize);
// Every document that a renderer has not read the successor of is remembered.
const _: () = assert!(UNREAD_BYTES / PACKET_OVERHEAD + 2 <= NAVIGATIONS_KEPT);
// Renderers have 64 descriptors: what waits for one of them fits into its table.
const _: () = assert!(BODIES_WAITING < FETCHES_IN_FLIGHT);
