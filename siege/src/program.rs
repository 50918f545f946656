//! The smallest programs, as the bytes of ELF files: what an attacker brings along to execute.

use super::{EXIT_ATTAINED, EXIT_IN_VAIN};

/// A program that ends with [`EXIT_ATTAINED`].
pub(super) fn succeed() -> Vec<u8> {
    elf(&SUCCEED)
}

/// The user that a set-user-id program becomes: of the numbers that Debian's policy reserves (9.2.2), so that nobody has it, and of
/// those that a container usually maps.
pub(super) const POWERLESS: u32 = 65533;

/// A program that ends with [`EXIT_ATTAINED`] if its effective user is [`POWERLESS`], and with [`EXIT_IN_VAIN`] if not.
pub(super) fn am_i_powerless() -> Vec<u8> {
    elf(&AM_I_POWERLESS)
}

#[cfg(target_arch = "x86_64")]
const MACHINE: u16 = 62;
#[cfg(target_arch = "aarch64")]
const MACHINE: u16 = 183;

#[cfg(target_arch = "x86_64")]
const SUCCEED: [u8; 12] = [
    0xbf,
    EXIT_ATTAINED as u8,
    0,
    0,
    0, // mov edi, EXIT_ATTAINED
    0xb8,
    60,
    0,
    0,
    0, // mov eax, SYS_exit
    0x0f,
    0x05, // syscall
];

#[cfg(target_arch = "x86_64")]
const AM_I_POWERLESS: [u8; 31] = [
    0xb8,
    107,
    0,
    0,
    0, // mov eax, SYS_geteuid
    0x0f,
    0x05, // syscall
    0xbf,
    EXIT_ATTAINED as u8,
    0,
    0,
    0, // mov edi, EXIT_ATTAINED
    0x3d,
    POWERLESS as u8,
    (POWERLESS >> 8) as u8,
    0,
    0, // cmp eax, POWERLESS
    0x74,
    0x05, // jz over the next
    0xbf,
    EXIT_IN_VAIN as u8,
    0,
    0,
    0, // mov edi, EXIT_IN_VAIN
    0xb8,
    60,
    0,
    0,
    0, // mov eax, SYS_exit
    0x0f,
    0x05, // syscall
];

#[cfg(target_arch = "aarch64")]
const SUCCEED: [u8; 12] = words([
    0xd280_0000 | (EXIT_ATTAINED as u32) << 5, // mov x0, EXIT_ATTAINED
    0xd280_0ba8,                               // mov x8, SYS_exit
    0xd400_0001,                               // svc 0
]);

#[cfg(target_arch = "aarch64")]
const AM_I_POWERLESS: [u8; 36] = words([
    0xd280_15e8,                               // mov x8, SYS_geteuid
    0xd400_0001,                               // svc 0
    0xd280_0001 | POWERLESS << 5,              // mov x1, POWERLESS
    0xeb01_001f,                               // cmp x0, x1
    0x5400_0060,                               // b.eq three words on
    0xd280_0000 | (EXIT_IN_VAIN as u32) << 5,  // mov x0, EXIT_IN_VAIN
    0x1400_0002,                               // b two words on
    0xd280_0000 | (EXIT_ATTAINED as u32) << 5, // mov x0, EXIT_ATTAINED
    0xd280_0ba8,                               // mov x8, SYS_exit; see `elf` for the end
]);

#[cfg(target_arch = "aarch64")]
const fn words<const N: usize, const B: usize>(words: [u32; N]) -> [u8; B] {
    let mut bytes = [0; B];
    let mut index = 0;
    while index < B {
        bytes[index] = (words[index / 4] >> (8 * (index % 4))) as u8;
        index += 1;
    }
    bytes
}

/// One segment, readable and executable, that holds the whole file; elf(5).
fn elf(code: &[u8]) -> Vec<u8> {
    const BASE: u64 = 0x1_0000;
    const HEADERS: u64 = 64 + 56;
    // On aarch64 the larger program lacks its last word: svc 0. A surplus one after an exit does no harm.
    const LAST: &[u8] = if cfg!(target_arch = "aarch64") { &[0x01, 0x00, 0x00, 0xd4] } else { &[] };
    let size = HEADERS + (code.len() + LAST.len()) as u64;
    let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for half in [2, MACHINE] {
        file.extend(half.to_le_bytes());
    }
    file.extend(1_u32.to_le_bytes());
    for word in [BASE + HEADERS, 64, 0] {
        file.extend(word.to_le_bytes());
    }
    file.extend(0_u32.to_le_bytes());
    for half in [64_u16, 56, 1, 0, 0, 0] {
        file.extend(half.to_le_bytes());
    }
    for word in [1_u32, 5] {
        file.extend(word.to_le_bytes());
    }
    for word in [0, BASE, BASE, size, size, 4096] {
        file.extend(word.to_le_bytes());
    }
    file.extend(code);
    file.extend(LAST);
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Command, Stdio};

    fn exit_code(program: &[u8]) -> Option<i32> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("program");
        // By another process: what a thread of this one forks meanwhile would hold it open for writing, and execve(2) would say ETXTBSY.
        let mut write =
            Command::new("sh").args(["-c", "cat >\"$0\""]).arg(&path).stdin(Stdio::piped()).spawn().unwrap();
        write.stdin.take().unwrap().write_all(program).unwrap();
        assert!(write.wait().unwrap().success());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Command::new(&path).status().unwrap().code()
    }

    #[test]
    fn the_programs_run() {
        assert_eq!(exit_code(&succeed()), Some(EXIT_ATTAINED));
        let expected = if nix::unistd::geteuid().as_raw() == POWERLESS { EXIT_ATTAINED } else { EXIT_IN_VAIN };
        assert_eq!(exit_code(&am_i_powerless()), Some(expected));
    }
}
