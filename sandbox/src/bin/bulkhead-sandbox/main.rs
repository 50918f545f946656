//! The sandbox on the command line: what it achieves on this machine, and whether it holds.
fn main() {
    let mut policy = bulkhead_sandbox::Policy::renderer();
    let err = std::io::stderr();
    use std::os::fd::AsFd;
    let keep = [err.as_fd()];
    policy.keep = &keep;
    bulkhead_sandbox::violation::report_to(err.as_fd(), |v, r| { let n = v.name().unwrap_or("?").as_bytes(); r[..n.len()].copy_from_slice(n); n.len() }).unwrap();
    let c = bulkhead_sandbox::spawn(&policy, |r| { eprint!("{r}"); 0 }).unwrap();
    println!("{:?}", c.wait());
}
