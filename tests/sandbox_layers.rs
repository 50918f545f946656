//! Every layer of the sandbox is on in a renderer of the real browser, as it says itself and as others see it.

mod common;

use bulkhead_sandbox::outside::look_at;
use bulkhead_sandbox::{Name, State};
use common::{browser, html, open, pid};
use nix::unistd::geteuid;

#[test]
fn every_layer_is_on_in_a_real_renderer() {
    let mut headless = browser();
    let id = open(&mut headless, html("<title>page</title>"));

    let report = headless.browser.sandbox().expect("a renderer has reported");
    let names: Vec<_> = report.layers.iter().map(|layer| layer.name).collect();
    assert_eq!(names, Name::ALL);
    let off: Vec<_> = report.missing().collect();
    assert!(off.is_empty(), "{off:#?}");
    // Only root can give up supplementary groups: all else is wholly on for everybody.
    let partial: Vec<_> = report.partial().filter(|layer| layer.name != Name::Privileges).collect();
    assert!(partial.is_empty(), "{partial:#?}");
    assert!(!geteuid().is_root() || report.state(Name::Privileges) == Some(&State::On), "{report}");

    let sights = look_at(pid(&headless, id)).expect("the process is there");
    let open: Vec<_> = sights.iter().filter(|sight| !sight.holds).collect();
    assert!(open.is_empty(), "{open:#?}");
    let seen = |name| sights.iter().any(|sight| sight.layer == name);
    // What everybody may see of a process that cannot be traced; root sees more.
    for name in [Name::PidNamespace, Name::Privileges, Name::NoNewPrivs, Name::NotDumpable, Name::Seccomp] {
        assert!(seen(name), "{name} was not looked at: {sights:#?}");
    }
    for name in [Name::NetNamespace, Name::EmptyRoot, Name::Descriptors, Name::Environment] {
        assert!(seen(name) || !geteuid().is_root(), "{name} was not looked at: {sights:#?}");
    }
    headless.shutdown();
}

#[test]
fn two_renderers_share_no_namespace() {
    if !geteuid().is_root() {
        eprintln!("skipped: only root sees the namespaces of processes that cannot be traced");
        return;
    }
    let mut headless = browser();
    let (first, second) = (open(&mut headless, html("one")), open(&mut headless, html("two")));
    let (first, second) = (pid(&headless, first), pid(&headless, second));
    assert_ne!(first, second);
    for kind in ["user", "pid", "net", "ipc", "uts", "mnt"] {
        let namespace = |pid| std::fs::read_link(format!("/proc/{pid}/ns/{kind}")).expect("root sees it");
        assert_ne!(namespace(first), namespace(second), "{kind}");
    }
    headless.shutdown();
}

#[test]
fn a_renderer_holds_at_most_eight_descriptors() {
    if !geteuid().is_root() {
        eprintln!("skipped: only root sees the descriptors of processes that cannot be traced");
        return;
    }
    let mut headless = browser();
    let id = open(&mut headless, html("<title>page</title>"));
    let descriptors = std::fs::read_dir(format!("/proc/{}/fd", pid(&headless, id))).expect("root sees them").count();
    assert!(descriptors <= 8, "{descriptors}");
    headless.shutdown();
}
