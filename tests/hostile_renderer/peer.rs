//! A zygote that forks hostile renderers, and what a hostile renderer has in its hands: the far ends of all its links.

use bulkhead_sandbox::Report;
use bulkhead_shared::downlink::{Edit, ToRenderer};
use bulkhead_shared::ids::{InputSeq, NavigationId, RendererId, RequestId, SurfaceId};
use bulkhead_shared::limits;
use bulkhead_shared::packet::{Packet, PacketSocket, RecvError};
use bulkhead_shared::pidfd::Pidfd;
use bulkhead_shared::uplink::{Frame, FromRenderer, Grant, Rect, ScrollState, Target};
use bulkhead_shared::zygote::{Bootstrap, Downlink, ExitStatus, FromZygote, ToZygote};
use ipc_channel::TryRecvError;
use ipc_channel::ipc::{IpcOneShotServer, IpcReceiver};
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// What a renderer does whose document has this name; whether it knows the name.
pub(crate) type Act = fn(&mut Peer, &str) -> bool;

/// Serves the broker's fork requests until it closes the link. Its renderers do what is common to the tests, or `act`.
#[expect(unsafe_code, reason = "descriptors by number, and fork(2)")]
pub(crate) fn zygote(act: Act) -> ! {
    // SAFETY: the broker starts its zygote with these two descriptors, and nothing else here owns them.
    let (socket, bootstrap) = unsafe { (OwnedFd::from_raw_fd(3), OwnedFd::from_raw_fd(4)) };
    let socket = PacketSocket::from(socket);
    let (server, name) = IpcOneShotServer::<Downlink>::new().expect("a server");
    let line = Bootstrap::Listening(name).to_line();
    writeln!(File::from(bootstrap), "{line}").expect("the broker reads");
    let (downlinks, _hello) = server.accept().expect("the broker connects");
    socket.send(&FromZygote::Warm { fonts: 0 }, &[]).expect("the broker listens");
    let mut children = BTreeMap::new();
    loop {
        match socket.recv_with_descriptors::<ToZygote>() {
            Ok(packet) => {
                let ToZygote::Fork { renderer, .. } = packet.message else { continue };
                let downlink = downlinks.recv().expect("a downlink follows");
                // SAFETY: this process has one thread.
                match unsafe { fork() }.expect("fork") {
                    ForkResult::Child => {
                        drop(socket);
                        Peer::new(packet.descriptors, downlink.receiver).live(act);
                    }
                    ForkResult::Parent { child } => {
                        children.insert(child, renderer);
                        let pidfd = Pidfd::open(child).expect("a child has a pidfd");
                        let in_cgroup = packet.descriptors.get(3).is_some_and(|cgroup| adopt(cgroup, child));
                        let forked = FromZygote::Forked { renderer, pid: child.as_raw(), in_cgroup };
                        socket.send(&forked, &[pidfd.as_fd()]).expect("the broker listens");
                    }
                }
            }
            Err(RecvError::Empty) => {
                reap(&socket, &mut children);
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(_) => std::process::exit(0),
        }
    }
}

/// Moves a renderer into the cgroup that came with the request to fork it, as the true zygote does where it cannot be born there.
fn adopt(cgroup: &OwnedFd, child: Pid) -> bool {
    let file = openat(cgroup, "cgroup.procs", OFlag::O_WRONLY | OFlag::O_CLOEXEC, Mode::empty());
    file.map(File::from).is_ok_and(|mut file| file.write_all(child.to_string().as_bytes()).is_ok())
}

fn reap(socket: &PacketSocket, children: &mut BTreeMap<Pid, RendererId>) {
    while let Ok(status) = waitpid(None, Some(WaitPidFlag::WNOHANG)) {
        let status = match status {
            WaitStatus::Exited(pid, code) => (pid, ExitStatus::Exited(code)),
            WaitStatus::Signaled(pid, signal, _) => (pid, ExitStatus::Signalled(signal as i32)),
            _ => return,
        };
        if let Some(renderer) = children.remove(&status.0) {
            let _ = socket.send(&FromZygote::Exited { renderer, status: status.1 }, &[]);
        }
    }
}

/// A hostile renderer.
pub(crate) struct Peer {
    pub(crate) uplink: PacketSocket,
    /// It must stay open: closed, it would count as a closed link.
    _control_in: OwnedFd,
    pub(crate) control_out: Option<OwnedFd>,
    pub(crate) downlink: IpcReceiver<ToRenderer>,
    pub(crate) navigation: NavigationId,
    /// The document's address, and its bytes.
    pub(crate) url: String,
    pub(crate) body: Vec<u8>,
    pub(crate) surface: SurfaceId,
    pub(crate) surface_fd: Option<OwnedFd>,
}

impl Peer {
    fn new(descriptors: Vec<OwnedFd>, downlink: IpcReceiver<ToRenderer>) -> Self {
        let mut descriptors = descriptors.into_iter();
        let mut next = || descriptors.next().expect("three descriptors");
        let (uplink, control_in, control_out) = (next(), next(), next());
        Self {
            uplink: PacketSocket::from(uplink),
            _control_in: control_in,
            control_out: Some(control_out),
            downlink,
            navigation: NavigationId(0),
            url: String::new(),
            body: Vec::new(),
            surface: SurfaceId(0),
            surface_fd: None,
        }
    }

    /// Waits for surface and document, then does what the document's URL names, then idles until it is ended.
    fn live(mut self, act: Act) -> ! {
        nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL).expect("prctl");
        self.uplink.set_blocking(true).expect("fcntl");
        let attack = self.await_document();
        if attack == "never ready" {
            park();
        }
        self.say(&FromRenderer::Ready { sandbox: Report::default() });
        match attack.as_str() {
            "polite" => self.polite(),
            "copy late" => self.copy(true),
            "copy at once" => self.copy(false),
            "titles" => self.talk(),
            "deaf" => {}
            "keeper" => self.keep(),
            "collector" => self.collect(),
            "asker" => self.ask(),
            "none" => self.ask_for_none(),
            "truncate" => self.truncate(),
            "hoard" => hoard(),
            "hoard quietly" => {
                // Nobody has to do with it for so long that it counts as idle.
                std::thread::sleep(2 * bulkhead_shared::limits::MEMORY_STIR);
                hoard();
            }
            "hoard shared" => hoard_shared(),
            name => assert!(act(&mut self, name), "{name} is nothing that a renderer does"),
        }
        park()
    }

    pub(crate) fn await_document(&mut self) -> String {
        loop {
            let packet = self.granted();
            match packet.message {
                Grant::Surface { surface, .. } => {
                    self.surface = surface;
                    self.surface_fd = packet.descriptors.into_iter().next();
                }
                Grant::Document(document) => {
                    self.navigation = document.navigation;
                    self.url = document.url;
                    let body = packet.descriptors.into_iter().next().expect("a document comes with its body");
                    let mut body = File::from(body);
                    let _ = body.seek(SeekFrom::Start(0));
                    self.body.clear();
                    body.read_to_end(&mut self.body).expect("a body can be read");
                    let name = self.url.trim_start_matches("data:text/plain,");
                    let name = name.strip_prefix("file:").map_or(name, |path| path.rsplit('/').next().unwrap_or(path));
                    let name = name.trim_end_matches(".html");
                    return percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned();
                }
                Grant::Response { .. } => {}
            }
        }
    }

    /// The next that the broker grants; ends with the link.
    fn granted(&self) -> Packet<Grant> {
        self.uplink.recv_with_descriptors().unwrap_or_else(|_| std::process::exit(0))
    }

    pub(crate) fn say(&self, message: &FromRenderer) {
        // It fails once the broker has had enough.
        let _ = self.uplink.send(message, &[]);
    }

    /// Shows something, as an honest renderer does, if it has a surface.
    pub(crate) fn paint(&self) {
        if self.surface != SurfaceId(0) {
            self.say(&FromRenderer::Frame(self.frame(0)));
        }
        self.say(&FromRenderer::Loaded { navigation: self.navigation, failed: 0 });
    }

    pub(crate) fn title(&self, title: &str) {
        self.say(&FromRenderer::Title { navigation: self.navigation, title: title.to_owned() });
    }

    pub(crate) fn navigate(&self, url: &str, target: Target) {
        self.say(&FromRenderer::Navigate { navigation: self.navigation, url: url.to_owned(), target });
    }

    /// Reads commands until this one has come.
    pub(crate) fn await_command(&self, mut wanted: impl FnMut(&ToRenderer) -> bool) {
        while let Ok(command) = self.downlink.recv() {
            if wanted(&command) {
                return;
            }
        }
        park()
    }

    /// A frame that breaks no rule.
    pub(crate) fn frame(&self, slot: u8) -> Frame {
        Frame {
            navigation: self.navigation,
            surface: self.surface,
            slot,
            damage: Rect { x: 0, y: 0, width: 1, height: 1 },
            input: InputSeq(0),
            scroll: ScrollState::default(),
            began: 0,
            done: 0,
        }
    }

    /// Waits until the broker has shown the last frame.
    pub(crate) fn await_shown(&self) {
        while !matches!(self.downlink.recv(), Ok(ToRenderer::FrameShown)) {}
    }

    /// Paints when it is asked to and when it has a new surface, as a renderer should.
    fn polite(&mut self) {
        self.paint();
        self.uplink.set_blocking(false).expect("fcntl");
        let (mut slot, mut in_flight, mut stale) = (1, true, false);
        loop {
            match self.downlink.try_recv_timeout(Duration::from_millis(2)) {
                Ok(ToRenderer::Repaint) => stale = true,
                Ok(ToRenderer::FrameShown) => in_flight = false,
                Ok(_) | Err(TryRecvError::Empty) => {}
                Err(TryRecvError::IpcError(_)) => return,
            }
            let mut taken = false;
            while let Ok(packet) = self.uplink.recv_with_descriptors::<Grant>() {
                if let Grant::Surface { surface, .. } = packet.message {
                    self.surface = surface;
                    stale = true;
                }
                taken = true;
            }
            if taken {
                self.say(&FromRenderer::Taken);
            }
            if stale && !in_flight {
                self.say(&FromRenderer::Frame(self.frame(slot)));
                (slot, in_flight, stale) = (1 - slot, true, false);
            }
        }
    }

    /// Awaits the questions for copies, for which they take as long as they like, answers them all, and says so.
    fn copy(&mut self, late: bool) {
        let mut asked = 0;
        while asked < COPIES {
            asked += usize::from(matches!(self.downlink.recv(), Ok(ToRenderer::Edit(Edit::Copy))));
        }
        if late {
            std::thread::sleep(limits::COPY + Duration::from_millis(100));
        }
        for number in 1..=COPIES {
            self.say(&FromRenderer::Copied(Some(format!("answer {number}"))));
        }
        self.say(&FromRenderer::Title { navigation: self.navigation, title: "answered".to_owned() });
    }

    /// Says as many titles as may be said, for some seconds.
    fn talk(&mut self) {
        const TITLES: u32 = 5_000;
        for number in 0..TITLES {
            self.say(&FromRenderer::Title { navigation: self.navigation, title: number.to_string() });
            std::thread::sleep(limits::RATE_WINDOW / limits::MESSAGES_PER_WINDOW);
        }
        self.say(&FromRenderer::Title { navigation: self.navigation, title: "last".to_owned() });
    }

    pub(crate) fn fetch(&self, request: u32, url: &str) {
        let (request, navigation, url) = (RequestId(request), self.navigation, url.to_owned());
        self.say(&FromRenderer::Fetch { request, navigation, url });
    }

    /// The URL of a file beside its own.
    fn beside(&self, name: &str) -> String {
        format!("{}/{name}", self.url.rsplit_once('/').expect("a file").0)
    }

    /// Reads the next answer; takes note of surfaces and documents before.
    fn await_answer(&mut self, kept: &mut Vec<OwnedFd>) -> Result<u64, String> {
        loop {
            let packet = self.granted();
            match packet.message {
                Grant::Response { result, .. } => {
                    kept.extend(packet.descriptors);
                    return result.map(|meta| meta.length);
                }
                Grant::Surface { surface, .. } => self.surface = surface,
                Grant::Document(_) => return Err("another document".to_owned()),
            }
        }
    }

    /// Keeps every document and all that it is handed, as much as it can get; says how much that is.
    fn keep(&mut self) {
        let (mut kept, mut bytes, mut request) = (Vec::new(), 0, 0);
        loop {
            loop {
                request += 1;
                self.fetch(request, &self.beside("large.png"));
                match self.await_answer(&mut kept) {
                    Ok(length) => bytes += length,
                    Err(_) => break,
                }
            }
            self.title(&format!("kept {} {bytes}", self.navigation));
            self.paint();
            bytes += self.await_next_document(&mut kept);
        }
    }

    fn await_next_document(&mut self, kept: &mut Vec<OwnedFd>) -> u64 {
        loop {
            let packet = self.granted();
            match packet.message {
                Grant::Document(document) => {
                    self.navigation = document.navigation;
                    kept.extend(packet.descriptors);
                    return document.body.length;
                }
                Grant::Surface { surface, .. } => self.surface = surface,
                Grant::Response { .. } => {}
            }
        }
    }

    /// Keeps every surface; says of each how many there were, and in how many pieces of memory.
    fn collect(&mut self) {
        let mut kept: Vec<OwnedFd> = self.surface_fd.take().into_iter().collect();
        loop {
            let memories: BTreeSet<_> =
                kept.iter().map(|fd| nix::sys::stat::fstat(fd).expect("fstat").st_ino).collect();
            self.title(&format!("collected {} {}", kept.len(), memories.len()));
            self.say(&FromRenderer::Taken);
            let packet = self.granted();
            kept.extend(packet.descriptors);
        }
    }

    /// Asks for as much as it may, and reads no answer.
    fn ask(&mut self) {
        self.paint();
        for request in 1..=limits::FETCHES_IN_FLIGHT as u32 {
            self.fetch(request, &self.beside("small.png"));
        }
    }

    /// Asks for what is no URL, and says what it was told.
    fn ask_for_none(&mut self) {
        self.fetch(1, "http://[");
        let answer = self.await_answer(&mut Vec::new());
        self.title(&format!("none: {answer:?}"));
        self.paint();
    }

    fn truncate(&mut self) {
        use nix::fcntl::{FcntlArg, SealFlag, fcntl};
        let fd = self.surface_fd.take().expect("a surface was granted");
        let error = |result: nix::Result<()>| result.err().map_or("allowed".to_owned(), |errno| format!("{errno:?}"));
        let report = [
            error(nix::unistd::ftruncate(&fd, 0)),
            error(nix::unistd::ftruncate(&fd, 1 << 30)),
            error(fcntl(&fd, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_FUTURE_WRITE)).map(drop)),
        ];
        let title = format!("truncate: {}", report.join(" "));
        self.say(&FromRenderer::Title { navigation: self.navigation, title });
    }
}

/// How many questions for copies [`Peer::copy`] awaits.
#[allow(dead_code, reason = "the tests that share this file ask for none")]
pub(crate) const COPIES: usize = 3;

/// Bytes that [`hoard`] makes its own.
pub(crate) const HOARD: usize = 200 << 20;

fn hoard() {
    std::hint::black_box(vec![1_u8; HOARD].leak());
}

/// Memory that counts as nobody's own: only a cgroup knows who has made it.
fn hoard_shared() {
    use nix::sys::memfd::{MFdFlags, memfd_create};
    // Of the processes that share a bound the kernel takes the largest, by the memory that it can tell to be theirs.
    std::hint::black_box(vec![1_u8; HOARD / 10].leak());
    let mut file = File::from(memfd_create(c"hoard", MFdFlags::MFD_CLOEXEC).expect("memfd_create"));
    for _ in 0..HOARD >> 20 {
        // It fails where the process is not killed first.
        let _ = file.write_all(&[1; 1 << 20]);
    }
    std::mem::forget(file);
}

fn park() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}
