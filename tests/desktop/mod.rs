//! A desktop for the tests of the window: a display without a screen, and a person without hands.
//!
//! | | X11 | Wayland |
//! |---|---|---|
//! | display | `Xvfb` | `sway`, headless |
//! | keyboard and mouse | `xdotool` | `wtype`; no mouse |
//! | eyes | ImageMagick's `import` | `grim` |
//! | another program with a clipboard | `xclip` | `wl-copy`, `wl-paste` |
//!
//! Where a tool is missing, a test is skipped and says so. With `BULKHEAD_TESTS_MUST_RUN=1`, as in CI, it fails instead.
#![allow(dead_code, reason = "each test uses its part")]

use super::common::{PATIENCE, descendants, executable};
use bulkhead_shared::pidfd::Pidfd;
use nix::unistd::{Gid, Pid, Uid, chown, geteuid};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The variable that forbids skipping.
const MUST_RUN: &str = "BULKHEAD_TESTS_MUST_RUN";

/// The window system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    X11,
    Wayland,
}

/// Both of them.
pub(crate) const KINDS: [Kind; 2] = [Kind::X11, Kind::Wayland];

/// A display of our own.
pub(crate) struct Desktop {
    pub(crate) kind: Kind,
    server: Child,
    /// What else runs on it.
    others: Vec<Child>,
    /// The variables that name it.
    variables: Vec<(&'static str, String)>,
    /// `XDG_RUNTIME_DIR` of everything on it.
    directory: TempDir,
    /// One desktop at a time: the tests are not to wait for each other's processes.
    _alone: MutexGuard<'static, ()>,
}

/// Held by whoever has a desktop.
static ALONE: Mutex<()> = Mutex::new(());

/// Says that something is not tested here, or fails where everything has to be.
pub(crate) fn skip(why: &str) {
    let must_run = std::env::var_os(MUST_RUN).is_some_and(|value| !value.is_empty() && value != "0");
    assert!(!must_run, "{MUST_RUN} is set, and {why}");
    eprintln!("skipped: {why}");
}

/// Whether all of these programs are installed; says which is not.
pub(crate) fn have(tools: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = |tool: &str| std::env::split_paths(&path).any(|directory| directory.join(tool).is_file());
    let missing: Vec<_> = tools.iter().filter(|tool| !installed(tool)).copied().collect();
    if !missing.is_empty() {
        skip(&format!("{} is not installed", missing.join(", ")));
    }
    missing.is_empty()
}

/// Waits for something that happens, or fails and says for what.
pub(crate) fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Desktop {
    /// `None` where a tool is not installed.
    pub(crate) fn start(kind: Kind) -> Option<Self> {
        match kind {
            Kind::X11 => Self::x11(&["-screen", "0", "1000x800x24"]),
            Kind::Wayland => Self::wayland(),
        }
    }

    /// An X server with these arguments.
    pub(crate) fn x11(arguments: &[&str]) -> Option<Self> {
        if !have(&["Xvfb", "xdotool", "import", "xclip"]) {
            return None;
        }
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        // A number of our own: of two servers that look for a free one at the same time, one may fail.
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = 1000 + (std::process::id() * 16 + STARTED.fetch_add(1, Ordering::Relaxed)) % 50_000;
        // It writes that number to its standard output, once it is ready. It stays as it is when its last client leaves, which
        // otherwise ends whoever comes at that moment.
        let mut server = Command::new("Xvfb")
            .args([&format!(":{number}"), "-displayfd", "1", "-nolisten", "tcp", "-noreset"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let mut number = Vec::new();
        let mut pipe = server.stdout.take().expect("its output is piped");
        while !number.ends_with(b"\n") {
            let mut byte = [0];
            assert_eq!(pipe.read(&mut byte).expect("Xvfb writes"), 1, "Xvfb is ready");
            number.extend(byte);
        }
        let name = format!(":{}", String::from_utf8(number).expect("a number").trim());
        let (directory, variables) = (runtime_directory(), vec![("DISPLAY", name)]);
        Some(Self { kind: Kind::X11, server, others: Vec::new(), variables, directory, _alone: alone })
    }

    fn wayland() -> Option<Self> {
        if !have(&["sway", "swaymsg", "wtype", "grim", "wl-copy", "wl-paste"]) {
            return None;
        }
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = runtime_directory();
        let configuration = directory.path().join("configuration");
        fs::write(&configuration, "output * resolution 1000x800\ndefault_border none\nxwayland disable\n").unwrap();
        let socket = directory.path().join("sway.socket");
        let mut server = Command::new("sway");
        if geteuid().is_root() {
            // sway refuses to be root.
            server = Command::new("setpriv");
            server.args(["--reuid=65534", "--regid=65534", "--clear-groups", "sway"]);
            for path in [directory.path(), &configuration] {
                chown(path, Some(Uid::from_raw(65_534)), Some(Gid::from_raw(65_534))).expect("a new owner");
            }
        }
        let server = server
            .arg("--config")
            .arg(&configuration)
            .env("XDG_RUNTIME_DIR", directory.path())
            .env("SWAYSOCK", &socket)
            .env("WLR_BACKENDS", "headless")
            .env("WLR_RENDERER", "pixman")
            .env("WLR_LIBINPUT_NO_DEVICES", "1")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sway starts");
        let name = "wayland-1".to_owned();
        let variables =
            vec![("WAYLAND_DISPLAY", name.clone()), ("SWAYSOCK", socket.to_str().expect("a path in UTF-8").to_owned())];
        let mut desktop = Self { kind: Kind::Wayland, server, others: Vec::new(), variables, directory, _alone: alone };
        let answers = || {
            desktop.directory.path().join(&name).exists()
                && desktop.command("swaymsg").args(["-t", "get_outputs"]).output().is_ok_and(|out| out.status.success())
        };
        wait("sway to be ready", answers);
        // A keyboard that stays plugged in. Without it, each wtype plugs one in and is done before anybody has taken note.
        let keyboard =
            desktop.command("wtype").args(["-s", "100000000", "-k", "Shift_L"]).spawn().expect("wtype starts");
        desktop.others.push(keyboard);
        wait("a keyboard", || desktop.run("swaymsg", &["-t", "get_inputs", "-r"]).contains("\"keyboard\""));
        Some(desktop)
    }

    /// A window manager for X11; sway is its own.
    pub(crate) fn manage(&mut self) -> bool {
        if !have(&["openbox"]) {
            return false;
        }
        let manager =
            self.command("openbox").stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("openbox starts");
        self.others.push(manager);
        wait("the window manager", || {
            let root = self.command("xdotool").args(["get_desktop"]).output().expect("xdotool runs");
            root.status.success()
        });
        true
    }

    /// A program on this desktop.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env("XDG_RUNTIME_DIR", self.directory.path())
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The browser, with these pages.
    pub(crate) fn browse(&self, pages: &[&Path]) -> Browser {
        self.browse_with(pages, |_| {})
    }

    /// The same, started in a way of one's own.
    pub(crate) fn browse_with(&self, pages: &[&Path], prepare: impl FnOnce(&mut Command)) -> Browser {
        let mut command = self.command(executable());
        command.args(pages).stdin(Stdio::null());
        prepare(&mut command);
        Browser(command.spawn().expect("the browser starts"))
    }

    /// Does what the person at this desktop does with a tool, and returns what that says.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program).args(arguments).output().expect("the tool runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Presses a key, such as `ctrl+shift+t`, by its name in X11.
    pub(crate) fn key(&self, key: &str) {
        match self.kind {
            Kind::X11 => _ = self.run("xdotool", &["key", "--clearmodifiers", key]),
            Kind::Wayland => {
                let (modifiers, key) = key.rsplit_once('+').map_or(("", key), |(modifiers, key)| (modifiers, key));
                let held: Vec<_> = modifiers.split('+').filter(|name| !name.is_empty()).collect();
                let press = held.iter().flat_map(|name| ["-M", name]);
                let release = held.iter().flat_map(|name| ["-m", name]);
                let arguments: Vec<_> = press.chain(["-k", key]).chain(release).collect();
                self.run("wtype", &arguments);
            }
        }
    }

    /// Types text.
    pub(crate) fn type_text(&self, text: &str) {
        match self.kind {
            Kind::X11 => _ = self.run("xdotool", &["type", "--clearmodifiers", text]),
            Kind::Wayland => _ = self.run("wtype", &[text]),
        }
    }

    /// The window, as X11 numbers it.
    pub(crate) fn window(&self) -> String {
        let found = self.run("xdotool", &["search", "--onlyvisible", "--name", "Bulkhead"]);
        found.lines().next().unwrap_or_default().to_owned()
    }

    /// The window's title.
    pub(crate) fn title(&self) -> String {
        match self.kind {
            Kind::X11 => self.run("xdotool", &["getwindowname", &self.window()]),
            Kind::Wayland => {
                let tree = self.run("swaymsg", &["-t", "get_tree", "-r"]);
                let tree: serde_json::Value = serde_json::from_str(&tree).unwrap_or_default();
                window_name(&tree).unwrap_or_default()
            }
        }
    }

    /// Waits for a window title, and has the window focused.
    pub(crate) fn wait_title(&self, wanted: &str) {
        let mut title = String::new();
        let deadline = Instant::now() + PATIENCE;
        while !title.contains(wanted) {
            assert!(Instant::now() < deadline, "waited in vain for the title {wanted:?}; it is {title:?}");
            std::thread::sleep(Duration::from_millis(20));
            title = self.title();
        }
    }

    /// Gives the window the keyboard. sway does so by itself.
    pub(crate) fn focus(&self) {
        if self.kind == Kind::X11 {
            self.run("xdotool", &["windowfocus", "--sync", &self.window()]);
        }
    }

    /// Closes the window as its close button does; on X11, a window manager has to be there ([`Self::manage`]).
    pub(crate) fn close_window(&self) {
        match self.kind {
            // By the window manager's own key.
            Kind::X11 => self.key("alt+F4"),
            Kind::Wayland => _ = self.run("swaymsg", &["[app_id=bulkhead]", "kill"]),
        }
    }

    /// The display ends, and everything on it is left alone.
    pub(crate) fn vanish(&mut self) {
        self.server.kill().expect("the display can be killed");
        self.server.wait().expect("the display can be waited for");
    }

    /// Another program that holds a selection, `"clipboard"` or `"primary"`.
    pub(crate) fn hold(&self, selection: &str, text: &str) -> Owner {
        let owner = self.offer(selection, text);
        wait("the selection to be taken", || self.held(selection) == text);
        owner
    }

    /// The same, which may not be ready yet.
    pub(crate) fn offer(&self, selection: &str, text: &str) -> Owner {
        let mut command = match self.kind {
            Kind::X11 => {
                let mut command = self.command("xclip");
                command.args(["-selection", selection, "-quiet", "-in"]);
                command
            }
            Kind::Wayland => {
                let mut command = self.command("wl-copy");
                command.args(["--foreground", "--type", "text/plain;charset=utf-8"]);
                command.args((selection == "primary").then_some("--primary"));
                command
            }
        };
        let command = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it starts");
        child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it reads");
        Owner(child)
    }

    /// What a selection holds, for another program.
    pub(crate) fn held(&self, selection: &str) -> String {
        match (self.kind, selection) {
            (Kind::X11, _) => self.run("xclip", &["-selection", selection, "-out"]),
            (Kind::Wayland, "primary") => self.run("wl-paste", &["--no-newline", "--primary"]),
            (Kind::Wayland, _) => self.run("wl-paste", &["--no-newline"]),
        }
    }

    /// The name of the X display.
    pub(crate) fn display(&self) -> Option<&str> {
        self.variables.iter().find(|(name, _)| *name == "DISPLAY").map(|(_, value)| &**value)
    }

    /// A directory for what is seen on this desktop.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The colour of the screen at this place, such as `#00FF00`.
    pub(crate) fn pixel(&self, x: u32, y: u32) -> String {
        let text = match self.kind {
            Kind::X11 => {
                let crop = format!("1x1+{x}+{y}");
                self.run("import", &["-window", "root", "-crop", &crop, "-depth", "8", "txt:-"])
            }
            Kind::Wayland => {
                let place = format!("{x},{y} 1x1");
                let output = self.command("grim").args(["-t", "ppm", "-g", &place, "-"]).output().expect("grim runs");
                // P6, width, height, 255, then three bytes.
                let [.., red, green, blue] = output.stdout[..] else { return String::new() };
                return format!("#{red:02X}{green:02X}{blue:02X}");
            }
        };
        let colour = text.split_whitespace().find(|word| word.starts_with('#') && word.len() == 7);
        colour.unwrap_or_default().to_owned()
    }

    /// Waits for a colour.
    pub(crate) fn wait_pixel(&self, (x, y): (u32, u32), wanted: &str) {
        wait(&format!("{wanted} at {x}, {y}"), || self.pixel(x, y) == wanted);
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for child in self.others.iter_mut().chain([&mut self.server]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Sends a signal to a child that was not waited for.
pub(crate) fn signal(child: &Child, signal: i32) {
    let pidfd = Pidfd::open(Pid::from_raw(child.id().cast_signed())).expect("the child is there");
    pidfd.signal(signal).expect("it can be signalled");
}

/// A directory for the sockets of a display.
pub(crate) fn runtime_directory() -> TempDir {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).expect("its mode");
    directory
}

fn window_name(node: &serde_json::Value) -> Option<String> {
    if node["app_id"] == "bulkhead" {
        return node["name"].as_str().map(str::to_owned);
    }
    let children = ["nodes", "floating_nodes"].into_iter().filter_map(|list| node[list].as_array());
    children.flatten().find_map(window_name)
}

/// A program that holds a selection; killed when it is dropped.
pub(crate) struct Owner(Child);

impl Owner {
    /// It does not answer any more.
    pub(crate) fn freeze(&self) {
        signal(&self.0, libc::SIGSTOP);
    }

    /// It answers again.
    pub(crate) fn thaw(&self) {
        signal(&self.0, libc::SIGCONT);
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A browser that runs; killed when it is dropped.
pub(crate) struct Browser(Child);

impl From<Child> for Browser {
    fn from(child: Child) -> Self {
        Self(child)
    }
}

impl Browser {
    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        wait("the browser to end", || {
            status = self.0.try_wait().expect("it can be waited for");
            status.is_some()
        });
        status.expect("it has ended")
    }

    /// Waits for its end, which has to be a good one.
    pub(crate) fn ends_well(&mut self, how: &str) {
        let status = self.wait();
        assert!(status.success(), "{how}: {status}, signal {:?}", status.signal());
    }

    /// Whether it runs.
    pub(crate) fn is_running(&mut self) -> bool {
        self.0.try_wait().expect("it can be waited for").is_none()
    }

    /// Its process.
    pub(crate) fn pid(&self) -> i32 {
        self.0.id().cast_signed()
    }

    /// Its renderers: children of its zygote, which is its child.
    pub(crate) fn renderers(&self) -> Vec<i32> {
        let named =
            |pid: &i32| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "bh-renderer");
        descendants(self.pid()).into_iter().filter(named).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A page of one colour in `directory`, all of which is a link to `second.html`.
pub(crate) fn page(directory: &Path, name: &str, colour: &str) -> std::path::PathBuf {
    let link = "<a href='second.html' style='position:absolute;left:0;top:0;width:100%;height:100%'></a>";
    let source = format!("<title>{name}</title><body style='background:{colour};margin:0'>{link}");
    let path = directory.join(format!("{name}.html"));
    fs::write(&path, source).expect("a page");
    path
}
