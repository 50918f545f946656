#!/bin/sh
# Runs the sandbox's tests and the attack suite's, or any command, under another kernel or on another architecture, in a virtual machine.
#
#   sandbox/tests/other-machine.sh [-u UID] [-o DIRECTORY] [-a ARGUMENTS] ARCH KERNEL DIRECTORY [COMMAND [ARGUMENT]...]
#
# ARCH is amd64 or arm64. KERNEL is a Debian release, whose newest kernel is taken (bullseye, bookworm, trixie, sid), or release and
# package (trixie:linux-image-arm64-16k). DIRECTORY keeps what is downloaded, from MIRROR: the kernel, busybox, the unpacked base system
# of SID, and, for arm64, a sid with its compilers, since rustup's server need not be within reach. Nothing is installed on the machine
# that this runs on. It takes root, some 3 GB for arm64 and 1 GB for amd64, and these packages of Debian:
#
#   debootstrap cpio kmod xz-utils zstd qemu-system-x86 qemu-system-arm
#
# -u is the user to run as (0); -o a directory that is writable inside, as /out; -a more for the kernel's command line (lsm=yama).
# Without a COMMAND, the tests run: those that `cargo test --release -p bulkhead-sandbox -p bulkhead-siege --no-default-features --no-run` builds. As root, they run everything
# as an ordinary user too. The repository is at /source, read-only, and cgroup v2 where it belongs. It exits as the command does.
#
# The processor is emulated, and BULKHEAD_EMULATED set, unless ACCEL=kvm is. Then KVM must be able to run kernels as they are.
set -eu

user=0 out= append=
while getopts u:o:a: option; do
    case $option in u) user=$OPTARG ;; o) out=$OPTARG ;; a) append=$OPTARG ;; *) exit 2 ;; esac
done
shift $((OPTIND - 1))
[ $# -ge 3 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
arch=$1 release=${2%%:*} package=linux-image-$1
[ "$2" = "$release" ] || package=${2#*:}
mkdir -p "$3"
keep=$(cd "$3" && pwd)
shift 3
source=$(cd "$(dirname "$0")/../.." && pwd)
mirror=${MIRROR:-http://deb.debian.org/debian}
case $arch in
amd64) qemu="qemu-system-x86_64 -M q35" console=ttyS0 cpu=max,la57=off target=x86_64-unknown-linux-gnu ;;
arm64) qemu="qemu-system-aarch64 -M virt,gic-version=3" console=ttyAMA0 cpu=max,pauth-impdef=on target=aarch64-unknown-linux-gnu ;;
*) echo "unknown architecture $arch" >&2; exit 2 ;;
esac

# --- What is downloaded ---

# of RELEASE ARGUMENT...: apt-get for a release and this architecture, with lists of its own. A mirror may be behind.
of() (
    state=$keep/apt/$1-$arch
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
    : >"$state/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $1 main" >"$state/sources"
    shift
    exec apt-get -qq -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false -o APT::Architecture="$arch" \
        -o APT::Architectures="$arch" -o Dir::Etc::SourceList="$state/sources" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$state/lists" -o Dir::State::Status="$state/status" -o Dir::Cache="$state/cache" "$@" >&2
)

