//! Filters run in an interpreter, so that both architectures are tested on either.

use super::*;
use crate::profile::net::NET;
use crate::profile::renderer::RENDERER;
use seccompiler::sock_filter;

const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
const TRAP: u32 = libc::SECCOMP_RET_TRAP;
const KILL: u32 = libc::SECCOMP_RET_KILL_PROCESS;

/// Classic BPF, as far as `seccompiler` emits it, over a `seccomp_data`.
fn run(program: &[sock_filter], number: i64, audit: u32, arguments: [u64; 6]) -> u32 {
    let mut data = Vec::new();
    data.extend((number as u32).to_le_bytes());
    data.extend(audit.to_le_bytes());
    data.extend(0_u64.to_le_bytes());
    arguments.iter().for_each(|argument| data.extend(argument.to_le_bytes()));
    let (mut accumulator, mut at) = (0_u32, 0_usize);
    loop {
        let instruction = &program[at];
        let (k, jump) = (instruction.k, |taken: bool| usize::from(if taken { instruction.jt } else { instruction.jf }));
        at += 1;
        match instruction.code {
            0x20 => accumulator = u32::from_le_bytes(data[k as usize..][..4].try_into().unwrap()),
            0x54 => accumulator &= k,
            0x05 => at += k as usize,
            0x15 => at += jump(accumulator == k),
            0x25 => at += jump(accumulator > k),
            0x35 => at += jump(accumulator >= k),
            0x06 => return k,
            code => panic!("an instruction {code:#x} that the compiler was not seen to emit"),
        }
    }
}

/// What the stack of filters answers: the strictest of the answers.
fn answer(filters: &Filters, arch: Arch, number: i64, arguments: [u64; 6]) -> u32 {
    // In the kernel's order, the strictest has the smallest signed value.
    let strictness = |answer: &u32| (answer & 0xffff_0000).cast_signed();
    filters.programs.iter().map(|program| run(program, number, arch.audit(), arguments)).min_by_key(strictness).unwrap()
}

fn renderer(arch: Arch, call: &str, arguments: [u64; 6]) -> u32 {
    let filters = Filters::compile(&RENDERER, arch).unwrap();
    answer(&filters, arch, arch.number(call).unwrap_or_else(|| panic!("{call}")), arguments)
}

fn errno(error: i32) -> u32 {
    libc::SECCOMP_RET_ERRNO | error as u32
}

#[test]
fn each_row_answers_as_it_says_and_everything_else_is_trapped() {
    for profile in [&RENDERER, &NET] {
        for arch in Arch::ALL {
            let filters = Filters::compile(profile, arch).unwrap();
            let with_row: BTreeSet<_> = profile.rows.iter().filter_map(|row| arch.number(row.call)).collect();
            for number in (0..600).filter(|number| !with_row.contains(number)) {
                assert_eq!(answer(&filters, arch, number, [0; 6]), TRAP, "{arch:?} {:?}", arch.name(number));
            }
            for call in profile.always(arch) {
                let number = arch.number(call).unwrap();
                assert_eq!(answer(&filters, arch, number, [u64::MAX; 6]), ALLOW, "{arch:?} {call}");
            }
        }
    }
}

#[test]
fn no_mapping_is_ever_executable() {
    let (read, write, exec) = (1, 2, 4);
    let anonymous = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as u64;
    for arch in Arch::ALL {
        assert_eq!(renderer(arch, "mmap", [0, 4096, read | write, anonymous, u64::MAX, 0]), ALLOW);
        for prot in [exec, read | exec, read | write | exec] {
            assert_eq!(renderer(arch, "mmap", [0, 4096, prot, anonymous, u64::MAX, 0]), TRAP);
            assert_eq!(renderer(arch, "mprotect", [0, 4096, prot, 0, 0, 0]), TRAP);
        }
        assert_eq!(renderer(arch, "mprotect", [0, 4096, read | write, 0, 0, 0]), ALLOW);
        assert_eq!(renderer(arch, "mmap", [0, 4096, read, anonymous | libc::MAP_LOCKED as u64, 0, 0]), TRAP);
    }
}

