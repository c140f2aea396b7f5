#!/bin/sh
# SPDX-License-Identifier: MIT
# Looks whether this machine has what dsmr is built with, and installs with apt what is missing.
# Quick and silent when nothing is missing, since every `make` calls it.
#
#   tools/setup.sh program    to build and run dsmr
#   tools/setup.sh test       the same, and to test it
#   tools/setup.sh deb        to make a Debian package of it
#   tools/setup.sh format     to format the sources
#   tools/setup.sh web        to make the page anew, and to test it in a browser
#   tools/setup.sh ci         everything, for .ci/run
#   tools/setup.sh processors compilers and emulators of other processors
set -u
PATH=$PATH:/usr/sbin:/sbin
LC_ALL=C.UTF-8 # perl and apt complain about locales that a fresh machine does not have
export PATH LC_ALL

have() {
    command -v "$1" >/dev/null 2>&1
}

have_library() {
    pkg-config --exists "$1" 2>/dev/null
}

have_compiler() {
    # shellcheck disable=SC2086 # CC may carry options
    set -- ${CC:-cc}
    have "$1"
}

# want PACKAGE WHY CHECK…: notes the package when the check fails.
want() {
    package=$1 why=$2
    shift 2
    "$@" && return
    packages="$packages $package"
    reasons="$reasons$(printf '  %-22s %s' "$package" "$why")
"
}

want_program() {
    want gcc 'the C compiler' have_compiler
    want libc6-dev 'headers of the C library' test -e /usr/include/stdio.h
    want meson 'the build system' have meson
    want ninja-build 'runs what Meson plans' have ninja
    want pkg-config 'finds libraries' have pkg-config
    want libuv1-dev 'libuv: the event loop' have_library libuv
    want libcurl4-openssl-dev 'libcurl: talks to openHAB and others by HTTP' have_library libcurl
    want libmicrohttpd-dev 'libmicrohttpd: serves the page, the API and the metrics' have_library libmicrohttpd
    want libwebsockets-dev 'libwebsockets: the events of openHAB' have_library libwebsockets
    want libmosquitto-dev 'libmosquitto: talks to MQTT brokers' have_library libmosquitto
    want libjansson-dev 'Jansson: reads what openHAB answers' have_library jansson
    want libsqlite3-dev 'SQLite: keeps the history' have_library sqlite3
    want libssl-dev 'OpenSSL: decrypts telegrams' have_library libcrypto
    want zlib1g-dev 'zlib: compresses what is pushed' have_library zlib
    want ca-certificates 'proves https servers genuine' test -e /etc/ssl/certs/ca-certificates.crt
}

want_test() {
    want_program
    want python3 'runs the tests of the whole program' have python3
    want libcmocka-dev 'cmocka: runs the tests of its parts' have_library cmocka
    want mosquitto 'an MQTT broker to test with' have mosquitto
    want mosquitto-clients 'mosquitto_sub, which looks at what it got' have mosquitto_sub
    want netcat-openbsd 'nc, with which the README reads telegrams' have nc
    want openssl 'makes certificates for the tests' have openssl
    want influxdb 'InfluxDB 1, to push to in the tests' have influxd
    want ser2net 'a serial port behind the network, to be read in the tests' have ser2net
}

want_deb() {
    want_program
    want dpkg-dev 'knows which packages a program needs' have dpkg-shlibdeps
}

want_format() {
    want clang-format-14 'formats the sources; other versions differ' have clang-format-14
    want git 'knows which files are sources' have git
}

have_browser() {
    have chromium || have chromium-browser || have google-chrome
}

