#!/bin/sh
# Runs the sandbox's tests and the attack suite's with a C library of another Debian release.
#
#   sandbox/tests/other-libc.sh RELEASE [glibc|musl] [DIRECTORY]
#
# RELEASE is what debootstrap calls it (trixie, sid); its tree is made in DIRECTORY, or used if it is there already. Root only.
#
# glibc: the tests as they are built for this machine load the tree's library. Not by chroot(8): the kernel refuses user namespaces
# to a process in one, so the tree becomes the root of a mount namespace.
#
# musl: the tests are built anew, each with the tree's library in itself. Rust's own library is built for it too, from the sources that
# the toolchain has (rustup component add rust-src) or that $RUST_SRC names: those of the same version, as Debian's package rust-src has
# them in usr/src/rustc-VERSION.
set -eu

release=$1
library=${2:-glibc}
directory=${3:-$(mktemp -d)}
cd "$(dirname "$0")/../.."

[ -e "$directory/bin/sh" ] || debootstrap --variant=minbase "$release" "$directory"

with_glibc() {
    tests=$(cargo test --release -p bulkhead-sandbox -p bulkhead-siege --no-default-features --no-run --message-format=json 2>/dev/null |
        sed -n 's/.*"test":true}.*"executable":"\([^"]*\)".*/\1/p')
    [ -n "$tests" ] || { echo "no tests are built" >&2; exit 1; }
    mkdir -p "$directory/tests"
    rm -f "$directory"/tests/*
    for test in $tests; do
        cp "$test" "$directory/tests"
    done
    exec unshare --mount --propagation private sh -eu -c '
        mount --bind "$1" "$1"
        cd "$1"
        mount -t proc proc proc
        mount --rbind /dev dev
        mount --rbind /sys sys
        pivot_root . mnt
        umount -l /mnt
        ldd --version | head -n 1
        failed=0
        for test in /tests/*; do "$test" || failed=1; done
        exit $failed
    ' sh "$directory"
}

with_musl() {
    machine=$(uname -m)
    # What Rust's distribution has at hand for this target: musl, the start and end of a program, and an unwinder.
    link=$PWD/target/other-libc/$release
    chroot "$directory" apt-get install -qq --no-install-recommends musl-dev libunwind-19-dev >&2
    mkdir -p "$link"
    cp "$directory/usr/lib/$machine-linux-musl"/*.[oa] "$directory/usr/lib/llvm-19/lib/libunwind.a" "$link"
    for object in crtbegin.o crtbeginS.o crtend.o crtendS.o; do
        cp "$(cc -print-file-name=$object)" "$link"
    done
    # Debian builds the unwinder for glibc, and its log with the checks of buffers that only glibc has.
    cc -nostdinc -isystem "$directory/usr/include/$machine-linux-musl" -O2 -c -o "$link/checks.o" -x c - <<'EOF'
#include <stdio.h>
#include <stdarg.h>
int __fprintf_chk(FILE *file, int flag, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int written = vfprintf(file, format, list);
    va_end(list);
    return written;
}
int __vfprintf_chk(FILE *file, int flag, const char *format, va_list list) { return vfprintf(file, format, list); }
int __vsnprintf_chk(char *to, size_t size, int flag, size_t room, const char *format, va_list list) {
    return vsnprintf(to, size, format, list);
}
EOF
    ar r "$link/libunwind.a" "$link/checks.o"
    chroot "$directory" dpkg-query -W musl-dev
    [ -z "${RUST_SRC:-}" ] || export __CARGO_TESTS_ONLY_SRC_ROOT="$RUST_SRC/library"
    export RUSTC_BOOTSTRAP=1 RUSTFLAGS="-L native=$link" RUSTDOCFLAGS="-L native=$link"
    exec cargo test --release -p bulkhead-sandbox -p bulkhead-siege --no-default-features --no-fail-fast -Zbuild-std=std,panic_unwind --target "$machine-unknown-linux-musl"
}

case $library in
    glibc | musl) "with_$library" ;;
    *) echo "glibc or musl, not $library" >&2; exit 2 ;;
esac