#[test]
fn operations_are_told_apart() {
    let futex = |operation: i32| renderer(Arch::x86_64, "futex", [0, operation as u64, 0, 0, 0, 0]);
    assert_eq!(futex(libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG), ALLOW);
    assert_eq!(futex(libc::FUTEX_WAKE), TRAP);
    assert_eq!(futex(libc::FUTEX_LOCK_PI | libc::FUTEX_PRIVATE_FLAG), TRAP);
    assert_eq!(futex(libc::FUTEX_CMP_REQUEUE_PI | libc::FUTEX_PRIVATE_FLAG), TRAP);

    let fcntl =
        |operation: i32, argument: u64| renderer(Arch::aarch64, "fcntl", [3, operation as u64, argument, 0, 0, 0]);
    assert_eq!(fcntl(libc::F_GET_SEALS, 0), ALLOW);
    assert_eq!(fcntl(libc::F_SETFL, libc::O_NONBLOCK as u64), ALLOW);
    assert_eq!(fcntl(libc::F_SETFL, libc::O_ASYNC as u64), TRAP);
    assert_eq!(fcntl(libc::F_SETOWN, 1), TRAP);

    let receive = |flags: i32| renderer(Arch::x86_64, "recvmsg", [3, 0, flags as u64, 0, 0, 0]);
    assert_eq!(receive(libc::MSG_CMSG_CLOEXEC), ALLOW);
    assert_eq!(receive(libc::MSG_OOB), TRAP);
    assert_eq!(renderer(Arch::x86_64, "sendmsg", [3, 0, libc::MSG_OOB as u64, 0, 0, 0]), TRAP);
    assert_eq!(renderer(Arch::x86_64, "recvfrom", [3, 0, 0, 0, 0, 0]), ALLOW);
    assert_eq!(renderer(Arch::x86_64, "recvfrom", [3, 0, 0, 0, 1 << 40, 0]), TRAP);
    assert_eq!(renderer(Arch::x86_64, "rt_sigaction", [libc::SIGSYS as u64, 0, 0, 8, 0, 0]), TRAP);
    assert_eq!(renderer(Arch::x86_64, "rt_sigaction", [libc::SIGABRT as u64, 0, 0, 8, 0, 0]), ALLOW);
}

#[test]
fn high_halves_do_not_smuggle_anything_past_a_test() {
    // The kernel takes these arguments as `int`, so the high half must not matter, neither way.
    let high = 0xdead_beef << 32;
    let operation = high | (libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG) as u64;
    assert_eq!(renderer(Arch::x86_64, "futex", [0, operation, 0, 0, 0, 0]), ALLOW);
    assert_eq!(renderer(Arch::x86_64, "mprotect", [0, 4096, high | 4, 0, 0, 0]), TRAP);
    assert_eq!(renderer(Arch::x86_64, "rt_sigaction", [high | libc::SIGSYS as u64, 0, 0, 8, 0, 0]), TRAP);
}

#[test]
fn probes_fail_softly_with_their_own_errors() {
    // The type of an operation is the C library's: wider in glibc than in musl.
    let [terminal, typing] = [libc::TCGETS, libc::TIOCSTI].map(|operation| operation as u32).map(u64::from);
    for arch in Arch::ALL {
        assert_eq!(renderer(arch, "faccessat2", [0; 6]), errno(libc::ENOENT));
        assert_eq!(renderer(arch, "statx", [0; 6]), errno(libc::ENOSYS));
        assert_eq!(renderer(arch, "ioctl", [2, terminal, 0, 0, 0, 0]), errno(libc::ENOTTY));
        assert_eq!(renderer(arch, "ioctl", [2, typing, 0, 0, 0, 0]), TRAP);
        assert_eq!(renderer(arch, "prlimit64", [0, 3, 0, 1, 0, 0]), errno(libc::EPERM));
        assert_eq!(renderer(arch, "prlimit64", [0, 3, 0x7fff_0000_0000, 0, 0, 0]), TRAP);
        for flags in [0, libc::AT_EMPTY_PATH as u64, u64::MAX] {
            assert_eq!(renderer(arch, "newfstatat", [3, 1, 1, flags, 0, 0]), errno(libc::ENOENT));
        }
        assert_eq!(renderer(arch, "madvise", [0, 4096, libc::MADV_HUGEPAGE as u64, 0, 0, 0]), errno(libc::EINVAL));
        assert_eq!(renderer(arch, "madvise", [0, 4096, libc::MADV_HWPOISON as u64, 0, 0, 0]), TRAP);
    }
    assert_eq!(renderer(Arch::x86_64, "access", [0; 6]), errno(libc::ENOENT));
    // Success, without blocking anything.
    assert_eq!(renderer(Arch::x86_64, "rt_sigprocmask", [0, 1, 1, 8, 0, 0]), errno(0));
}

#[test]
fn other_entries_into_the_kernel_are_closed() {
    const AUDIT_ARCH_I386: u32 = 0x4000_0003;
    const X32: i64 = 0x4000_0000;
    let filters = Filters::compile(&RENDERER, Arch::x86_64).unwrap();
    for program in &filters.programs {
        assert_eq!(run(program, 1, AUDIT_ARCH_I386, [0; 6]), KILL);
    }
    assert_eq!(answer(&filters, Arch::x86_64, X32 | 1, [0; 6]), TRAP);
    assert_eq!(answer(&filters, Arch::x86_64, -1, [0; 6]), TRAP);
}

#[test]
fn a_call_with_two_verdicts_has_cases_that_exclude_each_other() {
    for profile in [&RENDERER, &NET] {
        for row in profile.rows {
            let Verdict::Answered(_, cases) = row.verdict else { continue };
            let others = profile.rows.iter().filter(|other| other.call == row.call).count();
            assert!(others == 1 || !cases.is_empty(), "{}: is always answered, and has another row", row.call);
        }
    }
}
