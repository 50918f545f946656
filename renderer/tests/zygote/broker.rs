//! The broker's part: starts a zygote, and holds its and its renderers' links.

use bulkhead_shared::body::Body;
use bulkhead_shared::control::{Down, LastWords, RECORD_BYTES, Up};
use bulkhead_shared::downlink::{Edit, ToRenderer, Viewport};
use bulkhead_shared::ids::{InputSeq, NavigationId, RendererId, SurfaceId, TabId};
use bulkhead_shared::input::InputEvent;
use bulkhead_shared::packet::{PacketSocket, RecvError};
use bulkhead_shared::surface::{Extent, SurfaceReader};
use bulkhead_shared::uplink::{BodyMeta, Document, Frame, FromRenderer, Grant};
use bulkhead_shared::zygote::{Bootstrap, Downlink, ExitStatus, FromZygote, HELLO, ToZygote};
use ipc_channel::ipc::{self, IpcSender};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// Only ever reached by a failure.
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) const WIDTH: u32 = 640;
pub(crate) const HEIGHT: u32 = 480;
pub(crate) const URL: &str = "http://site.test/dir/page.html";

/// A zygote and what the broker holds of it.
pub(crate) struct Zygote {
    pub(crate) process: Child,
    pub(crate) fonts: u32,
    socket: Option<PacketSocket>,
    downlinks: IpcSender<Downlink>,
    next: u32,
}

/// A renderer and what the broker holds of it.
pub(crate) struct Renderer {
    pub(crate) id: RendererId,
    pub(crate) pid: i32,
    pub(crate) uplink: Option<PacketSocket>,
    pub(crate) control_read: File,
    pub(crate) control_write: Option<File>,
    pub(crate) downlink: Option<IpcSender<ToRenderer>>,
    pub(crate) surface: Option<(SurfaceId, SurfaceReader)>,
    /// Everything said that was not waited for.
    pub(crate) heard: Vec<FromRenderer>,
    seq: u32,
    navigation: u32,
}

/// Makes descriptors 3 and 4 of the process to be.
#[allow(unsafe_code, reason = "between fork and exec only dup2 is called, which is async-signal-safe")]
fn command(socket: BorrowedFd<'_>, bootstrap: BorrowedFd<'_>) -> Command {
    use std::os::fd::AsRawFd;
    let (socket, bootstrap) = (socket.as_raw_fd(), bootstrap.as_raw_fd());
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("--type=zygote").arg(format!("--padding={}", "x".repeat(80)));
    // SAFETY: the closure calls dup and dup2 only. Both originals are first copied above the targets, so neither is lost.
    unsafe {
        command.pre_exec(move || {
            let socket = libc::fcntl(socket, libc::F_DUPFD_CLOEXEC, 10);
            let bootstrap = libc::fcntl(bootstrap, libc::F_DUPFD_CLOEXEC, 10);
            if libc::dup2(socket, 3) < 0 || libc::dup2(bootstrap, 4) < 0 {
                return Err(std::io::Error::last_os_error());
            }
            Ok(())
        });
    }
    command
}

impl Zygote {
    pub(crate) fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// One whose renderers are not confined, so that any user may look into them.
    pub(crate) fn start_unconfined() -> Self {
        Self::start_with(|command| {
            command.arg("--no-sandbox");
        })
    }

    pub(crate) fn start_with(adjust: impl FnOnce(&mut Command)) -> Self {
        let (mut zygote, name) = Self::start_unconnected(adjust);
        zygote.connect(name);
        match zygote.hear() {
            FromZygote::Warm { fonts } => zygote.fonts = fonts,
            other => panic!("{other:?} instead of warmth"),
        }
        zygote
    }

