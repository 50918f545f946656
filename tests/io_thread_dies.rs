//! The death of the I/O thread, without which nothing goes on, is told at once, by every tab, and ends the program with an error.
//!
//! It is a real one: the thread's epoll instance is taken away from it. One test only, since that is found by looking at what
//! this process has open.

mod common;

use bulkhead_broker::death::Death;
use bulkhead_ui::headless::LoadError;
use common::{browser, html, open, tab, wait, wait_until};
use std::fs::{self, File};
use std::os::fd::RawFd;

/// The epoll instances that this process has open.
fn epolls() -> Vec<RawFd> {
    let open = fs::read_dir("/proc/self/fd").expect("/proc is mounted").flatten();
    let epolls =
        open.filter(|fd| fs::read_link(fd.path()).is_ok_and(|target| target.as_os_str() == "anon_inode:[eventpoll]"));
    epolls.filter_map(|fd| fd.file_name().to_str()?.parse().ok()).collect()
}

#[test]
fn the_death_of_the_io_thread_is_told_and_nothing_loads_any_more() {
    let before = epolls();
    let mut headless = browser();
    let id = open(&mut headless, html("<title>a page</title>"));
    let processes = common::descendants(std::process::id().cast_signed());
    let of_the_thread: Vec<_> = epolls().into_iter().filter(|fd| !before.contains(fd)).collect();
    let [epoll] = of_the_thread[..] else { panic!("one thread waits for events: {of_the_thread:?}") };

    replace(epoll);
    // It notices when it waits the next time.
    headless.browser.repaint();

    wait(&mut headless, "the browser to say so", |browser| browser.failure().is_some());
    assert_eq!(tab(&headless, id).death(), Some(&Death::BrowserFailed));
    headless.browser.reload(id);
    assert!(matches!(headless.wait_loaded(id, common::PATIENCE), Err(LoadError::Broken(_))));
    wait(&mut headless, "the reload to be given up", |browser| {
        browser.tab(id).is_some_and(|tab| tab.pending.is_none() && tab.death() == Some(&Death::BrowserFailed))
    });
    headless.shutdown();
    wait_until("its processes to end, too", || !processes.iter().any(|pid| common::is_running(*pid)));
}

/// Puts a file that is no epoll instance in its place.
#[expect(unsafe_code, reason = "the number is another thread's descriptor")]
fn replace(epoll: RawFd) {
    use std::os::fd::AsRawFd;
    let null = File::open("/dev/null").expect("/dev/null opens");
    // SAFETY: dup2 takes numbers only. What the owner of the number does with the file from now on fails, and it expects that.
    assert!(unsafe { libc::dup2(null.as_raw_fd(), epoll) } >= 0, "dup2");
}