have_faketime() {
    for library in /usr/lib/*/faketime/libfaketime.so.1; do
        test -e "$library" && return
    done
    false
}

want_web() {
    want_browser
    want libfaketime 'sets the clock for the picture of the page' have_faketime
}

want_browser() {
    want nodejs 'runs the compiler of the page, and its tests' have node
    want npm 'fetches that compiler' have npm
    want chromium 'the browser that the page is tested in' have_browser
    want fonts-inter 'the letters of the page in its picture' test -e /usr/share/fonts/opentype/inter
}

have_runtime() {
    test -e "$(clang -print-file-name="libclang_rt.fuzzer-$(uname -m).a")" ||
        test -e "$(clang -print-runtime-dir)/libclang_rt.fuzzer.a"
}

have_newlib() {
    test -e "$(arm-none-eabi-gcc -print-file-name=rdimon.specs 2>/dev/null)"
}

want_ci() {
    want_test
    want_format
    want_browser
    want clang 'the second compiler' have clang
    want clang-tidy 'looks for mistakes in the code' have clang-tidy
    want cppcheck 'looks for other mistakes' have cppcheck
    want llvm 'reads objects made for small chips' have llvm-nm
    want debootstrap 'makes a fresh machine to try on' have debootstrap
    want debian-archive-keyring 'proves that machine genuine' \
        test -e /usr/share/keyrings/debian-archive-keyring.gpg
    # Its name has the version of clang, which is known when clang is there: in the second round.
    if have clang; then
        version=$(clang -dumpversion)
        want "libclang-rt-${version%%.*}-dev" 'sanitizers and fuzzers for clang' have_runtime
    fi
}

want_processors() {
    want gcc-arm-none-eabi 'compiles for microcontrollers' have arm-none-eabi-gcc
    want libnewlib-arm-none-eabi 'lends files to programs on an emulated chip' have_newlib
    want qemu-system-arm 'emulates a Cortex-M' have qemu-system-arm
    want gcc-aarch64-linux-gnu 'compiles for arm64' have aarch64-linux-gnu-gcc
    want libc6-dev-arm64-cross 'the C library of arm64' test -e /usr/aarch64-linux-gnu/lib/libc.a
    want qemu-user 'runs programs of arm64' have qemu-aarch64
    want lld 'links for WebAssembly' have wasm-ld
    want nodejs 'runs WebAssembly' have node
    want libmbedtls-dev 'mbedTLS, with which an example decrypts' test -e /usr/include/mbedtls/gcm.h
    want g++ 'compiles the sketch for Arduino' have g++
}

give_up() {
    echo "dsmr: $1; please install:$packages" >&2
    exit 1
}

# Sets root to what apt-get has to be called with.
become_root() {
    root=
    [ "$(id -u)" -eq 0 ] && return
    have sudo || give_up 'cannot install packages: not root, and there is no sudo'
    if [ ! -t 0 ] && ! sudo -n true 2>/dev/null; then
        give_up 'cannot install packages: sudo asks for a password and there is no terminal'
    fi
    root=sudo
}

apt() {
    $root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8 \
        apt-get -qq -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

# The lists may be old or missing, or some list of no concern broken: only the outcome of the
# installation counts. A second try helps when a fresh machine was just updating itself.
apt_install() {
    for _ in 1 2; do
        apt update >"$log" 2>&1
        # shellcheck disable=SC2086 # a list
        apt install -y --no-install-recommends $packages >>"$log" 2>&1 && return
    done
    false
}

install_missing() {
    printf 'These packages are missing on this machine:\n%s' "$reasons"
    have apt-get || give_up 'cannot install packages: this system has no apt-get'
    become_root
    echo "Installing them with ${root:+sudo }apt-get; this takes a minute or two."
    log=$(mktemp) || exit 1
    trap 'rm -f "$log"' EXIT
    if ! apt_install; then
        grep "^E:" "$log" | tail -n 3 >&2
        give_up 'apt-get could not install everything (no network?), see above'
    fi
    rm -f "$log"
}

case ${1-} in
program | test | deb | format | web | ci | processors) ;;
*)
    echo "usage: tools/setup.sh program|test|deb|format|web|ci|processors" >&2
    exit 2
    ;;
esac

# Twice, since some checks need what the first round brings; the third time all must be there.
for round in 1 2 3; do
    packages= reasons=
    "want_$1"
    [ -z "$packages" ] && exit 0
    [ "$round" -lt 3 ] && install_missing
done
give_up 'still missing after the installation'
