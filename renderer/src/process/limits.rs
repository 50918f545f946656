//! Resource limits of the zygote (setrlimit(2)), as a table. The renderers inherit them, and get more from the sandbox.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

const MIB: u64 = 1 << 20;

/// Stack. The engine walks the tree by recursion: at the depth of 512 elements that the parser admits, layout takes
/// about a fifth of this.
pub(crate) const STACK: u64 = 64 * MIB;

/// In the zygote, and so in every renderer.
const ZYGOTE: &[(Resource, u64)] = &[
    // A core file would put pages of a renderer's memory on the disk.
    (Resource::RLIMIT_CORE, 0),
    (Resource::RLIMIT_STACK, STACK),
];

/// Sets the limits that zygote and renderers share.
pub(crate) fn limit_zygote() {
    set(ZYGOTE);
}

/// Lowers, or raises as far as the hard limit lets. A limit that cannot be set is no reason to show no page.
fn set(limits: &[(Resource, u64)]) {
    for &(resource, wanted) in limits {
        let Ok((_, hard)) = getrlimit(resource) else { continue };
        let value = wanted.min(hard);
        // The hard limit of the stack stays: only the soft one says how far it may grow.
        let hard = if resource == Resource::RLIMIT_STACK { hard } else { value };
        let _ = setrlimit(resource, value, hard);
    }
}
