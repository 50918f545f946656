//! Real faults, on command: what the debug pages `bulkhead://crash` and the like ask for. None of them is simulated; what the
//! rest of the browser shows is what it would show for the same fault in the engine.

use crate::event_loop::Links;
use crate::process::{exit, last_words};
use bulkhead_shared::control::{Cause, Down};
use bulkhead_shared::downlink::Fault;
use bulkhead_shared::uplink::FromRenderer;
use std::hint::black_box;
use std::os::fd::{AsFd, AsRawFd};

const PAGE: usize = 4096;

/// What [`Fault::OutOfMemory`] takes at once: small enough that it ends close to the limit.
const CHUNK: usize = 16 << 20;

/// Commits the fault. Returns only from those that a process survives.
pub(crate) fn commit(fault: Fault, links: &Links) {
    match fault {
        Fault::Crash => write_through_null(),
        Fault::Panic => panic!("a panic on command"),
        Fault::Abort => std::process::abort(),
        Fault::Hang => hang(),
        Fault::OutOfMemory => exhaust_memory(),
        Fault::StackOverflow => {
            black_box(overflow_stack(0));
        }
        Fault::Flood => loop {
            links.say_at_once(&FromRenderer::InputHandled(bulkhead_shared::ids::InputSeq(0)));
        },
        Fault::Garbage => {
            let _ = links.uplink.send_bytes(&[0xff; 64], &[]);
        }
        Fault::CloseUplink => close_uplink(links),
        Fault::ForbiddenCall => {
            if open_file() {
                panic!("openat(2) was stopped by nothing: there is no sandbox");
            }
        }
    }
}

#[expect(unsafe_code, reason = "the fault that is asked for")]
fn write_through_null() {
    // SAFETY: there is none, on purpose: page 0 is not mapped (`vm.mmap_min_addr`), so this raises SIGSEGV and writes nothing.
    unsafe { black_box(std::ptr::null_mut::<u8>()).write_volatile(1) }
}

fn hang() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

/// Takes memory and touches it, until the limit of this process says no: the machine has its own left.
pub(crate) fn exhaust_memory() -> ! {
    let mut hoard = Vec::new();
    loop {
        let mut chunk = Vec::<u8>::new();
        if chunk.try_reserve_exact(CHUNK).is_err() {
            last_words::die(Cause::OutOfMemory, 0, 0, b"", exit::OUT_OF_MEMORY)
        }
        for page in chunk.spare_capacity_mut().iter_mut().step_by(PAGE) {
            page.write(1);
        }
        hoard.push(black_box(chunk));
    }
}

#[expect(unconditional_recursion, reason = "the fault that is asked for")]
fn overflow_stack(depth: usize) -> usize {
    let frame = black_box([depth; 128]);
    black_box(overflow_stack(frame[depth % 128] + 1)) + 1
}

/// Opens a file as code would that a page has smuggled in: past every library. Where there is no sandbox, it can. Whether it could.
#[expect(unsafe_code, reason = "the system call that is asked for, past the library's wrapper")]
fn open_file() -> bool {
    let flags = libc::O_RDONLY | libc::O_CLOEXEC;
    // SAFETY: the path is a C string that lives for ever, and what the call makes, if anything, is a descriptor.
    let fd = unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, c"/etc/passwd".as_ptr(), flags) };
    let opened = i32::try_from(fd).ok().filter(|fd| *fd >= 0);
    if let Some(fd) = opened {
        // SAFETY: the kernel has just made this descriptor, and nobody else knows of it.
        unsafe { libc::close(fd) };
    }
    opened.is_some()
}

/// Closes the uplink and goes on answering pings.
#[expect(unsafe_code, reason = "a descriptor is closed under its owner")]
fn close_uplink(links: &Links) -> ! {
    // SAFETY: nothing uses the uplink after this: the loop below reads and writes the control pipes only, and does not return.
    unsafe {
        libc::close(links.uplink.as_fd().as_raw_fd());
    }
    loop {
        match links.control() {
            Down::Ping(number) => links.pong(number),
            Down::Shutdown => exit::now(exit::DONE),
        }
    }
}
