#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the Debian package: build/deb/dsmr_VERSION_ARCHITECTURE.deb, from a build of its own for /usr.
# Needs what tools/setup.sh deb installs, no network and no root.
set -eu
cd "$(dirname "$0")/.."
LC_ALL=C.UTF-8
export LC_ALL
build=build-deb
work=$build/package
root=$work/root
# Whoever makes it, as Debian's tools take it from the environment, else as git knows him.
name=${DEBFULLNAME:-$(git config user.name || id -un)}
address=${DEBEMAIL:-$(git config user.email || echo "$(id -un)@$(hostname)")}
maintainer="$name <$address>"

umask 022
# Times in the package are those of the commit, so that the same sources give the same package.
if [ -z "${SOURCE_DATE_EPOCH-}" ]; then
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
fi
export SOURCE_DATE_EPOCH

configure() {
    if [ -e "$build/build.ninja" ]; then
        return
    fi
    CFLAGS="$(dpkg-buildflags --get CFLAGS) -ffile-prefix-map=$PWD=." \
        CPPFLAGS=$(dpkg-buildflags --get CPPFLAGS) \
        LDFLAGS="$(dpkg-buildflags --get LDFLAGS) -Wl,-z,now" \
        meson setup "$build" --prefix=/usr --buildtype=plain -Db_pie=true -Dtests=disabled >/dev/null
}

# From the program itself: what it does, its keys, its version.
make_man() {
    "$root/usr/bin/dsmr" --help | awk -f packaging/man/commands.awk >"$work/commands"
    "$root/usr/bin/dsmr" check --sample | awk -f packaging/man/keys.awk >"$work/keys"
    sed -e "s/@VERSION@/$version/" -e "/@COMMANDS@/{r $work/commands
        d}" -e "/@KEYS@/{r $work/keys
        d}" packaging/man/dsmr.1.in
}

make_changelog() {
    printf 'dsmr (%s) stable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- %s  %s\n' \
        "$version" "$maintainer" "$(date -uR -d "@$SOURCE_DATE_EPOCH")"
}

# The rule's port, where dsmr check --sample has the commonest name, and what to do after a change.
make_config() {
    "$root/usr/bin/dsmr" check --sample | sed -e 's|^port=.*|port=/dev/p1|' \
        -e 's|^#*history\.path=.*|history.path=/var/lib/dsmr/history.db|' -e '2a\
#\
# The service takes it over with: sudo systemctl reload-or-restart dsmr\
# What happens then is told by:   journalctl -u dsmr -f'
}

put() {
    install -D -m "$1" "$2" "$root/$3"
}

fill_root() {
    put 644 packaging/systemd/dsmr.service lib/systemd/system/dsmr.service
    put 644 packaging/udev/60-dsmr.rules lib/udev/rules.d/60-dsmr.rules
    put 755 packaging/udev/only-usb-serial usr/lib/dsmr/only-usb-serial
    put 644 LICENSE usr/share/doc/dsmr/copyright
    put 644 README.md usr/share/doc/dsmr/README.md
    put 644 packaging/grafana/dsmr.json usr/share/doc/dsmr/packaging/grafana/dsmr.json
    for page in $(find docs -type f); do
        put 644 "$page" "usr/share/doc/dsmr/$page"
    done
    make_config >"$work/dsmr.cfg"
    make_man >"$work/dsmr.1"
    make_changelog >"$work/changelog"
    put 644 "$work/dsmr.cfg" etc/dsmr/dsmr.cfg
    put 644 "$work/dsmr.1" usr/share/man/man1/dsmr.1
    put 644 "$work/changelog" usr/share/doc/dsmr/changelog
    put 644 CHANGELOG.md usr/share/doc/dsmr/CHANGELOG.md
    gzip -9n "$root/usr/share/man/man1/dsmr.1" "$root/usr/share/doc/dsmr/changelog" \
        "$root/usr/share/doc/dsmr/CHANGELOG.md"
}

# The packages of the libraries that the program is linked with.
find_depends() {
    mkdir -p "$work/debian"
    printf 'Source: dsmr\n\nPackage: dsmr\nArchitecture: any\n' >"$work/debian/control"
    (cd "$work" && dpkg-shlibdeps -O root/usr/bin/dsmr 2>shlibdeps.log || { cat shlibdeps.log >&2; }) |
        sed -n 's/^shlibs:Depends=//p'
}

add_control() {
    depends=$(find_depends)
    [ -n "$depends" ]
    mkdir -p "$root/DEBIAN"
    size=$(du -sk --apparent-size "$root" | cut -f1)
    sed -e "s#@VERSION@#$version#" -e "s#@ARCHITECTURE@#$architecture#" \
        -e "s#@MAINTAINER@#$maintainer#" -e "s#@DEPENDS@#$depends#" -e "s#@SIZE@#$size#" \
        packaging/debian/control.in >"$root/DEBIAN/control"
    install -m 644 packaging/debian/conffiles "$root/DEBIAN/conffiles"
    for script in postinst prerm postrm; do
        install -m 755 "packaging/debian/$script" "$root/DEBIAN/$script"
    done
    (cd "$root" && find lib usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
    chmod 644 "$root/DEBIAN/md5sums"
}

configure
ninja -C "$build" >"$build/ninja.log" || {
    cat "$build/ninja.log" >&2
    exit 1
}
rm -rf "$work"
mkdir -p "$root"
DESTDIR=$PWD/$root meson install -C "$build" --no-rebuild --quiet
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$root/usr/bin/dsmr"
version=$("$root/usr/bin/dsmr" --version | cut -d' ' -f2)
architecture=$(dpkg --print-architecture)
fill_root
add_control
mkdir -p build/deb
package=build/deb/dsmr_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >/dev/null
echo "$package"
