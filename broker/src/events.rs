//! What the broker's two threads say to each other.

use crate::death::{Death, Remains};
use crate::fetch::{FetchError, Fetched};
use crate::inbox::Message;
use crate::io::Receipt;
use crate::memory::grants::Allowance;
use crate::policy::Site;
use bulkhead_shared::body::Body;
use bulkhead_shared::downlink::{Edit, ToRenderer};
use bulkhead_shared::ids::{NavigationId, RendererId, RequestId, SurfaceId, TabId};
use bulkhead_shared::input::InputEvent;
use bulkhead_shared::surface::SurfaceReader;
use bulkhead_shared::uplink::Document;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// From the I/O thread, or a fetch worker, to the main thread.
#[derive(Debug)]
pub enum Event {
    /// The zygote is warm; until now, new tabs waited.
    ZygoteWarm {
        /// Its pid.
        pid: i32,
        /// When it was started, in ticks since boot, where `/proc` tells.
        started: Option<u64>,
        /// How many font faces it found.
        fonts: u32,
    },
    /// The zygote is gone, and with it all renderers; another is started.
    ZygoteGone {
        /// What became of it.
        why: String,
        /// After this pause, since it is not the first that ended early.
        pause: Duration,
    },
    /// No zygote could be started. No renderer will come.
    ZygoteLost(String),
    /// A renderer was forked.
    Forked {
        /// Which.
        renderer: RendererId,
        /// Its pid.
        pid: i32,
        /// When it was started, in ticks since boot, where `/proc` tells.
        started: Option<u64>,
    },
    /// A renderer said something, and it is valid.
    Said {
        /// Which.
        renderer: RendererId,
        /// What.
        message: Message,
        /// Dropped when it was heard: until then, it counts as waiting for the main thread.
        receipt: Receipt,
    },
    /// A renderer has left an input event or a ping unanswered for [`bulkhead_shared::limits::HANG`].
    Unresponsive(RendererId),
    /// It has answered after all.
    Responsive(RendererId),
    /// A renderer is no more; everything of it is freed.
    Gone {
        /// Which.
        renderer: RendererId,
        /// Why.
        death: Death,
        /// What that was concluded from.
        remains: Remains,
    },
    /// The I/O thread has ended, though nobody asked it to: why. Nothing goes on.
    Failed(String),
    /// A part of a document was not to be had.
    PartMissing {
        /// For which renderer.
        renderer: RendererId,
        /// Of which document.
        navigation: NavigationId,
        /// Which part.
        part: MissingPart,
    },
    /// There is more to show on a page about the browser than when it was made.
    PageOutdated,
    /// A document was fetched for a navigation, or was not.
    DocumentFetched {
        /// For which.
        navigation: NavigationId,
        /// The document, or why there is none.
        result: Result<Fetched, FetchError>,
    },
}

/// A part of a document that was not to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingPart {
    /// Where it should have been.
    pub url: Url,
    /// Why it is not there.
    pub why: String,
}

/// What the user does to a page.
#[derive(Clone, Debug, PartialEq)]
pub enum UserAct {
    /// With mouse or keyboard.
    Event(InputEvent),
    /// By a command of the browser's interface.
    Edit(Edit),
}

/// From the main thread, or a fetch worker, to the I/O thread.
#[derive(Debug)]
pub enum ToIo {
    /// Have a renderer forked.
    Spawn {
        /// Its name, new.
        renderer: RendererId,
        /// The tab it serves.
        tab: TabId,
        /// What it may be handed.
        allowance: Allowance,
    },
    /// The user does something to its page. It is sent once the renderer has kept up with what came before.
    Act {
        /// To whose page.
        renderer: RendererId,
        /// What.
        act: UserAct,
    },
    /// Put this on its downlink.
    Send {
        /// To whom.
        renderer: RendererId,
        /// What.
        command: ToRenderer,
    },
    /// Grant it this surface.
    Surface {
        /// To whom.
        renderer: RendererId,
        /// The surface's name, new.
        id: SurfaceId,
        /// The memory.
        surface: Arc<SurfaceReader>,
    },
    /// Commit this document into it.
    Document {
        /// Into whom.
        renderer: RendererId,
        /// The document.
        document: Document,
        /// Its bytes.
        body: Body,
        /// What it may fetch is decided by this.
        site: Site,
    },
    /// A sub-resource was fetched, or was not.
    Fetched {
        /// For whom.
        renderer: RendererId,
        /// The name that the renderer gave it.
        request: RequestId,
        /// The bytes, or why there are none.
        result: Result<Fetched, FetchError>,
    },
    /// End it: ask it, then kill it. With a reason, the tab shows it; without, nobody is told.
    End {
        /// Whom.
        renderer: RendererId,
        /// Why.
        reason: Option<Death>,
    },
    /// Send it `SIGKILL` as a user at a terminal would: it is nobody's decision, so the crash page says `SIGKILL`.
    Kill(RendererId),
    /// The main thread has taken so much of what this renderer has said that it may be listened to again.
    Taken(RendererId),
    /// The user wants to wait for an unresponsive renderer: measure anew.
    KeepWaiting(RendererId),
    /// End every process, then the thread.
    Shutdown,
}
