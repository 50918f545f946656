#!/bin/sh
# Runs the sandbox's tests under the C library of another Debian release.
#
#   sandbox/tests/other-libc.sh RELEASE [DIRECTORY]
#
# RELEASE is what debootstrap calls it (trixie, sid); its tree is made in DIRECTORY, or used if it is there already. Root only. The
# tests are those that `cargo test --release -p bulkhead-sandbox --no-run` has built: what differs is the library that they load.
# Not by chroot(8): the kernel refuses user namespaces to a process in one, so the tree becomes the root of a mount namespace.
set -eu

release=$1
directory=${2:-$(mktemp -d)}
here=$(cd "$(dirname "$0")/../.." && pwd)

[ -e "$directory/bin/sh" ] || debootstrap --variant=minbase "$release" "$directory"
tests=$(cd "$here" && cargo test --release -p bulkhead-sandbox --no-run --message-format=json 2>/dev/null |
    sed -n 's/.*"name":"\(layers\|violations\|degradation\|attacks\)".*"executable":"\([^"]*\)".*/\1=\2/p')
[ -n "$tests" ] || { echo "no tests are built" >&2; exit 1; }
names=
for test in $tests; do
    cp "${test#*=}" "$directory/${test%%=*}"
    names="$names ${test%%=*}"
done

export names
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
    for name in $names; do "/$name" || failed=1; done
    exit $failed
' sh "$directory"
