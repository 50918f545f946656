//! Making namespaces, joining others, and changing what is mounted.

use super::programs::fork_once;
use super::*;
use crate::raw::sys;

const fn namespaces(
    name: &'static str,
    tries: &'static str,
    stops: &'static [Stop],
    perform: fn(&Targets) -> Outcome,
) -> Attempt {
    attempt(Category::Namespaces, name, tries, stops, perform)
}

const NEWUSER: i32 = libc::CLONE_NEWUSER;

/// Whoever has a user namespace of its own set the limit on further ones to 0 there. Without any, the machine's is what
/// counts.
const NO_NEW: &[Stop] = &[
    TRAPPED,
    answers(Name::UserNamespace, Errno::ENOSPC),
    rule("a user namespace gives power over itself alone", Sign::Contained),
];

/// It takes `CAP_SYS_ADMIN`; with it, what changes is one's own, or it would have to be had outside.
const fn admin(own: Name) -> [Stop; 5] {
    [
        TRAPPED,
        answers(Name::Privileges, Errno::EPERM),
        stop(own, Sign::Contained),
        answers(Name::UserNamespace, Errno::EPERM),
        rule("only root may", Sign::Error(Errno::EPERM)),
    ]
}

/// Landlock lets nobody change what is mounted where.
const MOUNTING: &[Stop] = &[
    TRAPPED,
    answers(Name::Privileges, Errno::EPERM),
    answers(Name::Landlock, Errno::EPERM),
    stop(Name::EmptyRoot, Sign::Contained),
    answers(Name::UserNamespace, Errno::EPERM),
    rule("only root may", Sign::Error(Errno::EPERM)),
    rule("the root is no mount of its own", Sign::Error(Errno::EINVAL)),
];

const MOUNTS: &[Stop] = &admin(Name::EmptyRoot);

pub(super) const ATTEMPTS: &[Attempt] = &[
    namespaces("unshare-user", "makes a user namespace, to be root in it", NO_NEW, |_| {
        sys!(SYS_unshare, NEWUSER).into()
    }),
    namespaces(
        "clone-user",
        "makes a process in a new user namespace",
        &[
            TRAPPED,
            answers(Name::UserNamespace, Errno::ENOSPC),
            answers(Name::Limits, Errno::EAGAIN),
            rule("a user namespace gives power over itself alone", Sign::Contained),
        ],
        |_| outcome(|| fork_once(NEWUSER as u64)),
    ),
    namespaces(
        "unshare-net",
        "makes a network namespace, whose code in the kernel is rich in faults",
        &[
            TRAPPED,
            answers(Name::Privileges, Errno::EPERM),
            stop(Name::UserNamespace, Sign::Contained),
            rule("only root may", Sign::Error(Errno::EPERM)),
        ],
        |_| sys!(SYS_unshare, libc::CLONE_NEWNET).into(),
    ),
    namespaces(
        "join-namespace",
        "joins the network namespace outside, by a descriptor that was left open",
        &[
            TRAPPED,
            answers(Name::Descriptors, Errno::EBADF),
            answers(Name::Privileges, Errno::EPERM),
            answers(Name::UserNamespace, Errno::EPERM),
            rule("only root may", Sign::Error(Errno::EPERM)),
        ],
        |targets| sys!(SYS_setns, targets.leaked.namespace, libc::CLONE_NEWNET).into(),
    )
    .on(&[Part::LeakedNamespace]),
    namespaces("mount", "mounts a file system over the current directory", MOUNTING, |targets| {
        outcome(|| {
            sys!(SYS_mount, c"none", c".", c"tmpfs", 0_usize, c"size=4k")?;
            // Undone at once where others could see it; where they cannot, there is no such path.
            let directory = CString::new(targets.directory.as_str()).unwrap_or_default();
            let _ = sys!(SYS_umount2, directory.as_c_str(), libc::MNT_DETACH);
            Ok(true)
        })
    })
    .on(&[Part::Files]),
    namespaces("mount-by-handle", "makes a file system to mount, by fsopen(2)", MOUNTS, |_| {
        sys!(SYS_fsopen, c"tmpfs", 0_u32).into()
    }),
    namespaces("writable-root", "makes the root writable again", MOUNTING, |_| {
        sys!(SYS_mount, c"none", c".", c"none", libc::MS_REMOUNT | libc::MS_BIND, c"").into()
    })
    .on(&[Part::Files]),
    namespaces("unmount", "unmounts the root, to see what is below", MOUNTING, |_| {
        // Of the root of the machine, where it could, it would unmount nothing: MNT_EXPIRE only marks, the first time.
        match sys!(SYS_umount2, c"/", libc::MNT_EXPIRE) {
            Err(Errno::EAGAIN | Errno::EBUSY) => Outcome::Attained,
            result => result.into(),
        }
    }),
    namespaces("pivot-root", "makes another mount its root", MOUNTS, |_| {
        // One that is not there: whoever may do it at all learns that, and nothing happens to anybody.
        match sys!(SYS_pivot_root, c"missing", c".") {
            Err(Errno::ENOENT) => Outcome::Attained,
            result => result.into(),
        }
    }),
    namespaces("chroot", "makes another directory its root", MOUNTS, |_| sys!(SYS_chroot, c".").into()),
    namespaces(
        "rename-machine",
        "changes the machine's name",
        &admin(Name::UtsNamespace),
        // To what it is: where it works, nothing changes for others.
        |_| {
            let name = nix_name();
            sys!(SYS_sethostname, name[..], name.len()).into()
        },
    ),
];

fn nix_name() -> Vec<u8> {
    // struct utsname (uname(2)): 65 bytes system, then 65 bytes name.
    let mut names = [0_u8; 65 * 6];
    if sys!(SYS_uname, &mut names[..]).is_err() {
        return Vec::new();
    }
    names[65..130].iter().copied().take_while(|byte| *byte != 0).collect()
}
