//! Every link keeps the promises that all of them make.

mod common;

use bulkhead_lab::link::ALL;
use common::{one_line, run, text};

/// What a kernel can be without, or forbid.
const OPTIONAL: &[&str] = &["mqueue", "process_vm_readv", "io_uring"];

#[test]
fn every_link_keeps_every_promise() {
    for mechanism in ALL {
        let output = run(&["check", mechanism.name]);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        if out.contains("is not to be had here") {
            assert!(OPTIONAL.contains(&mechanism.name), "every kernel has {}:\n{out}{err}", mechanism.name);
            one_line(mechanism.name, &output);
            println!("skipped: {out}");
            continue;
        }
        assert!(output.status.success(), "{}:\n{out}{err}", mechanism.name);
        assert_eq!(out.lines().count(), 5, "{out}");
    }
}
