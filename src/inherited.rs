//! What a process inherits from whoever starts it, put into a known state before anything else is done.
//!
//! exec(2) leaves much as the launcher had it, on purpose or not: what some session managers do about `SIGCHLD` for themselves, for
//! example, took six layers off every page's sandbox here. The [`TABLE`] says what is changed, and why.
//!
//! Contract:
//! - it is called first in `main`, in each of this program's processes, while they have one thread;
//! - what cannot be put right is said on standard error, in one line, and the program goes on;
//! - limits are raised as far as the launcher lets them be: the soft one to the hard one, which is left alone.
//!
//! Left as they are, since a launcher means something by them: the signals by which a terminal or a supervisor asks to end
//! (`nohup` and a shell's `&` ignore them), the parent-death signal, the nice value, the CPUs, the cgroup, filters, and what others may
//! do with new files (the rest of the umask). Descriptors 0 to 2 are open already: Rust's runtime sees to that.

#![expect(unsafe_code, reason = "these calls have no wrapper, or one that is unsafe")]

use bulkhead_shared::limits::SURFACE_BYTES;
use nix::errno::Errno;
use nix::sys::prctl::set_child_subreaper;
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use nix::sys::stat::{Mode, umask};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Something that is inherited.
struct Inherited {
    what: &'static str,
    why: &'static str,
    settle: fn() -> Result<(), Errno>,
}

const fn row(what: &'static str, why: &'static str, settle: fn() -> Result<(), Errno>) -> Inherited {
    Inherited { what, why, settle }
}

/// In this order: what needs a new address space comes first, since that begins everything anew.
const TABLE: &[Inherited] = &[
    row("the limit on the stack", "a small one ends the program, none at all makes its addresses easy to guess", stack),
    row(
        "the personality",
        "it can make addresses easy to guess, and memory executable that is only to be read",
        personality,
    ),
    row("blocked signals", "a SIGCHLD that is blocked does not tell of a child's end", unblock),
    row("ignored signals", "while SIGCHLD is ignored, the kernel keeps no exit code of a child", dispositions),
    row("timers", "an alarm ends the program, or interrupts what it waits for", timers),
    row("soft limits", "beyond a soft limit, memory, processes or time are refused, though there may be more", limits),
    row("the umask", "it can take from us what we have just made", owners_umask),
    row("the adoption of orphans", "processes of others would stay zombies here", no_subreaper),
    row(
        "the scheduling policy",
        "a page that never rests would, in real time, keep a CPU from everybody",
        no_real_time,
    ),
    row("open descriptors", "what the launcher has left open is none of our children's business", close_on_exec),
    row("RUST_MIN_STACK", "it is the stack of every thread, and a small one ends the program", threads_stack),
];

/// Puts everything into a known state.
pub(crate) fn settle() {
    for Inherited { what, why, settle } in TABLE {
        if let Err(errno) = settle() {
            eprintln!("bulkhead: {what} cannot be put right: {errno} ({why})");
        }
    }
}

/// Says what a browser cannot do within the limits that are left.
pub(crate) fn remark() {
    let most = getrlimit(Resource::RLIMIT_FSIZE).map_or(RLIM_INFINITY, |(soft, _)| soft);
    if most < SURFACE_BYTES as u64 {
        eprintln!(
            "bulkhead: files may be {} KiB long at most (ulimit -f), and pixels and documents are handed over in such, in memory: \
             what is larger will not be shown",
            most >> 10
        );
    }
}

/// Stack for the main thread, as on any system that was not told otherwise.
const STACK: u64 = 8 << 20;

fn stack() -> Result<(), Errno> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_STACK)?;
    let wanted = STACK.min(hard);
    if hard < STACK {
        // Only root may raise it, and none but the program itself can be hurt by it.
        if setrlimit(Resource::RLIMIT_STACK, STACK, STACK).is_err() {
            eprintln!(
                "bulkhead: the stack may grow to {} KiB at most (ulimit -s), which may not be enough",
                hard >> 10
            );
            setrlimit(Resource::RLIMIT_STACK, wanted, hard)?;
        }
    } else if soft < wanted {
        setrlimit(Resource::RLIMIT_STACK, wanted, hard)?;
    } else if soft == RLIM_INFINITY {
        // Where things are mapped was settled at exec.
        setrlimit(Resource::RLIMIT_STACK, wanted, hard)?;
        restart();
    }
    Ok(())
}

/// What weakens a process: what the kernel itself takes off at the exec of a set-user-id program (`PER_CLEAR_ON_SETID`,
/// linux/personality.h).
const WEAKENING: libc::c_int =
    libc::READ_IMPLIES_EXEC | libc::ADDR_NO_RANDOMIZE | libc::ADDR_COMPAT_LAYOUT | libc::MMAP_PAGE_ZERO;

fn personality() -> Result<(), Errno> {
    const ASK: libc::c_ulong = 0xffff_ffff;
    // SAFETY: it takes a number.
    let inherited = Errno::result(unsafe { libc::personality(ASK) })?;
    if inherited & WEAKENING == 0 {
        return Ok(());
    }
    let clean = inherited & !WEAKENING;
    // SAFETY: it takes a number.
    Errno::result(unsafe { libc::personality(clean as libc::c_ulong) })?;
    // SAFETY: it takes a number.
    if Errno::result(unsafe { libc::personality(ASK) })? != clean {
        return Err(Errno::EPERM);
    }
    restart();
    Ok(())
}