    /// Starts a zygote as far as its one-shot server's name.
    pub(crate) fn start_unconnected(adjust: impl FnOnce(&mut Command)) -> (Self, String) {
        let (ours, theirs) = PacketSocket::pair().unwrap();
        let (read, write) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).unwrap();
        let mut command = command(theirs.as_fd(), write.as_fd());
        adjust(&mut command);
        let process = command.spawn().unwrap();
        drop((theirs, write));
        let mut line = String::new();
        BufReader::new(File::from(read)).read_line(&mut line).unwrap();
        let Some(Bootstrap::Listening(name)) = Bootstrap::from_line(line.trim_end()) else {
            panic!("{line:?} instead of where to connect");
        };
        // A sender that leads nowhere, until it is connected.
        let (downlinks, _) = ipc::channel().unwrap();
        (Self { process, fonts: 0, socket: Some(ours), downlinks, next: 0 }, name)
    }

    pub(crate) fn connect(&mut self, name: String) {
        self.downlinks = IpcSender::connect(name).unwrap();
        let (_, receiver) = ipc::channel().unwrap();
        self.downlinks.send(Downlink { renderer: HELLO, receiver }).unwrap();
    }

    pub(crate) fn hear(&self) -> FromZygote {
        self.hear_with_descriptors().0
    }

    fn hear_with_descriptors(&self) -> (FromZygote, Vec<OwnedFd>) {
        let socket = self.socket.as_ref().unwrap();
        wait(socket.as_fd());
        let packet = socket.recv_with_descriptors().unwrap();
        (packet.message, packet.descriptors)
    }

    /// Forks a renderer and awaits its first word.
    pub(crate) fn fork(&mut self) -> Renderer {
        self.next += 1;
        let id = RendererId(self.next);
        let (uplink, uplink_theirs) = PacketSocket::pair().unwrap();
        let (control_read_theirs, control_write) = pipe();
        let (control_read, control_write_theirs) = pipe();
        let fork = ToZygote::Fork { renderer: id, tab: TabId(id.0 + 100) };
        let theirs = [uplink_theirs.as_fd(), control_read_theirs.as_fd(), control_write_theirs.as_fd()];
        self.socket.as_ref().unwrap().send(&fork, &theirs).unwrap();
        let (downlink, receiver) = ipc::channel().unwrap();
        self.downlinks.send(Downlink { renderer: id, receiver }).unwrap();
        let (forked, pidfd) = self.hear_with_descriptors();
        let FromZygote::Forked { renderer, pid, .. } = forked else { panic!("{forked:?} instead of a fork") };
        assert_eq!((renderer, pidfd.len()), (id, 1));
        let mut renderer = Renderer {
            id,
            pid,
            uplink: Some(uplink),
            control_read: control_read.into(),
            control_write: Some(control_write.into()),
            downlink: Some(downlink),
            surface: None,
            heard: Vec::new(),
            seq: 0,
            navigation: 0,
        };
        assert!(matches!(renderer.hear(), FromRenderer::Ready { .. }));
        renderer
    }

    /// Awaits the report of this renderer's end.
    pub(crate) fn reaped(&self, renderer: &Renderer) -> ExitStatus {
        match self.hear() {
            FromZygote::Exited { renderer: id, status } if id == renderer.id => status,
            other => panic!("{other:?} instead of the end of {}", renderer.id),
        }
    }

    /// Closes the zygote's socket and awaits its end.
    pub(crate) fn end(&mut self) -> std::process::ExitStatus {
        self.socket = None;
        self.process.wait().unwrap()
    }
}

impl Drop for Zygote {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Renderer {
    pub(crate) fn command(&self, command: ToRenderer) {
        self.downlink.as_ref().unwrap().send(command).unwrap();
    }

