//! From start to end: processes, names, descriptors, threads.

use crate::Test;
use crate::broker::{Zygote, eventually, if_permitted};
use bulkhead_shared::pidfd::Pidfd;
use bulkhead_shared::zygote::ExitStatus;
use std::{fs, io};

pub(crate) const TESTS: &[Test] = &[
    ("a_renderer_answers_pings_and_ends_on_request", a_renderer_answers_pings_and_ends_on_request),
    ("a_closed_link_ends_a_renderer", a_closed_link_ends_a_renderer),
    ("ps_tells_the_processes_apart", ps_tells_the_processes_apart),
    ("the_environment_of_a_renderer_is_wiped", the_environment_is_wiped),
    ("a_renderer_holds_its_links_and_nothing_else", a_renderer_holds_its_links_and_nothing_else),
    ("zygote_and_renderer_have_one_thread", zygote_and_renderer_have_one_thread),
    ("the_zygote_ends_with_its_broker_and_takes_its_renderers_along", the_zygote_ends_with_its_broker),
    ("the_one_shot_server_leaves_nothing_behind", the_one_shot_server_leaves_nothing_behind),
    ("a_broker_that_dies_during_bootstrap_leaves_nothing_behind", a_broker_that_dies_during_bootstrap),
    ("many_forks_leave_no_descriptor_behind", many_forks_leave_no_descriptor_behind),
];

fn descriptors(pid: i32) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd"))?;
    let links = entries.map(|entry| Ok(fs::read_link(entry?.path())?.display().to_string()));
    let mut links: Vec<_> = links.collect::<io::Result<_>>()?;
    links.sort();
    Ok(links)
}

fn threads(pid: i32) -> usize {
    fs::read_dir(format!("/proc/{pid}/task")).unwrap().count()
}

fn a_renderer_answers_pings_and_ends_on_request() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    renderer.ping(7);
    renderer.ping(8);
    renderer.shutdown();
    assert_eq!(renderer.control(), None);
    assert_eq!(zygote.reaped(&renderer), ExitStatus::Exited(0));
}

fn a_closed_link_ends_a_renderer() {
    let mut zygote = Zygote::start();
    for link in 0..3 {
        let mut renderer = zygote.fork();
        match link {
            0 => renderer.uplink = None,
            1 => renderer.downlink = None,
            _ => renderer.control_write = None,
        }
        assert_eq!(zygote.reaped(&renderer), ExitStatus::Exited(0), "link {link}");
    }
}

fn ps_tells_the_processes_apart() {
    let mut zygote = Zygote::start();
    let renderer = zygote.fork();
    let name = |pid: i32| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap();
    assert_eq!(name(zygote.process.id() as i32), "bh-zygote\n");
    assert_eq!(name(renderer.pid), "bh-renderer\n");
    let command_line = fs::read_to_string(format!("/proc/{}/cmdline", renderer.pid)).unwrap();
    assert_eq!(command_line.trim_end_matches('\0'), "bulkhead --type=renderer --tab=101 --renderer=1");
}

fn the_environment_is_wiped() {
    let environment = |zygote: &mut Zygote| {
        // It lives as long as its links are open.
        let renderer = zygote.fork();
        fs::read(format!("/proc/{}/environ", renderer.pid))
    };
    let bare = environment(&mut Zygote::start_unconfined()).unwrap();
    let confined = if_permitted(environment(&mut Zygote::start())).unwrap_or_default();
    assert!(bare.iter().chain(&confined).all(|byte| *byte == 0), "the environment can be read");
}

fn a_renderer_holds_its_links_and_nothing_else() {
    let second = |zygote: &mut Zygote| {
        let _first = zygote.fork();
        descriptors(zygote.fork().pid)
    };
    let bare = second(&mut Zygote::start_unconfined()).unwrap();
    let confined = if_permitted(second(&mut Zygote::start()));
    for links in [Some(bare), confined].into_iter().flatten() {
        // A confined process has no `/dev` to name its descriptors by.
        let null = links.iter().filter(|link| ["/dev/null", "/null"].contains(&link.as_str())).count();
        let count = |kind: &str| links.iter().filter(|link| link.starts_with(kind)).count();
        assert_eq!((null, count("pipe:"), count("socket:"), links.len()), (3, 2, 2, 7), "{links:?}");
    }
}

fn zygote_and_renderer_have_one_thread() {
    let mut zygote = Zygote::start();
    assert_eq!(threads(zygote.process.id() as i32), 1);
    let mut renderer = zygote.fork();
    renderer.show();
    renderer.load("<p>text</p><img src='data:,'>");
    assert_eq!((threads(renderer.pid), threads(zygote.process.id() as i32)), (1, 1));
}

fn the_zygote_ends_with_its_broker() {
    let mut zygote = Zygote::start();
    let mut renderer = zygote.fork();
    assert!(zygote.end().success());
    // Its links are still open: it is the zygote's death that ends it.
    assert_eq!(renderer.control(), None);
    renderer.hangs_up();
}

fn the_one_shot_server_leaves_nothing_behind() {
    let temp = tempfile::tempdir().unwrap();
    let _zygote = Zygote::start_with(|command| {
        command.env("TMPDIR", temp.path());
    });
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
}

/// The parent-death signal cannot be tested by dying here; the signal that it sends can.
fn a_broker_that_dies_during_bootstrap() {
    let temp = tempfile::tempdir().unwrap();
    let (zygote, name) = Zygote::start_unconnected(|command| {
        command.env("TMPDIR", temp.path());
    });
    assert!(name.starts_with(temp.path().to_str().unwrap()));
    let pid = nix::unistd::Pid::from_raw(zygote.process.id() as i32);
    Pidfd::open(pid).unwrap().signal(libc::SIGTERM).unwrap();
    eventually("the server's directory is removed", || fs::read_dir(temp.path()).unwrap().count() == 0);
}

fn many_forks_leave_no_descriptor_behind() {
    let mut zygote = Zygote::start();
    let mut before = None;
    for _ in 0..20 {
        let renderer = zygote.fork();
        renderer.shutdown();
        assert_eq!(zygote.reaped(&renderer), ExitStatus::Exited(0));
        let now = descriptors(zygote.process.id() as i32).unwrap();
        assert_eq!(*before.get_or_insert_with(|| now.clone()), now);
    }
}
