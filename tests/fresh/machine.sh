# SPDX-License-Identifier: MIT
# Fresh machines for the scripts of this folder, which source it: Debian 12 roots with nothing but git and
# make added, of what is committed. Needs root and a network; says so and skips where they are missing.
#
# All of it happens in a mount and process namespace of its own, so that no mount and no process stays
# behind.
PATH=$PATH:/usr/sbin:/sbin
project=$(cd "$(dirname "$0")/../.." && pwd)
tests=0 failed=0

skip() {
    echo "1..0 # SKIP $1"
    exit 0
}

# enter_namespace "$@": goes on inside, with the folder in work that everything is in.
enter_namespace() {
    if [ "${1-}" = inside ]; then
        work=$2
        return
    fi
    [ "$(id -u)" -eq 0 ] || skip 'not root'
    command -v debootstrap >/dev/null || skip 'no debootstrap'
    git -C "$project" rev-parse -q --verify HEAD >/dev/null || skip 'nothing is committed yet'
    work=$(mktemp -d "${TMPDIR:-/var/tmp}/dsmr-fresh-XXXXXX") || exit 1
    # One file system only: nothing that might still be mounted is touched.
    trap 'rm -rf --one-file-system "$work"' EXIT
    unshare --mount --pid --fork --kill-child --mount-proc true 2>/dev/null ||
        skip 'no namespaces here'
    unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
        "$0" inside "$work" &
    trap 'kill -KILL $!; wait; exit 130' INT TERM
    wait $!
    exit
}

# result OK TITLE: one line of TAP.
result() {
    tests=$((tests + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tests - $2"
    else
        failed=$((failed + 1))
        echo "not ok $tests - $2"
    fi
}

show_log() {
    { grep -A3 '^ *not ok' "$1"; tail -n "${2:-40}" "$1"; } | sed 's/^/# /'
}

make_base() {
    timeout 600 debootstrap --variant=minbase --include=git,make bookworm "$work/base" \
        >"$work/debootstrap.log" 2>&1 && return
    show_log "$work/debootstrap.log" 10
    grep -qE 'Failed getting release|Couldn.t download' "$work/debootstrap.log" &&
        skip 'no Debian packages to be had (no network?)'
    echo '1..1'
    result 1 'a fresh Debian 12 is made'
    exit 1
}

# bare_machine NAME: a copy of the base. Downloaded packages are kept for the next one; nothing else is
# shared.
bare_machine() {
    machine=$work/$1
    mkdir -p "$work/archives/partial"
    cp -a --reflink=auto "$work/base" "$machine" &&
        mkdir -p "$machine/root/dsmr" &&
        mount -t proc proc "$machine/proc" &&
        mount --bind -o ro /sys "$machine/sys" &&
        mkdir -p "$machine/dev/pts" "$machine/dev/shm" &&
        mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$machine/dev/pts" &&
        ln -sf pts/ptmx "$machine/dev/ptmx" &&
        mount -t tmpfs tmpfs "$machine/dev/shm" &&
        mount --bind "$work/archives" "$machine/var/cache/apt/archives"
}

# fresh_machine NAME: the same with a clone of the project in /root/dsmr.
fresh_machine() {
    bare_machine "$1" && git clone -q --no-hardlinks "$project" "$machine/root/dsmr"
}

# on_machine COMMAND…: runs it in the project's folder with a bare environment.
on_machine() {
    exec env -i HOME=/root TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
        chroot "$machine" sh -c "cd /root/dsmr && exec $*"
}

remove_machine() {
    umount -l "$machine/var/cache/apt/archives" "$machine/dev/shm" "$machine/dev/pts" \
        "$machine/sys" "$machine/proc" && rm -rf --one-file-system "$machine"
}