/// Becomes the same program with the same arguments, in a new address space. What called for it has been put right, so it is not
/// done again.
fn restart() {
    let mut arguments = std::env::args_os();
    let mut command = Command::new("/proc/self/exe");
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    let error = command.args(arguments).exec();
    eprintln!("bulkhead: cannot start /proc/self/exe anew: {error}; its addresses may be easy to guess");
}

fn unblock() -> Result<(), Errno> {
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)
}

/// The last signal of real time (signal(7)).
const LAST_SIGNAL: libc::c_int = 64;

/// Those that stay as they are: what asks to end, job control, and those that Rust's runtime has settled.
const LEFT: [libc::c_int; 12] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
    libc::SIGTSTP,
    libc::SIGTTIN,
    libc::SIGTTOU,
    libc::SIGPIPE,
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGKILL,
    libc::SIGSTOP,
];

fn dispositions() -> Result<(), Errno> {
    for signal in (1..=LAST_SIGNAL).filter(|signal| !LEFT.contains(signal)) {
        // A file that may not grow is an error of who writes to it, which can be told with its name.
        let action = if signal == libc::SIGXFSZ { libc::SIG_IGN } else { libc::SIG_DFL };
        // SAFETY: neither is a function.
        let before = unsafe { libc::signal(signal, action) };
        // The C library keeps two for itself.
        if before == libc::SIG_ERR && Errno::last() != Errno::EINVAL {
            return Err(Errno::last());
        }
    }
    Ok(())
}

fn timers() -> Result<(), Errno> {
    let none = libc::timeval { tv_sec: 0, tv_usec: 0 };
    let never = libc::itimerval { it_interval: none, it_value: none };
    for timer in [libc::ITIMER_REAL, libc::ITIMER_VIRTUAL, libc::ITIMER_PROF] {
        // SAFETY: the structure outlives the call, and the old value is not asked for.
        Errno::result(unsafe { libc::setitimer(timer, &raw const never, std::ptr::null_mut()) })?;
    }
    Ok(())
}

/// Those on which nothing but a low soft limit can be meant. Not among them: core files, whose soft limit is a wish; descriptors and the
/// stack, of which see above and below.
const RAISED: [Resource; 8] = [
    Resource::RLIMIT_AS,
    Resource::RLIMIT_CPU,
    Resource::RLIMIT_DATA,
    Resource::RLIMIT_FSIZE,
    Resource::RLIMIT_MEMLOCK,
    Resource::RLIMIT_MSGQUEUE,
    Resource::RLIMIT_NPROC,
    Resource::RLIMIT_SIGPENDING,
];

/// Descriptors that every command gets by with. A soft limit is as low as this for the sake of programs that use `select(2)`; the broker's
/// I/O thread, which does not, raises it further.
const DESCRIPTORS: u64 = 1024;

fn limits() -> Result<(), Errno> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let wanted = hard.min(DESCRIPTORS);
    if soft < wanted {
        setrlimit(Resource::RLIMIT_NOFILE, wanted, hard)?;
    }
    for resource in RAISED {
        let (soft, hard) = getrlimit(resource)?;
        if soft < hard {
            setrlimit(resource, hard, hard)?;
        }
    }
    Ok(())
}

fn owners_umask() -> Result<(), Errno> {
    let inherited = umask(Mode::S_IRWXG | Mode::S_IRWXO);
    umask(inherited & (Mode::S_IRWXG | Mode::S_IRWXO));
    Ok(())
}

fn no_subreaper() -> Result<(), Errno> {
    set_child_subreaper(false)
}

fn no_real_time() -> Result<(), Errno> {
    // SAFETY: it takes a number; 0 is the calling process.
    let policy = Errno::result(unsafe { libc::sched_getscheduler(0) })? & !libc::SCHED_RESET_ON_FORK;
    if ![libc::SCHED_FIFO, libc::SCHED_RR, libc::SCHED_DEADLINE].contains(&policy) {
        return Ok(());
    }
    // SAFETY: all fields of the structure are numbers, and 0 is what the usual policy asks for.
    let parameters: libc::sched_param = unsafe { std::mem::zeroed() };
    // SAFETY: the structure outlives the call.
    Errno::result(unsafe { libc::sched_setscheduler(0, libc::SCHED_OTHER, &raw const parameters) }).map(drop)
}

fn close_on_exec() -> Result<(), Errno> {
    const FIRST: libc::c_uint = 3;
    // By its number: musl has no function for it.
    // SAFETY: it takes numbers only, and closes nothing now.
    let marked = unsafe { libc::syscall(libc::SYS_close_range, FIRST, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    match Errno::result(marked) {
        // Before Linux 5.11; the zygote's list of descriptors is explicit there as well.
        Err(Errno::EINVAL | Errno::ENOSYS) => Ok(()),
        result => result.map(drop),
    }
}

/// Rust's library reads it once, when the first thread is started, for every thread that does not name a size of its own: those of
/// libraries too.
fn threads_stack() -> Result<(), Errno> {
    // SAFETY: no other thread reads the environment, since there is none yet.
    unsafe { std::env::remove_var("RUST_MIN_STACK") };
    Ok(())
}
