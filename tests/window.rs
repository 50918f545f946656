//! The window, for real: a display without a screen (Xvfb), a person without hands (xdotool).

mod common;

use common::{PATIENCE, descendants, executable, kill_process};
use nix::unistd::Pid;
use std::fs;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// An X server of our own.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// `None` where the tools are not installed.
    fn start() -> Option<Self> {
        let installed = |tool: &str| Command::new(tool).arg("-version").output().is_ok();
        if let Some(missing) = ["Xvfb", "xdotool"].into_iter().find(|tool| !installed(tool)) {
            eprintln!("skipped: {missing} is not installed");
            return None;
        }
        // It writes the number of the display that it took to its standard output, once it is ready.
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1000x800x24", "-nolisten", "tcp"])
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
        Some(Self { server, name })
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        let output = Command::new("xdotool").args(arguments).env("DISPLAY", &self.name).output().expect("xdotool runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn key(&self, key: &str) {
        self.xdotool(&["key", "--clearmodifiers", key]);
    }

    fn window(&self) -> String {
        self.xdotool(&["search", "--onlyvisible", "--name", "Bulkhead"]).lines().next().unwrap_or_default().to_owned()
    }

    fn title(&self) -> String {
        self.xdotool(&["getwindowname", &self.window()])
    }

    /// Waits for a window title.
    fn wait_title(&self, wanted: &str) {
        self.wait(&format!("the title {wanted:?}"), || self.title().contains(wanted));
    }

    fn wait(&self, what: &str, mut done: impl FnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done() {
            assert!(Instant::now() < deadline, "waited in vain for {what}; the title is {:?}", self.title());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Colours of the screen, as `import` (ImageMagick) sees them at these places; `None` where it is not installed.
    fn pixel(&self, x: u32, y: u32) -> Option<String> {
        let crop = format!("1x1+{x}+{y}");
        let arguments = ["-window", "root", "-crop", &crop, "-depth", "8", "txt:-"];
        let output = Command::new("import").args(arguments).env("DISPLAY", &self.name).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.split_whitespace().find(|word| word.starts_with('#') && word.len() == 7).map(str::to_owned)
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn browse(display: &Display, page: &str) -> Child {
    Command::new(executable())
        .arg(page)
        .env("DISPLAY", &display.name)
        .env_remove("WAYLAND_DISPLAY")
        .stderr(Stdio::null())
        .spawn()
        .expect("the browser starts")
}

/// The renderers of a browser: children of its zygote, which is its child.
fn renderers(broker: &Child) -> Vec<i32> {
    let named = |pid: &i32| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "bh-renderer");
    descendants(broker.id().cast_signed()).into_iter().filter(named).collect()
}

#[test]
fn a_person_browses_kills_a_tab_and_sails_on() {
    let Some(display) = Display::start() else { return };
    let directory = tempfile::tempdir().unwrap();
    let page = |name: &str, colour: &str| {
        let link = "<a href='second.html' style='position:absolute;left:0;top:0;width:100%;height:100%'></a>";
        let source = format!("<title>{name}</title><body style='background:{colour};margin:0'>{link}");
        let path = directory.path().join(format!("{name}.html"));
        fs::write(&path, source).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (first, second) = (page("first", "#00ff00"), page("second", "#0000ff"));

    let mut broker = browse(&display, &first);
    display.wait_title("first - Bulkhead");
    display.xdotool(&["windowfocus", "--sync", &display.window()]);
    display.wait("the page's colour", || display.pixel(500, 400).is_none_or(|colour| colour == "#00FF00"));

    // A click on a link.
    display.xdotool(&["mousemove", "500", "400", "click", "1"]);
    display.wait_title("second - Bulkhead");
    display.wait("the page's colour", || display.pixel(500, 400).is_none_or(|colour| colour == "#0000FF"));
    // Back, by keyboard.
    display.key("alt+Left");
    display.wait_title("first - Bulkhead");
    // A new tab, and an address typed into it.
    display.key("ctrl+t");
    display.wait("two renderers", || renderers(&broker).len() == 2);
    display.key("ctrl+l");
    display.xdotool(&["type", "--clearmodifiers", &second]);
    display.key("Return");
    display.wait_title("second - Bulkhead");
    // Its process is killed: the other tab is still there, and reload brings it back.
    let victim = renderers(&broker).into_iter().max().expect("a renderer");
    kill_process(Pid::from_raw(victim));
    display.wait("the crash page", || display.pixel(500, 600).is_none_or(|colour| colour != "#0000FF"));
    display.key("ctrl+1");
    display.wait_title("first - Bulkhead");
    display.wait("the page's colour", || display.pixel(500, 400).is_none_or(|colour| colour == "#00FF00"));
    display.key("ctrl+2");
    display.key("F5");
    display.wait("the page's colour", || display.pixel(500, 600).is_none_or(|colour| colour == "#0000FF"));
    // Closing a tab, and bringing it back.
    display.key("ctrl+w");
    display.wait_title("first - Bulkhead");
    display.key("ctrl+shift+t");
    display.wait_title("second - Bulkhead");

    display.key("ctrl+q");
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = broker.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "the browser does not end");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(status.success());
}
