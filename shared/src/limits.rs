//! Every cap on what a peer may send, each with its reason. A peer that exceeds one has violated the protocol.

use std::time::Duration;

/// Bytes in one packet of the uplink. The largest legitimate message is a URL or a copied text with its header; the
/// kernel's default `SO_SNDBUF` (208 KiB) still takes it in one piece.
pub const PACKET_BYTES: usize = 64 * 1024;

/// Descriptors in one packet where descriptors are expected at all: three for a fork request, one for a surface, a
/// document, a body or a pidfd. Up the uplink come none.
pub const PACKET_DESCRIPTORS: usize = 4;

/// Bytes in a URL. Chromium's `kMaxURLChars` is 2 MiB; no server accepts more than a few tens of kilobytes, and ours
/// has to fit a packet.
pub const URL_BYTES: usize = 32 * 1024;

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

/// Fetches that one renderer may have under way at once. Chromium starts to throttle at 10 a host; the long pages of
/// the Rust documentation ask for 20 at once.
pub const FETCHES_IN_FLIGHT: usize = 256;

/// Fetches for one document, in all. Ends an endless `@import` loop or a page that polls.
pub const FETCHES_PER_DOCUMENT: u32 = 4096;

/// Bytes of one fetched body. A renderer holds the parsed form too, which is several times as large.
pub const BODY_BYTES: u64 = 64 * 1024 * 1024;

/// Bytes of bodies that one document may fetch in all. With [`FETCHES_IN_FLIGHT`] alone, a renderer could have the broker
/// fill 16 GiB of memory.
pub const BODY_BYTES_PER_DOCUMENT: u64 = 512 * 1024 * 1024;

/// Messages that one renderer may send in one [`RATE_WINDOW`]. The most that an honest one has to say at once are the
/// fetches of a document ([`FETCHES_PER_DOCUMENT`]); frames, hovers and cursors come a few hundred times a second. A slow machine
/// has to reach it, too, if it sends nothing else.
pub const MESSAGES_PER_WINDOW: u32 = 6_000;

/// Bytes of those messages. What the main thread has not handled yet is kept, so this bounds how fast it can grow while the
/// display, say, keeps that thread waiting.
pub const MESSAGE_BYTES_PER_WINDOW: usize = 8 * 1024 * 1024;

/// The period over which the two above count.
pub const RATE_WINDOW: Duration = Duration::from_secs(3);

/// Navigations that a page may ask for in one [`RATE_WINDOW`]: Chromium allows 200 in 10 s.
pub const NAVIGATIONS_PER_WINDOW: u32 = 60;

/// Commands that may wait for a renderer that does not read its downlink. [`INPUT_IN_FLIGHT`] keeps input
/// below it, so only one that is hostile or long dead gets there.
pub const DOWNLINK_QUEUE: usize = 4096;

/// Packets with descriptors that may wait for a renderer that does not read its uplink.
pub const UPLINK_QUEUE: usize = 512;

/// Messages that are taken from one renderer before the others' turn comes.
pub const MESSAGES_PER_TURN: usize = 64;

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
