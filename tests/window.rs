//! The window, for real: a person browses, kills a tab, and sails on.

mod common;
mod desktop;

use common::kill_process;
use desktop::{Desktop, Kind, page, wait};
use nix::unistd::Pid;

#[test]
fn a_person_browses_kills_a_tab_and_sails_on() {
    let Some(desktop) = Desktop::start(Kind::X11) else { return };
    let directory = tempfile::tempdir().unwrap();
    let (first, second) = (page(directory.path(), "first", "#00ff00"), page(directory.path(), "second", "#0000ff"));

    let mut browser = desktop.browse(&[&first]);
    desktop.wait_title("first - Bulkhead");
    desktop.focus();
    desktop.wait_pixel((500, 400), "#00FF00");

    // A click on a link.
    desktop.run("xdotool", &["mousemove", "500", "400", "click", "1"]);
    desktop.wait_title("second - Bulkhead");
    desktop.wait_pixel((500, 400), "#0000FF");
    // Back, by keyboard.
    desktop.key("alt+Left");
    desktop.wait_title("first - Bulkhead");
    // A new tab, and an address typed into it.
    desktop.key("ctrl+t");
    wait("two renderers", || browser.renderers().len() == 2);
    desktop.key("ctrl+l");
    desktop.type_text(second.to_str().unwrap());
    desktop.key("Return");
    desktop.wait_title("second - Bulkhead");
    desktop.wait_pixel((500, 600), "#0000FF");
    // Its process is killed: the other tab is still there, and reload brings it back.
    let victim = browser.renderers().into_iter().max().expect("a renderer");
    kill_process(Pid::from_raw(victim));
    wait("the crash page", || desktop.pixel(500, 600) != "#0000FF");
    desktop.key("ctrl+1");
    desktop.wait_title("first - Bulkhead");
    desktop.wait_pixel((500, 400), "#00FF00");
    desktop.key("ctrl+2");
    desktop.key("F5");
    desktop.wait_pixel((500, 600), "#0000FF");
    // Closing a tab, and bringing it back.
    desktop.key("ctrl+w");
    desktop.wait_title("first - Bulkhead");
    desktop.key("ctrl+shift+t");
    desktop.wait_title("second - Bulkhead");

    desktop.key("ctrl+q");
    browser.ends_well("Ctrl+Q");
}

#[test]
fn the_pages_of_the_command_line_stand_in_its_order() {
    for kind in desktop::KINDS {
        let Some(desktop) = Desktop::start(kind) else { continue };
        let directory = tempfile::tempdir().unwrap();
        let names = ["one", "two", "three"];
        let pages = names.map(|name| page(directory.path(), name, "#00ff00"));
        let mut browser = desktop.browse(&[&pages[0], &pages[1], &pages[2]]);
        desktop.wait_title("one - Bulkhead");
        desktop.focus();
        for (key, name) in ["ctrl+3", "ctrl+2", "ctrl+1"].into_iter().zip(names.into_iter().rev()) {
            desktop.key(key);
            desktop.wait_title(&format!("{name} - Bulkhead"));
        }
        desktop.key("ctrl+q");
        browser.ends_well("Ctrl+Q");
    }
}