    pub(crate) fn grant(&self, grant: &Grant, fd: &[BorrowedFd<'_>]) {
        self.uplink.as_ref().unwrap().send(grant, fd).unwrap();
    }

    pub(crate) fn input(&mut self, event: InputEvent) -> InputSeq {
        self.seq += 1;
        self.command(ToRenderer::Input { seq: InputSeq(self.seq), event });
        InputSeq(self.seq)
    }

    /// Gives it a surface and brings it to the front.
    pub(crate) fn show(&mut self) {
        self.resize(Viewport { width: WIDTH, height: HEIGHT, scale: 1.0, zoom: 1.0, dark: false });
        self.command(ToRenderer::Show);
    }

    pub(crate) fn resize(&mut self, viewport: Viewport) {
        let id = SurfaceId(self.surface.as_ref().map_or(1, |(id, _)| id.0 + 1));
        let extent = Extent::new(viewport.width, viewport.height).unwrap();
        let surface = SurfaceReader::allocate(extent).unwrap();
        let grant = Grant::Surface { surface: id, width: viewport.width, height: viewport.height };
        self.grant(&grant, &[surface.as_fd()]);
        self.surface = Some((id, surface));
        self.command(ToRenderer::Viewport(viewport));
    }

    /// Opens a document.
    pub(crate) fn open(&mut self, html: &str) -> NavigationId {
        self.open_as(URL, "text/html", html.as_bytes(), None)
    }

    pub(crate) fn open_as(&mut self, url: &str, mime: &str, bytes: &[u8], scroll: Option<(f32, f32)>) -> NavigationId {
        self.navigation += 1;
        let navigation = NavigationId(self.navigation);
        let body = Body::from_bytes(bytes).unwrap();
        let meta = BodyMeta { length: body.length(), mime: mime.to_owned() };
        let document = Document { navigation, url: url.to_owned(), body: meta, scroll };
        self.grant(&Grant::Document(document), &[body.as_fd()]);
        navigation
    }

    /// Opens a document and awaits `Loaded`. Returns how many sub-resources failed.
    pub(crate) fn load(&mut self, html: &str) -> u32 {
        let expected = self.open(html);
        self.loaded(expected)
    }

    pub(crate) fn loaded(&mut self, expected: NavigationId) -> u32 {
        self.until(|message| match message {
            FromRenderer::Loaded { navigation, failed } if *navigation == expected => Some(*failed),
            _ => None,
        })
    }

    /// The next message; frames are acknowledged as the broker does it.
    pub(crate) fn hear(&mut self) -> FromRenderer {
        let uplink = self.uplink.as_ref().unwrap();
        wait(uplink.as_fd());
        let message = uplink.recv::<FromRenderer>().unwrap();
        if let FromRenderer::Frame(frame) = &message {
            self.acknowledge(frame);
        }
        message
    }

    fn acknowledge(&self, frame: &Frame) {
        // The newest is on display from now on, so that of its slots that came before may be drawn into again.
        for slot in (0..3).filter(|slot| *slot != frame.slot) {
            self.command(ToRenderer::ReleaseSlot { surface: frame.surface, slot });
        }
        self.command(ToRenderer::FrameShown);
    }

    /// Awaits a message; those before it are kept in `heard`.
    pub(crate) fn until<T>(&mut self, mut wanted: impl FnMut(&FromRenderer) -> Option<T>) -> T {
        loop {
            let message = self.hear();
            if let Some(found) = wanted(&message) {
                return found;
            }
            self.heard.push(message);
        }
    }

    /// Awaits the acknowledgement of an input event: the frame that shows it, if there is one.
    pub(crate) fn handled(&mut self, seq: InputSeq) -> Option<Frame> {
        self.until(|message| match message {
            FromRenderer::Frame(frame) if frame.input >= seq => Some(Some(*frame)),
            FromRenderer::InputHandled(handled) if *handled >= seq => Some(None),
            _ => None,
        })
    }

    pub(crate) fn frame(&mut self) -> Frame {
        self.until(|message| if let FromRenderer::Frame(frame) = message { Some(*frame) } else { None })
    }

    /// The pixel of a frame, as `0x00RRGGBB`.
    pub(crate) fn pixel(&self, frame: &Frame, x: u32, y: u32) -> u32 {
        let mut pixel = [0];
        let (_, surface) = self.surface.as_ref().unwrap();
        assert_eq!(surface.copy_row(usize::from(frame.slot), x, y, &mut pixel), 1);
        pixel[0]
    }

    /// How many pixels of a frame's rows are not white.
    pub(crate) fn ink(&self, frame: &Frame, rows: std::ops::Range<u32>) -> usize {
        let (_, surface) = self.surface.as_ref().unwrap();
        let mut row = vec![0; surface.extent().width() as usize];
        rows.map(|y| {
            surface.copy_row(usize::from(frame.slot), 0, y, &mut row);
            row.iter().filter(|pixel| **pixel != 0x00ff_ffff).count()
        })
        .sum()
    }

    /// Has the selection copied, and awaits it.
    pub(crate) fn copied(&mut self) -> String {
        self.command(ToRenderer::Edit(Edit::Copy));
        self.until(|message| if let FromRenderer::Copied(text) = message { text.clone() } else { None })
    }

    pub(crate) fn ping(&mut self, number: u32) {
        self.control_write.as_ref().unwrap().write_all(&Down::Ping(number).encode()).unwrap();
        assert_eq!(self.control(), Some(Up::Pong(number)));
    }

    pub(crate) fn shutdown(&self) {
        self.control_write.as_ref().unwrap().write_all(&Down::Shutdown.encode()).unwrap();
    }

    /// The next record of the control pipe; `None` at its end.
    pub(crate) fn control(&mut self) -> Option<Up> {
        wait(self.control_read.as_fd());
        let mut record = [0; RECORD_BYTES];
        match self.control_read.read(&mut record).unwrap() {
            0 => None,
            RECORD_BYTES => Some(Up::decode(&record).unwrap()),
            other => panic!("a record of {other} bytes"),
        }
    }

    pub(crate) fn last_words(&mut self) -> LastWords {
        match self.control() {
            Some(Up::LastWords(words)) => words,
            other => panic!("{other:?} instead of last words"),
        }
    }

    /// Awaits the end of the uplink.
    pub(crate) fn hangs_up(&mut self) {
        let uplink = self.uplink.as_ref().unwrap();
        loop {
            wait(uplink.as_fd());
            match uplink.recv::<FromRenderer>() {
                Ok(_) | Err(RecvError::Empty) => {}
                Err(RecvError::Closed) => return,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

fn pipe() -> (OwnedFd, OwnedFd) {
    nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).unwrap()
}

/// Waits for something to read.
fn wait(fd: BorrowedFd<'_>) {
    let timeout = PollTimeout::try_from(DEADLINE).unwrap();
    assert_eq!(poll(&mut [PollFd::new(fd, PollFlags::POLLIN)], timeout), Ok(1), "nothing was said in time");
}

/// What `/proc` tells of a confined process: nothing, to a user without privilege.
pub(crate) fn if_permitted<T>(result: std::io::Result<T>) -> Option<T> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => None,
        result => Some(result.unwrap()),
    }
}

/// Waits until `done`, for what nobody reports.
pub(crate) fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !done() {
        assert!(Instant::now() < deadline, "{what}: not in time");
        std::thread::yield_now();
    }
}