# unpack RELEASE TREE PACKAGE...
unpack() (
    from=$1 tree=$2
    shift 2
    mkdir -p "$tree.new"
    cd "$tree.new"
    of "$from" download "$@"
    for file in ./*.deb; do dpkg -x "$file" .; done
    rm -- ./*.deb
    mv "$tree.new" "$tree"
)

kernel=$keep/kernel-$release-$package-$arch
if ! [ -e "$kernel" ]; then
    of "$release" update
    # That package only names the newest one, and newer releases part the modules from the kernel.
    parts=$(of "$release" -s install --no-install-recommends "$package" 2>&1 |
        sed -n 's/^Inst \(linux-\(image\|binary\|modules\)-[0-9][^ ]*\) .*/\1/p')
    # shellcheck disable=SC2086 # one word each
    unpack "$release" "$kernel" ${parts:-$package}
    [ -e "$kernel/lib" ] || ln -s usr/lib "$kernel/lib"
fi
version=$(ls "$kernel/lib/modules")
[ -e "$kernel/lib/modules/$version/modules.dep" ] || depmod -b "$kernel" "$version" 2>/dev/null
vmlinuz=$kernel/boot/vmlinuz-$version
[ -e "$vmlinuz" ] || vmlinuz=$kernel/lib/modules/$version/vmlinuz

busybox=$keep/busybox-$arch
[ -e "$busybox" ] || { of sid update; unpack sid "$busybox" busybox-static; }

# The first stage unpacks the essential packages: that is enough to run programs, and runs none itself.
root=$keep/sid-$arch
if ! [ -e "$root/etc/passwd" ]; then
    debootstrap --foreign --arch="$arch" --variant=minbase sid "$root" "$mirror" >&2
    printf 'root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n' >"$root/etc/passwd"
fi

# --- The tests ---

# cargo for the machine's architecture, in sid, where Rust's library can be had for others.
cross_cargo() {
    compilers=$keep/compilers
    if ! [ -e "$compilers/usr/bin/aarch64-linux-gnu-gcc" ]; then
        [ -e "$compilers/usr/bin/apt-get" ] || debootstrap --variant=minbase sid "$compilers" "$mirror" >&2
        echo 'Acquire::Check-Valid-Until "false";' >"$compilers/etc/apt/apt.conf.d/90late"
        cp /etc/resolv.conf "$compilers/etc/"
        chroot "$compilers" sh -euc 'dpkg --add-architecture arm64; apt-get -qq update
            apt-get -qq -y install --no-install-recommends rustc cargo ca-certificates libstd-rust-dev:arm64 gcc-aarch64-linux-gnu \
                libc6-dev-arm64-cross' >&2
    fi
    mkdir -p "$compilers/source" "$compilers/cargo" "$compilers/target" "${CARGO_HOME:=$HOME/.cargo}"
    export compilers source CARGO_HOME
    unshare --mount --propagation private sh -euc '
        mount --bind "$source" "$compilers/source"
        mount --bind "$CARGO_HOME" "$compilers/cargo"
        mount --rbind /dev "$compilers/dev"
        export HOME=/root PATH=/usr/sbin:/usr/bin CARGO_HOME=/cargo CARGO_TARGET_DIR=/target
        export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
        exec chroot "$compilers" sh -c "cd /source && exec cargo \"\$@\"" cargo "$@"' sh "$@"
}

tests=$keep/tests-$arch
if [ $# = 0 ]; then
    mkdir -p "$tests"
    rm -f "$tests"/*
    build="test --release -p bulkhead-sandbox -p bulkhead-siege --no-default-features --no-run --message-format=json"
    # shellcheck disable=SC2086
    case $arch in
    arm64) cross_cargo $build --target $target | sed "s|\"/target/|\"$keep/compilers/target/|g" ;;
    *) cd "$source" && cargo $build ;;
    esac | sed -n 's/.*"name":"\(layers\|violations\|degradation\|attacks\|bulkhead_sandbox\|bulkhead_siege\)".*"executable":"\([^"]*\)".*/\1 \2/p' |
        while read -r name path; do cp "$path" "$tests/$name"; done
    [ -e "$tests/attacks" ] || { echo "no tests are built" >&2; exit 1; }
    # shellcheck disable=SC2016 # for the shell inside
    set -- sh -c 'uname -srm; id; failed=0; for test in /tests/*; do echo "== $test"; "$test" || failed=1; done; exit $failed'
fi

# --- The machine ---

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/init/bin" "$work/init/modules" "$work/exchange" "$tests"
cp "$busybox"/usr/bin/busybox "$work/init/bin/"
# What Debian's kernels do not have built in, in an order in which they load.
number=100
for module in virtio_pci virtio_console 9p 9pnet_virtio overlay; do
    modprobe -d "$kernel" -S "$version" --show-depends "$module" 2>/dev/null || true
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' | while read -r module; do
    copy=$work/init/modules/$number-$(basename "$module")
    cp "$module" "$copy"
    case $copy in *.xz) xz -d "$copy" ;; *.zst) zstd -q --rm -d "$copy" ;; esac
    number=$((number + 1))
