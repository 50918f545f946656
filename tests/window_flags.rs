//! What the command line says of the window's size, scale and colours holds for the window, its page and the mouse.

mod common;

use common::{PATIENCE, executable};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// An X server, and a browser on it. Both end with this.
struct Stage {
    server: Child,
    browser: Option<Child>,
    name: String,
}

impl Stage {
    /// `None` where the tools are not installed.
    fn set() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let installed = |tool: &str| std::env::split_paths(&path).any(|directory| directory.join(tool).is_file());
        if let Some(missing) = ["Xvfb", "xdotool", "import"].into_iter().find(|tool| !installed(tool)) {
            assert!(std::env::var_os("BULKHEAD_TESTS_MUST_RUN").is_none(), "{missing} is not installed");
            eprintln!("skipped: {missing} is not installed");
            return None;
        }
        let mut server = Command::new("Xvfb")
            // It stays as it is when its last client leaves, which otherwise ends whoever comes at that moment.
            .args(["-displayfd", "1", "-screen", "0", "1600x1200x24", "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).expect("Xvfb says its number");
        Some(Self { server, browser: None, name: format!(":{}", number.trim()) })
    }

    fn browse(&mut self, arguments: &[&str]) {
        let mut command = Command::new(executable());
        command.args(arguments).env("DISPLAY", &self.name).env_remove("WAYLAND_DISPLAY").stderr(Stdio::null());
        self.browser = Some(command.spawn().expect("the browser starts"));
    }

    fn run(&self, tool: &str, arguments: &[&str]) -> String {
        let output = Command::new(tool).args(arguments).env("DISPLAY", &self.name).output().expect("it runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn window(&self) -> String {
        let windows = self.run("xdotool", &["search", "--onlyvisible", "--name", "Bulkhead"]);
        windows.lines().next().unwrap_or_default().to_owned()
    }

    fn title(&self) -> String {
        self.run("xdotool", &["getwindowname", &self.window()])
    }

    fn size(&self) -> Option<(u32, u32)> {
        let text = self.run("xdotool", &["getwindowgeometry", "--shell", &self.window()]);
        let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')?.parse().ok());
        Some((value("WIDTH")?, value("HEIGHT")?))
    }

    fn pixel(&self, x: u32, y: u32) -> String {
        let crop = format!("1x1+{x}+{y}");
        let text = self.run("import", &["-window", "root", "-crop", &crop, "-depth", "8", "txt:-"]);
        text.split_whitespace().find(|word| word.starts_with('#') && word.len() == 7).unwrap_or_default().to_owned()
    }

    fn wait(&self, what: &str, mut done: impl FnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done() {
            assert!(Instant::now() < deadline, "waited in vain for {what}; the title is {:?}", self.title());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for child in self.browser.iter_mut().chain([&mut self.server]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn a_window_has_the_size_the_scale_and_the_colours_that_are_asked_for() {
    let Some(mut stage) = Stage::set() else { return };
    let directory = tempfile::tempdir().unwrap();
    let first = directory.path().join("first.html");
    let source = "<title>first</title><style>body { margin: 0; background: #00ff00 } \
        @media (prefers-color-scheme: dark) { body { background: #0000ff } } \
        a { display: block; width: 50px; height: 50px; background: #ff0000 }</style><a href=second.html></a>";
    fs::write(&first, source).unwrap();
    fs::write(directory.path().join("second.html"), "<title>second</title>").unwrap();

    let flags =
        ["--window-size=500,400", "--force-device-scale-factor=2", "--force-dark-mode", first.to_str().unwrap()];
    stage.browse(&flags);

    stage.wait("the first page", || stage.title() == "first - Bulkhead");
    stage.wait("the size, in device pixels", || stage.size() == Some((1000, 800)));
    stage.wait("the dark page", || stage.pixel(700, 600) == "#0000FF");
    // Tab strip and toolbar have 80 points. At scale 1, neither pixel nor mouse would be on the link.
    stage.wait("the link's far corner", || stage.pixel(90, 250) == "#FF0000" && stage.pixel(110, 250) == "#0000FF");
    stage.run("xdotool", &["mousemove", "90", "250", "click", "1"]);
    stage.wait("the second page", || stage.title() == "second - Bulkhead");
}
