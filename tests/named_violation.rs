//! What the sandbox stops has a name: the crash page says which system call it was.

mod common;

use bulkhead_broker::death::Death;
use common::{browser, html, loaded, open, pid, tab, url, wait_tab};

#[test]
fn a_forbidden_system_call_ends_its_tab_alone_and_is_named() {
    let mut headless = browser();
    let bystander = open(&mut headless, html("<title>bystander</title>"));
    let unharmed = pid(&headless, bystander);
    let id = open(&mut headless, html("<title>before</title>"));

    headless.browser.navigate(id, url("bulkhead://syscall"));
    wait_tab(&mut headless, id, "its death", |tab| tab.death().is_some());

    let death = tab(&headless, id).death().cloned().expect("it is dead");
    let number = i32::try_from(libc::SYS_openat).expect("numbers of system calls are small");
    assert_eq!(death, Death::Sandbox { number, name: "openat".to_owned() });
    assert_eq!(death.to_string(), format!("The sandbox stopped openat(2), system call {number}."));
    assert_eq!(death.short(), "sandbox: openat");

    headless.browser.reload(id);
    loaded(&mut headless, id);
    assert_eq!(tab(&headless, id).title(), "before");
    assert_eq!(pid(&headless, bystander), unharmed);
    headless.shutdown();
}