done

# Words for a shell inside.
for word; do printf "'%s' " "$(printf %s "$word" | sed "s/'/'\\\\''/g")"; done >"$work/exchange/command"
cat >"$work/exchange/run" <<'END'
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C.UTF-8
[ "$2" = kvm ] || export BULKHEAD_EMULATED=1
/box stty -opost -echo </dev/hvc0
cd /tmp
/usr/bin/setpriv --reuid "$1" --regid "$1" --clear-groups /bin/sh /exchange/command </dev/null >/dev/hvc0 2>&1
echo $? >/exchange/code
# What is written to a console is not yet seen.
/box stty -a </dev/hvc0 >/dev/null
/box usleep 200000
/box poweroff -f
END
cat >"$work/init/init" <<'END'
#!/bin/busybox sh
/bin/busybox mkdir /proc /sys /dev /lower /cover /root
/bin/busybox mount -t proc proc /proc
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs dev /dev
for module in /modules/*; do insmod "$module"; done
share() { mkdir -p "$2" && mount -t 9p -o "trans=virtio,version=9p2000.L,msize=262144,$3" "$1" "$2"; }
share root /lower ro,cache=loose || exit 1
mount -t tmpfs cover /cover && mkdir /cover/upper /cover/work
mount -t overlay -o lowerdir=/lower,upperdir=/cover/upper,workdir=/cover/work root /root
cd /root
# debootstrap makes it a link.
rm -f proc
mkdir -p proc sys dev tmp run
mount -t proc proc proc
mount -t sysfs sys sys
mount -t securityfs security sys/kernel/security
mount -t cgroup2 cgroup sys/fs/cgroup
echo "+cpu +memory +pids" >sys/fs/cgroup/cgroup.subtree_control
mount -t devtmpfs dev dev
mkdir -p dev/shm dev/pts
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=1777 shm dev/shm
mount -t devpts pts dev/pts
mount -t tmpfs -o mode=1777 tmp tmp
mount -t tmpfs run run
share exchange exchange rw
share source source ro,cache=loose
share tests tests ro,cache=loose
share out out rw
ip link set lo up
cp /bin/busybox box
exec switch_root /root /bin/sh /exchange/run $arguments
END
sed -i "s/\\\$arguments/$user ${ACCEL:-tcg}/" "$work/init/init"
chmod 755 "$work/init/init"
(cd "$work/init" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1) >"$work/initramfs"

[ "${ACCEL:-tcg}" = tcg ] || cpu=host
folder() { printf ' -virtfs local,path=%s,mount_tag=%s,security_model=none,multidevs=remap%s' "$@"; }
# shellcheck disable=SC2046,SC2086 # one word each
$qemu -accel "${ACCEL:-tcg}" -cpu $cpu -smp 2 -m 3072 -nodefaults -no-user-config -display none -no-reboot \
    -kernel "$vmlinuz" -initrd "$work/initramfs" \
    -append "console=$console loglevel=4 panic=-1 cgroup_no_v1=all net.ifnames=0 $append" -serial "file:$work/log" \
    -device virtio-serial-pci -chardev stdio,id=out,signal=off -device virtconsole,chardev=out \
    $(folder "$root" root ,readonly=on) $(folder "$source" source ,readonly=on) $(folder "$tests" tests ,readonly=on) \
    $(folder "$work/exchange" exchange '') $([ -z "$out" ] || folder "$out" out '') </dev/null
[ -e "$work/exchange/code" ] || { tail -n 40 "$work/log" >&2; echo "the machine ended without an answer" >&2; exit 125; }
exit "$(cat "$work/exchange/code")"
